"""Tests of clocks, ids, chance, waiting and turns."""
