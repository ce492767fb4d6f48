"""One question to a gateway: who may send it, how long its answer is waited for, and what is kept
of an adapter's words."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.payments.asking import Asking
from domain.payment.events import AttemptFailed, OutcomeUnknown
from tests.payments.remote import BUSY, LOST, Turn, says
from tests.payments.world import World

KEY = UUID(int=7)


async def test_a_claim_holds_until_a_minute_after_the_outcome_is_on_record(world: World) -> None:
    """Whoever read the stream before that may still take the try for unsent."""
    asking = Asking(world.api.core.desk)
    assert asking.claim(KEY) is True
    await world.passes(3600)
    assert asking.claim(KEY) is False

    asking.recorded(KEY)
    await world.passes(59.75)
    assert asking.claim(KEY) is False
    await world.passes(0.25)

    assert asking.claim(KEY) is True
    assert asking.claim(UUID(int=8)) is True


async def test_every_claim_is_let_go_when_its_outcome_is_on_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a process would remember every try of its life."""
    claimed: list[UUID] = []
    let_go: list[UUID] = []
    claim, recorded = Asking.claim, Asking.recorded

    def seen_to_claim(asking: Asking, key: UUID) -> bool:
        claimed.append(key)
        return claim(asking, key)

    def seen_to_let_go(asking: Asking, key: UUID) -> None:
        let_go.append(key)
        recorded(asking, key)

    monkeypatch.setattr(Asking, "claim", seen_to_claim)
    monkeypatch.setattr(Asking, "recorded", seen_to_let_go)
    world.given(alpha=[BUSY])

    paid = await world.create()
    await world.refund(paid.payment)

    assert [one.kind for one in world.alpha.sent + world.beta.sent] == [
        "charge",
        "charge",
        "refund",
    ]
    assert let_go == claimed
    assert len(set(claimed)) == 3


async def test_other_bytes_than_recorded_are_not_sent_and_the_next_gateway_is_asked(
    world: World,
) -> None:
    """A new program took over while the intent was being put on record."""
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(0.5)
        world.api.network.get("alpha").has_new_bytes = True
    answer = await creating

    assert answer.status == 201
    assert await world.story(answer.payment) == [
        "AttemptStarted 1 at alpha",
        "AttemptNotSent",
        "AttemptStarted 2 at beta",
        "AttemptSucceeded (answer)",
    ]
    assert world.alpha.sent == []


async def test_a_budget_that_is_used_up_leaves_a_moment_for_an_answer_and_no_more(
    world: World,
) -> None:
    """The append of the second intent took all that was left."""
    world.given(alpha=[says(BUSY, after_s=7.5)], beta=[says(after_s=0.25)])
    creating = world.in_background(world.create())
    await world.passes(7)
    async with world.store.stalled():
        await world.passes(1.875)
    answer = await creating

    assert answer.status == 202
    assert (await world.story(answer.payment))[-1] == "OutcomeUnknown: no answer in time"
    assert world.now_s == pytest.approx(8.875 + 0.05)


@pytest.mark.parametrize(
    ("words", "kept"),
    [("reset by peer", "reset by peer"), ("", "no answer in time"), ("x" * 400, "x" * 300)],
)
async def test_the_words_of_a_silence_are_kept_and_bounded(
    world: World, words: str, kept: str
) -> None:
    world.given(alpha=[Turn(after_s=None, takes_effect=False, words=words)])

    answer = await world.create()

    last = (await world.facts(answer.payment))[-1]
    assert isinstance(last, OutcomeUnknown)
    assert last.reason == kept


async def test_the_words_of_a_refused_connection_are_kept_and_bounded(world: World) -> None:
    world.given(alpha=[Turn(reachable=False, words="refused " + "x" * 400)])

    answer = await world.create()

    failed = (await world.facts(answer.payment))[3]
    assert isinstance(failed, AttemptFailed)
    assert (failed.code, failed.message) == ("unreachable", "refused " + "x" * 292)


async def test_a_silence_is_answered_in_its_time_whatever_the_clock_shows(world: World) -> None:
    """What is left of the budget is a difference of two readings: later requests get no more."""
    await world.passes(3600)
    world.given(alpha=[LOST])

    await world.create()

    assert world.now_s - 3600 == pytest.approx(9 - 0.25)
