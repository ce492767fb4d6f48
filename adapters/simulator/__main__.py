"""``python -m adapters.simulator``: the simulator as a process of its own."""

import argparse
import asyncio
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.simulator.journal import BooksInUse
from adapters.simulator.scenario import ScenarioInvalid
from adapters.simulator.server import run_simulator
from adapters.simulator.settings import SimulatorSettings

_DEFAULTS = SimulatorSettings(books=Path())


def parser() -> argparse.ArgumentParser:
    """The options, named as in docs/simulator.md."""
    options = argparse.ArgumentParser(
        prog="python -m adapters.simulator", description="Six simulated payment gateways."
    )
    add = options.add_argument
    add("--port", type=int, default=_DEFAULTS.port, help="0 takes any free port")
    add("--host", default=_DEFAULTS.host)
    add("--listen-fd", type=int, action="append", metavar="FD", help="instead of a port")
    add("--books", type=Path, required=True, help="folder of the append-only books")
    add("--seed", type=int, default=_DEFAULTS.seed)
    add("--latency-scale", type=_positive, default=_DEFAULTS.latency_scale, help="0: no waiting")
    add("--late-s", type=_positive, default=_DEFAULTS.late_s)
    add("--hold-s", type=_positive, default=_DEFAULTS.hold_s)
    add("--settle-s", type=_positive, default=_DEFAULTS.settle_s)
    add("--key-lifetime-s", type=_positive, default=_DEFAULTS.key_lifetime_s)
    add("--authorization-lifetime-s", type=_positive, default=_DEFAULTS.authorization_lifetime_s)
    add("--no-magic-amounts", action="store_true", help="only tokens are magic")
    add("--notify", metavar="URL", help="where signed notices go; may hold {gateway}")
    add("--notify-secret-file", type=Path, metavar="FILE", help="holds whsec_BASE64")
    add("--scenario", type=Path, metavar="FILE", help="JSON list of scripted outages")
    return options


def _positive(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of 0 or more")
    return number


def settings_of(options: argparse.Namespace) -> SimulatorSettings:
    """The settings that parsed options stand for."""
    return SimulatorSettings(
        books=options.books,
        host=options.host,
        port=options.port,
        listen_fds=tuple(options.listen_fd or ()),
        seed=options.seed,
        latency_scale=options.latency_scale,
        late_s=options.late_s,
        hold_s=options.hold_s,
        settle_s=options.settle_s,
        key_lifetime_s=options.key_lifetime_s,
        authorization_lifetime_s=options.authorization_lifetime_s,
        magic_amounts=not options.no_magic_amounts,
        notify_url=options.notify,
        notify_secret=_secret_in(options.notify_secret_file),
    )


def _secret_in(file: Path | None) -> str | None:
    """Raises OSError. Not an option by itself: whoever lists processes would read it."""
    return None if file is None else file.read_text().strip()


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run_simulator(settings_of(options), stop=stop, scenario=options.scenario)


def _runner() -> asyncio.Runner:
    """On uvloop where it is installed; it is faster and nothing else."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT: 0; 2 when it cannot start, with the reason on stderr."""
    options = parser().parse_args(arguments)
    try:
        with _runner() as runner:
            runner.run(_serve(options))
    except (BooksInUse, ScenarioInvalid, ValueError, OSError) as failure:
        print(f"simulator: {failure}", file=sys.stderr)  # noqa: T201 - a command speaks here
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
