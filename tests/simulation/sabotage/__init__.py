"""Planted bugs, each a function of the product replaced from outside: they prove that the oracle
would notice. `python -m tests.simulation.sabotage` searches for seeds that catch them."""
