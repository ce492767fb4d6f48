"""A single member that is missing, or is not what the protocol has."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import Behaviour
from tests.gateways.hostile.saying import changed, mapped

B = Behaviour
MEMBERS: Final[dict[str, dict[str, object]]] = {
    "code_0": {"code": 0},
    "code_list": {"code": ["a"]},
    "code_long": {"code": "c" * 500},
    "network_code_long": {"network_code": "issuer_says_insufficient_funds"},
    "network_code_number": {"network_code": 51},
    "message_number": {"message": 17},
    "message_object": {"message": {"en": "ok"}},
    "message_long": {"message": "m" * 60_000},
    "message_with_controls": {"message": "a\x00b\x1b[31m\u202e"},
    "currency_in_lower_case": {"currency": "inr"},
    "currency_unknown": {"currency": "XXQ"},
    "currency_number": {"currency": 356},
    "currency_missing": {"currency": ...},
    "amount_null": {"amount": None},
    "amount_missing": {"amount": ...},
    "amount_negative": {"amount": -1},
    "amount_true": {"amount": True},
    "amount_beyond_every_bound": {"amount": 10**30},
    "amount_as_words": {"amount": "fifty"},
    "amount_in_major_units": {"amount": "50.00"},
    "amount_with_a_fraction": {"amount": 50.5},
    "id_number": {"id": 4711},
    "id_empty": {"id": ""},
    "id_null": {"id": None},
    "id_missing": {"id": ...},
    "id_with_a_space": {"id": "ch 1"},
    "id_long": {"id": "i" * 500},
    "id_of_other_letters": {"id": "\u0447\u0435\u043a"},
    "status_unknown": {"status": "settled"},
    "status_upper_case": {"status": "CAPTURED"},
    "status_null": {"status": None},
    "status_list": {"status": ["captured"]},
    "status_missing": {"status": ...},
    "key_missing": {"key": ...},
    "key_null": {"key": None},
    "key_of_another": {"key": "0e7a5f6e-0000-5000-8000-000000000000"},
    "key_in_upper_case": {"key": "0E7A5F6E-0000-5000-8000-000000000000"},
    "type_of_their_own": {"type": "card_payment"},
    "type_of_something_else": {"type": "dispute"},
    "payment_of_another": {"payment_id": "0e7a5f6e-0000-5000-8000-000000000000"},
    "charge_missing": {"charge_id": ...},
    "charge_of_another": {"charge_id": "ch_another"},
}

BEHAVIOURS: Final = (
    *(B(name=f"member_{name}", say=changed(**members)) for name, members in MEMBERS.items()),
    B(
        name="member_amount_as_text",
        say=mapped(lambda told: {**told, "amount": str(told.get("amount"))}),
    ),
    B(
        name="member_amount_as_float",
        say=mapped(lambda told: {**told, "amount": float(told.get("amount", 0))}),
    ),
    B(
        name="member_amount_unreadable_always",
        say=changed(amount=None),
        again=changed(amount=None),
        look_up=changed(amount=None),
        cancel=changed(amount=None),
    ),
)
