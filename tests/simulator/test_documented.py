"""docs/simulator.md says what the code does; the code knows nothing of the orchestrator."""

import ast
from pathlib import Path

from adapters.simulator.__main__ import parser
from adapters.simulator.controls import ControlChange
from adapters.simulator.magic import MAGIC
from adapters.simulator.ordinary import FAULT_SHARES
from adapters.simulator.profiles import BANKS, METHODS, PROFILES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "adapters" / "simulator"


def rows_after(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading of the document."""
    text = (ROOT / "docs" / "simulator.md").read_text().split(f"\n## {heading}\n")[1]
    table: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table:
            break
    return table[2:]


def test_the_magic_table() -> None:
    documented = rows_after("Magic amounts and tokens")
    assert documented == [[str(m.ending), f"`{m.token}`", m.does] for m in MAGIC]


def test_the_gateway_table() -> None:
    expected = [
        [
            name,
            f"{profile.success:.2f}",
            str(profile.base_ms),
            *(f"{profile.affinity[method]:.2f}" for method in METHODS),
            *(f"{profile.bank[bank]:.2f}" for bank in BANKS),
        ]
        for name, profile in PROFILES.items()
    ]
    documented = rows_after("The six gateways")
    assert [row[:3] + row[4:] for row in documented] == expected
    methods = {row[0]: frozenset(row[3].split(", ")) for row in documented}
    assert methods == {name: profile.methods for name, profile in PROFILES.items()}


def test_the_shares_of_failure() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text()
    assert [share for share, _ in FAULT_SHARES] == [0.34, 0.02, 0.02, 0.02]
    assert "60 % is declined by the payer's bank, 34 % is a 503" in text


def test_the_control_table() -> None:
    documented = [row[0].strip("`") for row in rows_after("Control")]
    assert documented == list(ControlChange.__struct_fields__)


def test_the_options() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text()
    options = [option for action in parser()._actions for option in action.option_strings]
    assert [
        name for name in options if name not in ("-h", "--help") and f"`{name}`" not in text
    ] == []


def test_it_imports_nothing_of_the_orchestrator() -> None:
    imported = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(name.name for name in node.names)
    own = {name for name in imported if name.split(".")[0] in ("api", "adapters", "application")}
    assert all(name.startswith("adapters.simulator") for name in own)
    assert not {"domain", "projections"} & {name.split(".")[0] for name in imported}
