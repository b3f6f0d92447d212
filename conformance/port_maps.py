"""Random feature maps from their texts, after the documentation of package urf.

A map is made with the numbers of the model's type, and applied with those that it is called with.
"""

import math

import numpy as np

from port_arrays import ARRAYS, DOUBLES, SINGLES, Draws, scalar
from port_ortho import Projection, fields, structured

USE = 0x75726600 << 32  # package urf in the table of streams
PHASES, BIASES, FREQUENCIES, ORDER, MATERN, CAUCHY, DEGREES = range(USE, USE + 7)


class Values:
    """The fields of a text by their keys; those that nobody asked for are refused."""

    def __init__(self, kind, values):
        self.kind, self.values = kind, dict(values)

    def text(self, key, usual=""):
        return self.values.pop(key, usual)

    def number(self, key, usual=0.0):
        return float(self.values.pop(key, usual))

    def positive(self, key):
        """A number that is 1 where it is left out or 0."""
        return self.number(key) or 1.0

    def flag(self, key):
        value = self.values.pop(key, "")
        if value not in ("", "true"):
            raise ValueError("map %s: %s=%.60s: want true, or leave it out" % (self.kind, key, value))
        return value == "true"

    def columns(self, key, width):
        """Ascending numbers below width, with + between them."""
        value = self.values.pop(key, "")
        columns = [int(w) for w in value.split("+")] if value else []
        if sorted(set(columns)) != columns or any(not 0 <= j < width for j in columns):
            raise ValueError("map %s: %s=%.60s: want ascending columns of %d" % (self.kind, key, value, width))
        return columns

    def word(self, key, known):
        value = self.values.pop(key, known[0])
        if value not in known:
            raise ValueError("map %s: unknown %s %.60s" % (self.kind, key, value))
        return value

    def done(self):
        if self.values:
            raise ValueError("map %s: unknown key %.60s" % (self.kind, min(self.values)))


def parse(text, A, trained=None):
    """The map of a text, with numbers of type A; trained are its diagonals and biases, of each its array."""
    head, on, tail = text.partition(") on ")
    if not on:
        raise ValueError("map %.100s: want kind(key=value,…) on projection" % text)
    kind, values = fields(head + ")", "kind(key=value,…) on projection")
    if kind not in KINDS:
        raise ValueError("unknown kind of map %.60s" % kind)
    v = Values(kind, values)
    if trained is not None:
        return Trained(KINDS[kind], v, tail, A, *trained)
    m = KINDS[kind](v, tail, A)
    v.done()
    m.make()
    return m


class Map:
    def __init__(self, v, tail, A):
        self.A, self.projection = A, Projection(tail, A)
        self.read(v)

    @property
    def inputs(self):
        return self.projection.d

    def rows(self, use, draw):
        """draw(stream, n) for the selected rows."""
        p = self.projection
        return p.of(draw(Draws(p.seed, use), p.m))

    def project(self, N, x):
        scale = self.A.of(getattr(self, "scale", 1.0))
        return self.projection.apply(N, x if scale == 1 else N.mul(x, scale))

    def appended(self, N, features):
        """With the feature 1 behind them, if the text says so."""
        return np.concatenate(features + [np.ones((len(features[0]), 1), N.dtype)] * bool(self.constant), axis=1)


def biases(p, of):
    """of·n for each row, n normal or the row's offset in 32nds."""
    if p.kind == "pursuit":
        return of * (np.array(p.offsets, np.uint8).astype(np.int8) / 32.0)
    return of * p.of(Draws(p.seed, BIASES).normal(DOUBLES, 0, p.m))


class Rectified(Map):
    def read_inputs(self, v):
        self.scale, self.bias, self.constant = v.positive("scale"), v.number("bias"), v.flag("constant")

    def make(self):
        self.projection.make()
        self.offset = self.first_biases() if self.bias else None

    def first_biases(self):
        return self.A.of(biases(self.projection, self.bias))

    def heights(self, N, x):
        h = self.project(N, x)
        return h if self.offset is None else N.add(h, self.offset)


class ReLU(Rectified):
    def read(self, v):
        self.floor, self.slope = v.number("floor"), v.number("slope")
        self.read_inputs(v)
        self.unit, self.trainable = 1 / math.sqrt(self.projection.m), not self.slope and not self.constant

    def finish(self, N, h):
        floor, slope = self.A.of(self.floor), self.A.of(self.slope)
        if self.slope:
            h = np.where(h > floor, h, N.add(floor, N.mul(slope, N.sub(h, floor))))
        else:
            h = np.where(h > floor, h, floor)
        return N.mul(h, self.A.of(self.unit))

    def features(self, N, x):
        return self.appended(N, [self.finish(N, self.heights(N, x))])


class ArcCos(Rectified):
    def read(self, v):
        order = v.text("order", "0")
        if order not in ("0", "1", "2"):
            raise ValueError("map arccos: unknown order %.60s" % order)
        self.order = int(order)
        self.read_inputs(v)
        self.unit, self.trainable = math.sqrt(2 / self.projection.m), self.order == 1 and not self.constant

    def finish(self, N, h):
        unit, h = self.A.of(self.unit), np.where(h > 0, h, N.dtype.type(0))
        if self.order == 0:
            return np.where(h > 0, unit, N.dtype.type(0))
        return N.mul(h if self.order == 1 else N.mul(h, h), unit)

    features = ReLU.features


class Fourier(Map):
    freedom = {"gaussian": 0, "laplacian": 0, "matern-1/2": 1, "matern-3/2": 3, "matern-5/2": 5}

    def read(self, v):
        self.kernel, self.scale = v.word("kernel", list(self.freedom)), v.positive("scale")
        self.pairs, self.constant, self.slope = v.flag("pairs"), v.flag("constant"), v.positive("slope")
        self.linear = v.columns("linear", self.projection.d)
        if self.kernel == "laplacian" and self.projection.kind != "iid":
            raise ValueError("map fourier: the Laplacian kernel on a projection that is not iid")
        self.unit = math.sqrt(2 / self.projection.m)
        self.trainable = self.kernel == "gaussian" and not self.pairs and not self.constant and not self.linear

    def make(self):
        p, A = self.projection, self.A
        p.make()
        if self.kernel == "laplacian":
            p.g = p.of(Draws(p.seed, CAUCHY).cauchy(A, 0, p.m * p.d).reshape(p.m, p.d))
        self.lengths = None
        if self.freedom[self.kernel]:
            f = self.freedom[self.kernel]
            self.lengths = A.of(math.sqrt(f) / self.rows(MATERN, lambda s, n: s.chi(DOUBLES, 0, n, f)))
        if self.pairs:
            self.unit = 1 / math.sqrt(p.m)
        else:
            self.phases = self.first_biases()

    def first_biases(self):
        if self.projection.kind == "pursuit":
            return self.A.of(2 * math.pi * (np.array(self.projection.offsets) / 256.0))
        return self.A.of(2 * math.pi * self.rows(PHASES, lambda s, n: s.uniform(0, n)))

    def finish(self, N, h):
        return N.mul(ARRAYS.cos(N, h), self.A.of(self.unit))

    def features(self, N, x):
        h = self.project(N, x)
        if self.lengths is not None:
            h = N.mul(h, self.lengths)
        if not self.pairs:
            waves = [self.finish(N, N.add(h, self.phases))]
        else:
            sin, cos = ARRAYS.sincos(N, h)
            waves = [N.mul(cos, self.A.of(self.unit)), N.mul(sin, self.A.of(self.unit))]
        scale = self.A.of(self.scale)
        x = x[:, self.linear]
        return self.appended(N, waves + [N.mul(x if scale == 1 else N.mul(x, scale), self.A.of(self.slope))])


class Trained:
    """A map with trained diagonals: that of the text with other signs and biases."""

    def __init__(self, of, v, tail, A, diagonals, bias):
        self.start = start = of(v, tail, A) if of in (ReLU, ArcCos, Fourier) else None
        v.done()
        p = start and start.projection
        if not start or not start.trainable or p.kind != "hadamard" or len(p.select) != p.m:
            raise ValueError("map %s: trained diagonals of one that cannot have them" % v.kind)
        shapes = [(-(-p.m // p.p), p.repeated)] + [(-(-p.m // p.p), p.p)] * (p.rounds - 1)
        if [d.shape for d in diagonals] != shapes or bias.shape != (p.m,):
            raise ValueError("map %s: shapes of trained diagonals, want %s and %d biases" % (v.kind, shapes, p.m))
        self.A, self.projection, self.inputs = A, p, p.d
        self.diagonals, self.bias, self.scales = diagonals, bias, p.unit_lengths()

    def features(self, N, x):
        scale, p = self.A.of(self.start.scale), self.projection
        x = x if scale == 1 else N.mul(x, scale)
        h = structured(N, x, p.p, self.diagonals, self.scales, p.select)
        return self.start.finish(N, N.add(h, self.bias))


# Shares of the features.


def typical(v):
    return v.positive("xnorm"), v.positive("wnorm"), v.number("cosine")


def allot(m, totals):
    """m features shared in proportion to totals, at least one each."""
    whole, left = sum_of(totals), m - len(totals)
    counts, remainders, rest = [], [], left
    for t in totals:
        share = rest * (t / whole)
        n = min(int(share), left)
        counts.append(1 + n)
        remainders.append(share - n)
        left -= n
    while left > 0:
        best = remainders.index(max(remainders))
        counts[best] += 1
        remainders[best] = -math.inf if left <= len(totals) else 0.0
        left -= 1
    return counts


def sum_of(values):
    """In order; Python's own sum rounds otherwise from 3.12 on."""
    s = 0.0
    for v in values:
        s += v
    return s


class Maclaurin(Map):
    def read(self, v):
        self.typical, bias, self.constant = typical(v), v.flag("bias"), True
        self.coefficients = [float(w) for w in v.text("coefficients").split()]
        self.shares = [int(w) for w in v.text("shares", "").split("+") if w]
        self.coefficients += [0.0] * (len(self.shares) + 2 - len(self.coefficients))
        self.random = [n for n in range(len(self.coefficients) - 1, 1, -1) if bias or self.shares or self.coefficients[n]]
        if not 0 < len(self.random) <= self.projection.m:
            raise ValueError("map maclaurin: no row for a degree, or no degree")

    def make(self):
        p, A = self.projection, self.A
        x, w, cosine = self.typical
        x2, w2, dot = x * x, w * w, x * w * cosine
        one = x2 * w2 + 2 * dot * dot
        totals = []
        for n in self.random:
            second = square = 1.0
            for _ in range(n):
                second, square = second * one, square * (dot * dot)
            totals.append(abs(self.coefficients[n]) * math.sqrt(second - square))
        shares = self.shares[::-1] or allot(p.m, totals)
        degrees = [n for n, share in zip(self.random, shares) for _ in range(share)]
        self.levels = []
        for t, seed in enumerate(Draws(p.seed, DEGREES).pairs(0, degrees[0])):
            rows = sum(n > t for n in degrees)
            select = [i for i in p.select if i < rows]
            if select:
                level = Projection(p.text, A, seed=str(int(seed)), m=str(rows), select="+".join(map(str, select))).make()
                self.levels.append(level)
        self.units = A.of([1 / math.sqrt(degrees.count(degrees[i])) for i in p.select])

    def features(self, N, x):
        product = np.ones((len(x), len(self.projection.select)), N.dtype)
        for level in self.levels:
            h = level.apply(N, x)
            product[:, : h.shape[1]] = N.mul(product[:, : h.shape[1]], h)
        return self.appended(N, [N.mul(product, self.units), x.astype(N.dtype)])


# Universal features.


class Universal(Map):
    """Λ_g(ρx)/√m, with ρ and A of each row."""

    linear = False  # the inputs follow

    def make_features(self, pairs):
        """pairs: (Re ρ, Im ρ, A) of each row of the whole projection."""
        p, A = self.projection, self.A
        p.make()
        x2, d = self.typical[0] * self.typical[0], float(p.d)
        logs = scalar("log", [1 - 4 * a for re, im, a in pairs])
        shift = 0.0
        for (re, im, a), l in zip(pairs, logs):
            re2 = re * re - im * im
            shift += d / 4 * float(l) + d * a + (re * re * (1 - 4 * a) - re2) * x2 / 2
        shift /= len(pairs)
        chosen = [pairs[i] for i in p.select]
        norms = p.row_squares() if any(a for re, im, a in chosen) else [0.0] * len(chosen)
        columns = []
        for (re, im, a), l, norm in zip(chosen, logs[p.select], norms):
            stretch = math.sqrt(1 - 4 * a)
            common = 0.25 * d * float(l) + (a * float(norm) if a else 0.0)
            columns.append((stretch * re, stretch * im, 0.5 * (re * re - im * im), 0.5 * 2 * re * im, common - shift))
        self.re, self.im, self.qre, self.qim, self.c = (A.of(column) for column in zip(*columns))
        self.complex = any(im for re, im, a in pairs)
        self.unit, self.limit = A.of(1 / math.sqrt(p.m)), A.of(2.0**50 if A is SINGLES else 2.0**500)

    def features(self, N, x):
        h, norm = self.projection.apply(N, x), -N.dot(x, x)[:, None]
        exponent = N.add(N.mul(h, self.re), N.fma(norm, self.qre, self.c))
        size = N.mul(ARRAYS.exp(N, exponent), self.unit)
        size = np.where(size < self.limit, size, self.limit)
        parts = [size]
        if self.complex:
            sin, cos = ARRAYS.sincos(N, N.add(N.mul(h, self.im), N.mul(norm, self.qim)))
            parts = [N.mul(cos, size), N.mul(sin, size)]
        return self.appended(N, parts + [x.astype(N.dtype)] * self.linear)


def optimal(phi, d):
    s = 2 * phi + d
    t = 2 * d / (math.sqrt(s * s + 8 * d * phi) + s)
    return (1 - 1 / t) / 8


def phi_of(rho, eta, place):
    x2, w2, dot = place
    return max(rho * rho * x2 + eta * eta * w2 + 2 * rho * eta * dot, 0.0)


class Softmax(Universal):
    constant = False

    def read(self, v):
        self.radius, self.typical, self.a = v.number("radius"), typical(v), v.number("a", math.inf)

    def make(self):
        x, w, cosine = self.typical
        place = x * x, w * w, x * w * cosine
        r = self.radius or math.sqrt(math.sqrt(place[1]) / math.sqrt(place[0]))
        a = optimal(phi_of(r, 1 / r, place), float(self.projection.d)) if self.a == math.inf else self.a
        self.make_features([(r, 0.0, a)] * self.projection.m)


def half_normal(u):
    return abs(ARRAYS.quantile((1 - u) / 2))


def half_cauchy(u):
    s, c = ARRAYS.sincos(DOUBLES, math.pi / 2 * u)
    return s / c


def sech(u):
    s, c = ARRAYS.sincos(DOUBLES, math.pi / 2 * u)
    return 2 / math.pi * ARRAYS.log(DOUBLES, (1 + s) / c)


def variance_gamma(u):
    tail = -ARRAYS.log(DOUBLES, 1 - u)
    kappa = 2 * tail
    for _ in range(8):
        kappa = kappa - (kappa - ARRAYS.log1p(DOUBLES, kappa / 2) - tail) / (1 - 1 / (2 + kappa))
    return kappa


LAWS = {
    "half-normal": half_normal,
    "rayleigh": lambda u: np.sqrt(-2 * ARRAYS.log(DOUBLES, 1 - u)),
    "half-cauchy": half_cauchy,
    "exponential": lambda u: -ARRAYS.log(DOUBLES, 1 - u),
    "sech": sech,
    "uniform": lambda u: u,
    "variance-gamma": variance_gamma,
}


class Spectrum:
    """A constant, waves (mass, frequency, phase) and perhaps a continuous part, a law and such a wave."""

    def __init__(self, text):
        self.constant, self.slope, self.waves, self.law, self.cont = 0.0, 0.0, [], None, None
        for i, word in enumerate(text.split()):
            parts = word.split(":")
            if i == 0 and len(parts) == 1:
                self.constant = float(word)
            elif i and len(parts) == 2 and parts[0] == "linear" and not self.slope:
                self.slope = float(parts[1])
            elif i and len(parts) == 3:
                self.waves.append(tuple(map(float, parts)))
            elif i and len(parts) == 4 and parts[0] in LAWS and not self.law:
                self.law, self.cont = parts[0], tuple(map(float, parts[1:]))
            else:
                raise ValueError("map urf: unknown term %.60s of the spectrum" % word)

    def jordan(self):
        parts = [Spectrum("0") for _ in range(4)]
        for wave, law in [(w, None) for w in self.waves] + [(self.cont, self.law)] * (self.law is not None):
            mass, freq, phase = wave
            sin, cos = (float(v[0]) for v in ARRAYS.sincos(DOUBLES, phase))
            quarters = phase / (math.pi / 2)
            if quarters == round(quarters):
                sin, cos = float(round(sin)), float(round(cos))
            shares = [(cos, 0.0), (-cos, math.pi), (-sin, -math.pi / 2), (sin, math.pi / 2)]
            for part, (share, turned) in zip(parts, shares):
                split = (mass * max(share, 0.0), freq, turned)
                if split[0] > 0 and law:
                    part.law, part.cont = law, split
                elif split[0] > 0:
                    part.waves.append(split)
        return parts


class URF(Universal):
    def read(self, v):
        self.spectrum = Spectrum(v.text("spectrum"))
        self.angle, self.radius, self.typical, self.a = v.number("angle"), v.number("radius"), typical(v), v.number("a", math.inf)
        self.independent, self.proportional, self.jordan = v.flag("independent"), v.flag("proportional"), v.flag("jordan")
        self.linear = self.spectrum.slope != 0
        self.constant = self.linear or self.spectrum.constant != 0
        x, w, cosine = self.typical
        self.place = x * x, w * w, x * w * cosine
        s, c = (float(f[0]) for f in ARRAYS.sincos(DOUBLES, math.pi * self.angle))
        if 2 * self.angle == round(2 * self.angle):
            s, c = float(round(s)), float(round(c))
        self.direction = c, s

    def pair(self, kappa):
        """Re ρ, Im ρ, Re η, Im η and A of a frequency."""
        r, (c, s) = self.radius or math.sqrt(kappa * math.sqrt(self.place[1]) / math.sqrt(self.place[0])), self.direction
        rho, eta = (r * c, r * s), (kappa / r * s, kappa / r * c)
        a = optimal(phi_of(rho[0], eta[0], self.place), float(self.projection.d)) if self.a == math.inf else self.a
        return rho + eta + (a,)

    def log_square(self, kappa):
        """ln E|Z|² at the typical norms."""
        re, im, ere, eim, a = self.pair(kappa)
        four, eight, d = 1 - 4 * a, 1 - 8 * a, float(self.projection.d)
        l4, l8 = map(float, scalar("log", [four, eight]))
        squares = (re * re - im * im) * self.place[0] + (ere * ere - eim * eim) * self.place[1]
        return d * l4 - d / 2 * l8 + 2 * four / eight * phi_of(re, ere, self.place) - squares

    def strata(self):
        """Waves or a law, weights of the waves, and the total of each part that is sampled apart."""
        parts = []
        for s in self.spectrum.jordan() if self.jordan else [self.spectrum]:
            waves = [w for w in s.waves if w[0] != 0]
            if waves:
                logs = [scalar("log", w[0]) + (0 if self.proportional else self.log_square(w[1]) / 2) for w in waves]
                parts.append((waves, None, logs))
            if s.law and s.cont[0] > 0:
                parts.append((s.cont, s.law, [scalar("log", s.cont[0])]))
        if not 0 < len(parts) <= self.projection.m:
            raise ValueError("map urf: no row for a part of the spectrum, or no part")
        largest = max(max(logs) for _, _, logs in parts)
        out = []
        for waves, law, logs in parts:
            weights = [float(v) for v in scalar("exp", [l - largest for l in logs])]
            out.append((waves, law, weights if law else [max(w, 5e-324) for w in weights]))
        return out

    def frequencies(self):
        """The frequency of each row of the whole projection."""
        p, strata = self.projection, self.strata()
        counts = allot(p.m, [sum_of(weights) for _, _, weights in strata])
        u, out = Draws(p.seed, FREQUENCIES).uniform(0, p.m + len(strata)), []
        for k, ((waves, law, weights), count) in enumerate(zip(strata, counts)):
            if self.independent:
                level = u[len(strata) + len(out) :][:count]
            else:
                level = (np.arange(count) + u[k]) / count
            if law:
                kappa = waves[1] * LAWS[law](np.clip(level, 2.0**-60, 1 - 2.0**-53))
            else:
                sums = np.cumsum(weights)
                chosen = np.minimum(np.searchsorted(sums, level * sums[-1], side="right"), len(sums) - 1)
                kappa = np.array([w[1] for w in waves])[chosen]
            out.extend(kappa.tolist())
        order = np.argsort(Draws(p.seed, ORDER).pairs(0, p.m), kind="stable")
        return [out[i] for i in order]

    def make(self):
        pairs = [self.pair(kappa) for kappa in self.frequencies()]
        self.make_features([(re, im, a) for re, im, _, _, a in pairs])


KINDS = {"relu": ReLU, "arccos": ArcCos, "fourier": Fourier, "maclaurin": Maclaurin, "urf": URF, "softmax": Softmax}
