"""Bodies that a create must refuse: (what is wrong, body or bytes, status, code, pointer)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tests.api.shop import CREATE

Case = tuple[str, Any, int, str, str | None]
CARD: Final = "4111 1111 1111 1111"
LONE_SURROGATE: Final = "\ud800"


def with_(**more: Any) -> dict[str, Any]:
    return {**CREATE, **more}


def without(name: str) -> dict[str, Any]:
    return {member: value for member, value in CREATE.items() if member != name}


def method(**more: Any) -> dict[str, Any]:
    return with_(payment_method={**CREATE["payment_method"], **more})


def invalid(what: str, body: Any, pointer: str) -> Case:
    return (what, body, 422, "validation_failed", pointer)


def word(**more: Any) -> dict[str, Any]:
    """What an operator says, rightly but for `more`."""
    said = {"outcome": "charged", "reference": "ch_1", "amount": 1}
    return {**said, "reason": "r", "evidence": "e", **more}


def malformed(what: str, body: Any) -> Case:
    return (what, body, 400, "malformed_json", None)


def card(what: str, body: Any) -> Case:
    return (what, body, 422, "card_number_refused", None)


def raw(**more: str) -> bytes:
    """The ordinary body with members written literally."""
    members = {name: json.dumps(value) for name, value in CREATE.items()} | more
    return ("{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}").encode()


def each(pointer: str, body: Callable[[Any], Any], *values: Any) -> list[Case]:
    return [invalid(f"{pointer} {one!r:.20}", body(one), pointer) for one in values]


NOT_TEXT: Final[tuple[Any, ...]] = (True, 1, 1.5, [], {}, ["x"])
_NO_OBJECTS: Final[tuple[Any, ...]] = ([], "x", 1, None, True)
NOT_INTEGERS: Final[tuple[Any, ...]] = (None, True, "1", 1.5, 1.0, [], {})

MALFORMED: Final[tuple[Case, ...]] = (
    malformed("empty", b""),
    malformed("blank", b"  \n"),
    malformed("no JSON", b"amount=1"),
    malformed("cut off", raw()[:-1]),
    malformed("two documents", raw() + raw()),
    malformed("not UTF-8", b'{"amount":"\xff\xfe"}'),
    malformed("an overlong encoding", b'{"amount":"\xc0\xaf"}'),
    malformed("a surrogate in UTF-8", b'{"amount":"\xed\xa0\x80"}'),
    malformed("UTF-16", json.dumps(CREATE).encode("utf-16")),
    malformed("a byte order mark", b"\xef\xbb\xbf" + raw()),
    malformed("a NUL", b"\x00" + raw()),
    malformed("a raw newline in a text", raw(customer='"a\nb"')),
    malformed("NaN", raw(amount="NaN")),
    malformed("Infinity", raw(amount="Infinity")),
    malformed("minus Infinity", raw(amount="-Infinity")),
    malformed("an overflowing number", raw(amount="1e999")),
    malformed("2^53", raw(amount=str(2**53))),
    malformed("minus 2^53", raw(amount=str(-(2**53)))),
    malformed("5,000 digits", raw(amount="9" * 5_000)),
    malformed("5,000 decimals", raw(amount="1." + "9" * 5_000)),
    malformed("a leading zero", raw(amount="01")),
    malformed("duplicate members", b'{"amount":1,"amount":1}'),
    malformed("duplicates by escape", b'{"amount":1,"\\u0061mount":1}'),
    malformed("duplicates inside", raw(metadata='{"a":"1","a":"2"}')),
    malformed("30,000 brackets", b"[" * 30_000),
    malformed("17 levels", b"[" * 17 + b"]" * 17),
    malformed("17 levels of objects", b'{"a":' * 17 + b"1" + b"}" * 17),
    malformed("a lone surrogate", with_(customer="x" + LONE_SURROGATE)),
    malformed("a lone surrogate in a name", with_(metadata={LONE_SURROGATE: "x"})),
    malformed("a lone surrogate in an unknown name", with_(**{LONE_SURROGATE: 1})),
)

CARDS: Final[tuple[Case, ...]] = (
    card("as the token", method(token="4111111111111111")),
    card("as the customer", with_(customer=CARD)),
    card("in the description", with_(description=f"card {CARD}, thanks")),
    card("in a metadata value", with_(metadata={"pan": "4111-1111-1111-1111"})),
    card("as a metadata key", with_(metadata={CARD: "x"})),
    card("as an unknown field's name", with_(**{CARD: "x"})),
    card("in an unknown field", with_(card={"number": CARD})),
    card("as a number", with_(amount=4111111111111111)),
    card("in a list", with_(metadata=[[CARD]])),
    card("as the whole body", CARD),
)

SHAPES: Final[tuple[Case, ...]] = (
    *each("", lambda one: one, *_NO_OBJECTS),
    invalid("16 levels", b"[" * 16 + b"]" * 16, ""),
    *(invalid(f"no {name}", without(name), f"/{name}") for name in CREATE),
    *each("/amount", lambda one: with_(amount=one), *NOT_INTEGERS, 0, -1, 10**12 + 1),
    *each(
        "/currency",
        lambda one: with_(currency=one),
        *("eur", "EU", "EURO", "ZZZ", "", "\u20ac" * 3, None, *NOT_TEXT),
    ),
    *each("/capture_method", lambda one: with_(capture_method=one), "later", "", None, *NOT_TEXT),
    *each(
        "/customer",
        lambda one: with_(customer=one),
        *("", "x" * 101, "a\x00b", "a\nb", "a\x7fb", "a\x85b", *NOT_TEXT),
    ),
    *each("/description", lambda one: with_(description=one), "x" * 501, "\x1b[31m", *NOT_TEXT),
    *each(
        "/merchant_initiated",
        lambda one: with_(merchant_initiated=one),
        *("true", 1, 0, None, [], {}),
    ),
    invalid("an unknown field", with_(captureMethod="manual"), "/captureMethod"),
    invalid("a pointer's own signs", with_(**{"a/b~c": 1}), "/a~1b~0c"),
)

METADATA: Final[tuple[Case, ...]] = (
    *each("/metadata", lambda one: with_(metadata=one), None, "x", 1, []),
    invalid("21 keys", with_(metadata={f"k{one}": "v" for one in range(21)}), "/metadata"),
    invalid("an empty key", with_(metadata={"": "v"}), "/metadata/"),
    invalid("a long key", with_(metadata={"k" * 41: "v"}), "/metadata/" + "k" * 41),
    invalid("a control character in a key", with_(metadata={"a\tb": "v"}), "/metadata"),
    *each(
        "/metadata/k",
        lambda one: with_(metadata={"k": one}),
        *("v" * 501, "a\x00b", None, 1, True, [], {"a": "b"}),
    ),
)

METHODS: Final[tuple[Case, ...]] = (
    *each("/payment_method", lambda one: with_(payment_method=one), None, "tok_ok", 1, []),
    invalid("no type", with_(payment_method={"token": "t"}), "/payment_method/type"),
    invalid("no token", with_(payment_method={"type": "card"}), "/payment_method/token"),
    *each(
        "/payment_method/type", lambda one: method(type=one), "cash", "CARD", "", None, *NOT_TEXT
    ),
    *each(
        "/payment_method/token",
        lambda one: method(token=one),
        *("", "t" * 256, "a\nb", None, *NOT_TEXT),
    ),
    *each("/payment_method/bank", lambda one: method(bank=one), "", "b" * 61, "\x00", *NOT_TEXT),
    *each("/payment_method/brand", lambda one: method(brand=one), "", "b" * 41, "\x00", *NOT_TEXT),
    *each(
        "/payment_method/bin",
        lambda one: method(bin=one),
        *("", "123456789", "12a", "\u0661\u0662\u0663", "12 34", *NOT_TEXT),
    ),
    *each(
        "/payment_method/last4",
        lambda one: method(last4=one),
        *("", "123", "12345", "12a4", "\uff11\uff12\uff13\uff14", *NOT_TEXT),
    ),
    *each(
        "/payment_method/country",
        lambda one: method(country=one),
        *("", "de", "DEU", "ZZ", "D", *NOT_TEXT),
    ),
    invalid("a CVV", method(cvv="123"), "/payment_method/cvv"),
)

ALL: Final = (*MALFORMED, *CARDS, *SHAPES, *METADATA, *METHODS)

_AMOUNTS: Final[list[tuple[Any, str]]] = [
    ({"amount": one}, "/amount") for one in (*NOT_INTEGERS[1:], 0, -1, 10**12 + 1)
]
_SHAPES: Final[list[tuple[Any, str]]] = [(one, "") for one in _NO_OBJECTS]
_BAD_REASONS: Final[tuple[Any, ...]] = ("", "r" * 201, "a\x00b", "a\nb", *NOT_TEXT)
_NOT_BOOLEANS: Final[tuple[Any, ...]] = ("yes", 1, [])
# Bodies of the commands that change a payment: (body, pointer).
CHANGES: Final[dict[str, list[tuple[Any, str]]]] = {
    "capture": [
        *_SHAPES,
        *_AMOUNTS,
        ({"reason": "x"}, "/reason"),
        ({"currency": "EUR"}, "/currency"),
    ],
    "cancel": [*_SHAPES, ({"reason": "x"}, "/reason"), ({"amount": 1}, "/amount")],
    "refunds": [
        *_SHAPES,
        *_AMOUNTS,
        *(({"reason": one}, "/reason") for one in _BAD_REASONS),
        ({"currency": "EUR"}, "/currency"),
    ],
    "resolve": [
        *_SHAPES,
        ({}, ""),
        ({"outcome": "paid"}, ""),
        *((word(amount=one), "/amount") for one in (*NOT_INTEGERS, 0, -1, 10**12 + 1)),
        *((word(reference=one), "/reference") for one in ("", "r" * 129, "a\x00b", *NOT_TEXT)),
        *((word(reason=one), "/reason") for one in ("", "r" * 501, "a\nb", *NOT_TEXT)),
        *((word(evidence=one), "/evidence") for one in ("", "r" * 501, "a\nb", *NOT_TEXT)),
        *((word(captured=one), "/captured") for one in _NOT_BOOLEANS),
        *((word(attempt=one), "/attempt") for one in ("", "att_1", f"pay_{'0' * 32}", *NOT_TEXT)),
        (word(currency="EUR"), "/currency"),
        (word(operator="zoe"), "/operator"),
        ({**word(), "outcome": "not_charged"}, "/amount"),
        ({"outcome": "done", "reason": "r", "evidence": "e"}, "/reference"),
        ({"outcome": "acknowledged", "reason": "r"}, "/evidence"),
    ],
}
