"""Read models: folds of the event log, each with its own checkpoint."""
