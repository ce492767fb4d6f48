"""The event log in PostgreSQL, by group commit: the store itself, its table, its reading side."""
