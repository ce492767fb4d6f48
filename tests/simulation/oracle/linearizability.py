"""Do the clients' answers fit one order? A search after Wing and Gong (1993), per payment.

Only the diaries are read. Every key is one operation, from its first call to its first answer; a
key without an answer may or may not have had its effect. What gateways settle by themselves is
chance in the model. Beyond NODES_MAX steps nothing is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tests.simulation.oracle import model
from tests.simulation.oracle.case import Case
from tests.simulation.oracle.model import Operation, State
from tests.simulation.oracle.records import Call
from tests.simulation.oracle.verdicts import Findings

NODES_MAX = 3_000
OPERATIONS_MAX = 40


def check(case: Case, findings: Findings) -> None:
    by_payment: dict[str, list[Operation]] = defaultdict(list)
    for number, ((merchant, verb, payment, _), calls) in enumerate(case.groups.items()):
        for target in _targets(case, merchant, payment, calls):
            by_payment[target] += _of_key(number, verb, calls)
    for call in case.calls:
        seen = call.verb == "get" and call.status == 200 and call.payment is not None
        if seen and _owns(case, call.merchant, call.payment or ""):
            operation = _seen(-call.call, "get", call.asked_at, call)
            by_payment[call.payment or ""].append(operation)
    for payment, operations in by_payment.items():
        if any(one.verb == "create" for one in operations):
            _one_order(case, payment, operations, findings)


def _owns(case: Case, merchant: str, payment: str) -> bool:
    folded = case.payments.get(payment)
    return folded is not None and folded.merchant == merchant


def _targets(case: Case, merchant: str, payment: str, calls: list[Call]) -> list[str]:
    if payment:
        return [payment] if _owns(case, merchant, payment) else []
    group = (merchant, "create", "", calls[0].key or "")
    return [one for one, groups in case.creators.items() if group in groups]


def _of_key(number: int, verb: str, calls: list[Call]) -> list[Operation]:
    """What began, and what was told of it."""
    told = [one for one in calls if (one.is_the_keys or one.interim) and one.status != 422]
    if not told:
        asked = min(one.asked_at for one in calls)
        return [Operation(number, verb, asked, float("inf"), None, calls[0].body or {}, {})]
    first = min(told, key=lambda one: one.ended_at)
    asked = min(one.asked_at for one in calls if one.body == first.body)
    finals = [one for one in told if one.is_the_keys]
    status = finals[0].status if finals else 202
    begun = Operation(number, verb, asked, first.ended_at, status, first.body or {}, {})
    if status == 409:
        return [begun._replace(view=finals[0].view)]  # why it was refused
    shown = {one.call: one for one in (first, *finals[:1]) if one.status != 409}.values()
    return [begun, *(_seen(number, "told", asked, one) for one in shown)]


def _seen(number: int, verb: str, asked: float, call: Call) -> Operation:
    return Operation(number, verb, asked, call.ended_at, call.status, {}, call.view)


@dataclass(slots=True)
class _Budget:
    left: int = NODES_MAX


def _one_order(case: Case, payment: str, operations: list[Operation], findings: Findings) -> None:
    create = next(one for one in operations if one.verb == "create")
    if len(operations) > OPERATIONS_MAX:
        findings.unsure("linearizable", f"{payment}: {len(operations)} operations are too many")
        return
    if any(one.view.get("status") == "conflicted" for one in operations):
        findings.unsure("linearizable", f"{payment}: the gateway took another amount than asked")
        return
    rules = model.Rules(
        amount=int(create.body.get("amount", 0)),
        manual=create.body.get("capture_method") == "manual",
    )
    operations.sort(key=lambda one: (one.asked_at, one.verb == "told", one.ended_at))
    budget = _Budget()
    seen: set[tuple[int, frozenset[State]]] = set()
    found = _search(rules, operations, (1 << len(operations)) - 1, model.START, seen, budget)
    if budget.left <= 0:
        findings.unsure("linearizable", f"{payment}: no order within {NODES_MAX} steps")
    elif not found:
        told = ", ".join(f"{one.verb} {one.status or 'lost'}" for one in operations)
        findings.broken("linearizable", f"{payment}: no order explains {told}")


def _search(
    rules: model.Rules,
    operations: list[Operation],
    left: int,
    states: frozenset[State],
    seen: set[tuple[int, frozenset[State]]],
    budget: _Budget,
) -> bool:
    """Is there an order of the operations in the bit set `left`, from any of `states`?"""
    rest = [number for number in range(len(operations)) if left >> number & 1]
    due = min((operations[one].ended_at for one in rest), default=float("inf"))
    if due == float("inf"):
        return True  # the rest was never answered: it need not have happened
    if (left, states) in seen or budget.left <= 0:
        return False
    seen.add((left, states))
    budget.left -= 1
    for number in rest:
        operation = operations[number]
        if operation.asked_at > due:
            break
        after = model.apply(rules, operation, states)
        if after and _search(rules, operations, left & ~(1 << number), after, seen, budget):
            return True
    return False
