"""The Fourier transforms of port.py, after asm/ARITHMETIC.md. A complex number is a pair."""

import math


class Fourier:
    """Transforms with the operations of one type."""

    precision = 160  # bits behind the point

    def __init__(self, A):
        self.A = A
        one = 1 << self.precision
        inverse = lambda n: sum((-1) ** k * (one // n ** (2 * k + 1)) // (2 * k + 1) for k in range(80))
        self.pi = 4 * (4 * inverse(5) - inverse(239))  # Machin

    def root(self, k, n):
        """exp(−2πi·k/n) by Taylor's series, rounded to float64 and then to the type."""
        axis = {0: (1.0, -0.0), 1: (-0.0, -1.0), 2: (-1.0, 0.0), 3: (0.0, 1.0)}
        k %= n
        if 4 * k % n == 0:
            return axis[4 * k // n]
        one = 1 << self.precision
        x = 2 * self.pi * k // n
        sums, term = [0, 0], one
        for j in range(1, 90):
            sums[(j - 1) % 2] += term if (j - 1) % 4 < 2 else -term
            term = (term * x >> self.precision) // j
        return tuple(self.A.round(s / one) for s in (sums[0], -sums[1]))

    def add(self, x, y):
        return self.A.add(x[0], y[0]), self.A.add(x[1], y[1])

    def sub(self, x, y):
        return self.A.sub(x[0], y[0]), self.A.sub(x[1], y[1])

    def mul(self, x, w):
        A = self.A
        return A.fma(x[0], w[0], -A.mul(x[1], w[1])), A.fma(x[0], w[1], A.mul(x[1], w[0]))

    def short(self, a):
        A, add, sub, r = self.A, self.add, self.sub, len(a)
        if r == 2:
            return [add(a[0], a[1]), sub(a[0], a[1])]
        if r == 4:
            t0, t1, t2, t3 = add(a[0], a[2]), sub(a[0], a[2]), add(a[1], a[3]), sub(a[1], a[3])
            t3 = t3[1], -t3[0]  # times −i
            return [add(t0, t2), add(t1, t3), sub(t0, t2), sub(t1, t3)]
        if r == 8:
            c = [add(a[k], a[k + 4]) for k in range(4)]
            d = [sub(a[k], a[k + 4]) for k in range(4)]
            H = A.round(math.sqrt(0.5))
            (xr, xi), (yr, yi), (zr, zi) = d[1:]
            d[1] = A.mul(A.add(xr, xi), H), A.mul(A.sub(xi, xr), H)
            d[2] = yi, -yr
            d[3] = A.mul(A.sub(zi, zr), H), A.mul(-A.add(zr, zi), H)
            return [v for pair in zip(self.short(c), self.short(d)) for v in pair]
        h = (r - 1) // 2
        t = [None] + [add(a[j], a[r - j]) for j in range(1, h + 1)]
        u = [None] + [sub(a[j], a[r - j]) for j in range(1, h + 1)]
        b = [a[0]] * r
        for j in range(1, h + 1):
            b[0] = add(b[0], t[j])
        for k in range(1, h + 1):
            parts = []
            for part in 0, 1:
                C, S = a[0][part], None
                for j in range(1, h + 1):
                    c, s = self.root(j * k, r)
                    C = A.fma(c, t[j][part], C)
                    S = A.mul(-s, u[j][part]) if j == 1 else A.fma(-s, u[j][part], S)
                parts.append((C, S))
            (Ar, Br), (Ai, Bi) = parts
            b[k], b[r - k] = (A.add(Ar, Bi), A.sub(Ai, Br)), (A.sub(Ar, Bi), A.add(Ai, Br))
        return b

    def radices(self, n):
        """The radices in order, the last pass apart; None if n has another prime factor."""
        first, last, middle = [], 1, []
        if n % 4 == 0:
            first, n = [4], n // 4
        while last < 4 and n % 2 == 0:
            last, n = 2 * last, n // 2
        for r in 7, 5, 3:
            while n % r == 0:
                middle.append(r)
                n //= r
        eights = []
        while n % 8 == 0 and n != 16:
            eights.append(8)
            n //= 8
        for r in 4, 2:
            while n % r == 0:
                middle.append(r)
                n //= r
        return (first + middle + eights, last) if n == 1 else None

    def transform(self, x, scale, inverse):
        if inverse:
            x = [(b, a) for a, b in x]
        n, plan = len(x), self.radices(len(x))
        y = self.passes(x, *plan, scale) if plan else self.chirp(x, scale)
        return [(b, a) for a, b in y] if inverse else y

    def passes(self, x, radices, last, scale):
        n, s = len(x), 1
        for at, r in enumerate(radices + [last] * (last > 1)):
            m, y = n // (r * s), [None] * n
            for p in range(m):
                w = [self.root(s * p * k, n) for k in range(r)]
                for q in range(s):
                    b = self.short([x[q + s * (p + k * m)] for k in range(r)])
                    for k in range(r):
                        plain = k == 0 or at == len(radices)
                        y[q + s * (r * p + k)] = b[k] if plain else self.mul(b[k], w[k])
            x, s = y, s * r
        return [(self.A.mul(a, scale), self.A.mul(b, scale)) for a, b in x]

    def chirp(self, x, scale):
        n, m = len(x), 4
        while m < 2 * n - 1:
            m *= 2
        c = [self.root(j * j, 2 * n) for j in range(n)]
        S = [(0.0, 0.0)] * m
        for j, (re, im) in enumerate(c):
            S[j] = S[-j] = re, -im
        S = self.transform(S, self.A.div(1.0, float(m)), False)
        a = [self.mul(v, w) for v, w in zip(x, c)] + [(0.0, 0.0)] * (m - n)
        a = [self.mul(v, w) for v, w in zip(self.transform(a, 1.0, False), S)]
        return [self.mul(v, w) for v, w in zip(self.transform(a, scale, True), c)]

    def real(self, x):
        A, n = self.A, len(x)
        if n % 2:
            y = self.transform([(v, 0.0) for v in x], 1.0, False)[: n // 2 + 1]
            return [(y[0][0], 0.0)] + y[1:]
        h = n // 2
        Z = self.transform(list(zip(x[::2], x[1::2])), 1.0, False)
        y = Z + [(A.sub(Z[0][0], Z[0][1]), 0.0)]
        y[0] = A.add(Z[0][0], Z[0][1]), 0.0
        for k in range(1, h // 2 + 1):
            (a, b), (c, d) = Z[k], Z[h - k]
            e, o = (A.add(a, c) / 2, A.sub(b, d) / 2), (A.add(b, d) / 2, A.sub(c, a) / 2)
            w = self.root(k, n)
            p = A.fma(w[0], o[0], -A.mul(w[1], o[1])), A.fma(w[0], o[1], A.mul(w[1], o[0]))
            y[k] = self.add(e, p)
            y[h - k] = A.sub(e[0], p[0]), A.sub(p[1], e[1])
        return y

    def back(self, y, n, c):
        A = self.A
        if n % 2:
            z = [(y[0][0], 0.0)] + y[1:] + [(re, -im) for re, im in y[:0:-1]]
            return [re for re, im in self.transform(z, c, True)]
        h = n // 2
        Z = [(A.add(y[0][0], y[h][0]) / 2, A.sub(y[0][0], y[h][0]) / 2)] + [None] * (h - 1)
        for k in range(1, h // 2 + 1):
            (a, b), (p, q) = y[k], y[h - k]
            e, p = (A.add(a, p) / 2, A.sub(b, q) / 2), (A.sub(a, p) / 2, A.add(b, q) / 2)
            w = self.root(k, n)
            o = A.fma(w[0], p[0], A.mul(w[1], p[1])), A.fma(w[0], p[1], -A.mul(w[1], p[0]))
            Z[k] = A.sub(e[0], o[1]), A.add(e[1], o[0])
            Z[h - k] = A.add(e[0], o[1]), A.sub(o[0], e[1])
        return [part for pair in self.transform(Z, 2 * c, True) for part in pair]

    def cosine2(self, x):
        A, n = self.A, len(x)
        V = self.real(x[::2] + x[1::2][::-1])
        y = [V[0][0]] + [0.0] * (n - 1)
        for k in range(1, n // 2 + 1):
            (wr, wi), (re, im) = self.root(k, 4 * n), V[k]
            y[n - k] = -A.fma(wr, im, A.mul(wi, re))
            y[k] = A.fma(wr, re, -A.mul(wi, im))
        return y

    def cosine3(self, x):
        A, n = self.A, len(x)
        V = [(x[0], 0.0)]
        for k in range(1, n // 2 + 1):
            wr, wi = self.root(k, 4 * n)
            V.append((A.fma(wr, x[k], -A.mul(wi, x[n - k])), -A.fma(wr, x[n - k], A.mul(wi, x[k]))))
        v = self.back(V, n, 0.5)
        y = [0.0] * n
        y[::2], y[1::2] = v[: (n + 1) // 2], v[(n + 1) // 2 :][::-1]
        return y
