"""Switches of the read models to rows that say something else: as they may be, and must not be."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.registry import History, bad, good
from tests.simulation.histories.shapes import captured
from tests.simulation.histories.story import Story

LATER = "2026-03-01T12:05:00Z"


def _switched(after: dict[str, Any] | None = None, **positions: int) -> History:
    """At positions 10 and 12, with one stream that is put off and one that is due; `after` is what
    is on the work list then."""
    due: dict[str, Any] = {"payment-1": [3, LATER, 2], "payment-2": [5, None, 0]}
    story = Story()
    captured(story)
    story.note(
        "rows_switched",
        process="worker0",
        before={"positions": {"payment_status": 10, "recovery": 12}, "due": due},
        after={
            "positions": {"payment_status": 10, "recovery": 12} | positions,
            "due": due if after is None else after,
        },
    )
    return story.history()


def _read(own: int, serves: int, read: int) -> History:
    story = Story()
    captured(story)
    story.note("rows_read", process="worker0", own=own, serves=serves, read=read)
    return story.history()


@good
def a_switch_at_which_nothing_is_lost() -> History:
    return _switched()


@good
def a_switch_to_rows_that_are_further() -> History:
    """A stream moved meanwhile and is a new case, the other one is over."""
    return _switched({"payment-1": [4, None, 0]}, recovery=20)


@good
def an_old_program_reads_the_newest_that_it_knows() -> History:
    history = _read(own=1, serves=2, read=1)
    history["rows_kept"] = history["rows"]
    return history


@good
def a_new_program_reads_what_serves() -> History:
    return _read(own=2, serves=1, read=1)


@bad("no_reader_goes_back")
def a_switch_to_rows_that_are_behind() -> History:
    return _switched(payment_status=9)


@bad("no_reader_goes_back")
def a_switch_that_forgets_what_was_put_off() -> History:
    return _switched({"payment-1": [3, None, 0], "payment-2": [5, None, 0]})


@bad("no_reader_goes_back")
def a_switch_to_an_empty_work_list() -> History:
    return _switched({})


@bad("no_reader_goes_back")
def a_new_program_reads_its_own_before_the_switch() -> History:
    return _read(own=2, serves=1, read=2)


@bad("rows_equal_fold")
def the_kept_rows_are_fed_no_more() -> History:
    history = _read(own=1, serves=2, read=1)
    kept = [{**row, "status": "processing"} for row in history["rows"]["payment_status"]]
    history["rows_kept"] = history["rows"] | {"payment_status": kept}
    return history
