"""A planted bug is noticed, inside a function and outside; the original is not."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.mutation import live
from tests.mutation.__main__ import Bounds, Campaign, Reach, reach
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.results import KILLED, SURVIVED
from tests.mutation.trial import ARGUMENTS, ROOT, ask_anew, forked

pytestmark = pytest.mark.slow

PATH: Final = ROOT / "domain" / "canonical.py"
TEST: Final = "tests/domain/test_canonical.py"
NOTHING: Final = Mutant(line=1, before="", after="", source=PATH.read_text())


def in_a_process_of_its_own(work: live.Work) -> int:
    """pytest runs inside pytest only where nothing is shared."""

    def alone() -> int:
        return int(pytest.main([*ARGUMENTS, TEST], plugins=[live.HandsOver(work)]))

    _, status = os.waitpid(forked(alone), 0)
    return os.waitstatus_to_exitcode(status)


def test_bugs_are_noticed_and_the_original_is_not(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def work(items: Sequence[pytest.Item]) -> None:
        known = reach(items, ROOT / "domain", tmp_path / "reach")
        campaign = Campaign(tmp_path / "results.jsonl", "digest", items, known, Bounds())
        worst = [one for one in mutants_of(NOTHING.source) if one.after == "return None"]
        outside = [one for one in mutants_of(NOTHING.source) if one.after == "True"]
        tried = campaign.run([(PATH, one) for one in (NOTHING, *worst, *outside)])
        told.write_text(" ".join(one.outcome for one in tried))

    assert in_a_process_of_its_own(work) == 0
    assert told.read_text().split() == [SURVIVED, KILLED, KILLED]


def test_a_module_is_imported_anew_where_no_function_changed() -> None:
    source = "ONE = 1\n\n\ndef two() -> int:\n    return 2\n"
    assert not live.differs_only_in_functions(source, source.replace("ONE = 1", "ONE = 2"))
    assert live.differs_only_in_functions(source, source.replace("return 2", "return 3"))
    assert live.differs_only_in_functions(source, source.replace("return 2", "return 2.0"))
    assert not live.differs_only_in_functions(source, source)


def test_the_tests_of_a_line_are_those_that_run_it_fastest_first() -> None:
    here = (str(PATH), 23)
    lines = {"slow": {here}, "fast": {here}, "other": set[tuple[str, int]]()}
    known = Reach(lines, {"slow": 2, "fast": 1, "other": 0})
    inside = Mutant(line=23, before="x", after="y", source="")
    outside = Mutant(line=1, before="x", after="y", source="")

    assert known.tests_of(PATH, inside) == ["fast", "slow"]
    assert known.tests_of(PATH, inside, within_s=2.5) == ["fast"]
    assert known.tests_of(PATH, outside) == ["other", "fast", "slow"]
    assert (known.is_run(PATH, inside), known.is_run(PATH, outside)) == (True, False)


def test_a_trial_that_imports_anew_says_what_pytest_says(tmp_path: Path) -> None:
    job = tmp_path / "job.json"
    told = {"name": "domain.canonical", "path": "x", "source": "", "tests": [TEST]}
    job.write_text(json.dumps(told))
    _, status = os.waitpid(forked(lambda: ask_anew(job)), 0)

    assert os.waitstatus_to_exitcode(status) > 0
