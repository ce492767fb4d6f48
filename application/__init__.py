"""Use cases over ports: what Interlock does. Never imports a clock, a timer or a client library."""
