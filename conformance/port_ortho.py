"""Random projections from their texts, after the documentation of packages rng, rng/ortho and mat."""

import base64
import math
import re

import numpy as np

from port_arrays import ARRAYS, DOUBLES, Draws
from port_sequences import bases, shuffled, sobol_directions

USE = 0x6F727468 << 32  # package rng/ortho in the table of streams
ELEMENTS, LENGTHS, SIGNS, WEIGHTS, HALTON, SOBOL, SHUFFLE, COLUMNS, SUPPORTS = range(USE, USE + 9)
KINDS = ["iid", "hadamard", "block", "sobol", "halton", "simplex", "sparse", "pursuit"]


def fields(text, form):
    """The kind and the fields of kind(key=value,…)."""
    found = re.fullmatch(r"([a-z0-9-]+)\(([^()]*)\)", text)
    if not found:
        raise ValueError("%.100s: want %s" % (text, form))
    list_of = [f.partition("=") for f in found[2].split(",")] if found[2] else []
    values = {key: value for key, sign, value in list_of}
    if len(values) != len(list_of) or not all(sign for key, sign, value in list_of):
        raise ValueError("%.100s: a key stands twice or has no value" % text)
    return found[1], values


class Projection:
    """G of m rows, or the selected ones, and d columns."""

    def __init__(self, text, A, **changed):
        self.kind, values = fields(text, "kind(seed=…,m=…,d=…)")
        if self.kind not in KINDS:
            raise ValueError("unknown kind of projection %.60s" % self.kind)
        values = {"seed": "0", "rounds": "0", "norm": "chi", **values, **changed}
        pursuit = {"atoms", "terms", "base", "codes"} if self.kind == "pursuit" else set()
        unknown = set(values) - {"seed", "m", "d", "rounds", "norm", "select"} - pursuit
        if unknown:
            raise ValueError("projection %s: unknown key %.60s" % (self.kind, min(unknown)))
        if values["norm"] not in ("chi", "sqrt"):
            raise ValueError("projection %s: unknown norm %.60s" % (self.kind, values["norm"]))
        self.A, self.text = A, text
        self.seed, self.m, self.d, self.rounds = (int(values[key]) for key in ("seed", "m", "d", "rounds"))
        self.rounds = self.rounds or (4 if self.d < 64 else 3)
        self.sqrt = values["norm"] == "sqrt"
        self.select = [int(v) for v in values["select"].split("+")] if "select" in values else list(range(self.m))
        self.p = max(64, 1 << (self.d - 1).bit_length()) if self.kind == "hadamard" else self.d
        self.repeated = self.p // self.d * self.d
        if not self.m or not self.d or not 1 <= self.rounds <= 4 or sorted(set(self.select)) != self.select or not 0 <= self.select[0] <= self.select[-1] < self.m:
            raise ValueError("projection %.200s: sizes, rounds or selection are out of range" % text)
        if pursuit:
            self.read_codes(*(values.get(key, "0") for key in ("atoms", "terms", "base", "codes")))

    def make(self):
        """Draws what apply needs."""
        if self.kind == "hadamard":
            self.scales, self.diagonals = self.unit_lengths(), [self.diagonal(r) for r in range(self.rounds)]
        else:
            make = {"iid": self.normal, "block": self.blocks, "simplex": self.blocks, "sobol": self.sequence, "halton": self.sequence, "sparse": self.sparse, "pursuit": self.pursuit}[self.kind]
            self.g = make()[self.select]
        return self

    def of(self, v):
        """What belongs to the rows: of one number for each row of the whole projection."""
        return v[self.select]

    def apply(self, N, x):
        """x·Gᵀ with the operations of N."""
        if self.kind != "hadamard":
            return N.product(x, self.g)
        return structured(N, x, self.p, self.diagonals, self.of(self.scales), self.select)

    def row_squares(self):
        """‖g‖² of the rows."""
        g = self.g if self.kind != "hadamard" else self.of(self.rows())
        return self.A.dot(g, g)

    def rows(self):
        """All rows of kind Hadamard."""
        A, parts = self.A, []
        for b, first in enumerate(self.diagonals[0]):
            t = A.walsh_hadamard(np.eye(self.p, dtype=A.dtype))
            for d in self.diagonals[:0:-1]:
                t = A.walsh_hadamard(A.mul(t, d[b]))
            t = A.mul(t[:, : self.repeated], first).reshape(self.p, -1, self.d)
            scales = self.scales[b * self.p :][: self.p]
            g = np.zeros((len(scales), self.d), A.dtype)
            for k in range(t.shape[1]):
                g = A.fma(scales[:, None], t[: len(scales), k], g)
            parts.append(g)
        return np.concatenate(parts)

    # Kinds that are stored.

    def normal(self):
        return Draws(self.seed, ELEMENTS).normal(self.A, 0, self.m * self.d).reshape(self.m, self.d)

    def sparse(self):
        A, g = self.A, self.normal()
        for i, row in enumerate(g):
            q = 1 + i % 4
            if q == 4 or q >= self.d:
                continue
            order = Draws(self.seed, SUPPORTS, i).permutation(self.d)
            row[order[:q]] = A.mul(row[order[:q]], A.of((4.0 if i % 8 == 4 else 1.0) * math.sqrt(self.d / q)))
            row[order[q:]] = 0
        return g

    def read_codes(self, atoms, terms, base, codes):
        """The terms of each row, (atom, ±1, exponent), and the offsets."""
        self.atoms, count, self.base = int(atoms), int(terms), int(base)
        index = self.atoms.bit_length() - 1
        data = base64.urlsafe_b64decode(codes + "=" * (-len(codes) % 4))
        bits, width = int.from_bytes(data, "little"), count * (index + 5) + 8
        if self.atoms != 1 << index or not 1 <= count <= min(self.atoms, 64) or abs(self.base) > 127 or 8 * len(data) - self.m * width not in range(8) or bits >> self.m * width:
            raise ValueError("projection %.200s: atoms, terms, base or codes are out of range" % self.text)

        def take(n):
            nonlocal bits
            v, bits = bits & (1 << n) - 1, bits >> n
            return v

        self.terms, self.offsets = [], []
        for _ in range(self.m):
            row = [(take(index), take(1), take(4)) for _ in range(count)]
            if any(a[0] >= b[0] for a, b in zip(row, row[1:])):
                raise ValueError("projection %.200s: atoms do not ascend" % self.text)
            self.terms.append(row)
            self.offsets.append(take(8))

    def pursuit(self):
        A, g = self.A, np.zeros((self.m, self.d), self.A.dtype)
        text = "hadamard(seed=%d,m=%d,d=%d,norm=sqrt)" % (self.seed, self.atoms, self.d)
        atoms = Projection(text, A).make().rows()
        quarter = [1.0, float.fromhex("0x1.306fe0a31b715p+0"), math.sqrt(2), float.fromhex("0x1.ae89f995ad3adp+0")]
        for row, terms in zip(g, self.terms):
            for atom, negative, exponent in terms:
                q = self.base + exponent
                f = A.of(math.ldexp(quarter[q & 3], q >> 2))
                row[:] = A.fma(-f if negative else f, atoms[atom], row)
        return g

    def lengths(self):
        if self.sqrt:
            return np.full(self.m, math.sqrt(self.p))
        return Draws(self.seed, LENGTHS).chi(DOUBLES, 0, self.m, self.p)

    def blocks(self):
        A, d, lengths, parts = self.A, self.d, self.lengths(), []
        simplex = self.kind == "simplex" and d != 2
        for b in range(-(-self.m // d)):
            kept = min(d, self.m - b * d)
            n = d if simplex else kept
            rows = orthonormal(A, Draws(self.seed, ELEMENTS).normal(A, b * d * d, n * d).reshape(n, d))
            long = lengths[b * d :][:kept]
            parts.append(self.vertices(rows, long) if simplex else A.mul(rows, A.of(long)[:, None]))
        return np.concatenate(parts)

    def vertices(self, rows, long):
        A, n = self.A, float(self.d - 1)
        if n == 0:
            return A.mul(rows, A.of(long)[:, None])
        total, out = np.zeros(self.d, A.dtype), []
        for row in rows[:-1]:
            total = A.fma(1, row, total)
        for j, length in enumerate(long):
            if j == self.d - 1:
                out.append(A.mul(total, A.of(length / math.sqrt(n))))
            else:
                s = A.mul(total, A.of(-length * (math.sqrt(n + 1) + 1) / (n * math.sqrt(n))))
                out.append(A.fma(A.of(length * math.sqrt((n + 1) / n)), rows[j], s))
        return np.stack(out)

    def sequence(self):
        order = np.arange(self.d)
        if self.kind == "halton":
            u = halton(self.d, self.m, Draws(self.seed, HALTON))
        else:
            least = 2 + (self.d - 1).bit_length()
            parts = []
            for g, at in enumerate(range(0, self.d, 1024)):
                shuffle = Draws(self.seed, SHUFFLE, g) if g or self.m < 1 << least else None
                k = max(least, (self.m - 1).bit_length())
                parts.append(sobol(min(1024, self.d - at), self.m, Draws(self.seed, SOBOL, g), shuffle, k))
            u = np.concatenate(parts, axis=1)
            order = Draws(self.seed, COLUMNS).permutation(self.d)
        out = np.empty((self.m, self.d), self.A.dtype)
        out[:, order] = ARRAYS.quantile(u)
        return out

    # Kind Hadamard.

    def unit_lengths(self):
        unit = 1.0
        for _ in range(self.rounds):
            unit /= math.sqrt(self.p)
        return self.A.of(self.lengths() * unit)

    def diagonal(self, r):
        """A row for each block."""
        blocks, wide = -(-self.m // self.p), self.repeated if r == 0 else self.p
        if r or self.repeated == self.d:
            return Draws(self.seed, SIGNS, r).rademacher(self.A, 0, blocks * self.p).reshape(blocks, self.p)[:, :wide]
        n = Draws(self.seed, WEIGHTS).normal(DOUBLES, 0, blocks * self.p).reshape(blocks, self.p)[:, :wide]
        n = n.reshape(blocks, -1, self.d)
        squares = np.zeros((blocks, self.d))
        for k in range(n.shape[1]):
            squares = DOUBLES.fma(n[:, k], n[:, k], squares)
        return self.A.of(n / np.sqrt(squares)[:, None]).reshape(blocks, wide)


def structured(N, x, p, diagonals, scales, select):
    """scales·H·D_r·…·H·D_0 of the rows of x, repeated: of all blocks, then the selected rows of them."""
    wide = diagonals[0].shape[1]
    t = np.zeros((len(x), len(diagonals[0]), p), N.dtype)
    t[..., :wide] = N.mul(np.tile(x, wide // x.shape[1])[:, None], diagonals[0])
    t = N.walsh_hadamard(t)
    for d in diagonals[1:]:
        t = N.walsh_hadamard(N.mul(t, d))
    return N.mul(t.reshape(len(x), -1)[:, select], scales)


# QR, as package mat documents it.


def orthonormal(A, g):
    """The rows of Qᵀ for g = Aᵀ."""
    v, n = g.copy(), len(g)
    taus, starts = np.zeros(n, A.dtype), range(0, n, 32)
    factors = {}
    for lo in starts:
        hi = min(lo + 32, n)
        for i in range(lo, hi):
            x = v[i, i:]
            taus[i] = reflect(A, x)
            beta, x[0] = x[0], 1
            if i + 1 < hi:
                s = A.mul(-taus[i], A.dot(x[None], v[i + 1 : hi, i:]))
                v[i + 1 : hi, i:] = A.fma(s[:, None], x, v[i + 1 : hi, i:])
            x[0] = beta
        factors[lo] = block_factor(A, v[lo:hi, lo:], taus[lo:hi])
        if hi < n:
            v[hi:, lo:] = through(A, v[hi:, lo:], *factors[lo])
    q = np.eye(n, g.shape[1], dtype=A.dtype)
    for lo in reversed(starts):
        w, t = factors[lo]
        q[lo:, lo:] = through(A, q[lo:, lo:], w, t.T)
    return np.where(np.signbit(np.diagonal(v))[:, None], -q, q)


def reflect(A, x):
    """Replaces x by (β, v[1:]), returns τ."""
    top = np.abs(x[1:]).max(initial=0)
    if top == 0:
        return 0
    e = math.frexp(float(max(top, abs(x[0]))))[1]
    x *= A.dtype.type(2.0**-e)
    alpha = x[0]
    norm = math.sqrt(A.fma(alpha, alpha, A.dot(x[1:], x[1:])))
    beta = A.dtype.type(-math.copysign(norm, alpha))
    x[1:] *= 1 / (alpha - beta)
    x[0] = beta * A.dtype.type(2.0**e)
    return (beta - alpha) / beta


def block_factor(A, v, taus):
    """The reflectors of a block with their ones and zeros, and −T."""
    n = len(v)
    w, t = np.triu(v), np.zeros((n, n), A.dtype)
    np.fill_diagonal(w, 1)
    for j in range(n):
        t[j, j] = -taus[j]
        if j:
            z = A.add(w[:j, j], A.dot(w[:j, j + 1 :], w[j, j + 1 :][None]))
            c = np.zeros(j, A.dtype)
            for k in range(j):  # rows i ≤ k: before, t is 0
                c = A.fma(t[:j, k], z[k], c)
            t[:j, j] = A.mul(c, -taus[j])
    return w, t


def through(A, c, w, t):
    """c·(I − Wᵀ·T·W): W has the reflectors as rows and t is −T."""
    return A.product(A.product(A.product(c, w), t.T), w.T, c)


# Sequences.


def sobol(dims, n, scramble, shuffle, k):
    v = [row for row, _ in zip(sobol_directions(dims), range(dims))]
    if shuffle:
        v = shuffled(v, int(shuffle.pairs(0, 1)[0]), k)
    i = np.arange(n, dtype=np.uint64)
    x = np.zeros((n, dims), np.uint32)
    for b in range(32):
        direction = np.array([row[b] for row in v], np.uint32)
        x ^= np.where((i >> np.uint64(b) & np.uint64(1))[:, None] == 1, direction, np.uint32(0))
    key = scramble.words(0, 8 * dims).astype(np.uint32).reshape(dims, 8)
    x = reverse(x)
    for r, c in enumerate([0x487ED510, 0x0B4611A6, 0x2633145C, 0x06E0E688]):
        x = (x + key[:, 2 * r]) * (key[:, 2 * r + 1] | np.uint32(1))
        x ^= x * np.uint32(c)
    return (reverse(x) + 0.5) * 2.0**-32


def reverse(x):
    """The bits of 32 in the other order."""
    y = np.zeros_like(x)
    for b in range(32):
        y |= (x >> np.uint32(b) & np.uint32(1)) << np.uint32(31 - b)
    return y


def halton(dims, n, scramble):
    out, i = np.empty((n, dims)), np.arange(n, dtype=np.uint64)
    for j, (base, places) in enumerate(bases(dims)):
        w = scramble.words(128 * j, 2 * places)
        x, rest = np.zeros(n, np.uint64), i
        for k in range(places):
            a, c = 1 + (int(w[2 * k]) * (base - 1) >> 32), int(w[2 * k + 1]) * base >> 32
            t, rest = rest % np.uint64(base), rest // np.uint64(base)
            x = x * np.uint64(base) + (np.uint64(a) * t + np.uint64(c)) % np.uint64(base)
        out[:, j] = (x.astype(np.float64) + 0.5) / float(base**places)
    return out
