"""The EventStoreDB adapter: the event log in production, spoken to over gRPC.

Uses the message classes and stubs of esdbclient, never its clients: those repeat appends by
themselves, cannot multiplex, and do not find a new leader beside a dead one. Nothing outside this
package (and the double in the tests) imports esdbclient.
"""

import os

# gRPC's core writes lines of its own to standard error, one for every connection that goes away. It
# reads this when it is loaded. What they tell is told by us, once per outage.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
