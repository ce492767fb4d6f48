"""Every state that a pool of facts can lead to, found by trying every fact in every state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.payment import events as e
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.events import PaymentEvent
from domain.payment.evolve import evolve
from domain.payment.state import New, Payment
from tests.domain import facts as f


def _about_charge(number: int) -> Iterator[PaymentEvent]:
    key = f.key(number)
    yield f.asked(number)
    yield from (f.charged(number), f.held(number), f.charged(number, f.euro(999)))
    yield from (f.declined(number), f.failed(number), f.late(number))
    yield from _about_send(key)


def _about_send(key: Any) -> Iterator[PaymentEvent]:
    yield from (f.silent(of=key), f.taken_over(of=key), f.not_sent(key), f.pending(key))
    yield from (f.repeated(of=key), f.repeated("worker-2", of=key))
    yield e.LookUpAnswered(key=key, answer="absent", at=f.at(14))
    yield e.ReviewRequested(key=key, reason="r", at=f.at(90))
    yield e.ReviewRequested(key=key, reason="r", about="charge", at=f.at(90))


def _ends_without_effect(started: Any, end: type[Any]) -> Iterator[PaymentEvent]:
    yield replace(f.failed(), key=started.key)
    yield e.FollowUpDeferred(
        operation=started.operation, key=started.key, code="c", message="", at=f.at(3)
    )
    yield end(operation=started.operation, code="c", at=f.at(3))


def _about_operations() -> Iterator[PaymentEvent]:
    capture, void = f.begun(e.CaptureStarted, "capture"), f.begun(e.VoidStarted, "void")
    yield from (capture, *_ends_without_effect(capture, e.CaptureFailed))
    yield from (void, *_ends_without_effect(void, e.VoidFailed))
    yield f.done(e.CaptureSucceeded, "capture")
    yield f.done(e.VoidSucceeded, "void")
    refund = f.begun(e.RefundStarted, "refund")
    yield from (refund, f.done(e.RefundSucceeded, "refund"), *_about_send(refund.key))
    yield from _ends_without_effect(refund, e.RefundFailed)
    compensation = f.begun(e.CompensationStarted, "compensation", means="refund")
    yield from (compensation, replace(f.failed(), key=compensation.key))
    for name in ("capture", "void", "refund", "compensation"):
        yield f.done(e.LateOperationObserved, name)
    yield f.done(e.CompensationSucceeded, "compensation")
    for means in ("capture", "void", "refund"):
        yield f.moved_beside(means)
    yield f.undone(e.CaptureReversed, f.key())
    yield f.undone(e.RefundReversed, refund.key)
    yield f.undone(e.RefundReversed, compensation.key)


POOL: Final[tuple[PaymentEvent, ...]] = (
    *f.OPENED,
    *_about_charge(1),
    *_about_charge(2),
    *_about_operations(),
    f.cancel_requested(),
    e.PaymentCanceled(at=f.at(6)),
    e.PaymentFailed(code="c", retryable=True, at=f.at(6)),
    e.PaymentExpired(at=f.at(6)),
    e.ResolveProposed(command=f.ref("resolve", 8), key=f.key(), review="r", word=f.word(), at=f.T0),
    f.resolved("given_back"),
    e.ResolveRefused(
        command=f.ref("resolve", 7), key=None, word=f.word(), code="c", detail="d", at=f.T0
    ),
    e.CommandRefused(command=f.ref("refund", 9), code="c", detail="d", at=f.at(6)),
)


@dataclass(frozen=True)
class Walk:
    """`moves`: (state, event, state after) of every fact taken; `refused`: (state, event)."""

    moves: set[tuple[type, type, type]] = field(default_factory=set)
    refused: dict[tuple[type, type], list[PaymentEvent]] = field(
        default_factory=lambda: defaultdict(list)
    )
    shapes: set[Any] = field(default_factory=set)


def walk(*, depth: int, states_max: int) -> Walk:
    """Breadth first; two payments whose books look alike are one."""
    found = Walk()
    edge: list[Payment] = [New()]
    for _ in range(depth):
        edge = [after for payment in edge for after in _step(found, payment, states_max)]
    return found


def _step(found: Walk, payment: Payment, states_max: int) -> Iterator[Payment]:
    for event in POOL:
        try:
            after = evolve(payment, event)
        except ImpossibleHistory:
            found.refused[type(payment), type(event)].append(event)
            continue
        found.moves.add((type(payment), type(event), type(after)))
        shape = _shape(after)
        if shape not in found.shapes and len(found.shapes) < states_max:
            found.shapes.add(shape)
            yield after


def _shape(payment: Any) -> Any:
    facts = payment.facts
    tries = frozenset(
        (one.key, one.unknown and one.sends, type(one.verdict)) for one in facts.attempts.values()
    )
    done = frozenset((one.kind, one.state) for one in facts.operations.values())
    wishes = (facts.cancel is None, facts.unwanted, len(facts.strays))
    return type(payment), tries, done, wishes
