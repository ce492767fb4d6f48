"""One fact of every type, with every field set to something that shows in JSON."""

from __future__ import annotations

from typing import Any, Final

from adapters.codec import (
    MsgspecCodec,
    installation_codec,
    merchant_codec,
    notice_codec,
    operator_codec,
)
from domain.installation import events as i
from domain.installation.versions import INSTALLATION_EVENTS
from domain.merchant import events as m
from domain.merchant.versions import MERCHANT_EVENTS
from domain.notice import events as n
from domain.notice.versions import NOTICE_EVENTS
from domain.operator import events as o
from domain.operator.versions import OPERATOR_EVENTS
from domain.payment import events as e
from domain.payment.decisions.sender import attempt_key
from domain.payment.versions import PAYMENT_EVENTS
from tests.domain import facts as f

OF_PAYMENTS: Final[tuple[Any, ...]] = (
    f.initiated(),
    e.RouteDecided(
        order=(f.BETA,),
        candidates=(
            e.Candidate(gateway=f.ALPHA, score=0.1, factors={"success_rate": 0.5}, excluded="down"),
            e.Candidate(gateway=f.BETA, score=0.9, factors={"success_rate": 0.95, "volume": 7.0}),
        ),
        policy="priority-and-recent-success/1",
        seed=7,
        at=f.T0,
    ),
    f.asked(captures=e.CaptureTerms(several=False, remainder="released")),
    f.repeated(),
    f.taken_over(),
    f.not_sent(),
    f.pending(),
    f.charged(),
    f.declined(),
    f.failed(retry_after_s=1.5),
    f.silent(),
    e.LookUpAnswered(key=f.key(), answer="absent", at=f.at(14)),
    e.ReviewRequested(key=f.key(), reason="refunds_not_offered", about="charge", at=f.at(90)),
    f.late(),
    e.PaymentFailed(code="no_gateway_available", retryable=True, at=f.at(2)),
    f.begun(e.CaptureStarted, "capture-1", f.euro(400), command=f.ref("capture")),
    f.begun(e.VoidStarted, "cancel-1", command=f.ref("cancel"), reason="canceled"),
    f.begun(e.RefundStarted, "refund-1", f.euro(250), command=f.ref("refund"), reason="broken"),
    f.begun(e.CompensationStarted, "compensation-1", means="refund"),
    f.done(e.CaptureSucceeded, "capture-1", f.euro(400)),
    f.done(e.VoidSucceeded, "cancel-1"),
    f.done(e.RefundSucceeded, "refund-1", f.euro(250)),
    f.done(e.CompensationSucceeded, "compensation-1", evidence="repeat"),
    e.CaptureFailed(operation=f.operation("capture-1"), code="amount_too_large", at=f.at(3)),
    e.VoidFailed(operation=f.operation("cancel-1"), code="not_processed", at=f.at(3)),
    e.RefundFailed(operation=f.operation("refund-1"), code="insufficient_balance", at=f.at(3)),
    e.FollowUpDeferred(
        operation=f.operation("refund-1"),
        key=attempt_key(f.PAYMENT, f.operation("refund-1"), 1),
        code="rate_limited",
        message="Too many requests.",
        at=f.at(3),
    ),
    f.done(e.LateOperationObserved, "refund-1", f.euro(250), evidence="late_answer", at=f.at(20)),
    f.moved_beside("refund", f.euro(250), source="notice"),
    f.undone(e.CaptureReversed, f.key(), f.euro(400)),
    f.undone(e.RefundReversed, attempt_key(f.PAYMENT, f.operation("refund-1"), 1), f.euro(250)),
    e.ResolveProposed(
        command=f.ref("resolve"), key=f.key(), review="r", word=f.word(), at=f.at(90)
    ),
    f.resolved(),
    e.ResolveRefused(
        command=f.ref("resolve", 2),
        key=f.key(),
        word=f.word("not_charged", reference=None, amount=None, captured=None),
        code="contradicted",
        detail="the gateway says otherwise",
        at=f.at(92),
    ),
    f.cancel_requested(),
    e.PaymentCanceled(at=f.at(6)),
    e.PaymentExpired(at=f.at(7 * 24 * 3600)),
    e.CommandRefused(
        command=f.ref("refund", 2),
        code="refund_exceeds_captured",
        detail="12.00 EUR is more than the 10.00 EUR that can be refunded",
        at=f.at(8),
    ),
)
OF_MERCHANTS: Final[tuple[Any, ...]] = (
    m.MerchantRegistered(merchant="acme", name="Acme GmbH", at=f.T0),
    m.ApiKeyIssued(
        key_id="k_1",
        secret_hash="b" * 64,
        scopes=("payments", "refunds"),
        api_version="2026-12-01",
        at=f.T0,
    ),
    m.ApiKeyRevoked(key_id="k_1", at=f.at(60)),
)
OF_OPERATORS: Final[tuple[Any, ...]] = (
    o.OperatorNamed(operator="anna", at=f.T0),
    o.OperatorRegistered(operator="anna", name="Anna K.", at=f.T0),
    o.OperatorKeyIssued(key_id="0123456789ab", secret_hash="c" * 64, at=f.T0),
    o.OperatorKeyRevoked(key_id="0123456789ab", at=f.at(60)),
)
OF_NOTICES: Final[tuple[Any, ...]] = (
    n.NoticeReceived(
        gateway=f.ALPHA,
        id="evt_1",
        type="charge.captured",
        key=f.key(),
        payment=f.PAYMENT,
        status="captured",
        excerpt='{"id":"evt_1"}',
        at=f.at(4),
    ),
)
OF_INSTALLATIONS: Final[tuple[Any, ...]] = (i.FormatRaised(format=2, at=f.T0, by="command-line"),)

ROOMS: Final[tuple[tuple[Any, Any, tuple[Any, ...]], ...]] = (
    (MsgspecCodec(), PAYMENT_EVENTS, OF_PAYMENTS),
    (merchant_codec(), MERCHANT_EVENTS, OF_MERCHANTS),
    (operator_codec(), OPERATOR_EVENTS, OF_OPERATORS),
    (notice_codec(), NOTICE_EVENTS, OF_NOTICES),
    (installation_codec(), INSTALLATION_EVENTS, OF_INSTALLATIONS),
)
CODEC_OF: Final = {name: codec for codec, known, _ in ROOMS for name in known.types}
NEWEST_OF: Final = {
    name: known.newest_version(name) for _, known, _ in ROOMS for name in known.types
}
SAMPLES: Final = {type(one).__name__: one for _, _, samples in ROOMS for one in samples}
