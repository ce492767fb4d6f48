"""The outside: HTTP, command line, workers, settings and the one composition of it all."""
