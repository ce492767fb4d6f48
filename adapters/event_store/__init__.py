"""Event stores that need no server of their own: memory, and PostgreSQL by group commit."""
