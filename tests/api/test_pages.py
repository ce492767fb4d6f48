"""What people are shown: the documentation works offline, and every code has its page."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

from api.http import pages
from api.http.problem_codes import CODES
from api.http.problems import TABLE, UNEXPECTED
from application.payments.renderings import v2026_11_01, v2026_12_01
from domain.payment.reviews import ResolveRejected
from domain.payment.rules import PaymentRejected
from tests.api.shop import Shop

ROOT: Final = Path(__file__).parents[2]
README: Final = files(pages).joinpath("swagger-ui/README.md").read_text()
FOREIGN: Final = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")


@pytest.mark.parametrize("path", ["/docs", "/docs/problems", "/docs/problems/declined"])
async def test_a_page_loads_nothing_from_elsewhere(shop: Shop, path: str) -> None:
    answer = await shop.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert not FOREIGN.search(answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for name in re.findall(r"""(?:src|href)=["'](/docs/[\w./-]+)["']""", answer.text):
        assert (await shop.client.get(name)).status_code == 200, name


async def test_the_root_leads_there_and_what_is_not_there_is_a_problem(shop: Shop) -> None:
    assert (await shop.client.get("/")).headers["location"] == "/docs"
    for path in ("/docs/nothing.js", "/docs/problems/nothing", "/docs/../app.py"):
        answer = await shop.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_swagger_ui_is_as_it_was_released() -> None:
    digests = re.findall(r"^\| `(\S+)` \| ([0-9a-f]{64}) \|$", README, re.MULTILINE)
    assert len(digests) == 4
    for name, digest in digests:
        body = files(pages).joinpath("swagger-ui", name).read_bytes()
        assert hashlib.sha256(body).hexdigest() == digest, name


def rejections(kind: type[PaymentRejected] | type[ResolveRejected]) -> Iterator[str]:
    yield kind.code
    for one in kind.__subclasses__():
        yield from rejections(one)


def literals() -> Iterator[str]:
    """Of the problems that the API makes itself."""
    for path in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            place = {"Problem": 1, "bad_request": 0}.get(ast.unparse(node.func))
            if place is None:
                continue
            code = node.args[place]
            if isinstance(code, ast.Constant):
                yield str(code.value)


def test_every_code_in_use_has_a_page_and_no_other() -> None:
    used = {
        *(kind.code for kind in (*TABLE.values(), UNEXPECTED)),
        *rejections(PaymentRejected),
        *rejections(ResolveRejected),
        *literals(),
        *v2026_11_01.FAILURES,
        *v2026_12_01.FAILURES,
        *(f"{name}_failed" for name in ("capture", "cancel", "refund")),
    }
    assert len(used) > 50
    assert used == CODES.keys()


async def test_the_type_of_a_problem_is_a_page_that_is_there(shop: Shop) -> None:
    problem = (await shop.client.get("/v1/payments")).json()
    assert problem["type"] == "/docs/problems/not_authenticated"
    assert (await shop.client.get(problem["type"])).status_code == 200
