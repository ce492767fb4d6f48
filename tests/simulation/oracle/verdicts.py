"""The invariants by name, and how findings become verdicts. Knows nothing of payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Outcome: TypeAlias = Literal["holds", "broken", "cannot_tell"]

INVARIANTS: Final[dict[str, str]] = {
    "witnesses_suffice": "the diaries and books have no gap",
    "one_net_capture": "at most one charge of a payment stands in the end, over all gateways",
    "one_gateway_at_a_time": "no charge is sent while an earlier one may still come to stand",
    "one_try_one_key": "a key belongs to one try of one operation, and a try to one key",
    "repeats_are_the_same": "a repeat sends the same bytes to the same account and endpoint",
    "repeats_in_time": "a repeat comes within half its key's lifetime, a charge's in its time",
    "retries_draw_new_keys": "after a definite no the same key is not sent again",
    "tries_bounded": "charge tries and recorded refusals have a bound",
    "looks_ever_more_rarely": "look-ups of a key have pauses, and what they tell has an end",
    "no_gateway_waits_for_another": "one that hangs keeps no unknown at another from a look-up",
    "single_send_without_keys": "a gateway that forgets keys at once is sent each key once",
    "bounds_in_books": "captured + voided <= authorized, refunded <= captured in the books",
    "bounds_in_streams": "the same at every revision, open amounts counted",
    "sent_by_owner": "only the current owner sends",
    "sent_in_time": "nothing is sent after send_before by the owner's own clock",
    "recorded_before_sent": "every send is on record before it is made",
    "takeover_waits": "nobody takes over while the owner may still send or hear",
    "no_try_after_answer": "once the request was answered no new charge try starts",
    "first_sent_for_its_client": "a charge that may be unsent is sent by its request, or a repeat",
    "every_gateway_asked": "nobody gives up in time while a gateway of the route was not asked",
    "only_what_is_offered": "a gateway is asked only for what it offers, nor blamed for more",
    "as_asked": "amount, currency and capture are as the client asked",
    "accepted_is_finished": "what was accepted comes to an end, or a person was asked",
    "duties_have_an_end": "what no machine can end waits for a person, who is reminded",
    "final_equals_books": "what is told in the end is what the books hold",
    "stream_equals_books": "what the stream says of a key is what the books say",
    "failed_means_not_charged": "failed, canceled or expired: surely not charged, or given back",
    "same_key_same_answer": "a repeat gets the same status and bytes",
    "one_effect": "all calls of one key together have one effect",
    "changed_body_refused": "the same key with another body is 422",
    "refusal_stands": "a refused command never moves anything later",
    "merchants_apart": "nobody sees or moves another merchant's payment",
    "streams_gapless": "revisions count from 0 without a gap",
    "event_ids_unique": "no event id comes twice",
    "no_charge_after_end": "no charge is sent after a decline, a cancel, a success or the end",
    "chain_verifies": "every event names the digest of the one before it",
    "log_in_order": "the log is ordered by position and by time",
    "rows_equal_fold": "every row equals the fold of the raw log",
    "no_reader_goes_back": "at a switch of the read models nobody sees less than before",
    "no_card_number": "no card number is in anything sent, told or stored",
    "acknowledged_in_log": "what was acknowledged is in the log, at the position told",
    "answers_match_stream": "an answer tells the state of the revision that it names",
    "linearizable": "the clients' answers fit one order of one payment",
    "no_5xx_after_money": "never a 5xx once money may have moved, and nothing is sent after it",
}

# Judged by what left a socket, when, and by whose clock: where nobody saw that, nothing is claimed.
NEED_SENDS: Final = (
    "one_gateway_at_a_time", "repeats_are_the_same", "repeats_in_time", "retries_draw_new_keys",
    "single_send_without_keys", "sent_by_owner", "sent_in_time", "recorded_before_sent",
    "no_charge_after_end", "looks_ever_more_rarely", "no_5xx_after_money",
    "first_sent_for_its_client",
    "only_what_is_offered", "no_gateway_waits_for_another",
)  # fmt: skip

DETAILS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`detail` is empty where the invariant holds; else what was found, for a person."""

    invariant: str
    outcome: Outcome
    detail: str


class Findings:
    """Collects what the checks find. An invariant nobody complained of holds."""

    def __init__(self) -> None:
        self._broken: dict[str, list[str]] = {}
        self._unsure: dict[str, list[str]] = {}

    def broken(self, invariant: str, detail: str) -> None:
        """Raises KeyError for an unknown invariant: a misspelt name would be a silent pass."""
        _ = INVARIANTS[invariant]
        self._broken.setdefault(invariant, []).append(detail)

    def unsure(self, invariant: str, detail: str) -> None:
        """The witnesses do not suffice. Raises KeyError for an unknown invariant."""
        _ = INVARIANTS[invariant]
        self._unsure.setdefault(invariant, []).append(detail)

    def verdicts(self) -> list[Verdict]:
        return [self._verdict(name) for name in INVARIANTS]

    def _verdict(self, name: str) -> Verdict:
        if name in self._broken:
            return Verdict(name, "broken", _joined(self._broken[name]))
        if name in self._unsure:
            return Verdict(name, "cannot_tell", _joined(self._unsure[name]))
        return Verdict(name, "holds", "")


def _joined(details: list[str]) -> str:
    more = len(details) - DETAILS_MAX
    shown = "; ".join(details[:DETAILS_MAX])
    return f"{shown}; and {more} more" if more > 0 else shown
