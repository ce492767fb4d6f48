"""A double of EventStoreDB that speaks its gRPC protocol over a real port.

It gives the answers recorded from running servers (tests/golden/eventstoredb), holds its log in
memory, and does on demand what servers do on bad days (faults.py). Without persistent
subscriptions, users, scavenging and projections.

    async with EsdbDouble(engine="24.2") as double:
        client = AsyncEventStoreDBClient(f"esdb://{double.target}?Tls=false")

Alone: `python -m tests.esdb_double --port 2113 --engine 23.10`.
"""

from tests.esdb_double.access import Access
from tests.esdb_double.cluster import EsdbCluster
from tests.esdb_double.engines import ENGINES, Engine
from tests.esdb_double.events import Stored
from tests.esdb_double.faults import Faults
from tests.esdb_double.gossip import Member
from tests.esdb_double.log import Log
from tests.esdb_double.node import EsdbDouble
from tests.esdb_double.node_core import Counters

__all__ = [
    "ENGINES",
    "Access",
    "Counters",
    "Engine",
    "EsdbCluster",
    "EsdbDouble",
    "Faults",
    "Log",
    "Member",
    "Stored",
]
