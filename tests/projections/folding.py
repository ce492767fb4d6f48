"""What the domain itself makes of a stream: the measure of `payment_status`."""

from __future__ import annotations

from domain.payment.evolve import fold
from domain.payment.state import Known, New
from projections.streams import decode
from tests.projections.fake_log import CODEC, FakeLog


def folded(log: FakeLog, stream: str) -> Known:
    payment = fold(decode(CODEC, event) for event in log.streams[stream])
    if isinstance(payment, New):
        raise LookupError(stream)
    return payment
