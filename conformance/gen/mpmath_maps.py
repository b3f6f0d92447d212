"""Projections, maps and models of the vectors from their texts, without rounding; see check_mpmath.py."""

import base64
import json
import os
import re
import struct
import sys

from mpmath import mp, mpf

sys.dont_write_bytecode = True  # the tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from port import philox, words  # noqa: E402
from port_sequences import bases, shuffled, sobol_directions  # noqa: E402

ORTHO, URF = 0x6F727468 << 32, 0x75726600 << 32  # the table in package rng
ELEMENTS, LENGTHS, SIGNS, WEIGHTS, HALTON, SOBOL, SHUFFLE, COLUMNS, SUPPORTS = range(ORTHO, ORTHO + 9)
PHASES, BIASES, FREQUENCIES, ORDER, MATERN, CAUCHY, DEGREES = range(URF, URF + 7)


class Drawn:
    """A substream of a seed. Distributions of float32 numbers if single."""

    def __init__(self, seed, *path, single=False):
        self.seed, self.stream, self.single = seed, 0, single
        for use in path:
            low, high = philox(words(use) + words(self.stream), words(seed ^ 0x6E6E6B2E73756273))[:2]
            self.stream = high << 32 | low

    def block(self, b):
        return philox(words(b) + words(self.stream), words(self.seed))

    def word(self, i):
        return self.block(i // 64 * 16 + i % 16)[i % 64 // 16]

    def number(self, i):
        b, k = self.block(i // 32 * 16 + i % 16), i % 32 // 16
        return b[2 * k] | b[2 * k + 1] << 32

    def uniform(self, i):
        return mpf(self.number(i) >> 11) / 2**53

    def normal(self, i):
        if self.single:
            b, k = self.block(i // 64 * 16 + i % 16), i % 64 // 16
            u, v, k = (b[k & 2] + mpf(0.5)) / mpf(2) ** 32, mpf(b[k | 1]) / mpf(2) ** 32, k & 1
        else:
            b, k = self.block(i // 32 * 16 + i % 16), i % 32 // 16
            u, v = ((b[0] | b[1] << 32) + mpf(0.5)) / mpf(2) ** 64, mpf(b[2] | b[3] << 32) / mpf(2) ** 64
        return mp.sqrt(-2 * mp.log(u)) * (mp.sinpi(2 * v) if k else mp.cospi(2 * v))

    def cauchy(self, i):
        u = (self.word(i) + mpf(0.5)) / 2**32 if self.single else (self.number(i) + mpf(0.5)) / mpf(2) ** 64
        return mp.tan(mp.pi * u)

    def chi(self, i, d):
        return mp.sqrt(mp.fsum(self.normal(i * d + j) ** 2 for j in range(d)))

    def permutation(self, n):
        p = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.number(i) * (i + 1) >> 64
            p[i], p[j] = p[j], p[i]
        return p


def dot(x, y):
    return mp.fsum(a * b for a, b in zip(x, y))


def fields(text):
    kind, values = re.fullmatch(r"([a-z0-9-]+)\((.*)\)", text).groups()
    return kind, dict(f.split("=", 1) for f in values.split(",")) if values else {}


class Projection:
    """The rows that are kept of G."""

    def __init__(self, text, single, quantile, **changed):
        self.kind, v = fields(text)
        v.update(changed)
        self.values, self.single = v, single
        self.seed, self.m, self.d = int(v.get("seed", 0)), int(v["m"]), int(v["d"])
        self.kept = [int(w) for w in v["select"].split("+")] if v.get("select") else list(range(self.m))
        make = {"hadamard": self.hadamard, "block": self.blocks, "simplex": self.blocks, "sobol": lambda: self.sequence(quantile), "halton": lambda: self.sequence(quantile), "pursuit": self.pursuit}
        self.rows = make.get(self.kind, self.plain)()

    def times(self, x):
        return [dot(g, x) for g in self.rows]

    def length(self, i, n):
        return mp.sqrt(n) if self.values.get("norm") == "sqrt" else Drawn(self.seed, LENGTHS).chi(i, n)

    def plain(self):
        s, rows = Drawn(self.seed, ELEMENTS, single=self.single), []
        for i in self.kept:
            row, q = [s.normal(i * self.d + j) for j in range(self.d)], 1 + i % 4
            if self.kind == "sparse" and q < min(4, self.d):
                order = Drawn(self.seed, SUPPORTS, i).permutation(self.d)[:q]
                factor = mp.sqrt(mpf(self.d) / q) * (4 if i % 8 == 4 else 1)
                row = [v * factor if j in order else mpf(0) for j, v in enumerate(row)]
            rows.append(row)
        return rows

    def hadamard(self):
        """Rows of the product of matrices, from the right: H·D_r·…·H·D_0 transposed, one unit vector at a time."""
        p = 64
        while p < self.d:
            p *= 2
        rounds, out = int(self.values.get("rounds", 0)) or (4 if self.d < 64 else 3), []
        for i in self.kept:
            b, v = i // p, [mpf(j == i % p) for j in range(p)]
            for r in reversed(range(rounds)):
                # The Walsh-Hadamard matrix by its elements (-1)^popcount(i & j).
                v = [mp.fsum(x if bin(k & j).count("1") % 2 == 0 else -x for k, x in enumerate(v) if x) / mp.sqrt(p) for j in range(p)]
                if r or p // self.d == 1:
                    s = Drawn(self.seed, SIGNS, r)
                    v = [-x if s.word((b * p + j) // 32) >> (b * p + j) % 32 & 1 else x for j, x in enumerate(v)]
            row = v[: self.d]
            if p // self.d > 1:
                n = [Drawn(self.seed, WEIGHTS).normal(b * p + j) for j in range(p)]
                parts = [range(j, p // self.d * self.d, self.d) for j in range(self.d)]
                row = [mp.fsum(n[k] * v[k] for k in part) / mp.sqrt(mp.fsum(n[k] ** 2 for k in part)) for part in parts]
            long = self.length(i, p)
            out.append([long * x for x in row])
        return out

    def blocks(self):
        """By mpmath's own QR factorisation, its signs turned."""
        d, out, s = self.d, [], Drawn(self.seed, ELEMENTS, single=self.single)
        for b in range(-(-self.m // d)):
            count = min(d, self.m - b * d)
            n = d if self.kind == "simplex" else count
            a = mp.matrix(d, n)
            for c in range(n):
                for j in range(d):
                    a[j, c] = s.normal((b * d + c) * d + j)
            if n == 1:  # which mp.qr refuses
                rows = [[v / mp.norm(a) for v in a]]
            else:
                q, r = mp.qr(a, mode="skinny")
                rows = [[q[j, c] * mp.sign(r[c, c]) for j in range(d)] for c in range(n)]
            if self.kind == "simplex" and d > 2:
                e = d - 1
                total = [mp.fsum(col) for col in zip(*rows[:e])]
                long = (mp.sqrt(e + 1) + 1) / mp.sqrt(e) ** 3
                vertices = [[mp.sqrt(mpf(e + 1) / e) * v - long * t for v, t in zip(row, total)] for row in rows[:e]]
                rows = vertices + [[t / mp.sqrt(e) for t in total]]
            for j in range(count):
                long = self.length(b * d + j, d)
                out.append([long * v for v in rows[j]])
        return [out[i] for i in self.kept]

    def sequence(self, quantile):
        points = self.halton() if self.kind == "halton" else self.sobol()
        order = list(range(self.d)) if self.kind == "halton" else Drawn(self.seed, COLUMNS).permutation(self.d)
        return [[quantile(mpf(point[order.index(j)])) for j in range(self.d)] for point in points]

    def halton(self):
        s, columns = Drawn(self.seed, HALTON), []
        for j, (base, places) in enumerate(bases(self.d)):
            digits = [(1 + (s.word(128 * j + 2 * k) * (base - 1) >> 32), s.word(128 * j + 2 * k + 1) * base >> 32) for k in range(places)]
            column = []
            for i in self.kept:
                x = 0
                for a, c in digits:
                    x, i = x * base + (a * (i % base) + c) % base, i // base
                column.append((x + 0.5) / float(base**places))  # the points are float64
            columns.append(column)
        return list(zip(*columns))

    def sobol(self):
        v = [row for row, _ in zip(sobol_directions(self.d), range(self.d))]
        least = 2 + (self.d - 1).bit_length()
        if self.m < 1 << least:
            v = shuffled(v, Drawn(self.seed, SHUFFLE, 0).number(0), least)
        s, turned = Drawn(self.seed, SOBOL, 0), lambda x: int("{:032b}".format(x)[::-1], 2)
        points = []
        for i in self.kept:
            point = []
            for j, row in enumerate(v):
                x = 0
                for b in range(32):
                    x ^= row[b] if i >> b & 1 else 0
                x = turned(x)
                for r, c in enumerate([0x487ED510, 0x0B4611A6, 0x2633145C, 0x06E0E688]):
                    x = (x + s.word(8 * j + 2 * r)) * (s.word(8 * j + 2 * r + 1) | 1) % 2**32
                    x ^= x * c % 2**32
                point.append((turned(x) + 0.5) / 2**32)
            points.append(point)
        return points

    def pursuit(self):
        v, out, self.offsets = self.values, [], []
        index, data = int(v["atoms"]).bit_length() - 1, base64.urlsafe_b64decode(v["codes"] + "=" * (-len(v["codes"]) % 4))
        bits = int.from_bytes(data, "little")
        text = "hadamard(seed=%d,m=%s,d=%d,norm=sqrt)" % (self.seed, v["atoms"], self.d)
        for _ in range(self.m):
            row = [mpf(0)] * self.d
            for _ in range(int(v["terms"])):
                code, bits = bits & (1 << index + 5) - 1, bits >> index + 5
                (atom,) = Projection(text, self.single, None, select=str(code & (1 << index) - 1)).rows
                factor = mpf(2) ** (mpf(int(v["base"]) + (code >> index + 1)) / 4) * (-1 if code >> index & 1 else 1)
                row = [a + factor * b for a, b in zip(row, atom)]
            out.append(row)
            self.offsets.append(bits & 255)
            bits >>= 8
        return out


class Map:
    """Features of a map from its text."""

    def __init__(self, text, single, quantile):
        head, _, tail = text.partition(" on ")
        self.kind, self.values = fields(head)
        self.tail, self.single, self.quantile = tail, single, quantile
        self.g = Projection(tail, single, quantile) if self.kind != "maclaurin" else None
        _, base = fields(tail)
        self.seed, self.m, self.d = int(base.get("seed", 0)), int(base["m"]), int(base["d"])
        self.kept = [int(w) for w in base["select"].split("+")] if "select" in base else list(range(self.m))

    def number(self, key, usual=0):
        return mpf(float(self.values.get(key, usual)))

    def positive(self, key):
        return self.number(key) or mpf(1)

    def phi(self, x):
        if self.kind in ("relu", "arccos"):
            return self.rectified(x)
        if self.kind == "fourier":
            return self.fourier(x)
        if self.kind == "maclaurin":
            return self.products(x, [mpf(1)] * 64)
        return self.universal(x)

    def rectified(self, x):
        h, out, bias = self.g.times([self.positive("scale") * v for v in x]), [], self.number("bias")
        floor, slope, order = self.number("floor"), self.number("slope"), int(self.values.get("order", 0))
        for k, i in enumerate(self.kept):
            n = mpf((self.g.offsets[i] + 128) % 256 - 128) / 32 if self.g.kind == "pursuit" else Drawn(self.seed, BIASES).normal(i)
            v = h[k] + bias * n
            if self.kind == "relu":
                out.append((v if v > floor else floor + slope * (v - floor)) / mp.sqrt(self.m))
            else:
                out.append(mp.sqrt(mpf(2) / self.m) * v**order if v > 0 else mpf(0))
        return out + [mpf(1)] * ("constant" in self.values)

    def fourier(self, x):
        v, scale = self.values, self.positive("scale")
        kernel, pairs = v.get("kernel", "gaussian"), "pairs" in v
        if kernel == "laplacian":
            s = Drawn(self.seed, CAUCHY, single=self.single)
            self.g.rows = [[s.cauchy(i * self.d + j) for j in range(self.d)] for i in self.kept]
        h = self.g.times([scale * t for t in x])
        f = {"matern-1/2": 1, "matern-3/2": 3, "matern-5/2": 5}.get(kernel)
        if f:
            h = [t * mp.sqrt(f) / Drawn(self.seed, MATERN).chi(i, f) for t, i in zip(h, self.kept)]
        if pairs:
            out = [w(t) / mp.sqrt(self.m) for w in (mp.cos, mp.sin) for t in h]
        else:
            turns = [mpf(self.g.offsets[i]) / 256 if self.g.kind == "pursuit" else Drawn(self.seed, PHASES).uniform(i) for i in self.kept]
            out = [mp.sqrt(mpf(2) / self.m) * mp.cos(t + 2 * mp.pi * u) for t, u in zip(h, turns)]
        out += [x[int(j)] * scale * self.positive("slope") for j in v["linear"].split("+")] if "linear" in v else []
        return out + [mpf(1)] * ("constant" in v)

    def place(self):
        x, w = self.positive("xnorm"), self.positive("wnorm")
        return x * x, w * w, x * w * self.number("cosine")

    def coefficients(self):
        return [mpf(float(w)) for w in self.values["coefficients"].split()]

    def products(self, x, a):
        """Of the degrees' projections; a_n is the coefficient of degree n."""
        own = self.coefficients()
        shares = [int(w) for w in self.values.get("shares", "").split("+") if w]
        own += [mpf(0)] * (len(shares) + 2 - len(own))
        degrees = [n for n in range(len(own) - 1, 1, -1) if shares or "bias" in self.values or own[n]]
        shares = shares[::-1]
        if not shares:
            x2, w2, xw = self.place()
            deviations = [abs(own[n]) * mp.sqrt((x2 * w2 + 2 * xw * xw) ** n - xw ** (2 * n)) for n in degrees]
            shares = allot(self.m, deviations)
        rows = [n for n, count in zip(degrees, shares) for _ in range(count)]
        out = [mpf(1)] * len(self.kept)
        for t in range(rows[0]):
            count = sum(n > t for n in rows)
            select = [i for i in self.kept if i < count]
            if not select:
                break
            seed = Drawn(self.seed, DEGREES).number(t)
            g = Projection(self.tail, self.single, self.quantile, seed=str(seed), m=str(count), select="+".join(map(str, select)))
            for k, h in enumerate(g.times(x)):
                out[k] *= h
        a = list(a) + [mpf(0)] * 64
        out = [v * a[rows[i]] / mp.sqrt(rows.count(rows[i])) for v, i in zip(out, self.kept)]
        return out + [a[1] * v for v in x] + [a[0]]

    # Universal features.

    def pair(self, kappa, angle):
        """ρ, η and A; κ is None for the exponential kernel, where ρη = 1."""
        x2, w2, xw = self.place()
        r = self.number("radius") or mp.sqrt((kappa or 1) * mp.sqrt(w2 / x2))
        rho = r * mp.mpc(mp.cospi(angle), mp.sinpi(angle))
        eta = mp.mpc(0, 1) * kappa / rho if kappa else 1 / rho
        phi = mp.re(rho) ** 2 * x2 + mp.re(eta) ** 2 * w2 + 2 * mp.re(rho) * mp.re(eta) * xw
        a = self.number("a")
        if "a" not in self.values:
            s = 2 * phi + self.d
            a = (1 - (mp.sqrt(s * s + 8 * self.d * phi) + s) / (2 * self.d)) / 8
        four, eight = 1 - 4 * a, 1 - 8 * a
        second = self.d * mp.log(four) - mpf(self.d) / 2 * mp.log(eight) + 2 * four / eight * phi - mp.re(rho**2) * x2 - mp.re(eta**2) * w2
        return rho, a, second

    def universal(self, x):
        linear = constant = False
        if self.kind == "softmax":
            rows = [self.pair(None, mpf(0))[:2]] * self.m
        else:
            constant, slope, rows = self.frequencies()
            linear, constant = bool(slope), bool(slope or constant)
        x2 = self.place()[0]
        shift = mp.fsum(mpf(self.d) / 4 * mp.log(1 - 4 * a) + self.d * a + (mp.re(rho) ** 2 * (1 - 4 * a) - mp.re(rho**2)) * x2 / 2 for rho, a in rows) / self.m
        out = []
        for g, i in zip(self.g.rows, self.kept):
            rho, a = rows[i]
            e = mpf(self.d) / 4 * mp.log(1 - 4 * a) + a * dot(g, g) + mp.sqrt(1 - 4 * a) * rho * dot(g, x) - rho**2 * dot(x, x) / 2
            out.append(mp.exp(e - shift) / mp.sqrt(self.m))
        parts = [mp.re(v) for v in out]
        if any(mp.im(rho) for rho, a in rows):
            parts += [mp.im(v) for v in out]
        return parts + list(x) * linear + [mpf(1)] * constant

    def frequencies(self):
        words, waves, slope = self.values["spectrum"].split(), [], mpf(0)
        for w in words[1:]:
            name, *rest = w.split(":")
            if name == "linear":
                slope = mpf(float(rest[0]))
            else:
                waves.append((mpf(float(name)), mpf(float(rest[0]))))
        pairs = [self.pair(kappa, self.number("angle")) for mass, kappa in waves]
        weights = [mass * (1 if "proportional" in self.values else mp.exp(p[2] / 2)) for (mass, _), p in zip(waves, pairs)]
        u, chosen = Drawn(self.seed, FREQUENCIES), []
        for j in range(self.m):
            level = u.uniform(1 + j) if "independent" in self.values else (j + u.uniform(0)) / self.m
            k = 0
            while mp.fsum(weights[: k + 1]) <= level * mp.fsum(weights):
                k += 1
            chosen.append(pairs[k][:2])
        order = sorted(range(self.m), key=Drawn(self.seed, ORDER).number)
        return mpf(float(words[0])), slope, [chosen[j] for j in order]


def allot(m, weights):
    """One each, the rest in proportion, what is left to the largest remainders."""
    rest = m - len(weights)
    exact = [rest * w / mp.fsum(weights) for w in weights]
    counts = [1 + int(s) for s in exact]
    for k in sorted(range(len(weights)), key=lambda k: int(exact[k]) - exact[k])[: m - sum(counts)]:
        counts[k] += 1
    return counts


def of(c, name, quantile):
    text = c.text(name).replace("~", " ")
    return (Map if name == "map" else Projection)(text, c.head["type"] == "float32", quantile)


def shifted(a, b):
    """Coefficients in t of the series a in t + b, by the binomial theorem."""
    return [mp.fsum(a[n] * mp.binomial(n, k) * b ** (n - k) for n in range(k, len(a))) for k in range(len(a))]


def psi(c, quantile):
    m = of(c, "map", quantile)
    if c.head["function"] == "urf.SeriesTowers.PsiSeries":
        return m.products(c.mpfs("w"), c.mpfs("series"))
    a = m.coefficients()
    return m.products(c.mpfs("w"), shifted(a, mpf(c.float("b"))))


# Models.


def safetensors(data):
    (n,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + n])
    meta, tensors = header.pop("__metadata__"), {}
    for name, t in header.items():
        raw = data[8 + n + t["data_offsets"][0] : 8 + n + t["data_offsets"][1]]
        letter, size = {"F32": ("f", 4), "F64": ("d", 8)}[t["dtype"]]
        tensors[name] = t["shape"], [mpf(v) for v in struct.unpack("<%d%s" % (len(raw) // size, letter), raw)]
    return meta, tensors


def model(c, quantile):
    """Outputs of a model file: stages scale, linear, map and layer."""
    meta, tensors = safetensors(bytes.fromhex(c.text("file")))
    x, single = c.mpfs("x"), meta["nnk.type"] == "float32"
    activations = {"none": lambda v: v, "relu": lambda v: max(v, mpf(0)), "tanh": mp.tanh}
    for n, stage in enumerate(json.loads(meta["nnk.stages"])):
        get = lambda name: tensors.get("%d.%s" % (n, name), (None, None))
        if stage["kind"] == "scale":
            x = [(v - m) * f for v, m, f in zip(x, get("mean")[1], get("factor")[1])]
            continue
        if "map" in stage:
            x = Map(stage["map"], single, quantile).phi(x)
        shape, w = get("weight")
        if w is None:
            continue
        y = [dot(w[i * shape[1] : (i + 1) * shape[1]], x) for i in range(shape[0])]
        bias = get("bias")[1] or [mpf(0)] * len(y)
        f = activations[stage.get("activation", "none")]
        x = [f(a + b) for a, b in zip(y, bias)]
    return x
