#!/usr/bin/env python3
"""Read files that nnk wrote, and write them again, with nothing but struct, json and ast.

    read_files.py DIR FILE...

Checks safetensors files (header, offsets that cover the data without gap or
overlap, sizes, finite numbers, the metadata of a model) and npy files (magic,
header, size), says what they hold, and writes what it understood to a file of the
same name in DIR: tensors in another order, the header spaced differently. Exits 1 at
the first thing that is wrong.
"""
import ast
import json
import math
import os
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
    tensors = {}
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = t["data_offsets"]
        code, size = {"F32": ("f", 4), "F64": ("d", 8)}[t["dtype"]]
        count = math.prod(t["shape"])
        check(begin == at and end - begin == count * size, f"tensor {name}: offsets {begin} to {end} after {at}")
        values = struct.unpack(f"<{count}{code}", body[begin:end])
        check(all(map(math.isfinite, values)), f"tensor {name}: not finite")
        tensors[name] = (t["dtype"], t["shape"], code, values)
        at = end
    check(at == len(body), f"{len(body) - at} bytes after the last tensor")
    if "nnk.format" in meta:
        stages = json.loads(meta["nnk.stages"])
        used = {f"{i}.weight" for i, s in enumerate(stages) if s["kind"] in ("linear", "layer", "hybrid")}
        check(used <= set(header), f"stages name tensors that are missing: {used - set(header)}")
    return f"{len(header)} tensors, metadata {sorted(meta)}", write_safetensors(meta, tensors)


def write_safetensors(meta, tensors):
    header, body = {}, b""
    for name in sorted(tensors, reverse=True):
        dtype, shape, code, values = tensors[name]
        data = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"shape": shape, "dtype": dtype, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    header["__metadata__"] = meta
    text = json.dumps(header, indent=1).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def npy(data):
    check(data[:8] == b"\x93NUMPY\x01\x00", "no magic of version 1")
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + length].decode("latin-1"))
    check((10 + length) % 64 == 0, "data are not aligned")
    kind, size = header["descr"][1], int(header["descr"][2:])
    size *= 4 if kind == "U" else 1
    check(not header["fortran_order"], "Fortran order")
    check(len(data) == 10 + length + size * math.prod(header["shape"]), "size does not fit the shape")
    text = repr(dict(reversed(header.items()))).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    again = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data[10 + length :]
    return f"{header['descr']} {header['shape']}", again


for PATH in sys.argv[2:]:
    with open(PATH, "rb") as f:
        content = f.read()
    says, again = (npy if PATH.endswith(".npy") else safetensors)(content)
    with open(os.path.join(sys.argv[1], os.path.basename(PATH)), "wb") as f:
        f.write(again)
    print(PATH, says)
