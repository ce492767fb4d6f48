"""Captures, voids and refunds of a charge, within the bounds that the books hold."""

from dataclasses import replace

from adapters.simulator.desk import Desk, Outcome, parsed, settles
from adapters.simulator.entries import OperationBooked
from adapters.simulator.plans import PLAIN, Fate, Plan
from adapters.simulator.records import (
    CAPTURE,
    DECLINED,
    PENDING,
    REFUND,
    SUCCEEDED,
    VOID,
    Charge,
    Operation,
)
from adapters.simulator.wire import OperationRequest, Reply, error, refused, told

ID_PREFIX = {CAPTURE: "cap", VOID: "vo", REFUND: "re"}


async def operate(desk: Desk, kind: str, charge_id: str, raw: bytes, header: str) -> Reply | None:
    """Answers one capture, void or refund request; None closes without an answer."""
    asked = parsed(raw, OperationRequest, header)
    if isinstance(asked, Reply):
        return asked
    outage = desk.weather_plan(asked.key)
    if outage is not None and outage.fate is Fate.NOT_PROCESSED:
        return await desk.refuse(outage)
    via = PLAIN.delivery if outage is None else outage.delivery
    known = _known(desk, kind, charge_id, asked)
    if known is not None:
        return await desk.deliver(via, known)
    charge = desk.books.charge(charge_id)
    if charge is None:
        return await desk.deliver(via, error(404, "no_such_charge", "No charge has this id."))
    return await desk.guarded(asked.key, lambda: _process(desk, kind, charge, asked, outage))


def _known(desk: Desk, kind: str, charge_id: str, asked: OperationRequest) -> Reply | None:
    """The answer that the key already has, None when it is free."""
    if not desk.controls.switches.idempotent_keys:
        return None
    earlier = desk.books.newest_operation(asked.key)
    if earlier is not None and desk.books.remembers(earlier):
        if _same(earlier, kind, charge_id, asked):
            return told(earlier, replayed=True)
        return error(422, "key_reused", "This key was used with another body.")
    charge = desk.books.newest_charge(asked.key)
    if charge is not None and desk.books.remembers(charge):
        return error(422, "key_reused", "This key was used for a charge.")
    return None


def _same(earlier: Operation, kind: str, charge_id: str, asked: OperationRequest) -> bool:
    entry = earlier.entry
    return (entry.kind, entry.charge_id, entry.asked) == (kind, charge_id, asked.amount)


def _plan(desk: Desk, kind: str, charge: Charge) -> Plan:
    magic = desk.magic_of(charge.entry)
    if magic is None:
        return PLAIN
    if kind == CAPTURE:
        return magic.capture
    return magic.void if kind == VOID else magic.refund


async def _process(
    desk: Desk, kind: str, charge: Charge, asked: OperationRequest, outage: Plan | None
) -> Outcome:
    plan = _plan(desk, kind, charge)
    if outage is not None:
        plan = replace(plan, delivery=outage.delivery)
    await desk.take_time(desk.draws(asked.key))
    amount = asked.amount or charge.room(kind)
    no = _let_go(desk, kind, charge) or _out_of_bounds(kind, charge, amount)
    if no is not None:
        return plan.delivery, no
    if plan.fate is Fate.NOT_PROCESSED:
        return plan.delivery, refused(plan.refusal)
    operation = desk.books.book_operation(_entry(desk, kind, charge, asked, amount, plan))
    return desk.booked(operation, plan)


def _let_go(desk: Desk, kind: str, charge: Charge) -> Reply | None:
    """The 422 of a capture or void of a hold that is too old: nothing is held any more."""
    age_s = desk.books.now() - charge.entry.at_s
    held = kind != REFUND and charge.approved and charge.room(kind) > 0
    if not held or age_s < desk.settings.authorization_lifetime_s:
        return None
    return error(422, "authorization_expired", "The authorization has expired.")


def _out_of_bounds(kind: str, charge: Charge, amount: int) -> Reply | None:
    """The 422 of an operation that the charge does not allow, None when it does."""
    if not charge.approved:
        return error(422, f"charge_{charge.status}", f"The charge is {charge.status}.")
    room = charge.room(kind)
    if room == 0:
        return error(422, f"nothing_to_{kind}", f"Nothing is left to {kind}.")
    if amount > room:
        return error(422, "amount_too_large", f"{amount} asked, {room} left to {kind}.")
    return None


def _entry(
    desk: Desk, kind: str, charge: Charge, asked: OperationRequest, amount: int, plan: Plan
) -> OperationBooked:
    status, to_come = settles(plan, SUCCEEDED, DECLINED)
    decline = plan.decline if status == DECLINED else None
    now = desk.books.now()
    return OperationBooked(
        at_s=now,
        id=desk.books.next_id(ID_PREFIX[kind], desk.name),
        key=asked.key,
        kind=kind,
        charge_id=charge.entry.id,
        status=status,
        asked=asked.amount,
        amount=amount,
        currency=charge.entry.currency,
        code=None if decline is None else decline.code,
        message=None if decline is None else decline.message,
        settles_as=to_come,
        settles_at_s=now + desk.settings.settle_s if status == PENDING else None,
    )
