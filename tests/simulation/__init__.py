"""The whole orchestration under faults, on virtual time and one seed: same seed, same history."""
