"""Routing as the payments need it: a ranked order with its reasons."""
