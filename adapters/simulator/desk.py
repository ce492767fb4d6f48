"""One simulated gateway: its parts, and what charges and operations do alike.

Must not know what a charge or an operation is beyond its record: charges.py and operations.py do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from adapters.simulator.books import Books, BooksFull, KeyIsCanceled, OverBound
from adapters.simulator.chance import Draws, draws_for, latency_ms
from adapters.simulator.controls import Controls
from adapters.simulator.entries import ChargeBooked
from adapters.simulator.holds import Holds
from adapters.simulator.journal import BooksUnwritable
from adapters.simulator.magic import Magic, magic_for
from adapters.simulator.notices import Notices, notice_of
from adapters.simulator.plans import Delivery, Fate, Once, Plan
from adapters.simulator.profiles import GatewayProfile
from adapters.simulator.records import PENDING, REFUND, Charge, Operation
from adapters.simulator.sends import Sends
from adapters.simulator.settings import SimulatorSettings
from adapters.simulator.settling import Settler
from adapters.simulator.weather import plan_under
from adapters.simulator.wire import (
    UNREADABLE,
    CancelRequest,
    ChargeRequest,
    OperationRequest,
    Reply,
    error,
    refused,
    told,
)

IN_FLIGHT_MAX = 10_000
Outcome = tuple[Delivery, Reply]
Body = TypeVar("Body", ChargeRequest, OperationRequest, CancelRequest)


class Desk:
    """The parts of one gateway and its in-memory state."""

    def __init__(
        self, profile: GatewayProfile, settings: SimulatorSettings, books: Books, notices: Notices
    ) -> None:
        """Takes open books; ``start`` arms the timers inside a running loop."""
        self.profile = profile
        self.name = profile.name
        self.settings = settings
        self.books = books
        self.controls = Controls(settings.now)
        self.holds = Holds()
        self.sends = Sends()
        self.in_flight: set[str] = set()
        self.busy = 0
        self.settler = Settler(books, self.tell)
        self._notices = notices

    def draws(self, key: str, send: int = 0) -> Draws:
        """The seeded draws of one key."""
        return draws_for(self.settings.seed, self.name, key, send)

    def weather_plan(self, key: str) -> Plan | None:
        """What the scripted outage does to this request, None when it lets it pass."""
        weather = self.controls.weather
        if weather.outage is None:
            return None
        # A repeat draws anew: else a key that was hit once would be hit for ever.
        return plan_under(weather, self.draws(key, self.sends.next(f"weather\0{key}")))

    def magic_of(self, asked: ChargeRequest | ChargeBooked) -> Magic | None:
        """The magic of a charge as asked."""
        return magic_for(
            gateway=self.name,
            token=asked.method_token,
            amount=asked.amount if isinstance(asked, ChargeRequest) else asked.asked,
            amounts=self.settings.magic_amounts,
        )

    def first_send_only(self, plan: Plan, *, key: str, payment_id: str) -> bool:
        """Whether the plan was for an earlier send, so that this one goes well."""
        if plan.once is Once.NO:
            return False
        tag = f"key\0{key}" if plan.once is Once.PER_KEY else f"payment\0{payment_id}"
        return self.sends.next(tag) > 1

    async def take_time(self, draws: Draws) -> None:
        """Waits the ordinary answer time; does not even yield when there is none."""
        scale = self.settings.latency_scale
        ms = latency_ms(self.profile.base_ms, draws.latency) * scale if scale else 0.0
        ms += self.controls.weather.latency_ms
        if ms:
            await asyncio.sleep(ms / 1000)

    async def deliver(self, delivery: Delivery, reply: Reply) -> Reply | None:
        """What the caller gets of a reply; None closes the connection without one."""
        match delivery:
            case Delivery.PROMPT:
                return reply
            case Delivery.LOST:
                return None
            case Delivery.LATE:
                await self.holds.hold(self.settings.late_s)
                return reply
            case Delivery.HELD:
                await self.holds.hold(self.settings.hold_s)
                return reply
            case Delivery.UNREADABLE:
                return UNREADABLE
            case Delivery.ERROR:
                return error(500, "internal_error", "Something broke.", charged="unknown")

    async def refuse(self, plan: Plan, *, look_up: bool = False) -> Reply | None:
        """Carries out a plan that processes nothing; a refused look-up says nothing of money."""
        reply = refused(plan.refusal, charged="unknown" if look_up else False)
        return await self.deliver(plan.delivery, reply)

    async def guarded(self, key: str, work: Callable[[], Awaitable[Outcome]]) -> Reply | None:
        """Processes one key, which nobody else may process meanwhile, and delivers the outcome."""
        if self.busy >= IN_FLIGHT_MAX:
            return error(503, "overloaded", f"{IN_FLIGHT_MAX} requests are in flight.")
        exclusive = self.controls.switches.idempotent_keys
        if exclusive and key in self.in_flight:
            words = "A request with this key is being processed."
            return error(409, "in_progress", words, charged="unknown")
        if exclusive:
            self.in_flight.add(key)
        self.busy += 1
        try:
            delivery, reply = await work()
        except KeyIsCanceled:
            return error(422, "key_canceled", "This key was canceled; it can never be charged.")
        except OverBound as over:
            return error(422, "amount_too_large", f"{over}.")
        except BooksFull as full:
            return error(503, "books_full", f"{full}.")
        except BooksUnwritable as failure:
            return error(503, "books_unwritable", f"Nothing was booked: {failure}.")
        finally:
            self.busy -= 1
            if exclusive:
                self.in_flight.discard(key)
        return await self.deliver(delivery, reply)

    def booked(self, record: Charge | Operation, plan: Plan) -> Outcome:
        """After booking: arms a pending record and tells by notice what the answer may not."""
        if record.status == PENDING:
            self.settler.schedule(record)
        elif plan.delivery is not Delivery.PROMPT or plan.late_booking or _is_refund(record):
            self.tell(record)
        return plan.delivery, told(record)

    def tell(self, record: Charge | Operation) -> None:
        """Sends the notice of what the record is now."""
        charge = record if isinstance(record, Charge) else record.charge
        magic = self.magic_of(charge.entry)
        copies = magic.charge.notice_copies if magic is not None else 1
        self._notices.tell(notice_of(self.name, record), copies)


def settles(plan: Plan, approved: str, declined: str) -> tuple[str, str | None]:
    """Status now and, where that is pending, the status to come."""
    match plan.fate:
        case Fate.PENDING_APPROVED:
            return PENDING, approved
        case Fate.PENDING_DECLINED:
            return PENDING, declined
        case Fate.DECLINED:
            return declined, None
        case _:
            return approved, None


def _is_refund(record: Charge | Operation) -> bool:
    return isinstance(record, Operation) and record.entry.kind == REFUND


def parsed(raw: bytes, shape: type[Body], header: str | None) -> Body | Reply:
    """The body, whose key the Idempotency-Key header must repeat, or the 400 that says why not.

    ``header`` None where the endpoint has no such header.
    """
    try:
        body = msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        return error(400, "malformed", f"{failure}.")
    if header is None:
        return body
    if not header:
        return error(400, "idempotency_key_missing", "The Idempotency-Key header is required.")
    if body.key not in (header, header[1:-1] if header[0] == header[-1] == '"' else header):
        return error(400, "idempotency_key_mismatch", "Header and body name different keys.")
    return body
