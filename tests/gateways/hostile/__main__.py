"""`python -m tests.gateways.hostile --books FILE`: says where it listens, and ends with SIGTERM.

Payments without a token that names a behaviour meet one by `--seed`, `--share` and `--among`
(honest, lying, all, or names). `--notify URL --notify-secret-file FILE` sends notices; `--list`
names all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.gateways.hostile.behaviour import Behaviour
from tests.gateways.hostile.behaviours import EVERY, honest, lying
from tests.gateways.hostile.drawing import Draw, UnknownBehaviour, behaviour_named
from tests.gateways.hostile.notices import Telling
from tests.gateways.hostile.server import Hostile

KINDS: Final[dict[str, Callable[[], list[Behaviour]]]] = {
    "honest": honest,
    "lying": lying,
    "all": lambda: list(EVERY.values()),
}


def main() -> int:
    asked = _parser().parse_args()
    if asked.list:
        for one in EVERY.values():
            _say(f"{one.name}{' (lies)' if one.lies else ''}")
        return 0
    if asked.books is None:
        return _wrong("--books is needed")
    try:
        draw = Draw(asked.seed, asked.share, _among(asked.among))
        notify = _telling(asked.notify, asked.notify_secret_file)
    except (UnknownBehaviour, OSError, ValueError) as wrong:
        return _wrong(str(wrong))
    hostile = Hostile(
        asked.books,
        now=time.time,
        draw=draw,
        late_s=asked.late_s,
        settle_s=asked.settle_s,
        notify=notify,
    )
    asyncio.run(_serve(hostile, asked.port))
    return 0


async def _serve(hostile: Hostile, port: int) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await hostile.start(port=port)
    _say(f"listening on {hostile.url}")
    await stop.wait()
    await hostile.stop()


def _among(text: str) -> Sequence[Behaviour]:
    """Raises UnknownBehaviour."""
    if text in KINDS:
        return KINDS[text]()
    return [behaviour_named(name) for name in text.split(",")]


def _telling(urls: list[str], secret: Path | None) -> Telling | None:
    """Raises OSError, ValueError."""
    if not urls:
        return None
    if secret is None:
        raise ValueError("--notify needs --notify-secret-file")
    return Telling(urls, secret.read_text().strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.gateways.hostile", description=__doc__)
    parser.add_argument("--books", type=Path, help="append-only, lines of JSON")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.0, help="of the keys without a token")
    parser.add_argument("--among", default="honest", help="honest, lying, all or names")
    parser.add_argument("--late-s", type=float, default=12.0)
    parser.add_argument("--settle-s", type=float, default=5.0)
    parser.add_argument("--notify", action="append", default=[], help="URL, may hold {gateway}")
    parser.add_argument("--notify-secret-file", type=Path)
    parser.add_argument("--list", action="store_true")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wrong(why: str) -> int:
    sys.stderr.write(f"tests.gateways.hostile: {why}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
