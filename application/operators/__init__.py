"""The use cases of operators: who they are, and the keys that prove it."""
