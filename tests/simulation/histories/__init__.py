"""Hand-made histories: the oracle must pass the odd but legal ones and reject the bad ones."""

from __future__ import annotations

from tests.simulation.histories import (
    bad_charges,
    bad_commands,
    bad_endings,
    bad_offers,
    bad_records,
    bad_sends,
    bad_told,
    good_answers,
    good_charges,
    good_commands,
    good_offers,
    good_settling,
    switching,
)
from tests.simulation.histories.registry import BAD, GOOD, Bad

__all__ = [
    "BAD",
    "GOOD",
    "Bad",
    "bad_charges",
    "bad_commands",
    "bad_endings",
    "bad_offers",
    "bad_records",
    "bad_sends",
    "bad_told",
    "good_answers",
    "good_charges",
    "good_commands",
    "good_offers",
    "good_settling",
    "switching",
]
