"""Rules of the house that are tests: files that nothing else would notice."""
