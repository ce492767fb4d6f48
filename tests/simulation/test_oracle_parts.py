"""Parts of the oracle that a whole history hides: cards, chains, times, verdicts, the search."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.simulation.histories.shapes import captured
from tests.simulation.histories.story import Story, digest
from tests.simulation.oracle import chain, judge, linearizability
from tests.simulation.oracle.cards import card_numbers
from tests.simulation.oracle.case import body_of, read_case
from tests.simulation.oracle.interim import mark_interim
from tests.simulation.oracle.records import plain_id
from tests.simulation.oracle.times import posix
from tests.simulation.oracle.verdicts import DETAILS_MAX, Findings


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "paid with 4111 1111 1111 1111.",
        "4111-1111 1111-1111",
        "tok_5555555555554444",
        '{"n":"378282246310005"}',
        "6304000000000000000",
        "4222222222222",
        "4111 1111 1111 1111 12",
        "12 4111 1111 1111 1111",
        "at 2026-03-01T12:00:00 with 4111111111111111",
    ],
)
def test_a_card_number_is_found(text: str) -> None:
    assert card_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # not Luhn-valid
        "x4111111111111111",
        "4111111111111111z",
        "1234567890123452",  # begins with 1
        "4111  1111 1111 1111",  # two spaces
        "42424242-4242-4242-8242-424242424242",
        "2026-03-01T12:00:00.000000Z",
        "411111111111",
    ],
)
def test_what_is_no_card_number(text: str) -> None:
    assert card_numbers(text) == []


def test_the_digest_is_the_one_of_the_histories() -> None:
    """Two writings of docs/hash-chain.md."""
    story = Story()
    captured(story)
    case = read_case(story.history())
    assert [chain.digest(one) for one in case.events] == [digest(one) for one in story.log]


def test_ids_are_the_same_however_they_are_written() -> None:
    digits = "52e3744e3b825a13aad0ef833e853265"
    written = ("52E3744E-3B82-5A13-AAD0-EF833E853265", f"pay_{digits}", f"re_{digits}", digits)
    assert {plain_id(one) for one in written} == {digits}


def test_times_with_and_without_an_offset_are_utc() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    assert posix("2026-03-01T12:00:00Z") == posix("2026-03-01T12:00:00") == noon
    assert posix("2026-03-01T13:00:00+01:00") == noon
    with pytest.raises(ValueError, match="isoformat"):
        posix("noon")


def test_the_body_is_what_comes_last_in_the_bytes() -> None:
    assert body_of('POST /v1/charges\n{"amount": 5}') == {"amount": 5}
    assert body_of("GET /v1/charges?key=1") == {}
    assert body_of("{broken") == {}


def test_an_unknown_invariant_is_a_mistake_of_the_oracle() -> None:
    findings = Findings()
    with pytest.raises(KeyError):
        findings.broken("one_gatway", "misspelt")
    with pytest.raises(KeyError):
        findings.unsure("", "empty")


def test_broken_outweighs_unsure_and_details_are_bounded() -> None:
    findings = Findings()
    findings.unsure("as_asked", "perhaps")
    for number in range(DETAILS_MAX + 3):
        findings.broken("as_asked", f"no {number}")
    (verdict,) = [one for one in findings.verdicts() if one.outcome != "holds"]
    assert verdict.outcome == "broken"
    assert verdict.detail.endswith("; and 3 more")
    assert verdict.detail.count(";") == DETAILS_MAX


def test_what_is_no_history_is_refused() -> None:
    with pytest.raises(KeyError):
        judge({"facts": []})
    story = Story()
    captured(story)
    history = story.history()
    history["log"][0]["data"] = "{"
    with pytest.raises(json.JSONDecodeError):
        judge(history)


def test_the_search_gives_up_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linearizability, "OPERATIONS_MAX", 1)
    story = Story()
    captured(story)
    verdicts = {one.invariant: one.outcome for one in judge(story.history())}
    assert verdicts["linearizable"] == "cannot_tell"


def test_only_what_came_before_the_conclusion_is_on_the_way() -> None:
    story = Story()
    captured(story)
    case = read_case(story.history())
    created = next(one for one in case.calls if one.verb == "create")
    created.status = 202
    mark_interim(case.payments, case.calls)
    assert not created.interim
    created.view = {**created.view, "revision": 2}
    mark_interim(case.payments, case.calls)
    assert created.interim
