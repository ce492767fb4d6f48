"""The first minutes: starting, being told why it does not start, paying, stopping."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from adapters.simulator.notices import signed_headers
from api.own_packages import NAMES
from tests.newcomer.person import NAMELESS, ROOT, Installed, Person, at_home
from tests.newcomer.serving import NEW, NOBODYS, OLD, SIMULATOR, Serving

pytestmark = pytest.mark.slow

CTRL_C: Final = "\x03"
STARTS_S_MAX: Final = 60.0


def test_he_pays_with_the_key_that_was_shown(serving: Serving) -> None:
    paid = serving.pays("order-1")

    assert (paid.status_code, paid.json()["status"]) == (201, "succeeded")
    assert f"    {serving.key}" in serving.screen.lines


def test_nothing_of_his_own_folder_is_executed(serving: Serving) -> None:
    assert not (serving.person.home / "executed").exists()


def test_a_foreign_package_before_ours_is_named(serving: Serving) -> None:
    """As with PYTHONPATH, or `python -m` in that folder."""
    with at_home(serving.person.installed) as other:
        other.writes("elsewhere/domain/__init__.py", "")
        other.environment["PYTHONPATH"] = str(other.home / "elsewhere")
        said = other.does("doctor")

    assert said.process.returncode == 2
    assert said.text.startswith(f"interlock: {other.home}/elsewhere/domain has the name of a pack")


@pytest.mark.parametrize("which", ["port", "simulator-port"])
def test_a_port_that_is_taken_is_named_with_its_holder(serving: Serving, which: str) -> None:
    holder = {"port": serving.port, "simulator-port": serving.simulator_port}[which]
    given = {"port": "0"} | {which: str(holder)}
    options = [part for name, one in given.items() for part in (f"--{name}", one)]
    with at_home(serving.person.installed) as other:
        said = other.does("serve", *options)

        assert said.process.returncode == 2
        line = re.compile(
            rf"interlock: INTERLOCK_{which.upper().replace('-', '_')}: port {holder} of 127.0.0.1"
            r" is taken by \S+ \(process \d+\): free it, or give another\n"
        )
        assert line.fullmatch(said.text), said.text
        assert not (other.home / ".interlock" / "postgres").exists()


def test_a_second_one_on_the_same_data_is_refused(serving: Serving) -> None:
    said = serving.person.does("serve", "--port", "0")

    assert said.process.returncode == 2
    assert said.text == "interlock: another interlock serve uses .interlock\n"


def appears(path: Path) -> None:
    gives_up_at = time.monotonic() + STARTS_S_MAX
    while not path.exists():
        assert time.monotonic() < gives_up_at
        os.sched_yield()


def test_ctrl_c_before_it_is_ready_and_after(person: Person) -> None:
    """And the simulator comes back where the payments know it, though that port is anybody's."""
    with person.opens("serve", "--port", "0") as screen:
        appears(person.home / ".interlock" / "postgres")
        screen.press(CTRL_C)

        ended = screen.ends()
        if ended == 130:
            assert screen.lines[-1].removeprefix("^C") == "interlock: stopped before it was ready"
        else:  # it was ready before it heard the key, and says so
            assert (ended, screen.lines[-1]) == (0, "stopped; the data stays in .interlock")
        assert "60 s" not in screen.text
    kept = (person.home / ".interlock" / "simulator-port").read_text().strip()
    with person.opens("serve", "--port", "0") as screen:
        assert screen.sees(SIMULATOR)[1] == kept
        screen.sees("globex (shown once)" if ended == 130 else "Interlock is ready")
        screen.press(CTRL_C)

        assert screen.ends() == 0
        assert screen.lines[-1] == "stopped; the data stays in .interlock"


def test_ctrl_c_ends_the_demo(person: Person) -> None:
    with person.opens("demo") as screen:
        screen.sees("all gateways are up")
        screen.press(CTRL_C)

        assert screen.ends() == 130
        assert screen.lines[-1].removeprefix("^C") == "interlock: stopped before the demo was over"


def test_a_user_without_a_name_is_told_so(installed: Installed) -> None:
    if os.geteuid() != 0:
        assert os.getuid() != NAMELESS  # only root can be somebody else
        return
    with at_home(installed, NAMELESS) as person:
        said = person.does("serve", "--port", "0")

    assert said.process.returncode == 2
    assert said.text.startswith(f"interlock: user {NAMELESS} has no name on this machine")
    assert said.text.count("\n") == 1


def test_a_clone_whose_path_has_a_space_and_an_umlaut(person: Person) -> None:
    clone = person.home / "Zahlungs verkehr für alle"
    shutil.copytree(ROOT / "scripts", clone / "scripts")
    lock = ROOT / "requirements.txt"
    for name in NAMES:
        (clone / name).symlink_to(ROOT / name)
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, clone)
    venv = clone / ".venv"
    venv.symlink_to(person.installed.folder)
    state = f"cat {lock} {ROOT / 'pyproject.toml'} | cksum > .venv/.installed-requirements.txt"
    subprocess.run(["/bin/sh", "-c", state], cwd=clone, check=True)
    with person.opens("--version", program=[str(clone / "scripts" / "interlock")]) as screen:
        assert screen.ends() == 0
        assert screen.lines == ["interlock 0.1.0"]


@pytest.mark.parametrize(("secret", "status"), [(OLD, 200), (NEW, 200), (NOBODYS, 401)])
def test_a_notice_signed_with_either_secret_is_taken(
    serving: Serving, secret: str, status: int
) -> None:
    """Settings given are settings used, beside what the parent makes itself."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = signed_headers(key, f"evt_{secret[-4:]}", int(time.time()), b"{}")
    with serving.client() as client:
        told = client.post("/v1/webhooks/stripe", content=b"{}", headers=headers)

    assert told.status_code == status
