"""Rules of the house that are tests: what the whole tree keeps to, and what only people read."""
