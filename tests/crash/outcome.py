"""The judgement of a load: by the gateways' books, by the work list, and by the oracle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from tests.crash.kills import Kill
from tests.crash.load import SETTLED_S_MAX, Load
from tests.crash.shopper import Begun
from tests.crash.verdict import Judged, judge_by_books
from tests.crash.witnesses import Site, history_of, open_streams
from tests.simulation.oracle import NEED_SENDS, Verdict, judge

SHOWN: Final = ("key", "owner", "reason", "answer", "evidence", "code", "send_before", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`settling`: per kill, seconds until all was settled that was open at it. `seconds`
    of the load, from its start until the last payment was settled. `stories`: the streams of
    what is not settled, `slow`: of what took longer than SETTLED_S_MAX, for a person."""

    seed: int
    kills: Sequence[Kill]
    settling: list[float]
    judged: Judged
    still_due: list[str]
    verdicts: list[Verdict]
    stories: list[str]
    slow: list[str]
    requests: int
    seconds: float

    @property
    def faults(self) -> list[str]:
        """Everything that must not be, in words. Of what real processes can witness the oracle must
        be able to tell."""
        broken = [
            f"{one.invariant}: {one.outcome}: {one.detail}"
            for one in self.verdicts
            if one.outcome == "broken"
            or (one.outcome == "cannot_tell" and one.invariant not in NEED_SENDS)
        ]
        due = [f"{one} is still on the work list" for one in self.still_due]
        return [*self.judged.faults, *due, *broken, *self.stories]

    @property
    def held(self) -> set[str]:
        """The invariants that the oracle could judge, and found to hold."""
        return {one.invariant for one in self.verdicts if one.outcome == "holds"}

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"faults": self.faults}


async def assess(
    load: Load, site: Site, *, kills: Sequence[Kill] = (), seed: int, faults_end_s: float
) -> Outcome:
    """To be called after `load.finish()`."""
    history = await history_of(site, load.diary, seed=seed, faults_end_s=faults_end_s)
    return Outcome(
        seed=seed,
        kills=kills,
        settling=[load.settling_s(one.at) for one in kills],
        judged=judge_by_books(load, site.books),
        still_due=await open_streams(site.dsn),
        verdicts=judge(history),
        stories=[_story(history, one.payment) for one in load.seen.values() if _is_odd(one, load)],
        slow=[_story(history, one.payment) for one in load.seen.values() if _is_slow(one, kills)],
        requests=sum(fact["fact"] == "asked" for fact in load.diary.facts),
        seconds=load.diary.now(),
    )


def _is_odd(begun: Begun, load: Load) -> bool:
    return begun.open_since is not None or any(begun.key in words for words in load.client.broken)


def _is_slow(begun: Begun, kills: Sequence[Kill]) -> bool:
    return any(begun.settling_s(one.at) > SETTLED_S_MAX for one in kills)


def _story(history: dict[str, Any], payment: str) -> str:
    """What the log holds of one payment."""
    stream = f"payment-{UUID(payment.removeprefix('pay_'))}"
    told = [_line(one) for one in history["log"] if one["stream"] == stream]
    return "\n".join([f"{stream}, at {history['end_s']:.2f}:", *told])


def _line(entry: dict[str, Any]) -> str:
    data, metadata = json.loads(entry["data"]), json.loads(entry["metadata"])
    said = {name: data[name] for name in SHOWN if data.get(name) is not None}
    due = metadata["recover_after"]
    return f"  {entry['at']:8.2f} {entry['type']} {said} by {metadata['actor']}, due {due}"
