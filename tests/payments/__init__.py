"""The use cases of payments over memory adapters, scripted gateways and virtual time."""
