"""Where read models live: PostgreSQL, or memory for simulations."""
