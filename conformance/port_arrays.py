"""The arithmetic of port.py on arrays of NumPy: numbers, sums, elementary functions and random draws, bit for bit."""

import os

import numpy as np

from port import PAGE, philox, words
from port_page import DOUBLE, SINGLE, Functions, Steps


def last_bit_odd(p, z):
    """p + z of float64, rounded to odd: the inexact sum's neighbour with an odd last bit."""
    s = p + z
    v = s - p
    e = (p - (s - v)) + (z - v)
    even = s.view(np.int64) & 1 == 0
    away = np.where((e > 0) == (s > 0), 1, -1)
    return np.where((e != 0) & (e == e) & even, (s.view(np.int64) + away).view(np.float64), s)


class Numbers:
    """Operations that round to one type, by the names that the steps of the page have for them."""

    def __init__(self, scalar):
        self.scalar, self.name, self.lanes, self.width = scalar, scalar.name, scalar.lanes, scalar.width
        self.dtype = np.dtype(scalar.name)
        self.unsigned, self.signed_type = np.dtype("u%d" % self.dtype.itemsize), np.dtype("i%d" % self.dtype.itemsize)

    def of(self, x):
        """x rounded to the type, as an array."""
        return np.atleast_1d(np.asarray(x)).astype(self.dtype)

    round = of

    def add(self, x, y):
        return np.add(x, y, dtype=self.dtype)

    def sub(self, x, y):
        return np.subtract(x, y, dtype=self.dtype)

    def mul(self, x, y):
        return np.multiply(x, y, dtype=self.dtype)

    def div(self, x, y):
        return np.divide(x, y, dtype=self.dtype)

    def sqrt(self, x):
        return np.sqrt(x, dtype=self.dtype)

    def fma(self, x, y, z):
        """The products must not be subnormal, nor so large that 2²⁷ times as much is none."""
        x, y, z = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, y, z)))
        if self.scalar is SINGLE:
            return last_bit_odd(x * y, z).astype(np.float32)
        # S. Boldo and G. Melquiond, whom the page names: x·y = high + low exactly, and the three
        # numbers are added with the smaller ones rounded to odd first.
        high = x * y
        (a, b), (c, d) = halves(x), halves(y)
        low = b * d - (((high - a * c) - b * c) - a * d)
        t, t_rest = two_sum(z, low)
        u, u_rest = two_sum(high, t)
        r = u + last_bit_odd(t_rest, u_rest)
        return np.where(np.isfinite(r) & (r != 0), r, high + z)

    def ldexp(self, p, n):
        whole = np.where(n == n, n, 0).astype(np.int64)
        return np.where(n == n, np.ldexp(self.of(p), whole), n).astype(self.dtype)

    def poly(self, z, *coefficients):
        p = coefficients[0]
        for c in coefficients[1:]:
            p = self.fma(p, z, c)
        return p

    def split(self, x):
        A = self.scalar
        small = x < A.smallest
        x = np.where(small, x * self.dtype.type(2.0**A.subnormal), x)
        beta = x.view(self.signed_type).astype(np.int64) - A.root_half
        k = (beta >> A.low) - np.where(small, A.subnormal, 0)
        m = (beta & (1 << A.low) - 1) + A.root_half
        return k.astype(self.dtype), m.astype(self.unsigned).view(self.dtype)

    def signed(self, m):
        """m mod 2^width as a signed integer, converted; m is uint64."""
        return m.astype(self.unsigned).view(self.signed_type).astype(self.dtype)

    def half_up(self, m):
        """m + ½, rounded once, over 2^width; m is uint64."""
        high, low = (m >> np.uint64(32)).astype(np.float64), (m & np.uint64(2**32 - 1)).astype(np.float64)
        return (high * 2.0**32 + (low + 0.5)).astype(self.dtype) / self.dtype.type(2.0**self.width)

    # Sums, along the last axis.

    def lanes_of(self, x):
        padded = np.zeros(x.shape[:-1] + (-(-x.shape[-1] // self.lanes) * self.lanes,), self.dtype)
        padded[..., : x.shape[-1]] = x
        return padded.reshape(x.shape[:-1] + (-1, self.lanes))

    def fold(self, lanes):
        while lanes.shape[-1] > 1:
            half = lanes.shape[-1] // 2
            lanes = self.add(lanes[..., :half], lanes[..., half:])
        return lanes[..., 0]

    def dot(self, x, y):
        x, y = self.lanes_of(x), self.lanes_of(y)
        shape = np.broadcast_shapes(x.shape, y.shape)
        acc = np.zeros(shape[:-2] + (self.lanes,), self.dtype)
        for i in range(shape[-2]):
            acc = self.fma(x[..., i, :], y[..., i, :], acc)
        return self.fold(acc)

    def total(self, x):
        x = self.lanes_of(x)
        acc = np.zeros(x.shape[:-2] + (self.lanes,), self.dtype)
        for i in range(x.shape[-2]):
            acc = self.add(acc, x[..., i, :])
        return self.fold(acc)

    def product(self, a, b, c=None):
        """a·bᵀ, or c + a·bᵀ: every element is one chain."""
        if a.shape[1] != b.shape[1]:
            raise ValueError("a matrix that reads %d numbers gets %d" % (b.shape[1], a.shape[1]))
        c = np.zeros((len(a), len(b)), self.dtype) if c is None else c
        for k in range(a.shape[1]):
            c = self.fma(a[:, k, None], b[None, :, k], c)
        return c

    def walsh_hadamard(self, x):
        n, h = x.shape[-1], 1
        while h < n:
            y = x.reshape(x.shape[:-1] + (n // (2 * h), 2, h))
            a, b = y[..., 0, :], y[..., 1, :]
            x = np.stack([self.add(a, b), self.sub(a, b)], axis=-2).reshape(x.shape)
            h *= 2
        return x


class Quick(Numbers):
    """float64 with products by BLAS and multiply-adds that round twice: not the bits, but fast."""

    def fma(self, x, y, z):
        return np.asarray(np.multiply(x, y, dtype=self.dtype) + z)

    def product(self, a, b, c=None):
        return self.of(a) @ self.of(b).T + (0 if c is None else c)


def halves(x):
    """x as a sum of two numbers with half as many digits (Dekker)."""
    t = 134217729.0 * x
    high = t - (t - x)
    return high, x - high


def two_sum(x, y):
    s = x + y
    v = s - x
    return s, (x - (s - v)) + (y - v)


SINGLES, DOUBLES, QUICK = Numbers(SINGLE), Numbers(DOUBLE), Quick(DOUBLE)


# Elementary functions.


def turn(values, n):
    return np.choose(np.where(n == n, n, 0).astype(np.int64) % 4, values)


def least(a, b):
    return np.where(np.less(a, b), a, b)


def most(a, b):
    return np.where(np.greater(a, b), a, b)


class ArraySteps(Steps):
    """Both branches of a choice are computed."""

    space = {"least": least, "most": most, "turn": turn, "copysign": np.copysign, "where": np.where}
    choose = "where({1}, {0}, {2})"


class ArrayFunctions(Functions):
    """Those of the page, of arrays."""

    compile = ArraySteps

    def log(self, A, x):
        y = self.steps["log", A.name].run(A, self, np.where((x > 0) & (x < np.inf), x, A.dtype.type(1)))[0]
        return np.select([x > np.finfo(A.dtype).max, x > 0, x == 0], [x, y, A.of(-np.inf)], A.of(np.nan))

    def log1p(self, A, x):
        y = self.steps["log1p", A.name].run(A, self, np.where((x > -1) & (x < np.inf), x, A.dtype.type(1)))[0]
        return np.select([x > np.finfo(A.dtype).max, x > -1, x == -1], [x, y, A.of(-np.inf)], A.of(np.nan))

    def sincos(self, A, x):
        x = A.of(x)
        small = np.abs(x) <= A.scalar.largest
        results = self.steps["sincos", A.name].run(A, self, np.where(small, x, A.dtype.type(0)))
        if not small.all():  # one by one, by the scalar port
            for k, v in zip(np.flatnonzero(~small), x[~small]):
                for r, value in zip(results, SCALAR.sincos(A.scalar, float(v))):
                    r.flat[k] = value
        return results

    def quantile(self, p):
        """Of float64 between 0 and 1."""
        A, q = DOUBLES, p - 0.5
        z = np.where(np.abs(q) <= 0.375, q, 0) ** 2
        a = self.rational.run(A, self, 0.140625 - z)[0]
        c, d = float.fromhex("0x1.40d931ff62706p+01"), float.fromhex("-0x1.a6a0d6f814637p-53")
        middle = A.fma(q, c, q * A.fma(z, a, d))
        l = -self.log(A, least(p, 1 - p))
        r = np.sqrt(l)
        e = A.fma(-r, r, l) / (2 * r)
        g = np.where(r < 5, self.rational.run(A, self, r - 1.4375)[1], self.rational.run(A, self, r - 5)[2])
        return np.where(np.abs(q) <= 0.375, middle, np.copysign(r + (g + e), q))


with open(PAGE, encoding="utf-8") as f:
    page = f.read()
SCALAR, ARRAYS = Functions(page), ArrayFunctions(page)


def scalar(name, x):
    """A function of one float64, or of a list of them."""
    y = getattr(ARRAYS, name)(DOUBLES, DOUBLES.of(x))
    return y if np.ndim(x) else float(y[0])


# Random numbers.


def in_pieces(n, step, draw):
    """draw(lo, hi) for pieces of 0 … n−1, one after the other: they stay in the caches."""
    parts = [draw(lo, min(lo + step, n)) for lo in range(0, n, step)]
    return np.concatenate(parts) if parts else np.zeros(0)


class Draws:
    """A substream of a seed, and those of substreams of it: elements start … start+n−1 of each distribution."""

    def __init__(self, seed, *path):
        self.seed, self.stream = seed, 0
        for use in path:
            low, high = philox(words(use) + words(self.stream), words(seed ^ 0x6E6E6B2E73756273))[:2]
            self.stream = high << 32 | low

    def blocks(self, first, n):
        """The words of n blocks, in groups of 16: (n/16, 4, 16)."""
        b = np.arange(first, first + n, dtype=np.uint64)
        low = np.uint64(2**32 - 1)
        counter = [b & low, b >> np.uint64(32)] + [np.full(n, w, np.uint64) for w in words(self.stream)]
        k0, k1 = words(self.seed)
        c0, c1, c2, c3 = counter
        for _ in range(10):
            u, v = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
            c0, c1, c2, c3 = v >> np.uint64(32) ^ c1 ^ np.uint64(k0), v & low, u >> np.uint64(32) ^ c3 ^ np.uint64(k1), u & low
            k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
        return np.stack([c0, c1, c2, c3]).reshape(4, -1, 16).transpose(1, 0, 2)

    def groups(self, A, start, n):
        """The numbers of the groups in which elements start … start+n−1 lie, and the first one's index."""
        size = 16 * 128 // A.width  # of a group
        first, last = start // size, -(-(start + n) // size)
        w = self.blocks(16 * first, 16 * (last - first))
        if A.width == 64:
            w = w[:, 0::2] | w[:, 1::2] << np.uint64(32)
        return w, size * first

    def numbers(self, A, start, n):
        """uint64 with as many random bits as the type has."""
        w, first = self.groups(A, start, n)
        return w.reshape(-1)[start - first :][:n]

    def words(self, start, n):
        return self.numbers(SINGLES, start, n)

    def pairs(self, start, n):
        return self.numbers(DOUBLES, start, n)

    def uniform(self, start, n):
        """In float64."""
        return (self.pairs(start, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def rademacher(self, A, start, n):
        first = start // 32
        w = self.words(first, -(-(start + n) // 32) - first)
        bits = w[:, None] >> np.arange(32, dtype=np.uint64) & np.uint64(1)
        return (1 - 2 * bits.reshape(-1)[start - 32 * first :][:n].astype(np.int64)).astype(A.dtype)

    def normal(self, A, start, n):
        return in_pieces(n, 1 << 15, lambda lo, hi: self.normals(A, start + lo, hi - lo)).astype(A.dtype)

    def normals(self, A, start, n):
        w, first = self.groups(A, start, n)
        w = w.reshape(-1, 2, 16)
        u, m = A.half_up(w[:, 0]), w[:, 1]
        q = ((m >> np.uint64(A.width - 3)) + np.uint64(1)) >> np.uint64(1)
        a = A.signed(m << np.uint64(2)) / A.dtype.type(2.0**A.width)
        z = ARRAYS.steps["normal", A.name].run(A, ARRAYS, u, a, q.astype(A.dtype))
        return np.stack(z, axis=1).reshape(-1)[start - first :][:n]

    def cauchy(self, A, start, n):
        w = self.numbers(A, start, n)
        a = A.signed((w << np.uint64(1)) + np.uint64(1)) / A.dtype.type(2.0**A.width)
        quarter = float.fromhex("0x1.921fb6p+00" if A is SINGLES else "0x1.921fb54442d18p+00")
        s, c = ARRAYS.sincos(A, A.mul(a, quarter))
        odd = ((w >> np.uint64(A.width - 2)) + np.uint64(1)) >> np.uint64(1) & np.uint64(1)
        return np.where(odd == 1, A.div(-c, s), A.div(s, c))

    def chi(self, A, start, n, d):
        def lengths(lo, hi):
            z = self.normal(A, (start + lo) * d, (hi - lo) * d).reshape(-1, d)
            return A.sqrt(A.dot(z, z))

        return in_pieces(n, 1 + (1 << 17) // d, lengths)

    def permutation(self, n):
        order = list(range(n))
        b = self.pairs(0, n)
        for i in range(n - 1, 0, -1):
            j = int(b[i]) * (i + 1) >> 64
            order[i], order[j] = order[j], order[i]
        return np.array(order)
