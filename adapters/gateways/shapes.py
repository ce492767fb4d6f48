"""Answers of a gateway as read from untrusted bytes. Checks form only: classify.py gives meaning.

Members that are not named here are ignored: gateways add some without notice.
"""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from domain.card_numbers import mask_card_numbers
from domain.money import AMOUNT_MINOR_MAX

MESSAGE_CHARACTERS_MAX: Final = 300

# An identifier of the gateway's: stored as it is, never searched for card numbers.
Reference = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]
Code = Annotated[str, msgspec.Meta(max_length=128)]
NetworkCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{0,8}\Z")]
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)]


class Unreadable(Exception):
    """Not an answer of the protocol, or not the answer to our question."""


class ChargeShape(msgspec.Struct, frozen=True):
    id: Reference
    key: str
    status: Literal["captured", "authorized", "declined", "pending"]
    amount: Amount
    currency: str
    code: Code | None = None
    network_code: NetworkCode | None = None
    message: str | None = None


class OperationShape(msgspec.Struct, frozen=True):
    id: Reference
    key: str
    charge_id: Reference
    status: Literal["succeeded", "declined", "pending"]
    amount: Amount
    currency: str
    type: Literal["capture", "void", "refund"] | None = None
    code: Code | None = None
    network_code: NetworkCode | None = None
    message: str | None = None


class CanceledShape(msgspec.Struct, frozen=True):
    key: str
    status: Literal["canceled"]
    charged: bool


class StatusShape(msgspec.Struct, frozen=True):
    status: str


class ErrorShape(msgspec.Struct, frozen=True):
    code: Code
    charged: bool | Literal["unknown"]
    message: str = ""


Shape = TypeVar("Shape", ChargeShape, OperationShape, CanceledShape, StatusShape, ErrorShape)


def read_shape(body: bytes, shape: type[Shape]) -> Shape:
    """Raises Unreadable, which names the place."""
    try:
        found = msgspec.json.decode(body, type=shape)
        json.loads(body, object_pairs_hook=_named_once)
    except msgspec.MsgspecError as failure:
        why = words(str(failure))  # may quote a value of the body
        raise Unreadable(f"not a {shape.__name__} of the protocol: {why}") from None
    except (ValueError, RecursionError):
        raise Unreadable(f"not a {shape.__name__} of the protocol: not JSON in UTF-8") from None
    return found


def _named_once(pairs: list[tuple[str, object]]) -> None:
    """Of two members with one name no two readers need take the same: `charged` above all."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise Unreadable("an object has two members of the same name")


def words(text: str | None) -> str:
    """A gateway's message fit to be stored: printable, bounded, without card numbers."""
    plain = "".join(one if one.isprintable() else " " for one in text or "")
    return mask_card_numbers(plain)[:MESSAGE_CHARACTERS_MAX]
