"""Plain SQL files, applied in the order of their names. A released file is never edited."""
