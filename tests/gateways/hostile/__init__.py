"""A gateway that does everything that gateways, proxies and networks were ever seen to do, and
keeps honest books of it: what really happened stands there before a byte is answered.

`python -m tests.gateways.hostile --books FILE` starts it. Nothing of the product is in it.
"""
