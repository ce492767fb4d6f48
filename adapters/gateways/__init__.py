"""Gateways over HTTP, and one in this process. The port: application/ports/gateways.py."""
