"""The demo's last page: what the merchant saw, beside what the gateways' own books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from adapters.simulator.audit import audit
from api.cli.demo.traffic import Seen
from api.cli.output import records, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`good`: nothing was charged twice, lost, or left without an end."""

    good: bool
    outcomes: Mapping[str, int]
    facts: Mapping[str, str]

    @property
    def told(self) -> dict[str, object]:
        return {"good": self.good, "payments": self.outcomes, **self.facts}


def show(found: Found) -> None:
    say("Payments by outcome")
    rows = [{"outcome": one, "payments": str(count)} for one, count in found.outcomes.items()]
    records(rows, right=("payments",))
    for name, value in found.facts.items():
        say(f"{name:<52} ", (value, "bold"))
    if found.good:
        say(("nothing was charged twice, nothing was lost", "bold green"))
    else:
        say(("something is wrong: see above", "bold red"))


def summarize(seen: Seen, books: Path) -> Found:
    judged = audit(books)
    views = list(seen.payments.values())
    failed_over = sum(1 for view in views if view["attempts"] > 1)
    rescued = sum(1 for view in views if view["attempts"] > 1 and view["status"] != "failed")
    settled = seen.unknown - set(seen.still_open)
    slow = quantiles(seen.answered, n=100)[94] if len(seen.answered) > 1 else 0.0
    lost = _lost(seen, judged.payments)
    facts = {
        "failed over to another gateway": f"{failed_over} ({rescued} rescued)",
        "unknown or pending, then verified": f"{len(settled)} of {len(seen.unknown)}",
        "twins sent with one key, same bytes answered": f"{seen.twins_alike}",
        "captures, refunds": f"{seen.captures}, {seen.refunds}",
        "95 % of creates answered within": f"{slow:.2f} s",
        "charges in the simulator's books": f"{judged.totals.charges}",
        "double charges in the simulator's books": f"{len(judged.double_charges)}",
        "succeeded here, not in the books (or the reverse)": f"{len(lost)}",
    }
    if seen.errors:
        facts["answers nobody expected"] = ", ".join(sorted(set(seen.errors)))
    wrong = judged.double_charges or lost or seen.still_open or seen.twins_unlike or seen.errors
    outcomes = dict(sorted(Counter(view["status"] for view in views).items()))
    return Found(good=not wrong, outcomes=outcomes, facts=facts)


def _lost(seen: Seen, books: object) -> list[str]:
    """Payments whose end here is not what the books say."""
    assert isinstance(books, dict)
    taken = {f"pay_{name.replace('-', '')}": sum(one.net.values()) for name, one in books.items()}
    return [
        name
        for name, view in seen.payments.items()
        if view["amount_captured"] - view["amount_refunded"] != taken.get(name, 0)
    ]
