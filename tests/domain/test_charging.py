"""Whom to ask next, when to stop, and that nobody is charged who has left."""

from __future__ import annotations

from typing import Any

import pytest

from domain.payment import events as e
from domain.payment.decisions.charge import (
    Ask,
    Stop,
    back_off,
    finish,
    next_charge_key,
    next_step,
    start_charge,
)
from domain.payment.decisions.sender import Target
from domain.payment.events import PaymentEvent
from domain.payment.rules import CHARGE_TRIES_MAX, TRIES_PER_GATEWAY_MAX, NoMoreTries
from tests.domain import facts as f
from tests.domain.story import Decision, given, payment_of, sender

TARGET = Target(gateway=f.ALPHA, account="a_1", endpoint="https://alpha.example")
BUSY = f.failed(retry_after_s=1.5)


def tries(*ends: tuple[str, PaymentEvent]) -> tuple[PaymentEvent, ...]:
    """One try per (gateway, verdict), the verdict's key set to the try's."""
    events: list[PaymentEvent] = [*f.OPENED]
    for number, (gateway, verdict) in enumerate(ends, start=1):
        events.append(f.asked(number, gateway))
        fields = {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}
        events.append(type(verdict)(**{**fields, "key": f.key(number)}))
    return tuple(events)


def step(*events: PaymentEvent, now_s: float = 2, jitter: float = 0.0) -> Ask | Stop:
    return next_step(payment_of(*events), now=f.at(now_s), jitter=jitter)


def starting(now_s: float = 1) -> Decision:
    def decide(payment: Any) -> PaymentEvent:
        return start_charge(payment, TARGET, sender(now_s), lambda key: f"hash of {key}")

    return decide


def test_a_try_names_its_owner_key_and_deadline() -> None:
    started = given(*f.OPENED).when(starting(1)).then_one(e.AttemptStarted)

    assert (started.key, started.number) == (f.key(1), 1)
    assert (started.owner, started.send_before) == (f.OWNER, f.at(3))
    assert started.request_hash == f"hash of {f.key(1)}"


def test_a_retry_has_a_new_key_and_the_same_operation() -> None:
    again = given(*f.OPENED, f.asked(), f.failed()).when(starting()).then_one(e.AttemptStarted)

    assert (again.key, again.number) == (f.key(2), 2)
    assert again.operation == f.asked().operation
    assert next_charge_key(payment_of(*f.OPENED).facts)[1] == f.key(1)


def test_nobody_is_charged_who_has_left() -> None:
    given(*f.OPENED).when(starting(59.9)).then(e.AttemptStarted)
    given(*f.OPENED).when(starting(60)).then_rejected(NoMoreTries)
    given(*f.OPENED, f.cancel_requested()).when(starting()).then_rejected(NoMoreTries)


def test_four_tries_are_the_most() -> None:
    no = (f.ALPHA, f.failed())

    assert CHARGE_TRIES_MAX == 4
    given(*tries(*3 * [no])).when(starting()).then(e.AttemptStarted)
    given(*tries(*4 * [no])).when(starting()).then_rejected(NoMoreTries)


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (f.OPENED, Ask(f.ALPHA, 0.0)),
        (tries((f.ALPHA, f.failed())), Ask(f.BETA, 0.0)),
        (tries((f.ALPHA, f.failed(transient=False))), Ask(f.BETA, 0.0)),
        (tries((f.ALPHA, f.not_sent())), Ask(f.BETA, 0.0)),
        (tries((f.ALPHA, BUSY), (f.BETA, f.failed(transient=False))), Ask(f.ALPHA, 1.5)),
        (tries((f.ALPHA, f.failed()), (f.BETA, BUSY), (f.ALPHA, f.failed())), Ask(f.BETA, 1.5)),
        (
            tries(*2 * [(f.ALPHA, f.failed(transient=False))]),
            Ask(f.BETA, 0.0),
        ),
        (
            tries((f.ALPHA, f.failed(transient=False)), (f.BETA, f.failed(transient=False))),
            Stop("no_gateway_available", retryable=True),
        ),
        (
            tries((f.ALPHA, f.failed()), (f.BETA, f.failed()), *2 * [(f.ALPHA, f.failed())]),
            Stop("no_gateway_available", retryable=True),
        ),
        (tries((f.ALPHA, f.declined())), Stop("declined", retryable=False)),
        (
            tries((f.ALPHA, f.declined(advice="try_again_later"))),
            Stop("declined", retryable=True),
        ),
        ((*f.OPENED, f.cancel_requested()), Stop("canceled", retryable=False)),
        ((f.initiated(),), Stop("no_gateway_available", retryable=True)),
    ],
)
def test_everybody_is_asked_once_then_those_that_were_busy(
    events: tuple[PaymentEvent, ...], wanted: Ask | Stop
) -> None:
    assert step(*events) == wanted


def test_one_gateway_is_asked_three_times_at_most() -> None:
    alone = (f.initiated(), f.routed(f.ALPHA))
    asked = tries(*3 * [(f.ALPHA, f.failed())])[2:]

    assert TRIES_PER_GATEWAY_MAX == 3
    assert isinstance(step(*alone, *asked[:4]), Ask)
    assert step(*alone, *asked) == Stop("no_gateway_available", retryable=True)


def test_time_ends_the_asking() -> None:
    assert step(*f.OPENED, now_s=60) == Stop("not_completed_in_time", retryable=True)


def test_pauses_double_with_full_jitter_up_to_a_bound() -> None:
    assert [back_off(one, 1.0, 2.0) for one in range(1, 8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert back_off(5, 0.0, 2.0) == 0.0
    assert back_off(2, 0.5, 2.0) == 0.1


@pytest.mark.parametrize(
    ("events", "kind", "code"),
    [
        (f.OPENED, e.PaymentFailed, "not_charged"),
        (tries((f.ALPHA, f.declined())), e.PaymentFailed, "declined"),
        ((*f.OPENED, f.cancel_requested()), e.PaymentCanceled, None),
    ],
)
def test_an_end_says_why(events: tuple[PaymentEvent, ...], kind: type, code: str | None) -> None:
    stop = Stop("not_charged", retryable=True)

    ended = given(*events).when(lambda ready: finish(ready, stop, now=f.at(9))).then_one(kind)

    assert getattr(ended, "code", None) == code
    assert getattr(ended, "retryable", None) is {"not_charged": True, "declined": False}.get(
        code or ""
    )
