"""Seeded chance: every draw is a hash of (seed, gateway, key), so the order of requests is nothing.

Must not keep state: the same arguments give the same draws in any process at any time.
"""

from dataclasses import dataclass
from hashlib import blake2b
from math import exp
from statistics import NormalDist
from struct import unpack

JITTER_SIGMA = 0.35
JITTER_FACTOR_MAX = 10.0
_NORMAL = NormalDist()
_FLOAT_BITS = 53
_UNIT = 1.0 / (1 << _FLOAT_BITS)
_QUANTILE_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Draws:
    """Five independent uniform numbers in [0, 1) for one send."""

    success: float
    failure: float
    decline: float
    latency: float
    weather: float


def draws_for(seed: int, gateway: str, key: str, send: int = 0) -> Draws:
    """The draws of one key at one gateway; ``send`` tells repeats apart where that is wanted.

    The parts are joined by NUL, which none of them can hold, so no two keys share a digest.
    """
    material = f"{seed}\0{gateway}\0{key}\0{send}".encode()
    words = unpack(">5Q", blake2b(material, digest_size=40).digest())
    return Draws(*((word >> (64 - _FLOAT_BITS)) * _UNIT for word in words))


def latency_ms(base_ms: float, draw: float) -> float:
    """A log-normal answer time with median ``base_ms``, at most ten times the median."""
    edged = min(max(draw, _QUANTILE_EDGE), 1.0 - _QUANTILE_EDGE)
    return base_ms * min(exp(JITTER_SIGMA * _NORMAL.inv_cdf(edged)), JITTER_FACTOR_MAX)
