#!/usr/bin/env python3
"""Checks the conformance vectors with mpmath, independently of the Go source.

    python3 conformance/gen/check_mpmath.py [conformance/vectors]

For every case: want + rest*ulp(want) must be the exact result to 2^-50 ulp, and want
its rounding to nearest. Needs python3-mpmath.
"""
import hashlib
import math
import os
import sys

from mpmath import mp, mpf

mp.prec = 420
FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "vectors")


def numbers(text):
    if text == "-":
        return []
    return [float.fromhex(t) if "x" in t or t[-1] in "fn" else float(t) for t in text.split(",")]


def ulp(v, typ):
    bits, bottom = (24, -149) if typ == "float32" else (53, -1074)
    if v == 0 or math.isinf(v):
        return mpf(2) ** bottom
    return mpf(2) ** max(math.frexp(v)[1] - bits, bottom)


class Case:
    def __init__(self, columns, line, head):
        self.fields = dict(zip(columns, line.split(" ")))
        self.head = head
        assert len(self.fields) == len(line.split(" ")), line

    def text(self, name):
        return self.fields[name]

    def floats(self, name):
        return numbers(self.fields[name])

    def mpfs(self, name):
        return [mpf(v) for v in self.floats(name)]

    def int(self, name):
        return int(self.fields[name], 0)

    def float(self, name):
        return self.floats(name)[0]

    def matrix(self, name, cols):
        v = self.mpfs(name)
        n = self.int(cols)
        return [v[i : i + n] for i in range(0, len(v), n)]


INF, NAN = mp.inf, mp.nan


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def erfc(x):
    return mpf(2 if x < 0 else 0) if abs(x) > 60 else mp.erfc(x)


def ncdf(x):
    return erfc(-x / mp.sqrt(2)) / 2


def npdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def inner(x):
    return mp.sqrt(2 / mp.pi) * (x + mpf(44715) / 1000000 * x**3)


def gelu_tanh_slope(x):
    u = inner(x)
    du = mp.sqrt(2 / mp.pi) * (1 + 3 * mpf(44715) / 1000000 * x**2)
    return sigmoid(2 * u) + 2 * x * du * sigmoid(2 * u) * sigmoid(-2 * u)


def hard_sigmoid(x):
    return min(max(x + 3, mpf(0)), mpf(6)) / 6


def log(x):
    return NAN if x < 0 else -INF if x == 0 else mp.log(x)


def log1p(x):
    return NAN if x < -1 else -INF if x == -1 else mp.log1p(x)


def wide(f):
    """f with as many bits more as its argument has: for cancellation and reduction."""

    def g(x):
        with mp.workprec(mp.prec + 2300):
            y = f(x)
        return y

    return g


# name: function of a finite x, value at +inf, -inf, nan
ONE = {
    "asm.Exp": (mp.exp, INF, 0, NAN),
    "asm.Expm1": (mp.expm1, INF, -1, NAN),
    "asm.Log": (log, INF, NAN, NAN),
    "asm.Log1p": (log1p, INF, NAN, NAN),
    "asm.Sin": (wide(mp.sin), NAN, NAN, NAN),
    "asm.Cos": (wide(mp.cos), NAN, NAN, NAN),
    "asm.Tanh": (mp.tanh, 1, -1, NAN),
    "asm.Erf": (mp.erf, 1, -1, NAN),
    "asm.Erfc": (erfc, 0, 2, NAN),
    "asm.Sigmoid": (sigmoid, 1, 0, NAN),
    "asm.SiLU": (lambda x: x * sigmoid(x), INF, 0, NAN),
    "asm.GELU": (lambda x: x * ncdf(x), INF, 0, NAN),
    "asm.GELUTanh": (lambda x: x * sigmoid(2 * inner(x)), INF, 0, NAN),
    "asm.Softplus": (softplus, INF, 0, NAN),
    "urf.Eval(none)": (lambda x: x, INF, -INF, NAN),
    "urf.Eval(relu)": (lambda x: max(x, mpf(0)), INF, 0, 0),
    "urf.Eval(leaky-relu)": (lambda x: max(x, x / 100), INF, -INF, NAN),
    "urf.Eval(elu)": (lambda x: x if x > 0 else mp.expm1(x), INF, -1, NAN),
    "urf.Eval(hard-swish)": (lambda x: x * hard_sigmoid(x), INF, 0, NAN),
    "urf.Eval(hard-sigmoid)": (hard_sigmoid, 1, 0, NAN),
    "urf.Eval(gaussian)": (lambda x: mp.exp(-x * x / 2), 0, 0, NAN),
    "urf.Deriv(none)": (lambda x: mpf(1), 1, 1, 1),
    "urf.Deriv(relu)": (lambda x: mpf(x > 0), 1, 0, NAN),
    "urf.Deriv(leaky-relu)": (lambda x: mpf(1) if x > 0 else mpf(1) / 100, 1, 0.01, NAN),
    "urf.Deriv(elu)": (lambda x: mpf(1) if x > 0 else mp.exp(x), 1, 0, NAN),
    "urf.Deriv(gelu)": (lambda x: ncdf(x) + x * npdf(x), 1, 0, NAN),
    "urf.Deriv(gelu-tanh)": (gelu_tanh_slope, 1, 0, NAN),
    "urf.Deriv(silu)": (lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), 1, 0, NAN),
    "urf.Deriv(softplus)": (sigmoid, 1, 0, NAN),
    "urf.Deriv(tanh)": (lambda x: 4 * sigmoid(2 * x) * sigmoid(-2 * x), 0, 0, NAN),
    "urf.Deriv(sigmoid)": (lambda x: sigmoid(x) * sigmoid(-x), 0, 0, NAN),
    "urf.Deriv(hard-swish)": (lambda x: mpf(0) if x <= -3 else mpf(1) if x > 3 else (2 * x + 3) / 6, 1, 0, NAN),
    "urf.Deriv(hard-sigmoid)": (lambda x: mpf(1) / 6 if -3 < x <= 3 else mpf(0), 0, 0, 0),
    "urf.Deriv(sin)": (wide(mp.cos), NAN, NAN, NAN),
    "urf.Deriv(cos)": (wide(lambda x: -mp.sin(x)), NAN, NAN, NAN),
    "urf.Deriv(gaussian)": (lambda x: -x * mp.exp(-x * x / 2), 0, 0, NAN),
}


def one(name, c):
    f, plus, minus, nan = ONE[name]
    x = c.float("x")
    if x != x:
        return [mpf(nan)]
    if math.isinf(x):
        return [mpf(plus if x > 0 else minus)]
    return [f(mpf(x))]


def exact(f):
    """f with enough bits for every sum of products of float64 numbers."""

    def g(c):
        with mp.workprec(4500):
            return f(c)

    return g


def mul(a, b):
    return [[mp.fsum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]


def flat(m):
    return [v for row in m for v in row]


def transpose(m):
    return [list(col) for col in zip(*m)]


def ridge(c):
    n = c.int("n")
    a = mp.matrix(c.matrix("s", "n")) + mpf(c.float("lambda")) * mp.eye(n)
    return solve(a.tolist(), c.matrix("t", "l"))


def solve(a, b):
    """a⁻¹·b, by columns."""
    x = [mp.lu_solve(mp.matrix(a), mp.matrix(col)) for col in transpose(b)]
    return [x[j][i] for i in range(len(a)) for j in range(len(x))]


def least_squares(c):
    a, b = c.matrix("a", "n"), c.matrix("b", "l")
    return solve(mul(transpose(a), a), mul(transpose(a), b))


def second_difference(c):
    n = c.int("n")
    return [4 * mp.sin(mp.pi * k / (2 * (n + 1))) ** 2 for k in range(1, n + 1)]


def fourier(x, sign, count=None):
    """Σ x[j]·exp(sign·2πi·jk/n), first the real parts."""
    n = len(x)
    root = [mp.expjpi(mpf(2 * sign * j) / n) for j in range(n)]
    y = [mp.fsum(v * root[j * k % n] for j, v in enumerate(x)) for k in range(count or n)]
    return y


def parts(y):
    return [mp.re(v) for v in y] + [mp.im(v) for v in y]


def complexes(c):
    return [mp.mpc(a, b) for a, b in zip(c.mpfs("re"), c.mpfs("im"))]


def dct2(x):
    n = len(x)
    return [mp.fsum(v * mp.cospi(mpf((2 * j + 1) * k) / (2 * n)) for j, v in enumerate(x)) for k in range(n)]


def dct3(x):
    n = len(x)
    return [x[0] / 2 + mp.fsum(x[k] * mp.cospi(mpf((2 * j + 1) * k) / (2 * n)) for k in range(1, n)) for j in range(n)]


def hadamard(x):
    if len(x) == 1:
        return x
    a, b = hadamard(x[: len(x) // 2]), hadamard(x[len(x) // 2 :])
    return [u + v for u, v in zip(a, b)] + [u - v for u, v in zip(a, b)]


MANY = {
    "mat.Cholesky": lambda c: list(mp.cholesky(mp.matrix(c.matrix("a", "n")))),
    "mat.RidgeSolve": ridge,
    "mat.LeastSquares": least_squares,
    "mat.SymEigen": second_difference,
    "fft.Plan.Forward": lambda c: parts(fourier(complexes(c), -1)),
    "fft.Plan.Inverse": lambda c: parts([v / len(c.floats("re")) for v in fourier(complexes(c), 1)]),
    "fft.RealPlan.Forward": lambda c: parts(fourier(c.mpfs("x"), -1, len(c.floats("x")) // 2 + 1)),
    "fft.DCTPlan.II": lambda c: dct2(c.mpfs("x")),
    "fft.DCTPlan.III": lambda c: dct3(c.mpfs("x")),
    "fft.FWHT": lambda c: hadamard(c.mpfs("x")),
    "asm.FMA": exact(lambda c: [mpf(c.float("x")) * mpf(c.float("y")) + mpf(c.float("z"))]),
    "asm.Dot": exact(lambda c: [mp.fsum(x * y for x, y in zip(c.mpfs("x"), c.mpfs("y")))]),
    "asm.Sum": exact(lambda c: [mp.fsum(c.mpfs("x"))]),
    "asm.SumSquares": exact(lambda c: [mp.fsum(x * x for x in c.mpfs("x"))]),
    "mat.Mul": exact(lambda c: flat(mul(c.matrix("a", "k"), c.matrix("b", "n")))),
    "mat.MulT": exact(lambda c: flat(mul(c.matrix("a", "k"), transpose(c.matrix("b", "k"))))),
    "mat.MulVec": exact(lambda c: flat(mul(c.matrix("a", "k"), [[v] for v in c.mpfs("x")]))),
    "mat.Gram": exact(lambda c: flat(mul(transpose(c.matrix("a", "n")), c.matrix("a", "n")))),
}


def compute(name, c):
    return one(name, c) if name in ONE else MANY[name](c)


def check(c, typ, name):
    got = compute(name, c)
    want, rest = c.floats("want"), c.floats("rest")
    if len(got) != len(want):
        return "%d results, want %d" % (len(got), len(want))
    for g, w, r in zip(got, want, rest):
        if g != g or w != w:
            if g == g or w == w:
                return "%s, not %s" % (w, g)
            continue
        if mp.isinf(g) or math.isinf(w):
            largest = 3.4028235677973366e38 if typ == "float32" else mpf(2) ** 1024 - mpf(2) ** 970
            if not (math.isinf(w) and w * g > 0 and abs(g) >= largest):
                return "%s, not %s" % (w, g)
            continue
        u = ulp(w, typ)
        with mp.workprec(4500):
            if abs(w + r * u - g) > u * mpf(2) ** -50:
                return "%s + %s ulp, not %s" % (w, r, mp.nstr(g, 40))
        if abs(r) > 0.5:
            return "rest %s is more than half a unit" % r
    return ""


def sections(text):
    head, columns = {}, []
    for line in text.split("\n")[1:]:
        if line and not columns:
            key, value = line.split(": ", 1)
            head[key] = value
        elif not line and head and not columns:
            columns = head["columns"].split()
            lines = []
        elif line:
            lines.append(line)
        elif columns:
            assert len(lines) == int(head["count"]), head
            yield head, [Case(columns, s, head) for s in lines]
            head, columns = {}, []


def main():
    bad = cases = sets = 0
    for entry in open(os.path.join(FOLDER, "SHA256SUMS")):
        digest, name = entry.split()
        data = open(os.path.join(FOLDER, name), "rb").read()
        if hashlib.sha256(data).hexdigest() != digest:
            print("%s: wrong SHA-256" % name)
            bad += 1
        for head, lines in sections(data.decode() + "\n"):
            sets += 1
            for c in lines:
                cases += 1
                why = check(c, head["type"], head["function"])
                if why:
                    bad += 1
                    print("%s %s case %s: %s" % (head["function"], head["type"], c.text("id"), why))
    print("%d sets, %d cases, %d wrong" % (sets, cases, bad))
    sys.exit(bad > 0 or cases == 0)


main()
