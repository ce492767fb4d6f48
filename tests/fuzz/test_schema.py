"""Every operation of the OpenAPI document, asked what it allows and what it forbids: no 5xx, no
answer that the document does not announce, nothing kept of what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from schemathesis.core.failures import FailureGroup

from api.http.problems import Problem
from api.http.routes import OPERATIONS, payments
from domain.payment.view import payment_view
from tests.fuzz.budget import REQUESTS
from tests.fuzz.campaign import Campaign, Name
from tests.fuzz.world import open_world

pytestmark = pytest.mark.slow

NAMES: Final[list[Name]] = [(one.method, one.path) for one in OPERATIONS]
SHARE: Final = 2 * -(-REQUESTS // (2 * (len(NAMES) - 3)))  # even; three of them take nothing


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    with open_world() as world:
        yield Campaign(world)


def test_the_document_names_every_operation(campaign: Campaign) -> None:
    assert set(campaign.operations) == set(NAMES)


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_every_bound_of_every_field(campaign: Campaign, name: Name) -> None:
    before = campaign.answers.total()
    campaign.attack_edges(name)
    assert campaign.answers.total() > before


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_whatever_is_asked(campaign: Campaign, name: Name) -> None:
    before = campaign.answers.total()
    campaign.attack(name, SHARE)
    least = 1 if campaign.takes_nothing(name) else SHARE
    assert campaign.answers.total() - before >= least


def test_a_deviation_would_be_noticed(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(payment: Any) -> dict[str, Any]:
        return {**payment_view(payment), "amount": "1.99"}

    def broken(payment: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    def not_found(payment: Any) -> dict[str, Any]:
        raise Problem(410, "gone", "Gone.")

    for planted in (nameless, broken, not_found):
        monkeypatch.setattr(payments, "payment_view", planted)
        with pytest.raises((FailureGroup, ExceptionGroup, AssertionError)):
            campaign.attack(("GET", "/v1/payments/{payment}"), 40)
