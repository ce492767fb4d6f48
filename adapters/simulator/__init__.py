"""The gateway simulator: six example gateways over HTTP with their own append-only books.

An independent witness: it imports nothing of the orchestrator, not even its domain.
"""

from adapters.simulator.server import Simulator, run_simulator
from adapters.simulator.settings import SimulatorSettings

__all__ = ["Simulator", "SimulatorSettings", "run_simulator"]
