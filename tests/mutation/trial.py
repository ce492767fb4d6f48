"""A process for each mutant; for those outside functions, a module imported from another source."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final, NoReturn

import pytest

ROOT: Final = Path(__file__).parents[2]
MEMORY_BYTES_MAX: Final = 4 * 2**30
# What reads the sources themselves, or needs servers, learns nothing from a module in memory.
ARGUMENTS: Final = (
    "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:schemathesis",
    "-p", "no:anyio", "-p", "no:valkey", "--no-header", "--tb=no",
    "-s",  # what is written goes where the process of a trial sends it: nowhere
    "--deselect", "tests/house/test_tree.py", "--ignore", "tests/house/test_tree.py",
)  # fmt: skip


class Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module another source than its file has."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        is_package = self._path.name == "__init__.py"
        spec = importlib.util.spec_from_loader(fullname, self, is_package=is_package)
        if spec is not None and is_package:
            spec.submodule_search_locations = [str(self._path.parent)]
        return spec

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, str(self._path), "exec")

    def get_source(self, fullname: str) -> str:
        return self._source


class Chosen:
    """A pytest plugin: only these tests, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (one for one in items if one.nodeid in self._places),
            key=lambda one: self._places[one.nodeid],
        )


def forked(work: Callable[[], int], *, cpu_s: int | None = None) -> int:
    """The id of a process that does `work`, silently, and exits with what it gives; ended by the
    system when it has used `cpu_s`, which no busy machine changes."""
    process = os.fork()
    if process:
        return process
    status = 99
    try:
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        if cpu_s is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        status = work()
    finally:
        os._exit(status)


def try_mutant(name: str, path: Path, source: str, tests: Sequence[str]) -> int:
    """pytest's exit status: 0 means that no test has noticed."""
    sys.meta_path.insert(0, Planted(name, path, source))
    files = sorted({one.partition("::")[0] for one in tests})
    status = pytest.main([*ARGUMENTS, *files], plugins=[Chosen(tests)])
    return 0 if status is pytest.ExitCode.NO_TESTS_COLLECTED else int(status)


def ask_anew(job: Path) -> NoReturn:
    """Goes on as a new program that imports everything again: for the process of a trial."""
    os.execv(sys.executable, [sys.executable, "-m", "tests.mutation.trial", str(job)])


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_bytes())
    sys.exit(try_mutant(told["name"], Path(told["path"]), told["source"], told["tests"]))
