"""A payment: its events, its states, and what may be decided. Pure functions only."""
