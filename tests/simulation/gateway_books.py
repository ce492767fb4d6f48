"""A gateway with its own books: a state machine that knows nothing of the orchestrator.

Standard library only. Every line is written into the books, as a fact, before it is answered.
Speaks the protocol of docs/simulator.md.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from tests.simulation.faults import Faults
from tests.simulation.gateway_entries import (
    Answer,
    Entry,
    Reply,
    Request,
    error,
    overdraws,
    why_not,
)
from tests.simulation.gateway_traits import Traits
from tests.simulation.kernel import Kernel
from tests.simulation.witness import Witness

PENDING_S: Final = (1.0, 12.0, 90.0, 900.0)
BLOCKS: Final = "canceled"
DECLINES: Final = ("insufficient_funds", "do_not_honor", "expired_card")
MONEY: Final = ("authorized", "captured", "pending", "succeeded")  # what a notice may claim
IN_VAIN: Final = ((429, "throttled"), (500, "internal"), (503, "unavailable"))


class Books:
    def __init__(
        self, traits: Traits, kernel: Kernel, witness: Witness, faults: Faults, random: Random
    ) -> None:
        self.traits = traits
        self._kernel, self._witness, self._faults = kernel, witness, faults
        self._random = random
        self._by_key: dict[str, Entry] = {}
        self._by_reference: dict[str, Entry] = {}
        self._blocked: set[str] = set()
        self._refused: set[int] = set()
        self.notify: Callable[[str, UUID | None], None] = lambda payment, claimed: None
        self._count = 0
        own = faults.chance_of(f"voids_refused {traits.name}")
        self._keeps = faults.hits("voids_refused", own)

    def arrive(self, request: Request, answer: Answer) -> None:
        """Books it and answers, now or when it is done."""
        match request.kind:
            case "look_up":
                answer(self._in_vain(request) or self._looked_up(request))
            case "cancel":
                answer(self._in_vain(request) or self._cancel(request))
            case _:
                self._move(request, answer)

    def _in_vain(self, request: Request) -> Reply | None:
        """A refusal of the question: it proves nothing of the key, though its `charged: false`
        looks as if. Of a cancellation that ends in a 500 half are carried out all the same."""
        if not self._faults.hits("asked_in_vain"):
            return None
        status, code = self._random.choice(IN_VAIN)
        charged = self._random.choice((False, "unknown"))
        if request.kind == "cancel":
            if status == 500 and self._random.random() < 0.5:
                self._cancel(request)
            else:
                self._book(request, "refused", entry=None)
        return status, error(code, charged=charged), "1" if status == 429 else None

    def _looked_up(self, request: Request) -> Reply:
        entry = self._by_key.get(request.key)
        if entry is None or entry.status is None:
            return 404, error("not_found", "unknown"), None
        shown = entry.shown()
        if entry.status == "pending" and self._faults.hits("reference_changes"):
            shown |= {"id": f"{entry.reference}_{request.number}"}
        return 200, shown, None

    def _cancel(self, request: Request) -> Reply:
        entry = self._by_key.get(request.key)
        if entry is None or entry.status is None:
            self._blocked.add(request.key)
            self._book(request, "blocked", entry=None)
            return 200, {"key": request.key, "status": BLOCKS, "charged": False}, None
        if entry.status == "pending":
            entry.status, entry.code = "declined", BLOCKS
            self._book(entry.request, "declined", entry=entry)
        self._book(request, entry.status, entry=entry, first=False)
        return 200, entry.shown(), None

    def _move(self, request: Request, answer: Answer) -> None:
        known = self._known(request)
        if known is not None:
            answer(known)
        elif request.kind == "refund" and not self.traits.refunds:
            answer(self._refuse(request, 422, "refunds_not_offered"))
        elif request.key in self._blocked:
            answer(self._refuse(request, 422, "key_canceled", result="blocked"))
        elif request.kind == "void" and self._keeps:
            answer(self._refuse(request, 503, "unavailable"))
        elif self._faults.hits("gateway_throttles"):
            answer((*self._refuse(request, 429, "throttled")[:2], "1"))
        elif self._faults.hits("gateway_refuses"):
            answer(self._refuse(request, 503, "unavailable"))
        elif self._faults.hits("gateway_errs") and self._random.random() < 0.5:
            self._book(request, "error", entry=None)
            answer((500, error("internal", "unknown"), None))
        else:
            self._begin(request, answer)

    def _known(self, request: Request) -> Reply | None:
        """What an idempotent gateway says to a key that it remembers."""
        entry = self._by_key.get(request.key)
        lifetime_s = self.traits.key_lifetime_s
        if entry is None or lifetime_s == 0.0:
            return None
        if self._kernel.now > entry.since + lifetime_s:
            self._witness.mark("gateway had forgotten the key")
            return None
        if entry.request.text != request.text:
            return self._refuse(request, 422, "key_reused")
        if entry.status is None:
            self._book(request, "in_flight", entry=None)
            return 409, error("in_progress", "unknown"), None
        self._book(request, entry.status, entry=entry, first=False)
        return 200, entry.shown(), None

    def _begin(self, request: Request, answer: Answer) -> None:
        entry = Entry(request=request, kind=request.kind, since=self._kernel.now)
        self._by_key[request.key] = entry
        left_s = request.sent_at + self.traits.lateness_s - self._kernel.now
        if left_s > 0.1 and self._faults.hits("gateway_slow"):
            self._kernel.at(self._random.random() * left_s, self._finish, (entry, answer))
        else:
            self._finish((entry, answer))

    def _finish(self, what: tuple[Entry, Answer]) -> None:
        entry, answer = what
        if entry.request.key in self._blocked:
            answer(self._refuse(entry.request, 422, "key_canceled", result="blocked"))
            return
        reply = self._charge(entry) if entry.kind == "charge" else self._operate(entry)
        if reply[0] == 200 and (entry.request.is_copy or self._kernel.now > entry.since):
            self._tell(entry)
        if reply[0] == 200 and self._faults.hits("gateway_errs"):
            reply = (500, error("internal", "unknown"), None)
        answer(reply)

    def _charge(self, entry: Entry) -> Reply:
        body = entry.request.body
        entry.amount, entry.currency = body["amount"], body["currency"]
        if self._faults.hits("amount_differs"):
            entry.amount = self._random.choice((entry.amount + 100, max(1, entry.amount // 2)))
        if self._faults.hits("gateway_declines"):
            code = self._random.choice(DECLINES)
            if self._random.random() < 0.3:  # some say it as an error, of this request alone
                del self._by_key[entry.request.key]
                return self._refuse(entry.request, 402, code)
            self._name(entry, "ch")
            entry.status, entry.code = "declined", code
        elif self._faults.hits("gateway_pends"):
            self._name(entry, "ch")
            entry.status = "pending"
            self._kernel.at(self._random.choice(PENDING_S), self._settle_charge, entry)
        else:
            self._name(entry, "ch")
            self._approve(entry)
        self._book(entry.request, entry.status or "", entry=entry)
        return 200, entry.shown(), None

    def _approve(self, entry: Entry) -> None:
        if entry.request.body["capture"]:
            entry.status, entry.captured = "captured", entry.amount
        else:
            entry.status = "authorized"
            if self.traits.lapses:
                self._kernel.at(self.traits.authorization_lifetime_s, self._lapse, entry)

    def _settle_charge(self, entry: Entry) -> None:
        if entry.status != "pending":
            return
        if self._faults.hits("gateway_declines"):
            entry.status, entry.code = "declined", "do_not_honor"
        else:
            self._approve(entry)
        self._book(entry.request, entry.status, entry=entry)
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        """A notice, where an answer alone would not tell."""
        charge = entry.charge or entry
        claimed = UUID(entry.request.key) if entry.status in MONEY else None
        self.notify(charge.request.body["payment_id"], claimed)

    def _lapse(self, entry: Entry) -> None:
        if entry.room > 0:
            entry.lapsed = True
            self._release(entry)

    def _let_go_of_the_rest(self, entry: Entry) -> None:
        """With the only capture that such a gateway takes."""
        captured = entry.kind == "capture" and entry.status == "succeeded"
        if captured and entry.charge is not None and self.traits.remainder == "released":
            self._release(entry.charge)

    def _release(self, charge: Entry) -> None:
        if charge.room > 0:
            room, charge.voided = charge.room, charge.voided + charge.room
            self._book(charge.request, "done", entry=charge, kind="expiry", amount=room)

    def _operate(self, entry: Entry) -> Reply:
        request = entry.request
        charge = self._by_reference.get(request.path.split("/")[3])
        refused = why_not(request, charge, several=self.traits.several_captures)
        if charge is not None and refused is None and overdraws(request, charge):
            refused = None if self._faults.hits("gateway_overdraws") else "amount_too_large"
        if charge is None or refused is not None:
            del self._by_key[request.key]
            return self._refuse(request, 422, refused or "no_such_charge")
        entry.charge, entry.currency = charge, charge.currency
        entry.amount = request.body["amount"]
        self._name(entry, request.kind)
        if self._faults.hits("gateway_declines"):
            entry.status, entry.code = "declined", "do_not_honor"
        elif self._faults.hits("gateway_pends"):
            entry.status = "pending"
            entry.move(1)
            self._kernel.at(self._random.choice(PENDING_S), self._settle_operation, entry)
        else:
            entry.status = "succeeded"
            entry.move(1)
        self._book(request, entry.status, entry=entry)
        self._let_go_of_the_rest(entry)
        return 200, entry.shown(), None

    def _settle_operation(self, entry: Entry) -> None:
        if self._faults.hits("gateway_declines"):
            entry.status, entry.code = "declined", "do_not_honor"
            entry.move(-1)
        else:
            entry.status = "succeeded"
        self._book(entry.request, entry.status, entry=entry)
        self._let_go_of_the_rest(entry)
        self._tell(entry)

    def _name(self, entry: Entry, prefix: str) -> None:
        self._count += 1
        entry.reference = f"{self.traits.name}_{prefix}_{self._count}"
        self._by_reference[entry.reference] = entry

    def _refuse(
        self, request: Request, status: int, code: str, *, result: str = "refused"
    ) -> Reply:
        self._refused.add(request.number)
        self._book(request, result, entry=None)
        return status, error(code, charged=False), None

    def has_refused(self, number: int) -> bool:
        """A network's copy of such a request is dropped: no caller could reckon with it."""
        return number in self._refused

    def _book(
        self,
        request: Request,
        result: str,
        *,
        entry: Entry | None,
        first: bool = True,
        kind: str | None = None,
        amount: int | None = None,
    ) -> None:
        charge = None if entry is None else (entry.charge or entry).reference
        booked = entry.amount if entry is not None else request.body.get("amount")
        currency = entry.currency if entry is not None else request.body.get("currency")
        self._witness.note(
            "booked",
            request=request.number,
            gateway=self.traits.name,
            account=self.traits.account,
            key=request.key,
            kind=kind or request.kind,
            charge=charge,
            result="done" if result == "succeeded" else result,
            amount=amount if amount is not None else booked,
            currency=currency,
            first=first,
        )
