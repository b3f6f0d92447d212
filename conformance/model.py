#!/usr/bin/env python3
"""Another reader of model files, after the documents.

    python3 conformance/model.py [-quick] MODEL.safetensors X.npy OUT.npy

All that it does stands in FORMAT.md, asm/ARITHMETIC.md and the package comments that are named there. It reads every kind of
stage, map, projection and activation that a file can hold, of both types. OUT has the bits of nnk predict. With -quick
only what is drawn from seeds has them: the rest is computed in float64 with products of NumPy, and the outputs of a
float32 model differ by its own rounding. In Python,

    model = load(path)
    outputs = model.predict(x)            # n rows; predict(x, quick=True)
    names = model.labels(outputs)
    x = model.schema.inputs(rows)         # of dicts, for a model that was made from a table with names

What is damaged, or unknown to it, is refused by a ValueError that names it. Needs NumPy, and Python 3.8 or later.
"""

import base64
import hashlib
import json
import struct
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

import numpy as np  # noqa: E402

import port_maps  # noqa: E402
from port_arrays import ARRAYS, DOUBLES, QUICK, SINGLES  # noqa: E402
from port_schema import Schema  # noqa: E402

FORMAT, ARITHMETIC = "2", "2"
KEYS = {"nnk." + key for key in "format sha256 arithmetic type task inputs outputs classes label-type schema stages".split()}
TYPES = {"float32": (SINGLES, "F32"), "float64": (DOUBLES, "F64")}
LABELS = " b1 i1 i2 i4 i8 u1 u2 u4 u8 f4 f8 U S".split(" ")


# The file.


def safetensors(data):
    """Metadata, and the type and array of each tensor."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length].decode("utf-8"))
    body = data[8 + length :]
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        kind = {"F32": "<f4", "F64": "<f8", "I8": "i1", "U8": "u1"}.get(t["dtype"])
        if kind is None:
            raise ValueError("tensor %s has the type %s" % (name, t["dtype"]))
        tensors[name] = t["dtype"], np.frombuffer(body[begin:end], kind).reshape(t["shape"])
    return metadata, tensors


def digest(metadata, tensors):
    def number(n):
        return struct.pack("<Q", n)

    def text(s):
        return number(len(s.encode())) + s.encode()

    h = hashlib.sha256()
    for key in sorted(set(metadata) - {"nnk.sha256"}, key=str.encode):
        h.update(b"m" + text(key) + text(metadata[key]))
    for name in sorted(tensors, key=str.encode):
        kind, v = tensors[name]
        h.update(b"t" + text(name) + text(kind) + number(v.ndim) + b"".join(map(number, v.shape)) + v.tobytes())
    return base64.urlsafe_b64encode(h.digest()[:16]).decode().rstrip("=")


def load(path):
    with open(path, "rb") as f:
        return read(f, path)


def read(file, path):
    data = file.read()
    try:
        metadata, tensors = safetensors(data)
    except (AttributeError, KeyError, TypeError, ValueError, struct.error) as e:
        raise ValueError("%s is no safetensors file: %s" % (path, e))
    try:
        return Model(metadata, tensors)
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise ValueError("%s: %s" % (path, e))


class Model:
    def __init__(self, metadata, tensors):
        self.read(metadata, tensors)
        names, self.stages = set(), []
        for n, description in enumerate(json.loads(metadata["nnk.stages"])):
            d = Description(n, description, tensors, *TYPES[self.type])
            kind = d.word("kind")
            if kind not in STAGES:
                raise ValueError("stage %d: unknown kind %.60s" % (n, kind))
            self.stages.append(STAGES[kind](d))
            names |= d.done()
        if set(tensors) - names:
            raise ValueError("tensor %s belongs to no stage" % min(set(tensors) - names))

    def read(self, metadata, tensors):
        if metadata.get("nnk.format") != FORMAT:
            raise ValueError("nnk.format is %.60s, not %s" % (metadata.get("nnk.format"), FORMAT))
        unknown = {key for key in metadata if key.startswith("nnk.")} - KEYS
        if unknown:
            raise ValueError("unknown metadata %.60s" % min(unknown))
        if metadata.get("nnk.sha256") != digest(metadata, tensors):
            raise ValueError("damaged: nnk.sha256 is not that of the contents")
        if metadata.get("nnk.arithmetic") != ARITHMETIC:
            raise ValueError("nnk.arithmetic is %.60s, not %s" % (metadata.get("nnk.arithmetic"), ARITHMETIC))
        missing = KEYS - set(metadata) - {"nnk.classes", "nnk.label-type", "nnk.schema"}
        if missing:
            raise ValueError("no metadata %s" % min(missing))
        self.type, self.task, label = metadata["nnk.type"], metadata["nnk.task"], metadata.get("nnk.label-type", "")
        for key, value, known in ("type", self.type, TYPES), ("task", self.task, ("classify", "regress", "outputs")), ("label-type", label, LABELS):
            if value not in known:
                raise ValueError("unknown nnk.%s %.60s" % (key, value))
        self.inputs, self.outputs = int(metadata["nnk.inputs"]), int(metadata["nnk.outputs"])
        self.classes = json.loads(metadata["nnk.classes"]) if "nnk.classes" in metadata else None
        if self.classes is not None and (self.task == "regress" or len(self.classes) != max(self.outputs, 2)):
            raise ValueError("%d classes for %d outputs" % (len(self.classes), self.outputs))
        self.schema = Schema(metadata["nnk.schema"]) if "nnk.schema" in metadata else None
        if self.schema and self.schema.width != self.inputs:
            raise ValueError("nnk.schema: columns become %d inputs, the model reads %d" % (self.schema.width, self.inputs))
        self.info = {key: metadata[key] for key in metadata if key not in KEYS}

    def predict(self, x, quick=False):
        """The outputs for the rows of x: n×outputs."""
        x = np.asarray(x)
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise ValueError("x is %s, the model reads rows of %d" % (x.shape, self.inputs))
        A = TYPES[self.type][0]
        with np.errstate(all="ignore"):
            parts = [self.rows(A, QUICK if quick else A, x[lo : lo + 256]) for lo in range(0, len(x), 256)]
        y = np.concatenate(parts) if parts else np.zeros((0, self.outputs))
        return y.astype(np.float64 if isinstance(self.stages[-1], Scale) else A.dtype)

    def rows(self, A, N, x):
        stages = list(self.stages)
        x = x.astype(np.float64)
        if isinstance(stages[0], Columns):
            x = stages.pop(0).forward(N, x)
        if stages and isinstance(stages[0], Scale):
            x = stages.pop(0).scaled(x)
        x = x.astype(A.dtype)
        last = stages.pop() if stages and isinstance(stages[-1], Scale) else None
        for s in stages:
            x = s.forward(N, x)
        return last.scaled(x) if last else x

    def labels(self, outputs):
        """The classes' names, or numbers where they have none."""
        found = (outputs[:, 0] > 0).astype(int) if self.outputs == 1 else outputs.argmax(axis=1)
        return found if self.classes is None else np.array(self.classes)[found]


# Stages.


class Description:
    """The object of a stage and its tensors; what nobody asked for is refused."""

    def __init__(self, number, fields, tensors, A, kind):
        self.stage, self.fields, self.tensors, self.A, self.kind = number, dict(fields), tensors, A, kind
        self.used = set()

    def word(self, key):
        if key not in self.fields:
            raise ValueError("stage %d has no %s" % (self.stage, key))
        return self.fields.pop(key)

    def tensor(self, name, dimensions, kind=None):
        name = "%d.%s" % (self.stage, name)
        found, v = self.tensors.get(name, ("", np.zeros(0)))
        if found != (kind or self.kind) or v.ndim != dimensions or not v.size or not np.isfinite(v).all():
            raise ValueError("tensor %s is missing, or not one of %d dimensions of finite %s" % (name, dimensions, kind or self.kind))
        self.used.add(name)
        return v

    def perhaps(self, name, dimensions):
        return self.tensor(name, dimensions) if "%d.%s" % (self.stage, name) in self.tensors else None

    def weights(self):
        """The matrix [out, in], as numbers of the model's type."""
        bits = self.fields.pop("bits", 0)
        if not bits:
            return self.tensor("weight", 2)
        if bits == 8:
            codes = self.tensor("weight", 2, "I8")
        elif bits == 4:
            halves, width = self.tensor("weight", 2, "U8"), self.word("width")
            codes = np.stack([halves & 15, halves >> 4], axis=2).reshape(len(halves), -1).astype(np.int8)
            codes = np.where(codes > 7, codes - 16, codes)
            if codes.shape[1] - width not in (0, 1) or codes[:, width:].any():
                raise ValueError("stage %d: codes of %d columns in rows of %d bytes" % (self.stage, width, halves.shape[1]))
            codes = codes[:, :width]
        else:
            raise ValueError("stage %d: codes of %s bits" % (self.stage, bits))
        scale = self.tensor("scale", 1, "F32")
        if len(scale) != len(codes) or not ((scale == 0) | (scale >= 2.0**-126) & (scale <= 2.0**120)).all() or codes.min() < -(2 ** (bits - 1) - 1):
            raise ValueError("stage %d: scales or codes out of range" % self.stage)
        return scale.astype(self.A.dtype)[:, None] * codes.astype(self.A.dtype)

    def map(self):
        text, trained = self.word("map"), None
        if " on pursuit(" in text and ",codes=" not in text:
            codes = base64.urlsafe_b64encode(self.tensor("phi.codes", 1, "U8").tobytes()).decode().rstrip("=")
            text = text[:-1] + ",codes=" + codes + text[-1:]
        if self.fields.pop("diagonals", False):
            trained = [], self.tensor("phi.bias", 1)
            while "%d.phi.diagonal%d" % (self.stage, len(trained[0])) in self.tensors:
                trained[0].append(self.tensor("phi.diagonal%d" % len(trained[0]), 2))
        try:
            with np.errstate(all="ignore"):
                return port_maps.parse(text, self.A, trained)
        except (KeyError, ValueError) as e:
            raise ValueError("stage %d: %s" % (self.stage, e))

    def done(self):
        if self.fields:
            raise ValueError("stage %d: unknown %.60s" % (self.stage, min(self.fields)))
        return self.used


class Columns:
    def __init__(self, d):
        width, without = d.word("width"), d.word("without")
        if not without or without != sorted(set(without)) or without[0] < 0 or without[-1] >= width or len(without) == width:
            raise ValueError("stage %d: columns %s of %d are left out" % (d.stage, without, width))
        self.width, self.without = width, without

    def forward(self, N, x):
        if x.shape[1] != self.width:
            raise ValueError("%d columns, want %d" % (x.shape[1], self.width))
        return np.delete(x, self.without, axis=1)


class Scale:
    def __init__(self, d):
        self.mean, self.factor = d.tensor("mean", 1, "F64"), d.tensor("factor", 1, "F64")

    def scaled(self, x):
        return (x.astype(np.float64) - self.mean) * self.factor

    def forward(self, N, x):
        return self.scaled(x).astype(N.dtype)


class Linear:
    def __init__(self, d):
        self.f = activation(d.word("activation"))
        self.weight, self.bias = d.weights(), d.perhaps("bias", 1)

    def forward(self, N, x):
        y = N.product(x, self.weight)
        return self.f(N, y if self.bias is None else N.add(y, self.bias))


class MapStage:
    def __init__(self, d):
        self.map = d.map()

    def forward(self, N, x):
        return self.map.features(N, x)


class Layer:
    def __init__(self, d):
        self.map, self.weight, self.bias = d.map(), d.weights(), d.perhaps("bias", 1)

    def forward(self, N, x):
        y = N.product(self.map.features(N, x), self.weight)
        return y if self.bias is None else N.add(y, self.bias)


class Hybrid:
    def __init__(self, d):
        self.neurons, self.map = Linear(d), d.map()

    def forward(self, N, x):
        return np.concatenate([self.neurons.forward(N, x), self.map.features(N, x)], axis=1)


class LayerNorm:
    def __init__(self, d):
        self.epsilon = d.A.of(d.fields.pop("epsilon", 0.0))
        self.weight, self.bias = d.tensor("weight", 1), d.tensor("bias", 1)

    def forward(self, N, x):
        n = N.of(x.shape[1])
        x = N.sub(x, N.div(N.total(x), n)[:, None])
        r = N.div(1, N.sqrt(N.add(N.div(N.dot(x, x), n), self.epsilon)))
        return N.add(N.mul(N.mul(x, r[:, None]), self.weight), self.bias)


class PReLU:
    def __init__(self, d):
        self.slope = d.tensor("slope", 1)

    def forward(self, N, x):
        return np.where(x > 0, x, N.mul(x, self.slope))


class Activation:
    def __init__(self, d):
        self.f, _ = activation(d.word("activation")), d.word("width")

    def forward(self, N, x):
        return self.f(N, x)


class Softmax:
    log = False

    def __init__(self, d):
        d.word("width")

    def forward(self, N, x):
        x = N.sub(x, x.max(axis=1, keepdims=True))
        e = ARRAYS.exp(N, x)
        s = N.total(e)[:, None]
        return N.sub(x, ARRAYS.log(N, s)) if self.log else N.mul(e, N.div(1, s))


class LogSoftmax(Softmax):
    log = True


STAGES = {
    "columns": Columns, "scale": Scale, "linear": Linear, "map": MapStage, "layer": Layer, "hybrid": Hybrid, "layernorm": LayerNorm, "prelu": PReLU,
    "activation": Activation, "softmax": Softmax, "log-softmax": LogSoftmax,
}  # fmt: skip


# Activations.


def elu(z, alpha):
    return np.where(z > 0, z, alpha * ARRAYS.expm1(DOUBLES, np.where(z < 0, z, 0)))


def mish(z, _):
    low = z < -40
    w = ARRAYS.exp(DOUBLES, np.where(low, z / 2, np.minimum(z, 40)))
    n = w * (w + 2)
    return np.where(low, np.maximum(z, -2000) * w * w, z * (n / (n + 2)))


def hard_sigmoid(z, _):
    return np.minimum(np.maximum(z + 3, 0), 6) / 6


PAGE = {"gelu": "gelu", "gelu-tanh": "geluTanh", "silu": "silu", "softplus": "softplus", "tanh": "tanh", "sigmoid": "sigmoid", "sin": "sin", "cos": "cos"}
DOUBLED = {  # functions of a float64 and a parameter, and the usual parameter
    "leaky-relu": (lambda z, slope: np.where((z > 0) | (z != z), z, z * slope), 0.01),
    "elu": (elu, 1.0),
    "mish": (mish, None),
    "hard-swish": (lambda z, _: np.maximum(z, -3) * hard_sigmoid(z, _), None),
    "hard-sigmoid": (hard_sigmoid, None),
    "gaussian": (lambda z, _: ARRAYS.exp(DOUBLES, -z * z / 2), None),
}


def activation(name):
    """The function of numbers N and z."""
    plain, given, parameter = name.partition(":")
    if plain in DOUBLED and (not given or DOUBLED[plain][1] is not None):
        f, usual = DOUBLED[plain]
        p = float(parameter) if given else usual
        return lambda N, z: f(z.astype(np.float64), p).astype(N.dtype)
    if given or plain not in ("none", "relu", *PAGE):
        raise ValueError("unknown activation %.60s" % name)
    if plain == "none":
        return lambda N, z: z
    if plain == "relu":
        return lambda N, z: np.where(z > 0, z, N.dtype.type(0))
    return lambda N, z: getattr(ARRAYS, PAGE[plain])(N, z)


def main(arguments):
    quick = "-quick" in arguments
    files = [a for a in arguments if a != "-quick"]
    if len(files) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        np.save(files[2], load(files[0]).predict(np.load(files[1]), quick))
    except (OSError, ValueError) as e:
        print("model.py: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
