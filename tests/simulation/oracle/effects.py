"""One key, one effect: what the clients asked for against what the streams began."""

from __future__ import annotations

from collections import Counter

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.records import Call
from tests.simulation.oracle.verdicts import Findings

REFUSED = "CommandRefused"


def check(case: Case, findings: Findings) -> None:
    _creations(case, findings)
    wishes: dict[tuple[str, str], list[list[Call]]] = {}  # by payment and verb: calls of each key
    for (_, verb, target, _), calls in case.groups.items():
        if target:
            wishes.setdefault((target, verb), []).append(calls)
    for payment in case.payments.values():
        _commands(payment, findings)
        for verb in ("capture", "cancel", "refund"):
            groups = wishes.get((payment.id, verb), [])
            mine = [one for one in groups if one[0].merchant == payment.merchant]
            _carried_out(payment, verb, mine, findings)


def _creations(case: Case, findings: Findings) -> None:
    for payment, groups in case.creators.items():
        if len({group[0] for group in groups}) > 1:
            findings.broken("merchants_apart", f"{payment} was told to several merchants")
        if len(groups) > 1:
            findings.broken("one_effect", f"{payment} is the answer of {len(groups)} keys")
    of_key: Counter[tuple[str, str, str, str]] = Counter()
    for groups in case.creators.values():
        of_key.update(groups)
    for group, count in of_key.items():
        if count > 1:
            findings.broken("one_effect", f"key {group[3]} created {count} payments")
    for merchant in {one.merchant for one in case.payments.values()}:
        keys = sum(1 for group in case.groups if group[:2] == (merchant, "create"))
        made = sum(1 for one in case.payments.values() if one.merchant == merchant)
        if made > keys:
            findings.broken("one_effect", f"{merchant}: {made} payments by {keys} keys")


def _commands(payment: Payment, findings: Findings) -> None:
    """Each command is on record once as refused, or once as begun, never both."""
    for command, records in payment.commands.items():
        refused = [event for event, _ in records if event.type == REFUSED]
        others = [event for event, _ in records if event.type != REFUSED]
        operations = {event.data["operation"] for event in others if event.data.get("operation")}
        if len(operations) > 1 or len(refused) > 1:
            findings.broken("one_effect", f"{payment.id}: command {command} had several effects")
        begun = sum(1 for event in others if not event.data.get("operation"))
        if begun > 1:
            findings.broken("one_effect", f"{payment.id}: command {command} is on record twice")
        if refused and others:
            detail = f"{payment.id}: command {command} was refused and moved something all the same"
            findings.broken("refusal_stands", detail)


def _carried_out(payment: Payment, verb: str, groups: list[list[Call]], findings: Findings) -> None:
    """The stream has no more commands than were asked for, nor fewer than were answered, and no
    more were begun than could be."""
    recorded = {
        command: records for command, records in payment.commands.items() if records[0][1] == verb
    }
    if len(recorded) > len(groups):
        detail = f"{payment.id}: {len(recorded)} {verb}s on record, {len(groups)} keys asked"
        findings.broken("one_effect", detail)
    told = [answer for answer in map(_final, groups) if answer is not None]
    if len(recorded) < len(told):
        detail = f"{payment.id}: {len(told)} {verb}s were answered, {len(recorded)} on record"
        findings.broken("acknowledged_in_log", detail)
    begun = sum(1 for each in recorded.values() if any(one.type != REFUSED for one, _ in each))
    refused = sum(1 for one in told if one.status == 409)
    if begun > len(groups) - refused:
        detail = f"{payment.id}: {begun} {verb}s began, {refused} of {len(groups)} were refused"
        findings.broken("refusal_stands", detail)


def _final(calls: list[Call]) -> Call | None:
    return next((one for one in calls if one.is_the_keys and one.status != 422), None)
