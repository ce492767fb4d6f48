"""Starts and stops the server that comes in a wheel: PostgreSQL.

Knows processes, folders and sockets only. Must not know what is stored in a server.
"""
