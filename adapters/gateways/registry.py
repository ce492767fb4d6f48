"""The configured gateways by name, and those that only the log still names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from adapters.gateways.configuration import GatewaySettings, check_together
from adapters.gateways.http import HttpGateway
from application.ports.gateways import Gateway, UnknownGateway


class OpenGateway(Gateway, Protocol):
    """A gateway that holds connections."""

    async def aclose(self) -> None: ...


class ConfiguredGateways:
    """Implements the Gateways port. Opens nothing; `aclose` closes what its gateways opened."""

    def __init__(
        self,
        settings: Iterable[GatewaySettings],
        *,
        make: Callable[[GatewaySettings], OpenGateway] = HttpGateway,
    ) -> None:
        """Raises GatewaysRefused when two entries claim one name, or one account and endpoint."""
        ordered = sorted(settings, key=lambda one: (one.priority, one.name))
        check_together(ordered)
        self._current: dict[str, Gateway] = {}
        self._everywhere: dict[tuple[str, str, str], OpenGateway] = {}
        for one in ordered:
            gateway = self._everywhere[one.name, one.account, one.base_url] = make(one)
            if not one.retired:
                self._current[one.name] = gateway
        self._names = tuple(one.name for one in ordered if one.enabled and not one.retired)

    def names(self) -> Sequence[str]:
        """The enabled gateways, by priority."""
        return self._names

    def get(self, name: str) -> Gateway:
        """As configured now, enabled or not. Raises UnknownGateway."""
        gateway = self._current.get(name)
        if gateway is None:
            raise UnknownGateway(f"no gateway {name!r} is configured")
        return gateway

    def recorded(self, name: str, account: str, endpoint: str) -> Gateway:
        """This very account and endpoint, retired or not. Raises UnknownGateway."""
        gateway = self._everywhere.get((name, account, endpoint))
        if gateway is None:
            raise UnknownGateway(f"gateway {name!r}, account {account!r}, is gone from {endpoint}")
        return gateway

    async def aclose(self) -> None:
        """Waits, bounded, for answers that are still being read, for all gateways at once."""
        await asyncio.gather(*(one.aclose() for one in self._everywhere.values()))
