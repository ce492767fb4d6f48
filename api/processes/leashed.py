"""Runs a module as a child that ends with its parent: `-m api.processes.leashed MODULE ...`.

For programs that know nothing of Interlock's leash, such as the simulator.
"""

from __future__ import annotations

import runpy
import sys
import threading

from api.processes.beats import keep_beating_aside
from api.processes.watchdog import end_with_parent


def main() -> None:
    module, *arguments = sys.argv[1:]
    for aside in (end_with_parent, keep_beating_aside):
        threading.Thread(target=aside, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
