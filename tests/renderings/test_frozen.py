"""What was given out once never changes: not the answers, and not the file that makes them."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections import Counter
from functools import cache
from typing import Any, Final, NoReturn, cast

import pytest

from application.payments.answers import to_bytes
from application.payments.renderings import RENDERINGS, v2026_11_01
from application.payments.renderings.members import MEMBERS, told_in
from domain.payment import attempt, holding, state, view
from domain.payment.evolve import fold
from domain.payment.state import Known
from tests.renderings.corpus import commands_of, decoded, frozen, recorded, told

V2026_11_01: Final = "2026-11-01"
MODULES: Final = {V2026_11_01: v2026_11_01}
# Without its imports, which may follow a move. Whoever means to correct an answer corrects the open
# version. Where only names of the state moved, the recorded answers prove it: renew the digest.
DIGESTS: Final = {
    V2026_11_01: "3b158c0ef85ed7a60201f59b8db0e855f6f6f678a626111f09ce8f1ef3df0e33",
}


@cache
def payments(version: str) -> list[dict[str, Any]]:
    return recorded(version)


def test_every_version_but_the_open_one_is_frozen() -> None:
    assert frozen() == sorted(MODULES) == sorted(DIGESTS) == sorted(MEMBERS)
    assert sorted(RENDERINGS)[:-1] == frozen()


@pytest.mark.parametrize("version", MODULES)
def test_every_answer_that_was_given_is_given_again(version: str) -> None:
    for one in payments(version):
        again = [
            [str(a.command), a.revision, a.status, a.body, a.final]
            for a in told(decoded(one["events"]), version)
        ]
        assert again == one["told"], f"seed {one['seed']}"


def test_the_recorded_answers_are_of_all_kinds() -> None:
    found: Counter[Any] = Counter()
    for one in payments(V2026_11_01):
        found.update(type(fold(decoded(one["events"]))).__name__ for _ in "1")
        for _, _, status, body, final in one["told"]:
            told = json.loads(body)
            found.update((status, final, told.get("code"), told.get("status")))
            found.update(part for part in ("refunds", "decline") if told.get(part))
    assert len(payments(V2026_11_01)) > 100
    wanted = {
        200, 201, 202, 402, 409, True, False, "refunds", "decline",
        "Authorized", "Captured", "Conflicted", "Failed", "Canceled", "Expired",
        "processing", "requires_capture", "succeeded", "partially_captured", "canceled",
        "pending_verification", "conflicted", "pending", "unknown", "declined", "not_charged",
        "no_gateway_available", "refund_failed", "capture_failed", "cancel_failed",
        "attempt_still_open", "capture_exceeds_authorized", "refund_exceeds_captured",
    }  # fmt: skip
    assert wanted - set(found) == set()


@pytest.mark.parametrize("version", MODULES)
def test_the_file_is_what_it_was_when_it_was_frozen(version: str) -> None:
    source = inspect.getsource(MODULES[version])
    imports = {
        number
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    kept = [one for number, one in enumerate(source.splitlines(), 1) if number not in imports]

    assert hashlib.sha256("\n".join(kept).encode()).hexdigest() == DIGESTS[version], (
        f"{version} was given out and never changes: corrections go into the open version"
    )


@pytest.mark.parametrize("version", MODULES)
def test_it_takes_types_from_elsewhere_and_nothing_that_computes(version: str) -> None:
    for name, value in vars(MODULES[version]).items():
        if inspect.isfunction(value):
            assert value.__module__ == MODULES[version].__name__, name


def broken(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a frozen answer asked what others may correct")


COMPUTED: Final = (
    (view, ("payment_view", "refund_view", "needs_review", "payment_id", "when")),
    (state, ("status", "captured", "refundable")),
    (holding, ("capturable", "releasable", "takes_another")),
    (state.Facts, ("charges", "unsettled", "reviewable", "of", "total", "by_means", "_moved")),
    (attempt.Attempt, ("key", "taken_over", "is_open", "stands", "went_out")),
    (attempt.Operation, ("counts",)),
)


@pytest.mark.parametrize("version", MODULES)
def test_whatever_is_corrected_elsewhere_it_says_the_same(version: str) -> None:
    checked = 0
    for one in payments(version):
        events = decoded(one["events"])
        for command in commands_of(events):
            if command.concluded is None:
                continue
            payment = cast(Known, fold(events[: command.concluded + 1]))
            then = payment.facts.commands[command.ref.id]
            with pytest.MonkeyPatch.context() as patch:
                for owner, names in COMPUTED:
                    for name in names:
                        is_property = isinstance(getattr(owner, name), property)
                        patch.setattr(owner, name, property(broken) if is_property else broken)
                status, body = RENDERINGS[version].answer(payment, then)
            said = [status, to_bytes(body).decode()]
            assert [str(command.ref.id), *said] in [[a[0], a[2], a[3]] for a in one["told"]]
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("version", MODULES)
def test_what_is_told_has_the_version_s_members_in_their_order(version: str) -> None:
    for one in payments(version):
        for _, _, _, body, _ in one["told"]:
            told = json.loads(body)
            if "object" in told:
                assert json.dumps(told_in(version, told)) == json.dumps(told)
                assert told_in(version, {**told, "new": 1}) == told
