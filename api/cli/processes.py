"""`interlock api` and `interlock worker`: the processes of production, each in the foreground."""

from __future__ import annotations

from api.processes.program import run_program
from api.processes.watchdog import end_process


def api() -> None:
    """Serves the HTTP API, by the settings of the environment (docs/settings.md)."""
    from api.processes.api_server import run_api  # brings a web server with it

    end_process(run_program("api", run_api))


def worker() -> None:
    """Keeps the read models, and carries on what was left open."""
    from api.processes.worker import run_worker

    end_process(run_program("worker", run_worker))
