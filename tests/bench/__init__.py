"""The benchmark: payments a second and their answer times, by every way in, and where time goes."""
