"""What goes wrong in one history: each fault has a rate of its own, drawn per seed and often zero.

All rates are shares of the occasions, from 0 to 1; nothing here knows what a fault does.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

NEVER: Final = 0.6  # of all histories do without a given fault
NEVER_OF: Final = {
    "amount_differs": 0.95,  # the oracle cannot judge such a payment's order
    "read_models_raised": 0.9,
    "gateway_hangs": 0.985,  # such a history has a crowd of payments
    "voids_refused": 0.97,
    "work_row_lost": 0.95,  # such a history takes a day more
}
RATE_LEAST: Final = 0.01
# Drawn by a chance of their own: where such a fault is off, a seed's history is what it was before
# there was the fault, and the seeds that are known to catch a sabotage stay known.
DRAWN_APART: Final = (
    "voids_refused",
    "asked_in_vain", "gateway_overdraws", "read_models_raised", "answer_of_another",
    "amount_unreadable", "asleep_at_the_gate", "reference_changes", "client_newer",
    "work_row_lost", "gateway_hangs",
)  # fmt: skip

# The highest rate of each; the actual one is drawn between RATE_LEAST and this, small ones first.
FAULTS: Final[Mapping[str, float]] = {
    "append_lost": 0.3,  # never arrives; sent again after a while
    "append_unanswered": 0.3,  # stored, and nobody hears of it
    "append_late": 0.2,  # arrives after it was sent again
    "append_hangs": 0.04,  # nothing gets through for longer than callers wait
    "store_busy": 0.05,
    "append_not_sent": 0.05,
    "read_delayed": 0.2,
    "read_failed": 0.03,
    "hot_failed": 0.2,  # one call: done, and no answer
    "hot_unheard": 0.1,  # one call: not done, and no answer
    "hot_down": 0.6,  # for a while, everybody
    "hot_lost": 0.6,  # emptied at once
    "feed_late": 0.3,
    "feed_broken": 0.05,
    "rows_failed": 0.05,  # the read models: one step, stored or not
    "read_models_raised": 1.0,  # workers are upgraded to a program whose rows say something else
    "work_row_lost": 1.0,  # by a mistake that nobody knows of: a row of the work list is gone
    "unreachable": 0.25,
    "slow_to_send": 0.15,  # between the record and the socket
    "asleep_at_the_gate": 0.2,  # the machine is suspended there: one of its clocks stands still
    "request_lost": 0.3,
    "request_late": 0.25,
    "request_twice": 0.25,
    "copy_after_a_no": 0.4,  # of refused charges a copy arrives after the refusal
    "notice_lost": 0.5,
    "gateway_hangs": 1.0,  # for hours, with a crowd of payments; nothing else happens then
    "answer_lost": 0.35,
    "answer_late": 0.3,
    "answer_garbled": 0.1,
    "answer_of_another": 0.3,  # the gateway's last refusal once more, as by a proxy out of step
    "amount_unreadable": 0.15,  # done, and the answer does not tell how much or under which name
    "gateway_refuses": 0.35,  # 503, charged: false
    "gateway_throttles": 0.2,  # 429 with Retry-After
    "gateway_errs": 0.3,  # 500, charged: "unknown", booked or not
    "gateway_slow": 0.2,  # books late, within its lateness; meanwhile 409
    "gateway_declines": 0.4,
    "gateway_pends": 0.35,
    "amount_differs": 0.15,  # the gateway takes or holds something else than it was asked for
    "look_up_fails": 0.4,
    "asked_in_vain": 0.8,  # a look-up or a cancellation is refused: 429, 500, 503
    "reference_changes": 1.0,  # of what is pending, from one look-up to the next
    "voids_refused": 1.0,  # by a gateway for ever, also when all else is calm
    "gateway_overdraws": 1.0,  # takes or gives back more than there is, when it is asked to
    "crash_before": 1.0,  # a named step
    "crash_at_step": 0.6,
    "crash_any_time": 0.5,
    "freeze": 0.25,  # of lives: stopped for a while, not dead
    "client_impatient": 0.4,
    "client_cut_off": 0.25,  # its answer is lost on the way
    "client_newer": 0.8,  # it asks in 2026-12-01, also for what it began in 2026-11-01
    "client_unheard": 0.1,  # its request is
}


class Faults:
    """The rates of one history. `over` ends them all."""

    def __init__(self, random: Random, rates: Mapping[str, float] | None = None) -> None:
        """`rates` replaces drawn ones. Raises KeyError for a fault that does not exist."""
        self._random = random
        self.over = False
        self.rates = {
            name: _drawn(random, most, NEVER_OF.get(name, NEVER))
            for name, most in FAULTS.items()
            if name not in DRAWN_APART
        }
        self._first = str(sorted(self.rates.items()))
        for name in DRAWN_APART:
            own = Random(f"{name} {sorted(self.rates.items())}")
            self.rates[name] = _drawn(own, FAULTS[name], NEVER_OF.get(name, NEVER))
        for name, rate in (rates or {}).items():
            self.rates[name] = rate if name in FAULTS else FAULTS[name]
        self.happened: dict[str, int] = {}

    def apart(self, name: str) -> Random:
        """A chance of its own in this history, for what is drawn beside the faults."""
        return Random(f"{name} {self._first}")

    def chance_of(self, name: str) -> Random:
        """A chance of a fault's own, for what is drawn apart: the same whatever other faults there
        will be, but for the ordinary ones."""
        ordinary = {one: rate for one, rate in self.rates.items() if one not in DRAWN_APART}
        return Random(f"{name} happens {sorted(ordinary.items())}")

    def hits(self, name: str, random: Random | None = None) -> bool:
        """Whether it happens now. A fault that never happens draws nothing. `random`: instead of
        the history's own."""
        rate = self.rates[name]
        if rate == 0.0 or self.over or (random or self._random).random() >= rate:
            return False
        self.happened[name] = self.happened.get(name, 0) + 1
        return True


def _drawn(random: Random, most: float, never: float) -> float:
    if random.random() < never:
        return 0.0
    share = random.random()
    return RATE_LEAST + (most - RATE_LEAST) * (share if most == 1.0 else share * share)
