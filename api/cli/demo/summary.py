"""The demo's last page: what the merchant saw, beside what the gateways' own books say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from adapters.simulator.audit import audit
from api.cli.demo.traffic import Seen


def summarize(console: Console, seen: Seen, books: Path) -> bool:
    """Prints it. True when nothing was charged twice, lost, or left without an end."""
    judged = audit(books)
    views = list(seen.payments.values())
    table = Table(title="Payments by outcome", box=None, title_justify="left", pad_edge=False)
    table.add_column("outcome")
    table.add_column("payments", justify="right")
    for status, count in sorted(Counter(view["status"] for view in views).items()):
        table.add_row(status, str(count))
    console.print(table)

    failed_over = sum(1 for view in views if view["attempts"] > 1)
    rescued = sum(1 for view in views if view["attempts"] > 1 and view["status"] != "failed")
    settled = seen.unknown - set(seen.still_open)
    slow = quantiles(seen.answered, n=100)[94] if len(seen.answered) > 1 else 0.0
    lost = _lost(seen, judged.payments)
    facts = [
        ("failed over to another gateway", f"{failed_over} ({rescued} rescued)"),
        ("unknown or pending, then verified", f"{len(settled)} of {len(seen.unknown)}"),
        ("twins sent with one key, same bytes answered", f"{seen.twins_alike}"),
        ("captures, refunds", f"{seen.captures}, {seen.refunds}"),
        ("95 % of creates answered within", f"{slow:.2f} s"),
        ("charges in the simulator's books", f"{judged.totals.charges}"),
        ("double charges in the simulator's books", f"{len(judged.double_charges)}"),
        ("succeeded here, not in the books (or the reverse)", f"{len(lost)}"),
    ]
    facts += [("answers nobody expected", ", ".join(sorted(set(seen.errors))))] * bool(seen.errors)
    summary = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts:
        summary.add_row(name, f"[bold]{value}[/]")
    console.print(summary)
    wrong = judged.double_charges or lost or seen.still_open or seen.twins_unlike or seen.errors
    return not wrong


def _lost(seen: Seen, books: object) -> list[str]:
    """Payments whose end here is not what the books say."""
    assert isinstance(books, dict)
    taken = {f"pay_{name.replace('-', '')}": sum(one.net.values()) for name, one in books.items()}
    return [
        name
        for name, view in seen.payments.items()
        if view["amount_captured"] - view["amount_refunded"] != taken.get(name, 0)
    ]
