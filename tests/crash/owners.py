"""Under which name a process owns attempts, as the operating system tells it, not the process."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.crash.diary import Diary


def owners_of(pid: int) -> list[str]:
    """The names whose lock files the process holds open; none when it is gone."""
    try:
        files = [Path(one.path) for one in psutil.Process(pid).open_files()]
    except psutil.NoSuchProcess:
        return []
    return [one.name for one in files if one.parent.name == "owners"]


def note_crash(diary: Diary, process: str, pid: int) -> None:
    """Notes the death of the process, to be called right before its end."""
    for owner in owners_of(pid):
        diary.note("crashed", process=process, owner=owner, before="unknown")
