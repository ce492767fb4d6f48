"""Who may send commands: merchants and the keys that prove it."""
