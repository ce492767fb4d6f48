"""Recorded streams of simulated payments, with every answer that their commands were given.

`python -m tests.renderings.corpus VERSION` writes a VERSION.jsonl.gz in tests/golden/renderings
when an API version is frozen, with the code as it is then, and never touches a file that is there.
One line is one payment: its facts as they are stored, what each of its commands was answered and
what was told while it went on, as JSON text. Only payments that bring something new are kept.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

from adapters.codec import MsgspecCodec
from application.payments.answers import on_the_way, render
from domain.chain import decode_metadata
from domain.payment.attempt import Command
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.state import Known
from tests.simulation.faults import FAULTS
from tests.simulation.run import run_history

FOLDER: Final = Path(__file__).parents[1] / "golden" / "renderings"
SEEDS: Final = 2_000
EVENTS_MAX: Final = 40
OFTEN: Final = dict.fromkeys(("amount_differs", "gateway_overdraws", "gateway_refuses"), 0.3)
TIMES_MAX: Final = 3  # that the same is said again
CODEC: Final = MsgspecCodec()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`revision`: of the state that it tells of. `final`: the answer, else what was told before."""

    command: UUID
    revision: int
    status: int
    body: str
    final: bool


def told(events: list[PaymentEvent], version: str) -> Iterator[Told]:
    """Everything that the commands of this version were, or would have been, told."""
    for command in commands_of(events):
        if command.ref.api_version != version:
            continue
        end = len(events) if command.concluded is None else command.concluded
        for revision in range(command.first, end):
            state = cast(Known, fold(events[: revision + 1]))
            here = state.facts.commands[command.ref.id]
            body = on_the_way(state, here).decode()
            yield Told(
                command=command.ref.id, revision=revision, status=202, body=body, final=False
            )
        if command.concluded is not None:
            answer = render(events, command, position=0)
            yield Told(
                command=command.ref.id,
                revision=answer.revision,
                status=answer.status,
                body=answer.body.decode(),
                final=True,
            )


def commands_of(events: list[PaymentEvent]) -> list[Command]:
    return list(cast(Known, fold(events)).facts.commands.values())


def recorded(version: str) -> list[dict[str, Any]]:
    """The payments of a version's file."""
    text = gzip.decompress((FOLDER / f"{version}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def frozen() -> list[str]:
    """The versions that have a file."""
    return sorted(one.name.removesuffix(".jsonl.gz") for one in FOLDER.iterdir())


def decoded(stored: list[dict[str, Any]]) -> list[PaymentEvent]:
    return [CODEC.decode(one["type"], one["version"], one["data"].encode()) for one in stored]


def says(event: list[PaymentEvent], one: Told) -> str:
    """What is particular about it: everything but ids, times, sums and names."""
    state, body = type(fold(event[: one.revision + 1])).__name__, json.loads(one.body)
    for name in ("amount", "currency", "revision", "created_at", "id", "gateway", "attempts"):
        body.pop(name, None)
    taken = body.get("amount_captured", 0)
    for name in ("amount_authorized", "amount_captured", "amount_capturable", "amount_refunded"):
        if name in body:
            body[name] = (body[name] > 0) + (0 < taken < body[name]) + (0 < taken == body[name])
    if "refunds" in body:
        body["refunds"] = sorted({(r["status"], str(r["failure"])) for r in body["refunds"]})
    detail = re.sub(r"[0-9.]+|[A-Z]{3}", "", body.pop("detail", ""))
    body = {name: value for name, value in body.items() if name not in ("payment", "refund")}
    return f"{state} {one.status} {one.final} {detail} {body}"


def _streams(seed: int) -> Iterator[list[dict[str, Any]]]:
    rates = {name: FAULTS[name] * share for name, share in OFTEN.items()} if seed % 3 else None
    streams: dict[str, list[dict[str, Any]]] = {}
    for one in run_history(seed, rates=rates)["log"]:
        if one["stream"].startswith("payment-"):
            version = decode_metadata(one["metadata"].encode()).version
            stored = {"type": one["type"], "version": version, "data": one["data"]}
            streams.setdefault(one["stream"], []).append(stored)
    yield from (one for one in streams.values() if len(one) <= EVENTS_MAX)


def lines(version: str, seeds: int) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for seed in range(seeds):
        for stored in _streams(seed):
            events = decoded(stored)
            answers = list(told(events, version))
            particular = {says(events, one) for one in answers}
            if all(seen[one] >= TIMES_MAX for one in particular):
                continue
            seen.update(particular)
            yield json.dumps(
                {
                    "seed": seed,
                    "events": stored,
                    "told": [
                        [str(one.command), one.revision, one.status, one.body, one.final]
                        for one in answers
                    ],
                },
                ensure_ascii=False,
                separators=(",", ":"),
            )


def main() -> None:
    target = FOLDER / f"{sys.argv[1]}.jsonl.gz"
    if target.exists():
        sys.exit(f"{target.name} is there: what was given out is never written again")
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in lines(sys.argv[1], SEEDS))
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
