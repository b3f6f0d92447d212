"""Directions and bases of the sequences of package rng, after its documentation. No packages."""

import base64
import math
import os
import re

from port import HERE


def sobol_directions(dims):
    """Those of Joe and Kuo, as rng/sobol_table.go packs them."""
    with open(os.path.join(HERE, "..", "rng", "sobol_table.go"), encoding="utf-8") as f:
        text = f.read()
    degrees = re.search(r"sobolDegrees = \[\.\.\.\]int\{([^}]*)\}", text)[1].split(",")
    packed = base64.b64decode("".join(re.findall(r'"([^"]*)"', text[text.index("const sobolTable") :])))
    bits, at = int.from_bytes(packed, "big"), 8 * len(packed)

    def take(n):
        nonlocal at
        at -= n
        return bits >> at & (1 << n) - 1

    yield [1 << 31 - b for b in range(32)]
    for degree, count in enumerate(map(int, degrees)):
        for _ in range(count):
            a = take(degree - 1) if degree > 1 else 0
            v = [(take(b) << 1 | 1) << 31 - b for b in range(degree)]
            for b in range(degree, 32):
                x = v[b - degree] ^ v[b - degree] >> degree
                for k in range(1, degree):
                    if a >> degree - 1 - k & 1:
                        x ^= v[b - k]
                v.append(x)
            yield v


def polynomials():
    """The first irreducible polynomial over the field of 2 elements of each degree from 1 on."""

    def rest(p, q):
        while p.bit_length() >= q.bit_length():
            p ^= q << p.bit_length() - q.bit_length()
        return p

    for k in range(1, 33):
        for p in range(1 << k, 2 << k):
            if irreducible(p, k, rest):
                yield p
                break


def irreducible(p, k, rest):
    """By Rabin: z^(2^k) = z modulo p, and z^(2^(k/q)) − z has no factor in common with p for a prime q of k."""

    def power(n):
        x = rest(2, p)
        for _ in range(n):
            x = rest(sum(1 << 2 * b for b in range(k) if x >> b & 1), p)
        return x

    def common(a, b):
        while b:
            a, b = b, rest(a, b)
        return a

    primes = [q for q in range(2, k + 1) if k % q == 0 and all(q % r for r in range(2, q))]
    return power(k) == rest(2, p) and all(common(p, power(k // q) ^ rest(2, p)) == 1 for q in primes)


def shuffled(v, b, k):
    """The directions of points whose last k bits are those of a·i."""
    p = [q for q, _ in zip(polynomials(), range(k))][-1]
    a, out = 1 + (b * ((1 << k) - 1) >> 64), [list(row) for row in v]
    for bit in range(min(k, 32)):
        for row, new in zip(v, out):
            new[bit] = 0
            for c in range(k):
                if a >> c & 1:
                    new[bit] ^= row[c]
        a <<= 1
        if a >> k:
            a ^= p
    return out


def bases(dims):
    """The first primes, and how many of their digits a coordinate has."""
    primes, candidate = [], 2
    while len(primes) < dims:
        if all(candidate % p for p in primes if p * p <= candidate):
            primes.append(candidate)
        candidate += 1
    for base in primes:
        places = int(52 / math.log2(base)) + 1
        while base**places > 2**52:
            places -= 1
        yield base, places
