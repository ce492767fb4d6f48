"""The judgement of a storm, by the gateway's books and by every answer that was given. Knows views,
books and answers, and nothing else of the system."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from tests.crash.client import Reply
from tests.gateways.hostile.books import STANDS, Books, Charge
from tests.gateways.hostile.judging import unlike
from tests.storm.lives import Life

End: TypeAlias = Literal["as booked", "in review", "compensated", "never came", "not ended"]
View: TypeAlias = Mapping[str, Any]
SHOW_THE_PAYMENT: Final = frozenset({"capture", "cancel"})
ON_THE_WAY: Final = frozenset({"processing", "pending"})
# What nobody can know, and the gateway declares: a person must look.
NOBODY_KNOWS: Final = frozenset({"pends_for_ever", "member_amount_unreadable_always"})


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to a command. `number`: in the order of asking, over all of them."""

    number: int
    verb: str
    key: str
    payment: str | None
    body: dict[str, Any]
    reply: Reply | None  # None: nobody answered
    replayed: bool = False  # as the answer says of itself


@dataclass(slots=True)
class Judged:
    """`faults`: what must never be, at honest behaviours. `unlike`: honest lives that are not over
    as the books say. `unsafe`: lied to, neither reviewed nor compensated nor right."""

    ends: dict[str, End] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    unsafe: dict[str, list[str]] = field(default_factory=dict)  # by what was met
    repeats: int = 0


def told_of(facts: Iterable[Mapping[str, Any]]) -> list[Told]:
    """The commands of a diary and their answers."""
    asked: dict[int, Mapping[str, Any]] = {}
    told = []
    for fact in facts:
        if fact["fact"] == "asked":
            asked[fact["call"]] = fact
        elif fact["fact"] in ("answered", "lost") and asked[fact["call"]]["key"] is not None:
            of = asked[fact["call"]]
            lost = fact["fact"] == "lost"
            reply = None if lost else Reply(fact["status"], fact["body"])
            about = (fact["call"], of["verb"], of["key"], of["payment"], of["body"])
            told.append(Told(*about, reply, replayed=bool(fact.get("replayed"))))
    return told


def by_payment(books: Books) -> dict[str, list[Charge]]:
    found: dict[str, list[Charge]] = defaultdict(list)
    for charge in books.charges.values():
        found[f"pay_{UUID(charge.payment).hex}"].append(charge)
    return found


def end_of(life: Life, view: View | None, charges: Sequence[Charge]) -> End:
    """`view` None: nobody knows of it."""
    if view is None:
        return "not ended" if charges else "never came"
    if not unlike(dict(view), charges):
        return "as booked"
    may_be_reviewed = life.is_lied_to or NOBODY_KNOWS & set(life.met.values())
    if view["needs_review"] and may_be_reviewed:
        return "in review"
    back = bool(charges) and not any(one.net or one.held for one in charges)
    return "compensated" if life.is_lied_to and back else "not ended"


def judge(
    lives: Sequence[Life],
    views: Mapping[str, View | None],
    books: Books,
    told: Sequence[Told],
    *,
    broken: Sequence[str] = (),
) -> Judged:
    """`views`: of every life, as it is in the end. `broken`: what the client itself found wrong."""
    judged = Judged(faults=list(broken))
    booked, answers = by_payment(books), _by_payment(told, lives)
    known = {one.payment for one in lives}
    judged.faults += [f"{one} is booked and nobody asked for it" for one in set(booked) - known]
    for life in lives:
        view, charges = views[life.payment], booked.get(life.payment, [])
        end = judged.ends[life.payment] = end_of(life, view, charges)
        wrong = list(_untrue(life, view, charges, answers[life.payment], books))
        wrong += _bounds(view, charges)
        if life.is_lied_to:
            met = " ".join(f"{kind}.{name}" for kind, name in sorted(life.met.items()))
            if end == "not ended":
                judged.unsafe.setdefault(met, []).append(_shown(life, view, charges))
        else:
            judged.faults += [f"{_shown(life, view, charges)}: {one}" for one in wrong]
            if end == "not ended":
                judged.unlike.append(_shown(life, view, charges))
    judged.repeats, other = repeats(told)
    judged.faults += other
    return judged


def repeats(told: Sequence[Told]) -> tuple[int, list[str]]:
    """How many answers were compared with the last of their key, and those that differ from it.
    Only a 202 that says that it is on its way, and is no replay, may be followed by another answer:
    it was given when nothing could be recorded (docs/decisions/0005)."""
    of_key: dict[tuple[str, str | None, str], list[Told]] = defaultdict(list)
    for one in told:
        if one.reply is not None and one.reply.is_last_word:
            of_key[one.verb, one.payment, one.key].append(one)
    count, other = 0, []
    for where, answers in of_key.items():
        last = answers[-1].reply
        place = next(place for place, one in enumerate(answers) if one.reply == last)
        words = [one for one in answers[:place] if not _is_provisional(one)] + answers[place:]
        count += len(words) - 1
        other += [
            f"{where} was told {one.reply} and then {last}" for one in words if one.reply != last
        ]
    return count, other


def _is_provisional(told: Told) -> bool:
    """Of a capture or a cancellation the payment is shown, which says nothing of it."""
    reply = told.reply
    if reply is None or reply.status != 202 or told.replayed:
        return False
    return told.verb in SHOW_THE_PAYMENT or _members(reply).get("status") in ON_THE_WAY


def _by_payment(told: Sequence[Told], lives: Sequence[Life]) -> dict[str, list[Told]]:
    of_key = {one.key: one.payment for one in lives}
    found: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        found[one.payment or of_key[one.key]].append(one)
    return found


def _bounds(view: View | None, charges: Sequence[Charge]) -> Iterator[str]:
    if sum(one.net > 0 or one.held > 0 for one in charges) > 1:
        yield "it was charged twice"
    if any(one.refunded > one.captured for one in charges):
        yield "more was refunded than captured"
    if view is not None and view["amount_refunded"] > view["amount_captured"]:
        yield "it says that more was refunded than captured"


def _untrue(
    life: Life, view: View | None, charges: Sequence[Charge], told: Sequence[Told], books: Books
) -> Iterator[str]:
    """Whatever was answered must be so in the end: nothing here is ever taken back."""
    if view is None and charges:
        yield "it is booked and lost"
    captured = sum(one.captured for one in charges)
    refunded = sum(one.refunded for one in charges)
    for one in told:
        if one.reply is None:
            continue
        status, body = one.reply.status, _members(one.reply)
        if view is None and (status < 300 or status == 402):
            yield f"it was acknowledged with {status} and is gone"
        if body.get("amount_captured", 0) > captured:
            yield f"{one.verb} was told {body['amount_captured']} captured, booked {captured}"
        if body.get("amount_refunded", 0) > refunded:
            yield f"{one.verb} was told {body['amount_refunded']} refunded, booked {refunded}"
        if one.verb == "create" and status == 402 and any(_stands(charge) for charge in charges):
            yield "it was told not charged, and it was"
    if _was_only_refused(told) and charges:
        yield "every answer was 503, and a charge was sent"
    yield from _refunds(life, charges, told, refunded)


def _refunds(
    life: Life, charges: Sequence[Charge], told: Sequence[Told], refunded: int
) -> Iterator[str]:
    """Of a payment that nobody gave up, only refunds that were asked for give back."""
    if life.kind == "void" or life.careless or len(charges) != 1:
        return
    last = {one.key: one for one in told if one.verb == "refund" and one.reply is not None}
    done = [one for one in last.values() if one.reply and one.reply.status == 201]
    may = [one for one in last.values() if one.reply and one.reply.status not in (402, 404, 409)]
    least = sum(_members(one.reply)["amount"] for one in done if one.reply)
    most = sum(one.body.get("amount", charges[0].captured) for one in may)
    if refunded < least:
        yield f"refunds of {least} were told, {refunded} is booked"
    if refunded > most and charges[0].captured:
        yield f"at most {most} was to be refunded, {refunded} is booked"


def _was_only_refused(told: Sequence[Told]) -> bool:
    return bool(told) and all(one.reply is not None and one.reply.status == 503 for one in told)


def _stands(charge: Charge) -> bool:
    return charge.status in STANDS


def _members(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _shown(life: Life, view: View | None, charges: Sequence[Charge]) -> str:
    said = None if view is None else {
        name: view[name]
        for name in ("status", "amount_captured", "amount_refunded", "needs_review")
    }  # fmt: skip
    booked = [(one.gateway, one.status, one.captured, one.voided, one.refunded) for one in charges]
    return f"{life.payment} {life.kind} {life.method} {life.token}: says {said}, booked {booked}"
