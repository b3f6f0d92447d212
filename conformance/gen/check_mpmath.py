#!/usr/bin/env python3
"""Checks the conformance vectors with mpmath, independently of the Go source.

    python3 conformance/gen/check_mpmath.py [conformance/vectors]

For every case: want + rest*ulp(want) must be the exact result to 2^-50 ulp, and want
its rounding to nearest. Projections, maps and models are in mpmath_maps.py. Needs python3-mpmath.
"""
import ast
import hashlib
import json
import math
import os
import struct
import sys

import mpmath_maps as maps
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


def mish_slope(x):
    s = softplus(x)
    return mp.tanh(s) + x * sigmoid(x) * mp.sech(s) ** 2


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
    "urf.Eval(mish)": (lambda x: x * mp.tanh(softplus(x)), INF, 0, NAN),
    "urf.Deriv(mish)": (mish_slope, 1, 0, NAN),
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


def quantise(c):
    """Codes and scale, by the triangular factor: the nearest plane for each scale that is tried."""
    n, m = c.int("n"), 2 ** (c.int("code") - 1) - 1
    w, h = c.mpfs("w"), c.matrix("h", "n")
    order = sorted(range(n), key=lambda j: -h[j][j])  # equal ones stay in their order
    back = order[::-1]
    low = mp.cholesky(mp.matrix([[h[max(i, j)][min(i, j)] for j in back] for i in back]))
    u = [[low[n - 1 - p, n - 1 - t] if t >= p else mpf(0) for t in range(n)] for p in range(n)]  # H = u·uᵀ in that order
    w = [w[j] for j in order]
    times = lambda v: [sum(v[p] * u[p][t] for p in range(t + 1)) for t in range(n)]
    nearest = lambda v: max(-m, min(m, int(mp.nint(v))))
    single = lambda v: mpf(struct.unpack("<f", struct.pack("<f", float(v)))[0])

    def codes(s):
        q, e = [], []
        for t in range(n):
            r = sum((e[p] * u[p][t] for p in range(t)), mpf(0))
            q.append(nearest((w[t] + r / u[t][t]) / s))
            e.append(w[t] - s * q[t])
        return q

    v, best = times(w), None

    def attempt(q):
        nonlocal best
        c = times([mpf(x) for x in q])
        s = sum(x * y for x, y in zip(c, v)) / sum(x * x for x in c)
        loss = sum((y - single(s) * x) ** 2 for x, y in zip(c, v))
        if best is None or loss < best[0]:
            best = loss, q, s

    widest = single(max(map(abs, w)) / m)
    for k in range(16, 7, -1):
        attempt(codes(single(widest * k / 16)))
    for _ in range(2):
        attempt(codes(single(best[2])))
    attempt([nearest(x / widest) for x in w])
    return [mpf(best[1][order.index(j)]) for j in range(n)] + [best[2]]


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


def quantile(p):
    """The x with ncdf(x) = p, by Newton's iteration on ln ncdf, which is concave."""
    if p < 0 or p > 1:
        return NAN
    if p == 0 or p == 1:
        return INF if p else -INF
    if p > 0.5:
        return -quantile(1 - p)
    if p == 0.5:
        return mpf(0)
    x = mpf(0) if p > 0.1 else -mp.sqrt(-2 * mp.log(p))
    for _ in range(100):
        c = ncdf(x)
        step = (mp.log(c) - mp.log(p)) * c / npdf(x)
        x -= step
        if abs(step) < abs(x) * mpf(2) ** -200:
            return x
    raise ValueError("no convergence at %s" % p)


MASK = 0xFFFFFFFF


def philox(c, k):
    c, k = list(c), list(k)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [b >> 32 ^ c[1] ^ k[0], b & MASK, a >> 32 ^ c[3] ^ k[1], a & MASK]
        k = [k[0] + 0x9E3779B9 & MASK, k[1] + 0xBB67AE85 & MASK]
    return c


def halves(v):
    return [v & MASK, v >> 32]


class Stream:
    """Substream sub of a seed, as the doc of package rng defines it."""

    def __init__(self, c):
        seed = c.int("seed")
        self.key = halves(seed)
        self.id = philox(halves(c.int("sub")) + [0, 0], halves(seed ^ 0x6E6E6B2E73756273))[:2]
        self.range = range(c.int("start"), c.int("start") + c.int("n"))
        self.single = c.head["type"] == "float32"

    def block(self, i, per):
        """The block that holds element i, of which a group of 16 blocks holds per."""
        return philox(halves(i // per * 16 + i % 16) + self.id, self.key)

    def word(self, i):
        return self.block(i, 64)[i % 64 // 16]

    def number(self, i):
        b, k = self.block(i, 32), i % 32 // 16
        return b[2 * k] | b[2 * k + 1] << 32

    def open(self, i):
        return (self.word(i) + mpf(0.5)) / mpf(2) ** 32 if self.single else (self.number(i) + mpf(0.5)) / mpf(2) ** 64

    def uniform(self, i):
        return mpf(self.word(i) >> 8) / 2**24 if self.single else mpf(self.number(i) >> 11) / 2**53

    def normal(self, i):
        if self.single:
            b, k = self.block(i, 64), i % 64 // 16
            u, v = (b[k & 2] + mpf(0.5)) / mpf(2) ** 32, mpf(b[k | 1]) / mpf(2) ** 32
            k &= 1
        else:
            b, k = self.block(i, 32), i % 32 // 16
            u, v = ((b[0] | b[1] << 32) + mpf(0.5)) / mpf(2) ** 64, mpf(b[2] | b[3] << 32) / mpf(2) ** 64
        return mp.sqrt(-2 * mp.log(u)) * (mp.sinpi(2 * v) if k else mp.cospi(2 * v))


def elements(f):
    def g(c):
        s = Stream(c)
        return [f(s, i) for i in s.range]

    return g


def chi(c):
    s, d = Stream(c), c.int("d")
    return [mp.sqrt(mp.fsum(s.normal(i * d + j) ** 2 for j in range(d))) for i in s.range]


class Wave:
    """Universal random features of one wave: ρη = iκ; of the exponential kernel: 1."""

    def __init__(self, c, softmax=False, b=None):
        self.d, self.m = c.int("d"), c.int("m")
        x, w = mpf(c.float("xnorm")), mpf(c.float("wnorm"))
        kappa = mpf(1) if softmax else mpf(c.float("kappa"))
        self.kappa = kappa
        r = mpf(c.float("radius")) or mp.sqrt(kappa * w / x)
        alpha = mpf(0) if softmax else mpf(c.float("angle"))
        self.rho = r * mp.mpc(mp.cospi(alpha), mp.sinpi(alpha))
        self.eta = 1 / r if softmax else mp.mpc(0, 1) * kappa / self.rho
        self.mass = mpf(1) if softmax else mpf(c.float("mass"))
        self.psi = mpf(0) if softmax else kappa * mpf(c.float("b") if b is None else b) + mpf(c.float("theta"))
        if c.text("a") == "best":
            phi = (mp.re(self.rho) * x) ** 2 + (mp.re(self.eta) * w) ** 2
            s = 2 * phi + self.d
            self.a = (1 - 4 * phi / (mp.sqrt(s * s + 8 * self.d * phi) - s)) / 8
        else:
            self.a = mpf(c.float("a"))

    def log_lambda(self, s, g, z):
        four = 1 - 4 * self.a
        gz, gg, zz = (mp.fsum(p * q for p, q in zip(a, b)) for a, b in ((g, z), (g, g), (z, z)))
        return mpf(self.d) / 4 * mp.log(four) + self.a * gg + mp.sqrt(four) * s * gz - s * s * zz / 2

    def second(self, s, t, x2, w2, dot):
        """E of the product of Λ(sx)Λ(sw)… and its like with t: E Z·Z′ by the Gaussian integral."""
        # E exp(2A|g|² + g·v) = (1−4A)^(−d/2)·exp(v·v/(2(1−4A))), here with A for the pair 2A.
        four, eight = 1 - 4 * self.a, 1 - 8 * self.a
        (s1, s2), (t1, t2) = s, t
        a, b = s1 + t1, s2 + t2
        vv = four * (a * a * x2 + b * b * w2 + 2 * a * b * dot)
        squares = ((s1 * s1 + t1 * t1) * x2 + (s2 * s2 + t2 * t2) * w2) / 2
        return four**self.d * eight ** (-mpf(self.d) / 2) * mp.exp(vv / (2 * eight) - squares)


def urf_phi(c):
    v, x = Wave(c), c.mpfs("x")
    shift = mpf(v.d) / 4 * mp.log(1 - 4 * v.a) + v.d * v.a
    shift += (mp.re(v.rho) ** 2 * (1 - 4 * v.a) - mp.re(v.rho**2)) * mpf(c.float("xnorm")) ** 2 / 2
    y = [mp.exp(v.log_lambda(v.rho, g, x) - shift) / mp.sqrt(v.m) for g in c.matrix("g", "d")]
    return [mp.re(z) for z in y] if c.float("angle") == 0 else parts(y)


def estimate(softmax):
    def f(c):
        v, x, w = Wave(c, softmax), c.mpfs("x"), c.mpfs("w")
        shift = mpf(c.float("b")) if softmax else mp.mpc(0, 1) * v.psi
        terms = [mp.exp(v.log_lambda(v.rho, g, x) + v.log_lambda(v.eta, g, w) + shift) for g in c.matrix("g", "d")]
        return [v.mass * mp.re(mp.fsum(terms)) / v.m]

    return f


def point(c):
    x, w, dot = (mpf(c.float(k)) for k in ("x", "w", "dot"))
    return x * x, w * w, dot


def urf_predict(c):
    v, at = Wave(c), point(c)
    z = (v.rho, v.eta)
    conj = (mp.conj(v.rho), mp.conj(v.eta))
    second = (mp.re(v.second(z, conj, *at)) + mp.re(mp.exp(mp.mpc(0, 2) * v.psi) * v.second(z, z, *at))) / 2
    mean = v.mass * mp.cos(v.kappa * at[2] + v.psi)
    return [mean, (v.mass**2 * second - mean**2) / v.m]


def softmax_predict(c):
    v, at, b = Wave(c, True), point(c), mpf(c.float("b"))
    z = (v.rho, v.eta)
    mean = mp.exp(at[2] + b)
    return [mean, (mp.re(v.second(z, z, *at)) * mp.exp(2 * b) - mean**2) / v.m]


def fourier_predict(c):
    x2, w2, dot = point(c)
    r = mpf(c.float("scaling")) * mp.sqrt(x2 + w2 - 2 * dot)
    name = c.text("kernel")

    def k(r):
        if name == "gaussian":
            return mp.exp(-r * r / 2)
        # Matérn: polynomials of the half-integer orders by the Bessel function.
        nu = {"matern-1/2": mpf(1) / 2, "matern-3/2": mpf(3) / 2, "matern-5/2": mpf(5) / 2}[name]
        t = mp.sqrt(2 * nu) * r
        return 2 ** (1 - nu) / mp.gamma(nu) * t**nu * mp.besselk(nu, t)

    second = (1 + k(2 * r)) / 2 + (0 if c.text("pairs") == "1" else mpf(0.5))
    return [k(r), (second - k(r) ** 2) / c.int("m")]


def arc_cosine(n, cosine):
    """J_n(θ) = (−1)ⁿ·sin²ⁿ⁺¹θ·(1/sin θ·d/dθ)ⁿ((π−θ)/sin θ), with Taylor series for the derivatives."""
    if cosine == 1:
        return mp.pi * mp.fac2(2 * n - 1)
    if cosine == -1:
        return mpf(0)
    # In c = cos θ: 1/sin θ·d/dθ = −d/dc, so J_n = sin²ⁿ⁺¹θ·dⁿ/dcⁿ((π − arccos c)/√(1−c²)).
    f = lambda c: (mp.pi - mp.acos(c)) / mp.sqrt(1 - c * c)
    with mp.workprec(mp.prec * 8):
        d = mp.diff(f, cosine, n, h=mpf(2) ** -450) if n else f(cosine)
    return mp.sqrt(1 - cosine**2) ** (2 * n + 1) * d


def arccos_predict(c):
    x2, w2, dot = point(c)
    n, norms = c.int("order"), mp.sqrt(x2 * w2)
    mean = norms**n * arc_cosine(n, dot / norms) / mp.pi
    second = 2 * norms ** (2 * n) * arc_cosine(2 * n, dot / norms) / mp.pi
    return [mean, (second - mean**2) / c.int("m")]


def relu_phi(c):
    floor, slope, x = mpf(c.float("floor")), mpf(c.float("slope")), c.mpfs("x")
    out = []
    for g in c.matrix("g", "d"):
        h = mp.fsum(p * q for p, q in zip(g, x))
        out.append((h if h >= floor else floor + slope * (h - floor)) / mp.sqrt(c.int("m")))
    return out


def arccos_phi(c):
    x, n = c.mpfs("x"), c.int("order")
    h = [mp.fsum(p * q for p, q in zip(g, x)) for g in c.matrix("g", "d")]
    return [mp.sqrt(mpf(2) / c.int("m")) * v**n if v > 0 else mpf(0) for v in h]


SPECTRA = {
    "cos": mp.cos,
    "sin": mp.sin,
    "gaussian": lambda z: mp.exp(-z * z / 2),
    "laplacian": lambda z: mp.exp(-abs(z)),
    "lorentzian": lambda z: 1 / (1 + z * z),
    "sech": mp.sech,
    "sinc": mp.sinc,
    "z-gaussian": lambda z: z * mp.exp(-z * z / 2),
    "generalised-cauchy": lambda z: 1 / (1 + z * z) ** 2,
}


def transform(c):
    """Integrals of f(az)e^(-2*pi*i*xi*z), by quadrature where f falls fast."""
    name, a, xi = c.text("name"), mpf(c.float("a")), mpf(c.float("xi"))
    kappa = 2 * mp.pi * xi / a
    f = SPECTRA[name]
    if name == "lorentzian":
        return [mp.pi / a * mp.exp(-abs(kappa)), mpf(0)]
    if name == "generalised-cauchy":  # Basset's integral, NIST DLMF 10.32.11
        k = abs(kappa)
        return [2 / a * (mp.sqrt(mp.pi) * (k / 2) ** mpf(1.5) * mp.besselk(mpf(1.5), k) if k else mp.pi / 4), mpf(0)]
    if name == "sinc":
        return [mp.pi / a if abs(kappa) < 1 else mpf(0), mpf(0)]
    if name == "laplacian":  # of a half line, in closed form
        return [2 / a * mp.re(1 / (1 + 1j * kappa)), mpf(0)]
    wave = mp.sin if name == "z-gaussian" else mp.cos
    ends = [mpf(k) for k in ((0, 2, 4, 8, 16, 26) if name != "sech" else (0, 5, 10, 20, 40, 80, 160, 300))]
    value = 2 / a * mp.quad(lambda z: f(z) * wave(kappa * z), ends)
    return [mpf(0), -value] if name == "z-gaussian" else [value, mpf(0)]


def fit_spectrum(c):
    lo, hi, lam, r = (mpf(c.float(k)) for k in ("lo", "hi", "lambda", "r"))
    n, k = c.int("points"), c.int("harmonics")
    f = {"relu": lambda z: max(z, mpf(0)), "silu": lambda z: z * sigmoid(z), "tanh": mp.tanh}[c.text("f")]
    middle, period = (lo + hi) / 2, 2 * (hi - lo)
    kappa = [2 * mp.pi * j / period for j in range(k + 1)]
    rows, y = [], []
    for i in range(n):
        u = (hi - lo) * mpf(2 * i + 1 - n) / (2 * n)
        rows.append([mpf(1)] + [mp.cos(kappa[j] * u) for j in range(1, k + 1)] + [mp.sin(kappa[j] * u) for j in range(1, k + 1)])
        y.append([f(middle + u)])
    # The penalty as rows of the least-squares problem.
    for j in range(1, 2 * k + 1):
        row = [mpf(0)] * (2 * k + 1)
        row[j] = mp.sqrt(lam * n) * mp.exp(kappa[(j - 1) % k + 1] * r)
        rows.append(row)
        y.append([mpf(0)])
    a = solve(mul(transpose(rows), rows), mul(transpose(rows), y))
    out = [a[0]]
    for j in range(1, k + 1):
        z = mp.mpc(a[j], -a[k + j])
        out += [abs(z), kappa[j], mp.arg(z) - kappa[j] * middle]
    return out


def moments_ridge(c):
    s = c.matrix("zz", "n")
    n = len(s)
    mean = mp.fsum(s[i][i] for i in range(n - 1)) / (n - 1)
    for i in range(n - 1):
        s[i][i] += mpf(c.float("lambda")) * mean
    return solve(s, c.matrix("zy", "l"))


def relu_predict(c):
    x2, w2, dot = point(c)
    slope, norms = mpf(c.float("slope")), mp.sqrt(x2 * w2)
    j1, j2 = arc_cosine(1, dot / norms), arc_cosine(2, dot / norms)
    mean = slope * dot + (1 - slope) ** 2 * norms * j1 / (2 * mp.pi)
    # h = h⁺ − h⁻: with v = h⁺ − slope·h⁻ the products of squares by the signs of both h.
    same, turned = norms**2 * j2 / (2 * mp.pi), norms**2 * arc_cosine(2, -dot / norms) / (2 * mp.pi)
    second = (1 + slope**4) * same + 2 * slope**2 * turned
    return [mean, (second - mean**2) / c.int("m")]


def product_variance(n, x2, w2, dot):
    return (x2 * w2 + 2 * dot**2) ** n - dot ** (2 * n)


def maclaurin_predict(c):
    at, b = point(c), mpf(c.float("b"))
    a = maps.shifted(c.mpfs("coefficients"), b)
    variance = mp.fsum(a[n] ** 2 * product_variance(n, *at) / share for n, share in enumerate(c.mpfs("shares"), 2) if n < len(a))
    return [mp.polyval(c.mpfs("coefficients")[::-1], at[2] + b), variance]


def metric(c):
    """By square roots of symmetric matrices: Σ^-½·(Σ^½·S·Σ^½)^½·Σ^-½."""
    x, w = c.matrix("x", "d"), c.matrix("w", "d")
    mean = [mp.fsum(col) / len(x) for col in transpose(x)]

    def second(rows):
        m = mp.matrix(mul(transpose(rows), rows)) / len(rows)
        return m + mp.eye(m.rows) * mp.fsum(m[i, i] for i in range(m.rows)) / m.rows / 1024

    def root(a, power):
        if c.int("dense") == 0:
            return mp.diag([a[i, i] ** power for i in range(a.rows)])
        e, q = mp.eigsy(a)
        return q * mp.diag([v**power for v in e]) * q.T

    s = second([[v - m for v, m in zip(row, mean)] for row in x])
    half, back = root(s, mpf(0.5)), root(s, mpf(-0.5))
    return mean + list(back * root(half * second(w) * half, mpf(0.5)) * back)


ACTIVATIONS = {"tanh": mp.tanh, "relu": lambda z: max(z, mpf(0)), "gelu": lambda z: z * ncdf(z), "cos": mp.cos, "sin": mp.sin}


def fit_series(c):
    lo, hi, f = mpf(c.float("lo")), mpf(c.float("hi")), ACTIVATIONS[c.text("f")]
    n, features, half, middle = c.int("degree") + 1, c.int("features"), (hi - lo) / 2, (hi + lo) / 2
    x2, w2 = mpf(c.float("xnorm")) ** 2, mpf(c.float("wnorm")) ** 2
    dot = mp.sqrt(x2 * w2) * mpf(c.float("cosine"))
    v = [mpf(2 * i + 1 - 512) / 512 for i in range(512)]
    y = [f(middle + half * t) for t in v]
    sums = [mp.fsum(t**k for t in v) for k in range(2 * n - 1)]
    moments = [[mp.fsum(t**k * u for t, u in zip(v, y))] for k in range(n)]
    b = [mpf(2 * i + 1 - 5) / 5 - dot / half for i in range(5)]

    def row(k, bias):  # coefficient k of t^j in powers of s, t = (s/half + bias)
        return [mp.binomial(j, k) * bias ** (j - k) / half**k if j >= k else mpf(0) for j in range(n)]

    def deviation(k, a):
        return mp.sqrt(product_variance(k, x2, w2, dot) * mp.fsum(mp.fsum(p * q for p, q in zip(row(k, t), a)) ** 2 for t in b) / 5)

    shares = [mpf(features) / (n - 2)] * (n - 2)
    for _ in range(6):
        s = [[sums[i + j] for j in range(n)] for i in range(n)]
        for k, share in enumerate(shares, 2):
            for r in (row(k, t) for t in b):
                for i in range(n):
                    for j in range(n):
                        s[i][j] += r[i] * r[j] * product_variance(k, x2, w2, dot) / 5 * 512 / share
        for i in range(n):
            s[i][i] *= 1 + mpf(2) ** -40
        a = solve(s, moments)
        sd = [deviation(k, a) for k in range(2, n)]
        shares = [max(mpf(1), features * d / mp.fsum(sd)) for d in sd]
    counts = maps.allot(features, sd)
    rms = mp.sqrt(mp.fsum((mp.polyval(a[::-1], t) - u) ** 2 for t, u in zip(v, y)) / 512)
    variance = mp.fsum(d**2 / count for d, count in zip(sd, counts))
    return maps.shifted([v / half**k for k, v in enumerate(a)], -middle) + [rms, variance] + [mpf(k) for k in counts]


def fit_rows(c):
    f, degree, features = ACTIVATIONS[c.text("f")], c.int("degree"), c.int("features")
    x, w, b = c.matrix("x", "d"), c.matrix("w", "d"), c.mpfs("b")
    counts = [mpf(features) / max(degree - 1, 1)] * (degree - 1)

    def fit(row, bias):
        t = [mp.fsum(p * q for p, q in zip(row, r)) for r in x]
        sd, w2 = mp.sqrt(mp.fsum(v * v for v in t) / len(t)), mp.fsum(v * v for v in row)
        costs = [mp.fsum(product_variance(k, mp.fsum(v * v for v in r), w2, s) for r, s in zip(x, t)) / len(x) for k in range(2, degree + 1)]
        grid = [mpf(i - 8) / 2 for i in range(17)]
        bell = [mp.exp(-g * g / 2) for g in grid]
        points = [(g, v / mp.fsum(bell) / 2) for g, v in zip(grid, bell)] + [(v / sd, mpf(0.5) / len(t)) for v in t]
        s = [[mp.fsum(q * g ** (i + j) for g, q in points) for j in range(degree + 1)] for i in range(degree + 1)]
        for i in range(degree + 1):
            s[i][i] = s[i][i] * (1 + mpf(2) ** -40) + (costs[i - 2] / counts[i - 2] / sd ** (2 * i) if i >= 2 else 0)
        a = solve(s, [[mp.fsum(q * g**i * f(g * sd + bias) for g, q in points)] for i in range(degree + 1)])
        return [v / sd**i for i, v in enumerate(a)], costs, t

    total = []
    for _ in range(6 if degree > 1 else 0):
        fits = [fit(*r) for r in zip(w, b)]
        total = [mp.sqrt(mp.fsum(a[k] ** 2 * v[k - 2] for a, v, _ in fits)) for k in range(2, degree + 1)]
        counts = [max(mpf(1), features * s / mp.fsum(total)) for s in total]
    counts = maps.allot(features, total) if total else []
    out, biases, deviations = [], [], []
    for row, bias in zip(w, b):
        a, costs, t = fit(row, bias)
        out += a
        biases.append(mp.sqrt(mp.fsum((mp.polyval(a[::-1], v) - f(v + bias)) ** 2 for v in t) / len(t)))
        deviations.append(mp.sqrt(mp.fsum(a[k] ** 2 * costs[k - 2] / counts[k - 2] for k in range(2, degree + 1))))
    return out + biases + deviations + [mpf(k) for k in counts]


class PlanCase(Case):
    """A case as urf_predict reads it, at one z of the range."""

    def __init__(self, c, z):
        self.fields, self.head = dict(c.fields), c.head
        dot = c.float("xnorm") * c.float("wnorm") * c.float("cosine")
        self.fields.update(m="1", kappa="1", mass="1", theta="0", radius="0", a="0", x=c.text("xnorm"), w=c.text("wnorm"), dot=dot.hex(), b=float(z - dot).hex())


def new_plan(c):
    lo, hi, phase = c.float("lo"), c.float("hi"), mp.pi / 2 if c.text("f") == "sin" else mpf(0)
    x, w = mpf(c.float("xnorm")), mpf(c.float("wnorm"))
    dot, variance = x * w * mpf(c.float("cosine")), mpf(0)
    for i in range(5):
        z = mpf(lo) + (mpf(hi) - mpf(lo)) * (2 * i + 1) / 10
        v = Wave(PlanCase(c, 0.0))
        phi = (mp.re(v.rho) * x) ** 2 + (mp.re(v.eta) * w) ** 2 + 2 * mp.re(v.rho) * mp.re(v.eta) * dot
        t = (2 * phi + v.d + mp.sqrt((2 * phi + v.d) ** 2 + 8 * v.d * phi)) / (2 * v.d)
        v.a = (1 - t) / 8
        turn = z - dot - phase
        s = (v.rho, v.eta)
        absolute = mp.re(v.second(s, (mp.conj(v.rho), mp.conj(v.eta)), x * x, w * w, dot))
        square = mp.re(mp.exp(mp.mpc(0, 2) * turn) * v.second(s, s, x * x, w * w, dot))
        variance += ((absolute + square) / 2 - mp.cos(z - phase) ** 2) / 5
    width = 1 if c.float("angle") == 0 else 2
    return [variance, width * mp.ceil(variance / mpf(c.float("error")) ** 2), mp.sqrt(variance / (65536 // width))]


def select_features(c):
    """The greedy choice by the error that is left: −tr(TᵀS⁻¹T) of those chosen."""
    n, zz, t = c.int("n"), c.matrix("zz", "n"), c.matrix("zy", "l")
    mean = mp.fsum(zz[i][i] for i in range(n - 1)) / (n - 1)
    for i in range(n - 1):
        zz[i][i] += mean * mpf(c.float("lambda"))
    chosen = [n - 1]
    for _ in range(c.int("most")):

        def left(j):
            rows = chosen + [j]
            part = [t[i] for i in rows]
            return -mp.fsum(a * b for a, b in zip(solve([[zz[i][k] for k in rows] for i in rows], part), flat(part)))

        chosen.append(min(set(range(n)) - set(chosen), key=left))
    return [mpf(j) for j in sorted(chosen)[:-1]]


def dot_product(c):
    zy = c.mpfs("zy")
    return [v * mpf(c.float("tau")) / mp.norm(zy) for v in zy]


def monte_carlo(c):
    """The bundle with complex features: Re(Ψ·Φ) of the first layer feeds the second."""

    def phi(v, g, z):
        shift = mpf(v.d) / 4 * mp.log(1 - 4 * v.a) + v.d * v.a
        shift += mp.re(v.rho) ** 2 * (1 - 4 * v.a) / 2 - mp.re(v.rho**2) / 2  # at the norm 1
        return [mp.exp(v.log_lambda(v.rho, row, z) - shift) / mp.sqrt(v.m) for row in g], shift

    def psi(v, g, w, b, shift):
        e = [v.log_lambda(v.eta, row, w) + shift + mp.mpc(0, 1) * (v.kappa * b + v.theta) for row in g]
        return [v.mass * mp.exp(t) / mp.sqrt(v.m) for t in e]

    def real(z, sign):
        return [mp.re(t) for t in z] + ([] if c.float("angle") == 0 else [sign * mp.im(t) for t in z])

    v = Wave(c, b=0)
    v.theta = mpf(c.float("theta"))
    z, shift = phi(v, c.matrix("g0", "d"), c.mpfs("x"))
    g = c.matrix("g0", "d")
    first = [real(psi(v, g, w, b, shift), -1) for w, b in zip(c.matrix("w1", "d"), c.mpfs("b1"))]
    z0 = real(z, 1)
    v.d = len(z0)
    g1 = c.mpfs("g1")
    g1 = [g1[i : i + v.d] for i in range(0, len(g1), v.d)]
    w2 = c.mpfs("w2")
    w2 = mul([w2[i : i + len(first)] for i in range(0, len(w2), len(first))], first)
    z, shift = phi(v, g1, z0)
    hidden = [mp.fsum(mp.re(p * q) for p, q in zip(psi(v, g1, w, b, shift), z)) for w, b in zip(w2, c.mpfs("b2"))]
    return [mp.fsum(p * q for p, q in zip(c.mpfs("w3"), hidden)) + c.mpfs("b3")[0]]


NPY = {"b1": "B", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f2": "e", "f4": "f", "f8": "d"}
SAFE = {"BOOL": "B", "I8": "b", "U8": "B", "I16": "h", "U16": "H", "I32": "i", "U32": "I", "I64": "q", "U64": "Q", "F16": "e", "F32": "f", "F64": "d"}


def unpack(order, letter, data):
    return [mpf(v) for v in struct.unpack(order + "%d%s" % (len(data) // struct.calcsize(letter), letter), data)]


def npy_read(c):
    data = bytes.fromhex(c.text("bytes"))
    end = 10 + struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:end].decode())
    shape = list(head["shape"]) + [1]
    rows, cols = shape[0], math.prod(shape[1:])
    v = unpack(head["descr"][0].replace("|", "<"), NPY[head["descr"][1:]], data[end:])
    if head["fortran_order"]:
        v = [v[i + j * rows] for i in range(rows) for j in range(cols)]
    return [mpf(rows), mpf(cols)] + v


def npy_write(c):
    letter, descr = ("f", "<f4") if c.head["type"] == "float32" else ("d", "<f8")
    shape = tuple(int(n) for n in c.floats("shape"))
    text = repr({"descr": descr, "fortran_order": False, "shape": shape})[:-1] + ", }"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    v = c.floats("data")
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + struct.pack("<%d%s" % (len(v), letter), *v)
    return [mpf(b) for b in data]


def safetensors_read(c):
    data = bytes.fromhex(c.text("bytes"))
    n = struct.unpack("<Q", data[:8])[0]
    t = json.loads(data[8 : 8 + n])[c.text("name")]
    raw = data[8 + n + t["data_offsets"][0] : 8 + n + t["data_offsets"][1]]
    if t["dtype"] == "BF16":  # the upper half of a float32
        v = [mpf(struct.unpack("<f", b"\0\0" + raw[i : i + 2])[0]) for i in range(0, len(raw), 2)]
    else:
        v = unpack("<", SAFE[t["dtype"]], raw)
    return [mpf(k) for k in t["shape"]] + v


ONE["rng.NormalQuantile"] = (quantile, NAN, NAN, NAN)

MANY = {
    "ortho.Rows": lambda c: flat(maps.of(c, "spec", quantile).rows),
    "ortho.Projection.Apply": lambda c: maps.of(c, "spec", quantile).times(c.mpfs("x")),
    "urf.Map.Phi": lambda c: maps.of(c, "map", quantile).phi(c.mpfs("x")),
    "urf.Towers.Psi": lambda c: maps.psi(c, quantile),
    "urf.SeriesTowers.PsiSeries": lambda c: maps.psi(c, quantile),
    "urf.ReLU.Predict": relu_predict,
    "urf.Maclaurin.Predict": maclaurin_predict,
    "urf.NewMetric": metric,
    "urf.FitSeries": fit_series,
    "urf.FitRows": fit_rows,
    "urf.NewPlan": new_plan,
    "fit.Moments.SelectFeatures": select_features,
    "bundle.Model": lambda c: maps.model(c, quantile),
    "fit.Moments.Ridge": moments_ridge,
    "fit.Moments.DotProduct": dot_product,
    "compress.MonteCarlo": monte_carlo,
    "npy.Read": npy_read,
    "npy.Write": npy_write,
    "safetensors.Read": safetensors_read,
    "asm.Philox4x32": lambda c: [mpf(v) for v in philox([int(v) for v in c.floats("counter")], [int(v) for v in c.floats("key")])],
    "rng.Stream.Words": elements(lambda s, i: mpf(s.word(i))),
    "rng.Uniform": elements(lambda s, i: s.uniform(i)),
    "rng.Rademacher": elements(lambda s, i: mpf(1 - 2 * (s.word(i // 32) >> i % 32 & 1))),
    "rng.Normal": elements(lambda s, i: s.normal(i)),
    "rng.Exponential": elements(lambda s, i: -mp.log(s.open(i))),
    "rng.Rayleigh": elements(lambda s, i: mp.sqrt(-2 * mp.log(s.open(i)))),
    "rng.Cauchy": elements(lambda s, i: mp.tan(mp.pi * s.open(i))),
    "rng.Chi": chi,
    "urf.URF.Phi": urf_phi,
    "urf.URF estimate": estimate(False),
    "urf.SoftmaxKernel estimate": estimate(True),
    "urf.ReLU.Phi": relu_phi,
    "urf.ArcCos.Phi": arccos_phi,
    "urf.URF.Predict": urf_predict,
    "urf.SoftmaxKernel.Predict": softmax_predict,
    "urf.Fourier.Predict": fourier_predict,
    "urf.ArcCos.Predict": arccos_predict,
    "urf.ExactSpectrum": lambda c: [SPECTRA[c.text("name")](mpf(c.float("a")) * mpf(c.float("z")))],
    "urf.FitSpectrum": fit_spectrum,
    "urf.Spectrum.Transform": transform,
    "mat.Cholesky": lambda c: list(mp.cholesky(mp.matrix(c.matrix("a", "n")))),
    "mat.RidgeSolve": ridge,
    "mat.LeastSquares": least_squares,
    "mat.QuantiseGram": quantise,
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
