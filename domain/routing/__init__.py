"""Which gateway is asked first, and why: pure ranking of candidates."""
