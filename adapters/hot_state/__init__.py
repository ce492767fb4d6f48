"""Hot shared state, in this process or in Redis. Never a truth: see application/ports/hot_state."""
