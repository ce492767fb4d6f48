"""The tables that say which versions of the read models there are. Never edited once released."""
