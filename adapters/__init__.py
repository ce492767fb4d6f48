"""Implementations of the ports: stores, gateways, clocks, servers."""
