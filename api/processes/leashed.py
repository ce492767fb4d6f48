"""Runs a module as a child that ends with its parent: `-m api.processes.leashed MODULE ...`.

For programs that know nothing of Interlock's leash, such as the simulator.
"""

from __future__ import annotations

import runpy
import sys
import threading

from api.processes.running import end_with_parent


def main() -> None:
    module, *arguments = sys.argv[1:]
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
