"""How a bug is planted from outside: one function of the product is replaced wherever it is bound,
for as long as a context lasts. Knows no bug; no product code knows of this.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from inspect import Parameter, signature
from types import ModuleType
from typing import Any, Final

PACKAGES: Final = ("domain", "application", "projections", "adapters", "tests.simulation")
OWN: Final = "tests.simulation.sabotage"


@dataclass(frozen=True, slots=True)
class Swap:
    """`target`: "module:function" or "module:Class.member". `substitute` takes what it takes."""

    target: str
    substitute: Any

    @property
    def original(self) -> Any:
        """What stands there now. Raises AttributeError, ModuleNotFoundError."""
        holder, name = self._place()
        return vars(holder)[name] if isinstance(holder, type) else getattr(holder, name)

    @property
    def parameters(self) -> tuple[list[Parameter], list[Parameter]]:
        """Of the original and of the substitute, without annotations."""
        return _bare(self.original), _bare(self.substitute)

    @contextmanager
    def made(self) -> Iterator[None]:
        holder, name = self._place()
        before = self.original
        if isinstance(holder, type):
            setattr(holder, name, self.substitute)
        else:
            _rebind(before, self.substitute)
        try:
            yield
        finally:
            if isinstance(holder, type):
                setattr(holder, name, before)
            else:
                _rebind(self.substitute, before)

    def _place(self) -> tuple[Any, str]:
        module, _, path = self.target.partition(":")
        *holders, name = path.split(".")
        holder: Any = import_module(module)
        for one in holders:
            holder = getattr(holder, one)
        return holder, name


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`expected`: the oracle's invariants of which at least one must be reported as broken.
    `layers`: what else must be lost for the bug to do harm; what breaks without them alone is not
    put down to the bug. `weather`: fault rates that make a rare bug show often; a search does
    without, a test takes it where known seeds have moved."""

    name: str
    bug: str
    expected: frozenset[str]
    swap: Swap
    layers: tuple[Swap, ...] = ()
    weather: Mapping[str, float] | None = None

    @property
    def swaps(self) -> tuple[Swap, ...]:
        return (self.swap, *self.layers)

    @contextmanager
    def planted(self) -> Iterator[None]:
        with all_made(self.swaps):
            yield

    @contextmanager
    def layers_lost(self) -> Iterator[None]:
        """Without the bug itself."""
        with all_made(self.layers):
            yield


@contextmanager
def all_made(swaps: Iterable[Swap]) -> Iterator[None]:
    with ExitStack() as stack:
        for one in swaps:
            stack.enter_context(one.made())
        yield


def plants(
    target: str,
    *expected: str,
    layers: tuple[Swap, ...] = (),
    weather: Mapping[str, float] | None = None,
) -> Callable[[Callable[..., Any]], Sabotage]:
    """Makes a sabotage of a function that stands in for `target`: its name is the sabotage's, its
    docstring the bug. Raises ValueError for one without a docstring."""

    def decorate(function: Callable[..., Any]) -> Sabotage:
        bug = " ".join((function.__doc__ or "").split())
        if not bug or not expected:
            raise ValueError(f"{function.__name__} does not say which bug it is, or who sees it")
        swap = Swap(target, function)
        if isinstance(swap.original, property | cached_property):
            swap = Swap(target, property(function))
        return Sabotage(function.__name__, bug, frozenset(expected), swap, layers, weather)

    return decorate


def _bare(what: Any) -> list[Parameter]:
    called: Any = what.fget if isinstance(what, property) else getattr(what, "func", what)
    parameters = signature(called).parameters.values()
    return [one.replace(annotation=Parameter.empty) for one in parameters]


def _rebind(before: Any, after: Any) -> None:
    """In every module of the project that imported it, and in the tables that name it."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if value is before:
                setattr(module, name, after)
            elif isinstance(value, dict):
                for key in [one for one, held in value.items() if held is before]:
                    value[key] = after


def _modules() -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(PACKAGES) and not name.startswith(OWN)
    ]
