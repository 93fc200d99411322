"""Randomness by key: (seed, stream, week, row, draw).

A draw is a hash of its key, not the next number of a sequence. No stream can
disturb another, the order of calls does not matter, and a row (a leg, a pilot,
a line of an order book) is keyed by its name: adding or barring one leaves the
luck of all others as it was. The hash is the finaliser of splitmix64
(Steele, Lea & Flood 2014), chained over the parts of the key.
"""

from __future__ import annotations

import math
import zlib

import numpy as np

from sim.engine.compiled import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0  # 2**-53
# Streams: one per named decision. New ones go at the end.
SETUP, SPLIT, SEIZURE, FATE, CREW, CRASH, AVAILABLE, CAREER, MATCH = range(9)
EXPANSION, TERRITORY, PATROL = range(9, 12)


@kernel
def mix(key, part):
    """Chain one more part into a key and scramble it."""
    z = (key ^ np.uint64(part)) + _GOLDEN
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@kernel
def stream_key(seed, stream, week):
    """Return the key of a stream in a week."""
    return mix(mix(np.uint64(seed), stream), week)


@kernel
def unit(key):
    """Return a scrambled key as a number, uniform on [0, 1)."""
    return float(key >> _S11) * _UNIT


@kernel
def uniform(key, row, draw):
    """Return draw number ``draw`` of ``row``: uniform on [0, 1)."""
    return unit(mix(mix(key, row), draw))


@kernel
def normal(key):
    """Return a standard normal draw (Box & Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - unit(mix(key, 0))))
    return radius * math.cos(2.0 * math.pi * unit(mix(key, 1)))


@kernel
def uniforms(seed, stream, rows):
    """Return a number uniform on [0, 1) for each row."""
    out = np.empty(rows.size)
    key = stream_key(seed, stream, 0)
    for i in range(rows.size):
        out[i] = uniform(key, rows[i], 0)
    return out


@kernel
def log_normal(seed, stream, rows, log_width):
    """Return exp(width x standard normal) for each row (Box & Muller 1958)."""
    out = np.empty(rows.size)
    key = stream_key(seed, stream, 0)
    for i in range(rows.size):
        out[i] = math.exp(log_width * normal(mix(key, rows[i])))
    return out


def name_key(name: str) -> int:
    """Return a stable number for a name, used as the row of its draws."""
    return zlib.crc32(name.encode())


def replicate_seed(seed: int, replicate: int) -> int:
    """Return the seed of one replicate; neighbours share nothing."""
    with np.errstate(over="ignore"):
        key = stream_key(seed, 0x5EED, replicate)
    return int(key) >> 1
