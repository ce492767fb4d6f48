"""A process as a program: settings from the environment, and for a child of the embedded mode its
secrets from the pipe; logs; then its work until told to stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from api.processes.away import AWAY, said_of
from api.processes.handing_over import handed_over, is_child
from api.processes.logs import start_logging
from api.processes.running import run_until_stopped
from api.settings import (
    Settings,
    SettingsRefused,
    read_settings,
    settings_of_child,
    unknown_names,
)
from domain.installation.formats import FormatTooHigh

FAILED: Final = 1
REFUSED: Final = 2
NEWER_NEEDED: Final = 3

log = logging.getLogger(__name__)


def run_program(name: str, work: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> int:
    """The exit code: 1 when `work` failed or a store does not answer, 2 when the settings are
    refused, 3 when the log is of a newer version's; standard error says which. `work` ends when its
    event is set; `name` stands in the logs."""
    try:
        settings = settings_of_child(**handed_over()) if is_child() else read_settings()
        start_logging(settings.log_level, name)
        for sentence in unknown_names():
            log.warning("%s", sentence)
        run_until_stopped(lambda stop: work(settings, stop))
    except SettingsRefused as refused:  # some are seen only where they are used
        return _ends(REFUSED, f"{refused}")
    except FormatTooHigh as higher:
        return _ends(NEWER_NEEDED, f"{higher}")
    except AWAY as away:
        return _ends(FAILED, f"{name} ends: {said_of(away)}")
    except OSError as failure:
        if failure.filename is None:
            log.exception("%s ends: it failed in an unforeseen way", name)
            return FAILED
        return _ends(REFUSED, f"{failure.filename}: {failure.strerror}")
    except Exception:
        log.exception("%s ends: it failed in an unforeseen way", name)
        return FAILED
    return 0


def _ends(code: int, why: str) -> int:
    sys.stderr.write(f"interlock: {' '.join(why.split())}\n")
    return code
