"""JSON documents that are almost right: one place of a good one changed, or its bytes."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

Path = tuple[str | int, ...]
SCRAPS: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, 2**53, 10**30, "", "x", "\ud800", "\x00", "4111111111111111",
    [], {}, [[]], "2026-01-01T00:00:00", "9999-12-31T23:59:59-14:00",
)  # fmt: skip
DEEP: Final = b"[" * 100_000

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@st.composite
def almost(draw: st.DrawFn, good: Any) -> bytes:
    """`good`, any JSON value, as bytes that differ from it in one place, or in one bit."""
    text = json.dumps(changed(draw, good)).encode()
    if draw(st.integers(0, 3)):
        return text
    place = draw(st.integers(0, len(text) - 1))
    flipped = text[place] ^ (1 << draw(st.integers(0, 7)))
    return text[:place] + bytes([flipped]) + text[place + draw(st.integers(0, 1)) :]


def changed(draw: st.DrawFn, good: Any) -> Any:
    places = list(paths(good))
    path = draw(st.sampled_from(places))
    value = draw(st.sampled_from(SCRAPS) | anything)
    way = draw(st.sampled_from(("replace", "drop", "add")))
    if way == "drop" and path:
        return without(good, path)
    if way == "add" and isinstance(at(good, path), dict):
        return replaced(good, (*path, draw(st.text())), value)
    return replaced(good, path, value)


def paths(value: Any, here: Path = ()) -> list[Path]:
    """Of every member and item, the whole first."""
    found: list[Path] = [here]
    if isinstance(value, dict):
        for name, one in value.items():
            found += paths(one, (*here, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            found += paths(one, (*here, place))
    return found


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: Path, by: Any) -> Any:
    """A copy."""
    if not path:
        return by
    first, *rest = path
    if isinstance(value, list):
        return [
            replaced(one, tuple(rest), by) if place == first else one
            for place, one in enumerate(value)
        ]
    return {**value, first: replaced(value.get(first), tuple(rest), by)}


def without(value: Any, path: Path) -> Any:
    """A copy."""
    first, *rest = path
    if rest:
        return replaced(value, (first,), without(value[first], tuple(rest)))
    if isinstance(value, list):
        return [one for place, one in enumerate(value) if place != first]
    return {name: one for name, one in value.items() if name != first}
