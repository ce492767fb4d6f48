"""The EventStoreDB adapter: the event log in production, spoken to over gRPC.

Uses the message classes and stubs of esdbclient, never its clients: those repeat appends by
themselves, cannot multiplex, and do not find a new leader beside a dead one. Nothing outside this
package (and the double in the tests) imports esdbclient.
"""
