"""A mutant of a function, planted in the modules as they are loaded: no import, no collection."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest

Work = Callable[[Sequence[pytest.Item]], None]


class HandsOver:
    """A pytest plugin: the collected tests are given to somebody else to run."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._work(session.items)
        return True


class Noticing:
    """A pytest plugin: remembers that a test failed, and how long all took."""

    def __init__(self) -> None:
        self.failed = False
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def run(items: Sequence[pytest.Item]) -> int:
    """0 when none fails; stops at the first that does."""
    noticing = Noticing()
    for item in items:
        item.config.pluginmanager.register(noticing, "noticing")
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        item.config.pluginmanager.unregister(noticing)
        if noticing.failed:
            return 1
    return 0


def watch(
    items: Sequence[pytest.Item], folder: Path
) -> tuple[dict[str, set[tuple[str, int]]], dict[str, float], bool]:
    """Which lines below `folder` each test runs, how long it takes, and whether all passed."""
    below, noticing = str(folder) + os.sep, Noticing()
    lines: dict[str, set[tuple[str, int]]] = {}
    for item in items:
        seen = lines[item.nodeid] = set()
        item.config.pluginmanager.register(noticing, "noticing")
        sys.settrace(_tracer(below, seen))
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        finally:
            sys.settrace(None)
            item.config.pluginmanager.unregister(noticing)
    return lines, noticing.seconds, not noticing.failed


def _tracer(below: str, seen: set[tuple[str, int]]) -> Any:
    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def called(frame: FrameType, event: str, _: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(below) else None

    return called


def plant(name: str, path: Path, source: str) -> bool:
    """Puts the code of the mutated functions into the living ones. False where something changed
    that is not inside a function: then the module must be imported anew."""
    original = path.read_text()
    if not differs_only_in_functions(original, source):
        return False
    old, new = _codes_of(original, str(path)), _codes_of(source, str(path))
    living = {one.__qualname__: one for one in _functions(sys.modules[name], str(path))}
    changed = [one for one in new if not _same(old[one], new[one])]
    if not all(one in living and _fits(living[one], new[one]) for one in changed):
        return False
    for one in changed:
        living[one].__code__ = new[one]
    return True


def differs_only_in_functions(original: str, source: str) -> bool:
    """Whether what runs at import is the same, and some function is not."""
    old, new = _codes_of(original, ""), _codes_of(source, "")
    imported = [compile(one, "", "exec") for one in (original, source)]
    return (
        old.keys() == new.keys()
        and _same(*map(_emptied, imported))
        and not all(_same(old[one], new[one]) for one in new)
    )


def _fits(function: FunctionType, code: CodeType) -> bool:
    return function.__code__.co_freevars == code.co_freevars


def _codes_of(source: str, file: str) -> dict[str, CodeType]:
    return dict(_codes(compile(source, file, "exec")))


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """Of functions of the module and of its classes, not of what is inside functions."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_flags & 0x2:  # CO_NEWLOCALS: a function
                yield one.co_qualname, one
            else:
                yield from _codes(one)


def _same(one: Any, other: Any) -> bool:
    """Of constants with their types, for 1 == True == 1.0; of code without its line numbers."""
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        ours, theirs = one.co_consts, other.co_consts
        return (
            _told(one) == _told(other)
            and len(ours) == len(theirs)
            and all(map(_same, ours, theirs))
        )
    return type(one) is type(other) and repr(one) == repr(other)


def _told(code: CodeType) -> tuple[Any, ...]:
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)


def _emptied(code: CodeType) -> CodeType:
    """Without its functions: what runs when it is imported."""
    kept = [
        one if not isinstance(one, CodeType) else None if one.co_flags & 0x2 else _emptied(one)
        for one in code.co_consts
    ]
    return code.replace(co_consts=tuple(kept))


def _functions(within: ModuleType | type, file: str) -> Iterator[FunctionType]:
    """Of the module with this file, methods and properties too."""
    for one in list(vars(within).values()):
        if isinstance(one, type) and one.__module__ == within.__dict__.get(
            "__module__", within.__name__
        ):
            yield from _functions(one, file)
        plain = getattr(one, "__func__", None) or getattr(one, "fget", None) or one
        plain = getattr(plain, "__wrapped__", plain)
        if isinstance(plain, FunctionType) and plain.__code__.co_filename == file:
            yield plain
