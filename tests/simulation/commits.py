"""Which state of the code a run was of."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


def commit() -> str:
    """Twelve digits, with "-changed" where tracked files differ from it; "unknown" without git."""
    changed = "-changed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return (_git("rev-parse", "--short=12", "HEAD") or "unknown") + changed


def _git(*command: str) -> str:
    done = subprocess.run(["git", *command], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip()
