"""The numbers and the elementary functions of port.py, from asm/ARITHMETIC.md."""

import math
import re
import struct

# Numbers: a float32 is a Python float with such a value.


def quotient(p, q):
    """p/q of integers, q > 0, rounded once to float64."""
    try:
        return p / q
    except OverflowError:
        return math.inf if p > 0 else -math.inf


class Double:
    """Operations that round to float64."""

    name, lanes, width, low = "float64", 16, 64, 52
    root_half = 0x3FE6A09E667F3BCD  # S of split
    smallest, subnormal = 2.0**-1022, 54
    largest = 2.0**22  # argument of the steps of sine and cosine

    def round(self, x):
        return x

    def bits(self, x):
        return struct.unpack("<Q", struct.pack("<d", x))[0]

    def of_bits(self, b):
        return struct.unpack("<d", struct.pack("<Q", b))[0]

    def add(self, x, y):
        return self.round(x + y)

    def sub(self, x, y):
        return self.round(x - y)

    def mul(self, x, y):
        return self.round(x * y)

    def div(self, x, y):
        if y == 0:
            return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)
        return self.round(x / y)

    def sqrt(self, x):
        return self.round(math.sqrt(x)) if x >= 0 else math.nan

    def fma(self, x, y, z):
        if x == 0 or y == 0 or not all(map(math.isfinite, (x, y, z))):
            return x * y + z
        (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
        return quotient(a * c * f + e * b * d, b * d * f)

    def ldexp(self, p, n):
        if p == 0 or n != n or not math.isfinite(p):
            return p + 0 * n
        a, b = p.as_integer_ratio()
        return self.round(quotient(a << max(int(n), 0), b << max(-int(n), 0)))

    def poly(self, z, *coefficients):
        p = coefficients[0]
        for c in coefficients[1:]:
            p = self.fma(p, z, c)
        return p

    def split(self, x):
        less = 0
        if x < self.smallest:  # as the note on the logarithm has it
            less = self.subnormal
            x *= 2.0**less
        beta = self.bits(x) - self.root_half
        k = (beta >> self.low) - less
        return float(k), self.of_bits(beta % (1 << self.low) + self.root_half)

    def signed(self, m):
        """m mod 2^width as a signed integer, converted."""
        m %= 1 << self.width
        return self.round(float(m - (m >> (self.width - 1) << self.width)))

    def half_up(self, m):
        """m + ½, rounded once, over 2^width."""
        return self.round(quotient(2 * m + 1, 1)) / 2.0 / 2.0**self.width


class Single(Double):
    """Operations that round to float32. All but the fma may round to float64 first."""

    name, lanes, width, low = "float32", 32, 32, 23
    root_half = 0x3F3504F3
    smallest, subnormal = 2.0**-126, 24
    largest = 2.0**15

    def round(self, x):
        try:
            return struct.unpack("<f", struct.pack("<f", x))[0]
        except OverflowError:
            return math.copysign(math.inf, x)

    def bits(self, x):
        return struct.unpack("<I", struct.pack("<f", x))[0]

    def of_bits(self, b):
        return struct.unpack("<f", struct.pack("<I", b))[0]

    def fma(self, x, y, z):
        p = x * y
        s = p + z
        v = s - p
        e = (p - (s - v)) + (z - v)
        if e != 0 and e == e and DOUBLE.bits(s) % 2 == 0:
            s = DOUBLE.of_bits(DOUBLE.bits(s) + (1 if (e > 0) == (s > 0) else -1))
        return self.round(s)


SINGLE, DOUBLE = Single(), Double()


def least(a, b):
    return a if a < b else b


def most(a, b):
    return a if a > b else b


def turn(values, n):
    return values[int(n) % 4] if n == n else math.nan


# Elementary functions: steps of the page turned into Python, operation by operation.


class Steps:
    word = re.compile(r"0x[0-9a-f.]+p[-+]\d+|\d+(?:\.\d+)?|==|[^\W\d]\w*|\S")
    space = {"least": least, "most": most, "turn": turn, "copysign": math.copysign}
    choose = "({0} if {1} else {2})"  # of yes, condition and no

    def __init__(self, inputs, lines):
        code = ["def run(A, F, %s):" % ", ".join(map(self.variable, inputs))]
        self.results = []
        for line in lines:
            left, right = line.split(" = ", 1)
            self.rest = self.word.findall(right)
            value = self.choice()
            if self.rest:
                raise SyntaxError("%s: %s is left" % (line, self.rest))
            names = left.split(", ")
            if "(" in left or left in ("first", "second"):
                self.results.append(left.split("(")[0])
                names = ["result"]
            if names == ["result"]:
                code.append("    results.append(%s)" % value)
            else:
                code.append("    %s = %s" % (", ".join(map(self.variable, names)), value))
        code.insert(1, "    results = []")
        code.append("    return results")
        space = dict(self.space)
        exec("\n".join(code), space)
        self.run = space["run"]

    def variable(self, name):
        return "v_" + name

    def take(self, *words):
        return self.rest.pop(0) if self.rest and self.rest[0] in words else None

    def need(self, *words):
        for word in words:
            if not self.take(word):
                raise SyntaxError("%s expected before %s" % (word, self.rest))

    def choice(self):
        value = self.sum()
        sign = self.take("==", "<")
        if sign:
            value += " %s %s" % (sign, self.sum())
            self.need("?")
            yes = self.sum()
            self.need(":")
            value = self.choose.format(yes, value, self.sum())
        return value

    def chain(self, operand, operations):
        value = operand()
        while self.rest and self.rest[0] in operations:
            value = "A.%s(%s, %s)" % (operations[self.rest.pop(0)], value, operand())
        return value

    def sum(self):
        return self.chain(self.product, {"+": "add", "-": "sub"})

    def product(self):
        return self.chain(self.factor, {"·": "mul", "/": "div"})

    def list(self, end):
        values = [self.choice()]
        while self.take(",", ";"):
            values.append(self.choice())
        self.need(end)
        return ", ".join(values)

    def factor(self):
        word = self.rest.pop(0)
        if word == "-":
            return "-" + self.factor()
        if word == "(":
            return self.list(")")
        if word == "|":
            return "abs(%s)" % self.list("|")
        if word == "[":
            values = self.list("]")
            self.need("[")
            value = "turn((%s), %s)" % (values, self.sum())
            self.need("mod", "4", "]")
            return value
        if word[0].isdigit():
            return repr(float.fromhex(word) if word.startswith("0x") else float(word))
        if not self.take("("):
            return self.variable(word)
        arguments = self.list(")")
        if word in ("fma", "sqrt", "ldexp", "split", "P"):
            return "A.%s(%s)" % (word.replace("P", "poly"), arguments)
        own = {"min": "least", "max": "most", "copysign": "copysign"}
        return "%s(%s)" % (own[word], arguments) if word in own else "F.%s(A, %s)" % (word, arguments)


def steps_of_page(page):
    """The steps of each function and type: {("exp", "float32"): lines}."""
    found = {}
    for title, text in re.findall(r"^### (\w+): .*\n((?:(?!#).*\n)*)", page, re.M):
        for kind, block in re.findall(r"(?:^(float\d\d)\n\n)?^```\n(.*?)^```$", text, re.M | re.S):
            for name in [kind] if kind else ["float32", "float64"]:
                found[title, name] = joined(block)
    return found


def joined(block):
    """The lines of a block, with those that continue one."""
    return re.sub(r"\n +", " ", block).splitlines()


class Functions:
    """Those of the page, with what its notes say."""

    compile = Steps
    inputs = {"tail": ["y", "h", "l"], "normal": ["u", "a", "q"]}

    def __init__(self, page):
        self.steps = {}
        for (name, kind), lines in steps_of_page(page).items():
            if any(re.match(r"\w+\(|first", line) for line in lines):
                self.steps[name, kind] = self.compile(self.inputs.get(name, ["x"]), lines)
            if name == "sincos":
                at = [k for k, line in enumerate(lines) if line.startswith("z = ")][0]
                self.steps["from z", kind] = self.compile(["x", "r0", "r1", "n"], lines[at:])
        (block,) = re.findall(r"^The rational functions are\n\n```\n(.*?)^```$", page, re.M | re.S)
        self.rational = self.compile(["t"], joined(block))
        digits = re.search(r"bits of 2/π suffice:\n\n((?:    [0-9a-f ]+\n)+)", page).group(1)
        self.two_over_pi = int("".join(digits.split()), 16)  # times 2^1280

    def __getattr__(self, name):
        return lambda A, *x: self.steps[name, A.name].run(A, self, *x)[0]

    def log(self, A, x):
        if not x > 0:
            return -math.inf if x == 0 else math.nan
        return x if x == math.inf else self.steps["log", A.name].run(A, self, x)[0]

    def log1p(self, A, x):
        if not x > -1:
            return -math.inf if x == -1 else math.nan
        return x if x == math.inf else self.steps["log1p", A.name].run(A, self, x)[0]

    def sincos(self, A, x):
        if abs(x) <= A.largest:
            return self.steps["sincos", A.name].run(A, self, x)
        if not math.isfinite(x):
            return math.nan, math.nan
        if A is SINGLE:
            return tuple(map(A.round, self.sincos(DOUBLE, x)))
        return self.steps["from z", A.name].run(A, self, x, *self.large(A, x))

    def sin(self, A, x):
        return self.sincos(A, x)[0]

    def cos(self, A, x):
        return self.sincos(A, x)[1]

    def quantile(self, A, p):
        q = p - 0.5
        if abs(q) <= 0.375:
            z = q * q
            a = self.rational.run(DOUBLE, self, 0.140625 - z)[0]
            c, d = float.fromhex("0x1.40d931ff62706p+01"), float.fromhex("-0x1.a6a0d6f814637p-53")
            return A.round(DOUBLE.fma(q, c, q * DOUBLE.fma(z, a, d)))
        if p == 0 or p == 1:
            return math.copysign(math.inf, q)
        if not 0 < p < 1:
            return math.nan
        l = -self.log(DOUBLE, least(p, 1 - p))
        r = math.sqrt(l)
        e = DOUBLE.fma(-r, r, l) / (2 * r)
        g = self.rational.run(DOUBLE, self, r - 1.4375)[1] if r < 5 else self.rational.run(DOUBLE, self, r - 5)[2]
        return A.round(math.copysign(r + (g + e), q))

    def large(self, A, x):
        mantissa, e = math.frexp(abs(x))
        m, e = int(mantissa * 2**53), e - 53
        skip = e - 2 + 192
        W = (self.two_over_pi >> (1280 - skip)) % 2**192
        F = (m * W >> 64) % 2**128
        n, F = F >> 126, 4 * F % 2**128
        negative = F >= 2**127
        if negative:
            n, F = n + 1, 2**128 - F
        z = 128 - F.bit_length()
        F <<= z
        f0 = math.ldexp(F >> 75, -53 - z)
        f1 = math.ldexp((F >> 22) % 2**53, -106 - z)
        half_pi, rest = float.fromhex("0x1.921fb54442d18p+00"), float.fromhex("0x1.1a62633145c07p-54")
        p = f0 * half_pi
        error = A.fma(f0, half_pi, -p)
        error = A.fma(f0, rest, A.fma(f1, half_pi, error))
        r0 = p + error
        r1 = (p - r0) + error
        if negative != (x < 0):
            r0, r1 = -r0, -r1
        return r0, r1, -n if x < 0 else n
