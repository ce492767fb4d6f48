"""Sees to it that a process that was told to end does end, whatever its event loop or the
interpreter is doing. Decides nothing about what is tidied up meanwhile.

Signals are heard by a thread of its own: a loop that is blocked, or waits for a thread that never
ends, would leave them unheard.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final, NoReturn

from api.processes.handing_over import is_child

GRACE_S_MAX: Final = 18.0  # from the request to end; a parent waits a little longer than this
LAST_RESORT_S: Final = 1.0  # after it, should not even this thread get a turn
OVERDUE: Final = 70  # the exit code of a process that had to be ended
SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})

log = logging.getLogger(__name__)


def block_signals() -> None:
    """To be called before any other thread is started: they all inherit it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def start_watchdog(ask: Callable[[], object], *, grace_s: float = GRACE_S_MAX) -> None:
    """Calls `ask`, from another thread, once: at the first SIGTERM or SIGINT, or when the parent of
    a leashed process is gone. `grace_s` later the process is over, tidied up or not."""
    threading.Thread(target=_watch, args=(ask, grace_s), name="watchdog", daemon=True).start()
    if is_child():
        threading.Thread(target=end_with_parent, name="leash", daemon=True).start()


def end_with_parent() -> None:
    """The parent has written what it hands over and writes no more: the read returns only when it
    is gone, however it died."""
    while os.read(0, 1):  # not sys.stdin: its lock would be held while Python shuts down
        continue
    os.kill(os.getpid(), signal.SIGTERM)


def end_process(code: int) -> NoReturn:
    """Ends this process at once, without the interpreter's own way down: that one joins threads of
    libraries, and one that is blocked would keep the process for ever (gRPC's poller does)."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            continue
    os._exit(code)


def _watch(ask: Callable[[], object], grace_s: float) -> None:
    signal.sigwait(SIGNALS)
    # From C, without the interpreter: tells where every thread stands, then ends the process.
    faulthandler.dump_traceback_later(grace_s + LAST_RESORT_S, exit=True)
    try:
        ask()
    except RuntimeError:  # the loop is closed already: the process is about to end
        log.debug("told to end while ending")
    threading.Event().wait(grace_s)
    log.critical("not ended %.0f s after it was told to: ended now", grace_s)
    end_process(OVERDUE)
