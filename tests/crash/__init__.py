"""Real processes that are killed, and real wires that break, under load. Judged by the books."""
