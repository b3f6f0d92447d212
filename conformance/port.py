#!/usr/bin/env python3
"""Another implementation of the arithmetic, made from the documents alone.

    python3 conformance/port.py [-v] [FUNCTION ...]

It knows asm/ARITHMETIC.md and conformance/README.md and nothing else: the steps of the
elementary functions are carried out as they stand on that page (port_page.py), the rest
is written down after its text, here and in port_fourier.py. The vectors that are about
these must give the same bits; a row for each set says how many cases there are and how
many differ. -v shows those that do; names restrict the sets. Python 3.8 or later, no
packages; with NumPy also projections, maps and models, by what model.py is made of.
"""

import hashlib
import os
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

from port_fourier import Fourier  # noqa: E402
from port_page import DOUBLE, SINGLE, Functions  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "asm", "ARITHMETIC.md")
VECTORS = os.path.join(HERE, "vectors")


# Sums.


def dot(A, x, y):
    lanes = [0.0] * A.lanes
    padding = [0.0] * (-len(x) % A.lanes)
    for i, (a, b) in enumerate(zip(x + padding, y + padding)):
        lanes[i % A.lanes] = A.fma(a, b, lanes[i % A.lanes])
    return fold(A, lanes)


def total(A, x):
    lanes = [0.0] * A.lanes
    for i, a in enumerate(x + [0.0] * (-len(x) % A.lanes)):
        lanes[i % A.lanes] = A.add(lanes[i % A.lanes], a)
    return fold(A, lanes)


def fold(A, lanes):
    w = A.lanes // 2
    while w:
        for j in range(w):
            lanes[j] = A.add(lanes[j], lanes[j + w])
        w //= 2
    return lanes[0]


def product(A, m, k, n, a, b):
    """a(i, q)·b(q, j), row by row."""
    out = []
    for i in range(m):
        for j in range(n):
            c = 0.0
            for q in range(k):
                c = A.fma(a(i, q), b(q, j), c)
            out.append(c)
    return out


def walsh_hadamard(A, x):
    x, h = list(x), 1
    while h < len(x):
        for i in range(len(x)):
            if not i & h:
                x[i], x[i + h] = A.add(x[i], x[i + h]), A.sub(x[i], x[i + h])
        h *= 2
    return x


# Random numbers.


def philox(c, k):
    (c0, c1, c2, c3), (k0, k1) = c, k
    for _ in range(10):
        u, v = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = v >> 32 ^ c1 ^ k0, v % 2**32, u >> 32 ^ c3 ^ k1, u % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


def words(v):
    return v % 2**32, v >> 32


class Stream:
    def __init__(self, F, A, seed, sub):
        self.F, self.A, self.seed = F, A, seed
        low, high = philox(words(sub) + words(0), words(seed ^ 0x6E6E6B2E73756273))[:2]
        self.stream = high << 32 | low

    def block(self, b):
        return philox(words(b) + words(self.stream), words(self.seed))

    def word(self, i):
        return self.block(16 * (i // 64) + i % 16)[i % 64 // 16]

    def pair(self, i):
        block = self.block(16 * (i // 32) + i % 16)
        p = i % 32 // 16
        return block[2 * p + 1] << 32 | block[2 * p]

    def number(self, i):
        return self.word(i) if self.A is SINGLE else self.pair(i)

    def uniform(self, i):
        if self.A is SINGLE:
            return (self.word(i) >> 8) * 2.0**-24
        return (self.pair(i) >> 11) * 2.0**-53

    def rademacher(self, i):
        return -1.0 if self.word(i // 32) >> i % 32 & 1 else 1.0

    def normal(self, i):
        A, second = self.A, i % 32 // 16
        n, m = self.number(i - 16 * second), self.number(i - 16 * second + 16)
        u = A.half_up(n)
        q = (m + 2 ** (A.width - 3)) >> (A.width - 2)
        a = A.signed(4 * m) / 2.0**A.width
        return self.F.steps["normal", A.name].run(A, self.F, u, a, q)[second]

    def exponential(self, i):
        u = (self.word(i) + 0.5) / 2.0**32 if self.A is SINGLE else self.A.half_up(self.pair(i))
        return self.A.round(0 - self.F.log(DOUBLE, u))

    def rayleigh(self, i):
        return self.A.sqrt(2 * self.exponential(i))

    def cauchy(self, i):
        A, w = self.A, self.number(i)
        a = A.signed(2 * w + 1) / 2.0**A.width
        s, c = self.F.sincos(A, A.mul(a, float.fromhex("0x1.921fb6p+00" if A is SINGLE else "0x1.921fb54442d18p+00")))
        odd = (w + 2 ** (A.width - 2) >> (A.width - 1)) % 2
        return A.div(-c, s) if odd else A.div(s, c)

    def chi(self, i, d):
        z = [self.normal(k) for k in range(i * d, i * d + d)]
        return self.A.sqrt(dot(self.A, z, z))


# Vectors.


def number(text):
    return float.fromhex(text) if "x" in text else float(text)


def numbers(text):
    return [] if text == "-" else [number(v) for v in text.split(",")]


class Case(dict):
    """The columns of a case by name, as text."""

    def floats(self, name):
        return numbers(self[name])

    def int(self, name):
        return int(self[name], 0)


def read(path):
    """The sets of a file: header and cases."""
    with open(path, encoding="utf-8") as f:
        first, *parts = f.read().rstrip("\n").split("\n\n")
    if first != "# nnk conformance vectors, format 1. Public domain (CC0).":
        raise ValueError("%s: %s" % (path, first))
    for head, cases in zip(parts[::2], parts[1::2]):
        header = dict(line.split(": ", 1) for line in head.split("\n"))
        columns = header["columns"].split()
        list_of = [Case(zip(columns, line.split(" "))) for line in cases.split("\n")]
        if len(list_of) != int(header["count"]):
            raise ValueError("%s: %d cases of %s" % (path, len(list_of), header["function"]))
        yield header, list_of


def check_sums():
    with open(os.path.join(VECTORS, "SHA256SUMS")) as f:
        for line in f:
            want, name = line.split()
            with open(os.path.join(VECTORS, name), "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() != want:
                    raise ValueError("%s has another SHA-256 than SHA256SUMS says" % name)


# What model.py computes, on arrays of NumPy.
MAPS = {"ortho.Rows", "ortho.Projection.Apply", "urf.Map.Phi", "bundle.Model"}


def implementation(name, A, F):
    """The function from a case to its results, or None."""
    package, _, rest = name.partition(".")
    elementary = {
        "Cos": "cos", "Erf": "erf", "Erfc": "erfc", "Exp": "exp", "Expm1": "expm1", "GELU": "gelu", "GELUTanh": "geluTanh", "Log": "log",
        "Log1p": "log1p", "SiLU": "silu", "Sigmoid": "sigmoid", "Sin": "sin", "Softplus": "softplus", "Tanh": "tanh",
    }  # fmt: skip
    if package == "asm" and rest in elementary:
        return lambda c: [getattr(F, elementary[rest])(A, number(c["x"]))]
    if package == "rng":
        draw = {
            "Uniform": Stream.uniform, "Rademacher": Stream.rademacher, "Normal": Stream.normal, "Exponential": Stream.exponential,
            "Rayleigh": Stream.rayleigh, "Cauchy": Stream.cauchy, "Chi": Stream.chi, "Stream.Words": lambda s, i: float(s.word(i)),
        }.get(rest)  # fmt: skip

        def drawn(c):
            s, start = Stream(F, A, c.int("seed"), c.int("sub")), c.int("start")
            more = [c.int("d")] if "d" in c else []
            return [draw(s, i, *more) for i in range(start, start + c.int("n"))]

        if draw:
            return drawn

    def multiply(c, b_of):
        m, k, n = c.int("m"), c.int("k"), c.int("n")
        a, b = c.floats("a"), c.floats("b")
        return product(A, m, k, n, lambda i, q: a[i * k + q], lambda q, j: b_of(b, k, n, q, j))

    def vector(c):
        m, k, a, x = c.int("m"), c.int("k"), c.floats("a"), c.floats("x")
        return product(A, m, k, 1, lambda i, q: a[i * k + q], lambda q, j: x[q])

    def gram(c):
        m, n, a = c.int("m"), c.int("n"), c.floats("a")
        return product(A, n, m, n, lambda i, q: a[q * n + i], lambda q, j: a[q * n + j])

    if name in MAPS:
        try:
            import port_vectors
        except ImportError:  # no NumPy
            return None
        return lambda c: port_vectors.compute(name, A.name, c)

    fourier = Fourier(A)

    def transform(c, inverse):
        x = list(zip(c.floats("re"), c.floats("im")))
        y = fourier.transform(x, A.div(1.0, float(len(x))) if inverse else 1.0, inverse)
        return [re for re, im in y] + [im for re, im in y]

    def real(c):
        y = fourier.real(c.floats("x"))
        return [re for re, im in y] + [im for re, im in y]

    return {
        "asm.FMA": lambda c: [A.fma(number(c["x"]), number(c["y"]), number(c["z"]))],
        "asm.Dot": lambda c: [dot(A, c.floats("x"), c.floats("y"))],
        "asm.Sum": lambda c: [total(A, c.floats("x"))],
        "asm.SumSquares": lambda c: [dot(A, c.floats("x"), c.floats("x"))],
        "rng.NormalQuantile": lambda c: [F.quantile(A, number(c["x"]))],
        "asm.Philox4x32": lambda c: [float(w) for w in philox(map(int, c.floats("counter")), map(int, c.floats("key")))],
        "mat.Mul": lambda c: multiply(c, lambda b, k, n, q, j: b[q * n + j]),
        "mat.MulT": lambda c: multiply(c, lambda b, k, n, q, j: b[j * k + q]),
        "mat.MulVec": vector,
        "mat.Gram": gram,
        "fft.FWHT": lambda c: walsh_hadamard(A, c.floats("x")),
        "fft.Plan.Forward": lambda c: transform(c, False),
        "fft.Plan.Inverse": lambda c: transform(c, True),
        "fft.RealPlan.Forward": real,
        "fft.DCTPlan.II": lambda c: fourier.cosine2(c.floats("x")),
        "fft.DCTPlan.III": lambda c: fourier.cosine3(c.floats("x")),
    }.get(name)


def same(A, got, want):
    return len(got) == len(want) and all(g != g and w != w or A.bits(g) == A.bits(w) for g, w in zip(got, want))


def main(arguments):
    show = "-v" in arguments
    chosen = [a for a in arguments if a != "-v"]
    check_sums()
    with open(PAGE, encoding="utf-8") as f:
        F = Functions(f.read())
    cases_all = failed_all = 0
    missing, unknown = set(), set(chosen)
    for file in sorted(os.listdir(VECTORS)):
        if not file.endswith(".txt"):
            continue
        for header, cases in read(os.path.join(VECTORS, file)):
            name, A = header["function"], SINGLE if header["type"] == "float32" else DOUBLE
            if chosen and name not in chosen:
                continue
            unknown.discard(name)
            f = implementation(name, A, F)
            if f is None:
                missing.add(name)
                continue
            failed = 0
            for c in cases:
                want = numbers(c["want"] if c["bits"] == "=" else c["bits"])
                got = f(c)
                if not same(A, got, want):
                    failed += 1
                    if show:
                        print("%s %s case %s: got %s, want %s" % (name, A.name, c["id"], *(",".join(map(float.hex, v)) for v in (got, want))))
            print("%-22s %s  %4d cases  %4d differ" % (name, A.name, len(cases), failed))
            cases_all, failed_all = cases_all + len(cases), failed_all + failed
    print("%d cases, %d differ" % (cases_all, failed_all))
    if missing:
        print("Not on the page: " + ", ".join(sorted(missing)))
    if unknown:
        print("No vectors of " + ", ".join(sorted(unknown)))
    return 1 if failed_all or unknown or cases_all == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
