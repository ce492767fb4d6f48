"""Notices of gateways: proven to be theirs (signature.py), read (reading.py), kept (receive.py)."""
