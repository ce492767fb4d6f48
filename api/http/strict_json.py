"""JSON as two parsers cannot read it differently: UTF-8, no duplicate members, no integers that a
double does not hold, bounded depth. What passes has exactly one canonical form (RFC 8785)."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

DEPTH_MAX: Final = 16
INTEGER_MAX: Final = 2**53 - 1
INTEGER_DIGITS_MAX: Final = 16
NUMBER_CHARACTERS_MAX: Final = 64


class MalformedJson(ValueError):
    """The text says what, without quoting the input."""


def read_json(body: bytes) -> Any:
    """Raises MalformedJson."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJson("the body is not UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except MalformedJson:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError as wrong:
        place = f" at character {wrong.pos}" if isinstance(wrong, json.JSONDecodeError) else ""
        raise MalformedJson(f"the body is not JSON{place}") from None
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("an object has two members of the same name")
    return members


def _integer(text: str) -> int:
    digits = text.lstrip("-")
    if len(digits) > INTEGER_DIGITS_MAX or int(digits) > INTEGER_MAX:
        raise MalformedJson("an integer is beyond 2^53-1")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text) if len(text) <= NUMBER_CHARACTERS_MAX else math.inf
    if not math.isfinite(value):
        raise MalformedJson("a number is out of range")
    return value


def _no_number(text: str) -> NoReturn:
    raise MalformedJson("NaN and Infinity are not JSON")


def _check_depth(value: Any) -> None:
    level = _containers([value])
    for _ in range(DEPTH_MAX):
        if not level:
            return
        level = [inner for one in level for inner in _containers(one)]
    if level:
        raise _too_deep()


def _containers(within: dict[str, Any] | list[Any]) -> list[Any]:
    values = within.values() if isinstance(within, dict) else within
    return [one for one in values if isinstance(one, dict | list)]


def _too_deep() -> MalformedJson:
    return MalformedJson(f"the body is nested deeper than {DEPTH_MAX} levels")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_no_number,
)
