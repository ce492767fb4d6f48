"""Read models in memory, for simulations and tests. Forgotten with the process."""

from adapters.read_models.memory.leases import MemoryLeases
from adapters.read_models.memory.queries import MemoryQueries
from adapters.read_models.memory.store import MemoryReadModels
from adapters.read_models.memory.versions import MemoryInstallation, MemoryVersions
from adapters.read_models.memory.waits import MemoryWaits
from adapters.read_models.memory.work_list import MemoryWorkList

__all__ = [
    "MemoryInstallation",
    "MemoryLeases",
    "MemoryQueries",
    "MemoryReadModels",
    "MemoryVersions",
    "MemoryWaits",
    "MemoryWorkList",
]
