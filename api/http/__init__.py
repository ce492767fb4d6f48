"""The HTTP API: authenticates, validates, calls the application, renders. Decides nothing."""
