"""The magic amounts and tokens, all in one table; docs/simulator.md shows the same table.

Data and its look-up only. A magic is found by the charge's token, else by the last three digits
of its amount in minor units; it also governs the captures, voids and refunds of that charge.
"""

from dataclasses import dataclass

from adapters.simulator.declines import DO_NOT_HONOR, EXPIRED_CARD, INSUFFICIENT_FUNDS
from adapters.simulator.plans import (
    CAPTURE_REFUSED,
    PLAIN,
    THROTTLED,
    Delivery,
    Fate,
    Once,
    Plan,
)

ENDING_MODULUS = 1000
AMOUNT_DIFFERS_BY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Magic:
    """One row: amount ending, token, what it does in words, and the plans that do it."""

    ending: int
    token: str
    does: str
    charge: Plan = PLAIN
    capture: Plan = PLAIN
    void: Plan = PLAIN
    refund: Plan = PLAIN


_LOST = Plan(delivery=Delivery.LOST)
_ERROR = Delivery.ERROR
_NOT = Fate.NOT_PROCESSED

MAGIC = (
    Magic(ending=901, token="tok_ok", does="approved for sure"),
    Magic(
        ending=902,
        token="tok_insufficient_funds",
        does="declined: `insufficient_funds`",
        charge=Plan(fate=Fate.DECLINED, decline=INSUFFICIENT_FUNDS),
    ),
    Magic(
        ending=903,
        token="tok_expired_card",
        does="declined: `expired_card`",
        charge=Plan(fate=Fate.DECLINED, decline=EXPIRED_CARD),
    ),
    Magic(
        ending=904,
        token="tok_do_not_honor",
        does="declined: `do_not_honor`",
        charge=Plan(fate=Fate.DECLINED, decline=DO_NOT_HONOR),
    ),
    Magic(
        ending=905,
        token="tok_not_processed",
        does="503, `charged: false`, on every send",
        charge=Plan(fate=_NOT),
    ),
    Magic(
        ending=906,
        token="tok_error_charged",
        does='500, `charged: "unknown"`; charged',
        charge=Plan(delivery=_ERROR),
    ),
    Magic(
        ending=907,
        token="tok_error_not_charged",
        does='500, `charged: "unknown"`; not charged; a repeat of the key is approved',
        charge=Plan(fate=_NOT, delivery=_ERROR, once=Once.PER_KEY),
    ),
    Magic(
        ending=908,
        token="tok_lost_charged",
        does="connection closed without an answer; charged",
        charge=_LOST,
    ),
    Magic(
        ending=909,
        token="tok_lost_not_charged",
        does="connection closed without an answer; not charged; a repeat of the key is approved",
        charge=Plan(fate=_NOT, delivery=Delivery.LOST, once=Once.PER_KEY),
    ),
    Magic(
        ending=911,
        token="tok_late_charged",
        does="charged at once; the answer comes `late_s` later",
        charge=Plan(delivery=Delivery.LATE),
    ),
    Magic(
        ending=912,
        token="tok_late_not_charged",
        does="not charged; 503, `charged: false`, comes `late_s` later",
        charge=Plan(fate=_NOT, delivery=Delivery.LATE),
    ),
    Magic(
        ending=913,
        token="tok_late_booked",
        does="in flight for `late_s` (look-up: 404, repeat: 409), then charged and answered",
        charge=Plan(late_booking=True),
    ),
    Magic(
        ending=914,
        token="tok_unreadable",
        does="charged; the answer is 200 with a body that is not JSON",
        charge=Plan(delivery=Delivery.UNREADABLE),
    ),
    Magic(
        ending=915,
        token="tok_pending_captured",
        does="pending; after `settle_s` captured (or authorized)",
        charge=Plan(fate=Fate.PENDING_APPROVED),
    ),
    Magic(
        ending=916,
        token="tok_pending_declined",
        does="pending; after `settle_s` declined: `do_not_honor`",
        charge=Plan(fate=Fate.PENDING_DECLINED, decline=DO_NOT_HONOR),
    ),
    Magic(
        ending=917,
        token="tok_notice_twice",
        does="as `tok_pending_captured`, and each notice comes twice under one id",
        charge=Plan(fate=Fate.PENDING_APPROVED, notice_copies=2),
    ),
    Magic(
        ending=918,
        token="tok_amount_differs",
        does="approved, but for 100 minor units more than asked",
        charge=Plan(amount_extra=AMOUNT_DIFFERS_BY),
    ),
    Magic(
        ending=919,
        token="tok_throttled",
        does="429 with `Retry-After: 1` on a payment's first send; then approved",
        charge=Plan(fate=_NOT, refusal=THROTTLED, once=Once.PER_PAYMENT),
    ),
    Magic(
        ending=921,
        token="tok_refund_lost",
        does="approved; a refund is booked, its answer lost",
        refund=_LOST,
    ),
    Magic(
        ending=922,
        token="tok_refund_declined",
        does="approved; a refund is declined",
        refund=Plan(fate=Fate.DECLINED, decline=DO_NOT_HONOR),
    ),
    Magic(
        ending=923,
        token="tok_refund_pending",
        does="approved; a refund is pending, after `settle_s` succeeded",
        refund=Plan(fate=Fate.PENDING_APPROVED),
    ),
    Magic(
        ending=924,
        token="tok_refund_pending_declined",
        does="approved; a refund is pending, after `settle_s` declined",
        refund=Plan(fate=Fate.PENDING_DECLINED, decline=DO_NOT_HONOR),
    ),
    Magic(
        ending=925,
        token="tok_capture_lost",
        does="approved; a capture is booked, its answer lost",
        capture=_LOST,
    ),
    Magic(
        ending=926,
        token="tok_capture_refused",
        does="approved; a capture is refused: 422, `capture_refused`, `charged: false`",
        capture=Plan(fate=_NOT, refusal=CAPTURE_REFUSED),
    ),
    Magic(
        ending=927,
        token="tok_void_lost",
        does="approved; a void is booked, its answer lost",
        void=_LOST,
    ),
)
SURE = MAGIC[0]
BY_ENDING = {magic.ending: magic for magic in MAGIC}
BY_TOKEN = {magic.token: magic for magic in MAGIC}


def magic_for(*, gateway: str, token: str, amount: int, amounts: bool) -> Magic | None:
    """The magic that governs a charge, or None for ordinary traffic.

    ``token@stripe+sbi`` keeps a magic token to these gateways; every other one approves for sure,
    so that a failover ends the same way each time. ``amounts`` False turns the endings off.
    """
    name, _, only = token.partition("@")
    magic = BY_TOKEN.get(name)
    if magic is not None:
        return magic if not only or gateway in only.split("+") else SURE
    return BY_ENDING.get(amount % ENDING_MODULUS) if amounts else None
