"""Probes, checks, duties, and the listener that tells of them."""
