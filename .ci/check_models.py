#!/usr/bin/env python3
"""Compare the model files of folders with conformance/model.py, which follows the documents.

    check_models.py DIR...

For each NAME.safetensors of a model with NAME.npy, the outputs wanted, the inputs are NAME.x.npy, a list of rows in
NAME.rows.json, or else those of x.csv. All outputs must have the same bits. Quick ones must be near, as far as the model's type is exact. A file called
…layer.safetensors is damaged and changed too, which must be refused by name. Exits 1 if anything is wrong.
"""
import csv
import glob
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance"))
import numpy as np  # noqa: E402

import model  # noqa: E402

# NEAR is how far quick outputs may be off, relative to the largest one. That of float32 is what features of large
# angles lose by that type.
NEAR = {"float32": 2e-3, "float64": 1e-9}


def compare(path):
    """What is wrong with a file, and how far the quick outputs are off."""
    name = path[: -len(".safetensors")]
    m, want, wrong = model.load(path), np.load(name + ".npy"), []
    x = inputs(m, name)
    got, quick = m.predict(x), m.predict(x, quick=True)
    if got.shape != want.shape or not np.array_equal(got, want):
        wrong.append("%d of %d outputs have other bits" % ((got != want).sum(), want.size))
    off = np.abs(quick - want).max() / np.abs(want).max()
    if not off <= NEAR[m.type]:
        wrong.append("quick outputs are off by %.1e" % off)
    return wrong, m.type, off


def inputs(m, name):
    if os.path.exists(name + ".x.npy"):
        return np.load(name + ".x.npy")
    table = os.path.join(os.path.dirname(name), "x.csv")
    if not m.schema:
        return np.loadtxt(table, delimiter=",", skiprows=1, ndmin=2)
    if os.path.exists(name + ".rows.json"):
        with open(name + ".rows.json", encoding="utf-8") as f:
            return m.schema.inputs(json.load(f))
    with open(table, encoding="utf-8", newline="") as f:
        return m.schema.inputs(list(csv.DictReader(f)))


def refused(path, change, word):
    """Whether a file with changed metadata and tensors is refused with that word."""
    with open(path, "rb") as f:
        metadata, tensors = model.safetensors(f.read())
    change(metadata, tensors)
    try:
        model.Model(metadata, tensors)
    except ValueError as e:
        return [] if word in str(e) else ["refused because of %s, want something of %s" % (e, word)]
    return ["not refused, want something of %s" % word]


def sealed(change):
    def changed(metadata, tensors):
        change(metadata, tensors)
        metadata["nnk.sha256"] = model.digest(metadata, tensors)

    return changed


def with_stage(**fields):
    def change(metadata, tensors):
        stages = json.loads(metadata["nnk.stages"])
        stages[0].update(fields)
        metadata["nnk.stages"] = json.dumps(stages)

    return sealed(change)


def damage(metadata, tensors):
    kind, v = next(iter(tensors.values()))
    v = v.copy()
    v.flat[0] += 1
    tensors[next(iter(tensors))] = kind, v


def refusals(path):
    """Of a file whose first stage is a layer."""
    on = " on iid(seed=1,m=70,d=5)"
    set_key = lambda key, value: sealed(lambda metadata, tensors: metadata.update({key: value}))
    cases = [
        (damage, "nnk.sha256"),
        (lambda metadata, tensors: metadata.update(note="another"), "nnk.sha256"),
        (set_key("nnk.format", "3"), "nnk.format"),
        (set_key("nnk.arithmetic", "1"), "nnk.arithmetic"),
        (set_key("nnk.new", "1"), "nnk.new"),
        (set_key("nnk.schema", '{"columns":[],"rows":1}'), "unknown rows"),
        (set_key("nnk.schema", '{"columns":[{"name":"a","kind":"colour"}]}'), "colour"),
        (set_key("nnk.schema", '{"columns":[{"name":"a","kind":"number","spread":1}]}'), "1 inputs"),
        (set_key("nnk.type", "float16"), "float16"),
        (set_key("nnk.task", "dream"), "dream"),
        (sealed(lambda metadata, tensors: metadata.pop("nnk.inputs")), "nnk.inputs"),
        (sealed(lambda metadata, tensors: tensors.update({"7.weight": tensors["0.weight"]})), "7.weight"),
        (sealed(lambda metadata, tensors: tensors.pop("0.weight")), "0.weight"),
        (with_stage(kind="conv"), "conv"),
        (with_stage(colour="red"), "colour"),
        (with_stage(diagonals=True), "0.phi.bias"),
        (with_stage(bits=7), "7 bits"),
        (with_stage(map="sigmoid()" + on), "sigmoid"),
        (with_stage(map="fourier(kernel=cubic)" + on), "cubic"),
        (with_stage(map="fourier(blue=1)" + on), "blue"),
        (with_stage(map="urf(spectrum=0 pareto:1:1:0)" + on), "pareto"),
        (with_stage(map="fourier() on toeplitz(m=70,d=5)"), "toeplitz"),
        (with_stage(map="fourier() on iid(m=70,d=5,tint=1)"), "tint"),
    ]
    return [w for change, word in cases for w in refused(path, change, word)]


def main(folders):
    failed, count, worst = [], 0, {kind: 0.0 for kind in NEAR}
    for path in (p for folder in folders for p in sorted(glob.glob(os.path.join(folder, "*.safetensors")))):
        with open(path, "rb") as f:
            metadata, _ = model.safetensors(f.read())
        if "nnk.format" not in metadata:
            continue
        wrong, kind, off = compare(path)
        if path.endswith("layer.safetensors"):
            wrong += refusals(path)
        failed += ["%s: %s" % (path, w) for w in wrong]
        count, worst[kind] = count + 1, max(worst[kind], off)
    print("\n".join(failed + ["%d models, %d failures" % (count, len(failed))]))
    print("quick outputs are off by " + ", ".join("%.1e (%s)" % (off, kind) for kind, off in worst.items()))
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
