"""``POST /v1/charges``: the same key always gets the same charge, while the key is remembered."""

from dataclasses import replace

from adapters.simulator.chance import Draws
from adapters.simulator.desk import Desk, Outcome, parsed, settles
from adapters.simulator.entries import ChargeBooked
from adapters.simulator.ordinary import ordinary_plan
from adapters.simulator.plans import PLAIN, Fate, Plan
from adapters.simulator.records import AUTHORIZED, CAPTURED, DECLINED, PENDING, Charge
from adapters.simulator.wire import ChargeRequest, Reply, error, refused, told


async def charge(desk: Desk, raw: bytes, header: str) -> Reply | None:
    """Answers one charge request; None means that the connection closes without an answer."""
    asked = parsed(raw, ChargeRequest, header)
    if isinstance(asked, Reply):
        return asked
    outage = desk.weather_plan(asked.key)
    if outage is not None and outage.fate is Fate.NOT_PROCESSED:
        return await desk.refuse(outage)
    via = PLAIN.delivery if outage is None else outage.delivery
    known = _known(desk, asked)
    if known is not None:
        return await desk.deliver(via, known)
    if asked.method not in desk.profile.methods:
        words = f"{desk.name} does not take {asked.method[:40]}."
        return await desk.deliver(via, error(422, "method_not_supported", words))
    return await desk.guarded(asked.key, lambda: _process(desk, asked, outage))


def _known(desk: Desk, asked: ChargeRequest) -> Reply | None:
    """The answer that the key already has, None when it is free."""
    if desk.controls.switches.idempotent_keys:
        earlier = desk.books.newest_charge(asked.key)
        if earlier is not None and desk.books.remembers(earlier):
            return told(earlier, replayed=True) if _same(earlier, asked) else _reused()
        operation = desk.books.newest_operation(asked.key)
        if operation is not None and desk.books.remembers(operation):
            return _reused()
    if desk.books.is_canceled(asked.key):
        return error(422, "key_canceled", "This key was canceled; it can never be charged.")
    return None


def _reused() -> Reply:
    return error(422, "key_reused", "This key was used with another body.")


def _same(earlier: Charge, asked: ChargeRequest) -> bool:
    entry = earlier.entry
    return (
        entry.payment_id == asked.payment_id
        and entry.asked == asked.amount
        and entry.currency == asked.currency
        and entry.method == asked.method
        and entry.method_token == asked.method_token
        and entry.bank == asked.bank
        and entry.capture == asked.capture
    )


def _plan(desk: Desk, asked: ChargeRequest, draws: Draws) -> Plan:
    """Magic before chance; what was meant for a first send only lets a repeat go well."""
    magic = desk.magic_of(asked)
    plan = (
        magic.charge
        if magic is not None
        else ordinary_plan(
            desk.profile,
            draws,
            method=asked.method,
            bank=asked.bank,
            success=desk.controls.weather.success,
        )
    )
    if desk.first_send_only(plan, key=asked.key, payment_id=asked.payment_id):
        return PLAIN
    return plan


async def _process(desk: Desk, asked: ChargeRequest, outage: Plan | None) -> Outcome:
    draws = desk.draws(asked.key)
    plan = _plan(desk, asked, draws)
    if outage is not None:
        plan = replace(plan, delivery=outage.delivery)
    await desk.take_time(draws)
    if plan.late_booking:
        await desk.holds.hold(desk.settings.late_s)
    if plan.fate is Fate.NOT_PROCESSED:
        return plan.delivery, refused(plan.refusal)
    return desk.booked(desk.books.book_charge(_entry(desk, asked, plan)), plan)


def _entry(desk: Desk, asked: ChargeRequest, plan: Plan) -> ChargeBooked:
    status, to_come = settles(plan, CAPTURED if asked.capture else AUTHORIZED, DECLINED)
    decline = plan.decline if status == DECLINED else None
    now = desk.books.now()
    return ChargeBooked(
        at_s=now,
        id=desk.books.next_id("ch", desk.name),
        key=asked.key,
        payment_id=asked.payment_id,
        status=status,
        asked=asked.amount,
        amount=asked.amount + plan.amount_extra,
        currency=asked.currency,
        method=asked.method,
        method_token=asked.method_token,
        bank=asked.bank,
        capture=asked.capture,
        code=None if decline is None else decline.code,
        network_code=None if decline is None else decline.network_code,
        message=None if decline is None else decline.message,
        settles_as=to_come,
        settles_at_s=now + desk.settings.settle_s if status == PENDING else None,
    )
