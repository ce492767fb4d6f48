"""Runs one double alone: prints `listening on HOST:PORT`, stops on SIGTERM or SIGINT.

Its faults cannot be reached from outside, but SIGSTOP freezes it whole and SIGKILL ends it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from tests.esdb_double.engines import ENGINES
from tests.esdb_double.node import EsdbDouble


def main() -> int:
    parser = argparse.ArgumentParser(description="A double of EventStoreDB.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any (default)")
    parser.add_argument("--engine", choices=ENGINES, default="24.2")
    parser.add_argument("--flood", action="store_true", help="subscriptions are never quiet")
    asked = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with EsdbDouble(engine=asked.engine, port=asked.port) as double:
        if asked.flood:
            double.faults.flood()
        sys.stdout.write(f"listening on {double.target}\n")
        sys.stdout.flush()
        stopping.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
