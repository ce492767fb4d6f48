"""The `interlock` command. Bad input ends with one line on stderr and exit code 2."""

from __future__ import annotations

from typing import Final, NoReturn

INTERRUPTED: Final = 130


def main() -> NoReturn:
    """Ends the process with the exit code. What it needs takes a second to import, in which Ctrl-C
    means the same as later; and it waits for no thread of a library (see watchdog.end_process)."""
    try:
        from api.cli.app import main as run
        from api.processes.watchdog import end_process

        code = run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    end_process(code)
