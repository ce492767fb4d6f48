"""Mutation testing: small bugs planted one by one in a copy of a module in memory, each of which
some test must notice. Never writes to the code under test.

A tool of the project's own, for mutmut 3 mutates functions only and rewrites the tree: half of the
domain is tables and constants at module level, and other tests read the sources.
"""
