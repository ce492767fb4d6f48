"""What a process says when it cannot start: one line, exit code 2, wherever it is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def started(process: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Without any setting but these."""
    kept = {name: one for name, one in os.environ.items() if not name.startswith("INTERLOCK_")}
    return subprocess.run(
        [sys.executable, "-m", f"api.processes.{process}"],
        cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("process", ["api_server", "worker"])
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"INTERLOCK_PORT": "many"}, "INTERLOCK_PORT"),
        (
            {"INTERLOCK_NOTICE_SECRETS": '{"stripe": "hush, hush"}'},
            "INTERLOCK_NOTICE_SECRETS: a signing secret is whsec_ and base64",
        ),
        ({"INTERLOCK_PORT": "0"}, "the embedded server is started by `interlock serve`"),
    ],
    ids=["when it is read", "when its meaning is", "when it is used"],
)
def test_refused_settings_are_one_line(
    process: str, environment: dict[str, str], said: str
) -> None:
    ended = started(process, **environment)

    last = ended.stderr.splitlines()
    assert (ended.returncode, len(last)) == (2, 1), ended.stderr
    assert last[0].startswith("interlock: ")
    assert said in last[0]
    assert "hush" not in last[0]
