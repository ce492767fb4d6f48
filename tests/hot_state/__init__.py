"""Tests of hot state: one contract, in this process and in Redis."""
