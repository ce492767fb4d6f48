"""The network between the processes and the gateways: it loses, delays, doubles and mixes up."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import orjson

from adapters.gateways.bound import Reply as HttpReply
from application.ports.gateways import GatewaySilent
from tests.simulation.faults import Faults
from tests.simulation.gateway_books import Books
from tests.simulation.gateway_entries import Reply, Request, as_text
from tests.simulation.gateway_traits import Traits
from tests.simulation.kernel import Future, Kernel
from tests.simulation.life import EPOCH, Life
from tests.simulation.witness import Witness

EPOCH_S: Final = EPOCH.timestamp()
TRIP_S: Final = 0.05
ANSWER_LATE_S: Final = 45.0
IN_TIME_S: Final = 29.0  # an answer that took longer counts as not delivered
ASKED_IN_TIME_S: Final = 8.5  # the same for a look-up or a cancellation
BROKEN: Final = b"<html>502</html>"
DONE: Final = ("captured", "authorized", "succeeded")
UNREADABLE: Final = ({"amount": None}, {"currency": "XXQ"}, {"amount": "a lot"}, {"id": None})


class Network:
    """Between the processes and the gateways. A copy or a late arrival stays within lateness."""

    def __init__(
        self, kernel: Kernel, witness: Witness, faults: Faults, random: Random, books: list[Books]
    ) -> None:
        self.kernel, self.witness, self.faults, self.random = kernel, witness, faults, random
        self.books = {one.traits.name: one for one in books}
        self._hanging: tuple[str, float, float] | None = None  # who, from when, until when
        self._last_no: dict[tuple[str, bool], tuple[int, str]] = {}  # of each, to look-ups and else

    def hang(self, gateway: str, begins_s: float, until: float) -> None:
        """Whatever it is sent in this time, nobody hears of it again."""
        self._hanging = (gateway, begins_s, until)
        self.kernel.at(begins_s - self.kernel.now, self._note_hang, (gateway, until))

    def _note_hang(self, what: tuple[str, float]) -> None:
        self.witness.note("hangs", gateway=what[0], until=what[1])

    def _hangs(self, gateway: str) -> bool:
        if self._hanging is None:
            return False
        name, begins_s, until = self._hanging
        return name == gateway and begins_s <= self.kernel.now < until

    def send(self, traits: Traits, life: Life, kind: str, key: str, path: str, text: str) -> Future:
        """The request is on its way; the future gets the answer, if one arrives."""
        answer = self.kernel.future()
        body = orjson.loads(text) if text else {}
        request = Request(
            number=self._note(traits, life, kind, key, path, text),
            kind=kind, key=key, path=path, body=body, text=text, sent_at=self.kernel.now,
        )  # fmt: skip
        if self._hangs(traits.name):
            return answer
        if not self.faults.hits("request_lost"):
            late = self.faults.hits("request_late")
            share = traits.lateness_s if late else TRIP_S
            delay = self.random.random() * share
            self.kernel.at(delay, self._arrive, (traits, life, request, answer))
        elif self.random.random() < 0.5:
            self.kernel.at(TRIP_S, self._break, answer)
        if traits.key_lifetime_s and kind != "look_up" and self.faults.hits("request_twice"):
            delay = self.random.random() * traits.lateness_s
            self.kernel.at(delay, self._arrive_again, (traits, life, request, False))
        return answer

    def _note(
        self, traits: Traits, life: Life, kind: str, key: str, path: str, text: str, **more: Any
    ) -> int:
        number = self.witness.next_request()
        self.witness.note(
            "sent",
            request=number,
            owner=life.owner,
            process=life.process,
            owner_clock=EPOCH_S + life.wall(),
            gateway=traits.name,
            account=traits.account,
            endpoint=traits.endpoint,
            kind=kind,
            key=key,
            payload=f"{path}\n{text}",
            **more,
        )
        return number

    def _arrive(self, what: tuple[Traits, Life, Request, Future]) -> None:
        traits, life, request, answer = what

        def reply(said: Reply) -> None:
            self._answer(request, traits.name, said, answer)
            refused = self.books[traits.name].has_refused(request.number)
            seen = request.kind == "charge" and traits.look_up and not request.is_copy
            if refused and seen and self.faults.hits("copy_after_a_no"):
                delay = self.random.random() * traits.lateness_s
                self.kernel.at(delay, self._arrive_again, (traits, life, request, True))

        self.books[traits.name].arrive(request, reply)

    def _arrive_again(self, what: tuple[Traits, Life, Request, bool]) -> None:
        """A copy of a request that was refused is dropped, for no caller could reckon with it,
        unless somebody is to find out about it (`doubts`)."""
        traits, life, first, doubts = what
        if self.books[traits.name].has_refused(first.number) and not doubts:
            return
        number = self._note(
            traits, life, first.kind, first.key, first.path, first.text, copy_of=first.number
        )
        request = Request(
            number=number, kind=first.kind, key=first.key, path=first.path, body=first.body,
            text=first.text, sent_at=first.sent_at, is_copy=True,
        )  # fmt: skip
        self._arrive((traits, life, request, self.kernel.future()))

    def _answer(self, request: Request, gateway: str, said: Reply, answer: Future) -> None:
        status, body, retry_after = said
        text = self._as_sent(request, status, body)
        late = self.faults.hits("answer_late")
        delay = self.random.random() * (ANSWER_LATE_S if late else TRIP_S)
        window_s = ASKED_IN_TIME_S if request.kind in ("look_up", "cancel") else IN_TIME_S
        in_time = self.kernel.now + delay - request.sent_at <= window_s
        arrives = in_time and not self.faults.hits("answer_lost")
        garbled = arrives and self.faults.hits("answer_garbled")
        another = self._anothers(request, gateway, status, text) if arrives else None
        self.witness.note(
            "answer", request=request.number, status=status, text=text,
            arrives=arrives and not garbled and another is None,
        )  # fmt: skip
        if not arrives:
            if self.random.random() < 0.5:
                self.kernel.at(delay, self._break, answer)
            return
        reply = HttpReply(
            status=status,
            body=BROKEN if garbled else text.encode(),
            alone=True,
            retry_after=retry_after,
        )
        self.kernel.at(delay, answer.set, another or reply)

    def _anothers(self, request: Request, gateway: str, status: int, text: str) -> HttpReply | None:
        """A proxy gives the answer of another request, over a connection that carried both."""
        about = (gateway, request.kind == "look_up")
        before = self._last_no.get(about)
        if status >= 400:
            self._last_no[about] = (status, text)
        if before is None or not self.faults.hits("answer_of_another"):
            return None
        self.witness.mark("answered with another request's refusal")
        return HttpReply(status=before[0], body=before[1].encode(), alone=False)

    def _as_sent(self, request: Request, status: int, body: dict[str, Any]) -> str:
        """Of what was done, the gateway may fail to say how much, or under which reference."""
        done = status == 200 and body.get("status") in DONE
        if not done or not self.faults.hits("amount_unreadable"):
            return as_text(body)
        self.witness.mark("answered without an amount")
        return as_text({**body, **UNREADABLE[request.number % len(UNREADABLE)]})

    @staticmethod
    def _break(answer: Future) -> None:
        answer.fail(GatewaySilent("connection lost"))
