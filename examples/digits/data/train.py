#!/usr/bin/python3
"""Train the reference networks of this folder with scikit-learn.

    python3 train.py OUTDIR

Writes teacher.safetensors (64-256-256-10), narrow-34.safetensors (64-34-10) and
narrow-68.safetensors (64-68-10): ReLU networks trained by MLPClassifier with its
default settings on rows 0-1296 of the digits, random_state 0, and prints the test
accuracy on rows 1297-1796 of five seeds of each.

Training reads x/16. The factor is folded into the first weight matrix (it is a
power of two, so this is exact up to the rounding to float32), so the networks in
the files read the pixels 0-16 as they are. Tensors carry the names of a
torch.nn.Sequential of Linear, ReLU, Linear, ...: 0.weight [out, in], 0.bias,
2.weight, ... in float32. Shipped is seed 0 of each; no seed was picked.
"""
import json
import os
import struct
import sys

import numpy
import sklearn
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

TRAIN = 1297


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, t in tensors:
        header[name] = {
            "dtype": "F32",
            "shape": list(t.shape),
            "data_offsets": [offset, offset + 4 * t.size],
        }
        offset += 4 * t.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for _, t in tensors:
            f.write(numpy.ascontiguousarray(t, "<f4").tobytes())


def main(out):
    x, y = load_digits(return_X_y=True)
    x = x / 16
    print("scikit-learn", sklearn.__version__, "numpy", numpy.__version__)
    for name, hidden in (("teacher", (256, 256)), ("narrow-34", (34,)), ("narrow-68", (68,))):
        scores = []
        for seed in range(5):
            net = MLPClassifier(hidden, max_iter=1000, random_state=seed)
            net.fit(x[:TRAIN], y[:TRAIN])
            scores.append(net.score(x[TRAIN:], y[TRAIN:]))
            if seed == 0:
                tensors = []
                for i, (w, b) in enumerate(zip(net.coefs_, net.intercepts_)):
                    if i == 0:
                        w = w / 16
                    tensors += [(f"{2 * i}.weight", w.T), (f"{2 * i}.bias", b)]
                write_safetensors(
                    os.path.join(out, name + ".safetensors"),
                    tensors,
                    {"trained-with": f"scikit-learn {sklearn.__version__} MLPClassifier, random_state 0"},
                )
        sizes = "-".join(map(str, (64,) + hidden + (10,)))
        print(
            f"{name}: {sizes}, {sum(w.size for w in net.coefs_) + sum(b.size for b in net.intercepts_)} parameters,",
            "accuracy of seeds 0-4:", " ".join(f"{100 * s:.1f}" for s in scores),
            f"mean {100 * numpy.mean(scores):.1f}",
        )


if __name__ == "__main__":
    main(sys.argv[1])
