"""Starts and stops the servers that come in wheels: PostgreSQL and Valkey.

Knows processes, folders and sockets only. Must not know what is stored in a server.
"""
