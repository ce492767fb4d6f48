"""No secret stands where every process of the machine may read it."""

from __future__ import annotations

import json

import psutil
import pytest

from api.processes.embedded import Embedded

pytestmark = pytest.mark.slow


def test_environments_and_command_lines_hold_no_secret(interlock: Embedded) -> None:
    kept = interlock.settings.data / "notice-secret"
    secrets = {"the notices'": kept.read_text(), "the log's": interlock.dsn}
    read = {}
    for child in interlock.children:
        assert child.process is not None
        process = psutil.Process(child.process.pid)
        read[child.name] = json.dumps([process.environ(), process.cmdline()])

    assert set(read) == {"simulator", "worker", "api"}
    found = [(name, what) for name in read for what in secrets if secrets[what] in read[name]]
    assert found == []
    assert kept.stat().st_mode & 0o777 == 0o600
