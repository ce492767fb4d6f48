"""The simulator as a whole: books, gateways, notices and the HTTP server, started and stopped."""

import asyncio
from pathlib import Path
from socket import socket
from types import TracebackType

import msgspec
from aiohttp import web

from adapters.simulator.books import Books
from adapters.simulator.controls import ControlChange
from adapters.simulator.desk import Desk
from adapters.simulator.notices import Notices
from adapters.simulator.profiles import PROFILES
from adapters.simulator.routes import BODY_BYTES_MAX, gateway_routes, witness_routes
from adapters.simulator.scenario import ALL_GATEWAYS, Step, play, read_scenario
from adapters.simulator.settings import SimulatorSettings

STOP_S = 1.0
BACKLOG = 1024


class Simulator:
    """Six gateways behind one port. Use as an async context manager, or ``start`` and ``stop``."""

    def __init__(self, settings: SimulatorSettings, *, scenario: Path | None = None) -> None:
        """Reads the scenario, which starts with the server.

        Raises ``ScenarioInvalid``; ValueError for an unknown gateway or a malformed secret.
        """
        unknown = set(settings.gateways) - set(PROFILES)
        if unknown:
            raise ValueError(f"no gateway profile for {sorted(unknown)}")
        self.settings = settings
        self.notices = Notices(
            settings.notify_url, settings.notify_secret, retry_s=settings.notify_retry_s
        )
        self.desks: dict[str, Desk] = {}
        self._steps = () if scenario is None else read_scenario(scenario, settings.gateways)
        self._playing: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end; empty before ``start``."""
        return self._url

    def gateway_url(self, gateway: str) -> str:
        """The base URL of one gateway; the protocol's paths begin after it with ``/v1``."""
        return f"{self._url}/{gateway}"

    async def start(self) -> None:
        """Reads the books and listens. Raises ``BooksInUse`` or ``OSError``."""
        self.settings.books.mkdir(parents=True, exist_ok=True)
        try:
            for name in self.settings.gateways:
                self.desks[name] = Desk(
                    PROFILES[name], self.settings, self._books(name), self.notices
                )
            await self.notices.start()
            await self._listen()
        except BaseException:
            await self.stop()
            raise
        for desk in self.desks.values():
            desk.settler.start()
        self._playing = asyncio.create_task(play(self._steps, self._carry_out))

    def _books(self, name: str) -> Books:
        return Books(
            self.settings.books / f"{name}.jsonl",
            now=self.settings.now,
            key_lifetime_s=self.settings.key_lifetime_s,
        )

    async def _listen(self) -> None:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        for desk in self.desks.values():
            app.add_routes(gateway_routes(desk))
        app.add_routes(witness_routes(self.desks))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_S)
        await self._runner.setup()
        for site in self._sites(self._runner):
            await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"

    def _sites(self, runner: web.AppRunner) -> list[web.BaseSite]:
        own = [socket(fileno=one) for one in self.settings.listen_fds]
        if own:
            return [web.SockSite(runner, one, backlog=BACKLOG) for one in own]
        return [web.TCPSite(runner, self.settings.host, self.settings.port, backlog=BACKLOG)]

    async def stop(self) -> None:
        """Delivers what is held, stops listening and closes the books; what pends stays so."""
        if self._playing is not None:
            self._playing.cancel()
        for desk in self.desks.values():
            desk.holds.release()
        if self._runner is not None:
            await self._runner.cleanup()
        for desk in self.desks.values():
            desk.settler.stop()
            desk.books.close()
        self.desks.clear()
        await self.notices.stop()

    def control(self, gateway: str, **change: object) -> None:
        """Changes switches and weather, as ``POST /_control/{gateway}`` does; else ValueError."""
        self.desks[gateway].controls.change(msgspec.convert(change, ControlChange))

    def release(self, gateway: str) -> None:
        """Delivers what the gateway holds back and settles what pends, now."""
        self.desks[gateway].settler.settle_all()
        self.desks[gateway].holds.release()

    def _carry_out(self, step: Step) -> None:
        names = list(self.desks) if step.gateway == ALL_GATEWAYS else [step.gateway]
        for name in names:
            self.desks[name].controls.change(step.change)
            if step.release:
                self.release(name)

    async def __aenter__(self) -> "Simulator":
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self.stop()


async def run_simulator(
    settings: SimulatorSettings, *, stop: asyncio.Event, scenario: Path | None = None
) -> None:
    """Runs until ``stop`` is set; says on standard output where it listens."""
    async with Simulator(settings, scenario=scenario) as simulator:
        print(f"listening on {simulator.url}", flush=True)  # noqa: T201 - the starter reads it
        await stop.wait()
