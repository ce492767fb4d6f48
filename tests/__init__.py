"""Tests; the sub-folders follow the subjects of the code."""
