"""The bounds of the use cases and of what they ask of their ports, said once more: a change must be
meant. Those of the domain are in tests/domain/test_numbers.py."""

from __future__ import annotations

from datetime import timedelta

from application.merchants import authenticate
from application.payments import follow_ups
from application.ports import event_store
from application.ports.event_store import AppendRefused, StoreFailure, WrongRevision
from application.ports.gateways import Timing
from application.recovery import between_tries
from domain.payment.rules import Rules
from tests.payments.surroundings import T0


def test_the_bounds_of_the_log() -> None:
    assert event_store.APPEND_BYTES_MAX == 1_000_000
    assert event_store.QUEUED_APPENDS_MAX == 2_048
    assert event_store.QUEUED_BYTES_MAX == 16_777_216
    assert event_store.READ_EVENTS_MAX == 4_096


def test_the_pauses_and_patience_of_follow_ups() -> None:
    assert follow_ups.BACK_OFF_MOST_S == 2.0
    assert timedelta(seconds=30) == between_tries.FOLLOW_UP_BUDGET


def test_a_late_answer_is_read_for_as_long_as_its_owner_is_left_alone() -> None:
    timing = Timing(send_before=0.0, not_after=T0, answer_within_s=1.0)

    assert timing.late_answer_within_s == 30.0
    assert Rules().answer_within.total_seconds() == timing.late_answer_within_s


def test_how_much_is_kept_of_who_asked_and_for_how_long() -> None:
    assert (authenticate.CACHED_S, authenticate.LOOK_AGAIN_S) == (20.0, 1.0)
    assert authenticate.CACHED_MERCHANTS_MAX == 10_000
    assert authenticate.CACHED_STRANGERS_MAX == 1_000


def test_a_failure_of_the_log_says_what_happened() -> None:
    conflict = WrongRevision("payment-7", 3, 5)
    refused = AppendRefused("access denied", nothing_stored=False)

    assert str(conflict) == "payment-7: expected revision 3, found 5"
    assert (conflict.stream, conflict.expected, conflict.actual) == ("payment-7", 3, 5)
    assert (str(refused), refused.nothing_stored) == ("access denied", False)
    assert isinstance(conflict, StoreFailure)
    assert isinstance(refused, StoreFailure)
