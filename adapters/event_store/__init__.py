"""The event stores behind one port: memory, PostgreSQL by group commit, EventStoreDB."""
