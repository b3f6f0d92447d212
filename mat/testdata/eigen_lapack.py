#!/usr/bin/env python3
"""Writes eigen_lapack.txt: LAPACK's eigenvalues of symmetric matrices that are hard.

    python3 mat/testdata/eigen_lapack.py > mat/testdata/eigen_lapack.txt

A line is a family, n, a seed, and the n eigenvalues, ascending, in hexadecimal. The
matrices are exact, so that eigen_hard_test.go makes the same ones. Needs
python3-scipy; the values are those of dsyev (tridiagonal QL and QR).
"""
import math

import numpy as np
from scipy.linalg import lapack

MASK = (1 << 64) - 1


def number(seed, i, j):
    """An integer from −2¹⁹ to 2¹⁹ − 1: SplitMix64's mixing of its arguments."""
    z = ((seed << 40) + (i << 20) + j) * 0x9E3779B97F4A7C15 & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return ((z ^ z >> 31) >> 44) - (1 << 19)


def gram(n, rank, seed):
    f = [[number(seed, i, k) for k in range(n)] for i in range(rank)]
    return lambda i, j: float(sum(row[i] * row[j] for row in f))


def element(family, n, seed):
    """The element (i, j), j ≤ i, of a family as a function."""
    full = lambda i, j: float(number(seed, i, j))
    grade = 1 + seed % 9
    base, _, scale = family.partition("*2^")
    if scale:
        of = element(base, n, seed)
        return lambda i, j: math.ldexp(of(i, j), int(scale))
    return {
        "full": full,
        "zero": lambda i, j: 0.0,
        "ones": lambda i, j: 1.0,
        "diagonal": lambda i, j: full(i, i) if i == j else 0.0,
        "gram": gram(n, 1 + seed % max(n // 8, 7), seed),
        "shifted gram": lambda i, j, g=gram(n, 2, seed): math.ldexp(g(i, j), -74) + (i == j),
        "kernel": lambda i, j: math.ldexp(1.0, -((i - j) ** 2 // (1 + seed))),
        "graded down": lambda i, j: math.ldexp(full(i, j), -grade * (i + j)),
        "graded up": lambda i, j: math.ldexp(full(i, j), grade * (i + j - 2 * n)),
        "hill": lambda i, j: math.ldexp(full(i, j), grade * (min(i, n - 1 - i) + min(j, n - 1 - j) - n // 2 * 2)),
        "shuffled": lambda i, j: math.ldexp(full(i, j), -grade * (7 * i % n + 7 * j % n)),
        "wilkinson": lambda i, j: abs(i - (n - 1) / 2) if i == j else float(i == j + 1),
        "difference": lambda i, j: 2.0 if i == j else -float(i == j + 1),
        "hilbert": lambda i, j: 1 / (i + j + 1),
        "blocks": lambda i, j: math.ldexp(full(i, j), -300 * (i // 3)) if i // 3 == j // 3 else 0.0,
    }[base]


def main():
    small, sizes = (1, 2, 3), (5, 12, 24)
    cases = [(f, n) for f in ("full", "gram", "graded down", "graded up") for n in small]
    cases += [(f, n) for f in ("full", "diagonal", "gram", "shifted gram", "kernel", "graded down", "graded up",
                               "hill", "shuffled", "wilkinson", "hilbert") for n in sizes]
    cases += [(f, 9) for f in ("zero", "ones", "difference", "blocks", "full*2^500", "full*2^-520", "gram*2^500", "gram*2^-520",
                               "graded down*2^500", "graded up*2^-520", "full*2^1000", "gram*2^-1090")]
    for k, (family, n) in enumerate(cases):
        of = element(family, n, k)
        a = np.array([[of(max(i, j), min(i, j)) for j in range(n)] for i in range(n)])
        values, _, info = lapack.dsyev(a, lower=1)
        assert info == 0
        print(f"{family},{n},{k},{' '.join(float(v).hex() for v in values)}")


main()
