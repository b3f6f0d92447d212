#!/usr/bin/env python3
"""Read files that nnk wrote with nothing but struct, json and ast.

    read_files.py FILE...

Checks safetensors files (header, offsets that cover the data without gap or
overlap, sizes, finite numbers, the metadata of a model) and npy files (magic,
header, size), and says what they hold. Exits 1 at the first thing that is wrong.
"""
import ast
import json
import math
import struct
import sys


def check(ok, what):
    if not ok:
        raise SystemExit(f"{PATH}: {what}")


def safetensors(data):
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length].decode("utf-8"))
    body = data[8 + length :]
    meta = header.pop("__metadata__", {})
    check(all(isinstance(v, str) for v in meta.values()), "metadata are not all strings")
    at = 0
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = t["data_offsets"]
        code, size = {"F32": ("f", 4), "F64": ("d", 8)}[t["dtype"]]
        count = math.prod(t["shape"])
        check(begin == at and end - begin == count * size, f"tensor {name}: offsets {begin} to {end} after {at}")
        values = struct.unpack(f"<{count}{code}", body[begin:end])
        check(all(map(math.isfinite, values)), f"tensor {name}: not finite")
        at = end
    check(at == len(body), f"{len(body) - at} bytes after the last tensor")
    if "nnk.format" in meta:
        stages = json.loads(meta["nnk.stages"])
        used = {f"{s['name']}.weight" for s in stages if s["kind"] == "dense"}
        check(used <= set(header), f"stages name tensors that are missing: {used - set(header)}")
    return f"{len(header)} tensors, metadata {sorted(meta)}"


def npy(data):
    check(data[:8] == b"\x93NUMPY\x01\x00", "no magic of version 1")
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + length].decode("latin-1"))
    check((10 + length) % 64 == 0, "data are not aligned")
    kind, size = header["descr"][1], int(header["descr"][2:])
    size *= 4 if kind == "U" else 1
    check(not header["fortran_order"], "Fortran order")
    check(len(data) == 10 + length + size * math.prod(header["shape"]), "size does not fit the shape")
    return f"{header['descr']} {header['shape']}"


for PATH in sys.argv[1:]:
    with open(PATH, "rb") as f:
        content = f.read()
    print(PATH, (npy if PATH.endswith(".npy") else safetensors)(content))
