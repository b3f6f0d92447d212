#!/usr/bin/env python3
"""Write small random checkpoints in the layouts of Hugging Face's BERT, RoBERTa, DistilBERT and ViT, with what PyTorch
computes for them in float64: the test of package encoder reads both. The forward pass below was written for this
test, from the papers and with torch.nn.functional alone.

    python3 reference.py FOLDER                              the committed checkpoints, a folder each
    python3 reference.py FOLDER gradients                    the same, with the gradients of a loss
    python3 reference.py FOLDER full bert|distilbert|vit     one of the shape of BERT-base, DistilBERT-base, ViT-base

Needs PyTorch (Debian: python3-torch).
"""
import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def save(path, tensors):
    """A safetensors file: the length of the header, the header, the numbers."""
    header, data, at = {}, [], 0
    for name, t in tensors.items():
        t = t.contiguous()
        raw = bytes(t.reshape(-1).view(torch.uint8).numpy().tobytes()) if t.numel() else b""
        header[name] = {"dtype": TYPES[t.dtype], "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for raw in data:
            f.write(raw)


def layer_norm(x, p, name, eps):
    if name + ".gamma" in p:
        weight, bias = p[name + ".gamma"], p[name + ".beta"]
    else:
        weight, bias = p[name + ".weight"], p[name + ".bias"]
    return F.layer_norm(x, (x.shape[-1],), weight, bias, eps)


def linear(x, p, name):
    return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))


def activation(name):
    return {"gelu": F.gelu, "gelu_new": lambda x: F.gelu(x, approximate="tanh"), "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
            "relu": F.relu, "silu": F.silu, "swish": F.silu}[name]


def attention(x, p, names, heads):
    """Self-attention of one text, x: tokens × width."""
    n, width = x.shape
    q, k, v = (linear(x, p, name).view(n, heads, width // heads).transpose(0, 1) for name in names[:3])
    weights = F.softmax(q @ k.transpose(1, 2) / math.sqrt(width // heads), dim=-1)
    return linear((weights @ v).transpose(0, 1).reshape(n, width), p, names[3])


def bert(p, c, ids, types):
    at = c["prefix"]
    e, eps = at + "embeddings.", c["layer_norm_eps"]
    first = c["pad_token_id"] + 1 if c["model_type"] == "roberta" else 0
    x = p[e + "word_embeddings.weight"][ids] + p[e + "token_type_embeddings.weight"][types] + p[e + "position_embeddings.weight"][first:first + len(ids)]
    x = layer_norm(x, p, e + "LayerNorm", eps)
    for i in range(c["num_hidden_layers"]):
        l = f"{at}encoder.layer.{i}."
        names = [l + "attention.self." + s for s in ("query", "key", "value")] + [l + "attention.output.dense"]
        x = layer_norm(x + attention(x, p, names, c["num_attention_heads"]), p, l + "attention.output.LayerNorm", eps)
        inner = activation(c["hidden_act"])(linear(x, p, l + "intermediate.dense"))
        x = layer_norm(x + linear(inner, p, l + "output.dense"), p, l + "output.LayerNorm", eps)
    return x


def distilbert(p, c, ids, types):
    at = c["prefix"]
    e = at + "embeddings."
    x = layer_norm(p[e + "word_embeddings.weight"][ids] + p[e + "position_embeddings.weight"][:len(ids)], p, e + "LayerNorm", 1e-12)
    for i in range(c["n_layers"]):
        l = f"{at}transformer.layer.{i}."
        names = [l + "attention." + s for s in ("q_lin", "k_lin", "v_lin", "out_lin")]
        x = layer_norm(x + attention(x, p, names, c["n_heads"]), p, l + "sa_layer_norm", 1e-12)
        inner = activation(c["activation"])(linear(x, p, l + "ffn.lin1"))
        x = layer_norm(x + linear(inner, p, l + "ffn.lin2"), p, l + "output_layer_norm", 1e-12)
    return x


def vit(p, c, image):
    at, eps = c["prefix"], c["layer_norm_eps"]
    e = at + "embeddings."
    patches = p[e + "patch_embeddings.projection.weight"]
    x = F.conv2d(image[None], patches, p[e + "patch_embeddings.projection.bias"], stride=patches.shape[2:]).flatten(2).transpose(1, 2)
    x = (torch.cat([p[e + "cls_token"], x], dim=1) + p[e + "position_embeddings"])[0]
    for i in range(c["num_hidden_layers"]):
        l = f"{at}encoder.layer.{i}."
        names = [l + "attention.attention." + s for s in ("query", "key", "value")] + [l + "attention.output.dense"]
        x = x + attention(layer_norm(x, p, l + "layernorm_before", eps), p, names, c["num_attention_heads"])
        inner = activation(c["hidden_act"])(linear(layer_norm(x, p, l + "layernorm_after", eps), p, l + "intermediate.dense"))
        x = x + linear(inner, p, l + "output.dense")
    return layer_norm(x, p, at + "layernorm", eps)


def pooled(p, c, x):
    return torch.tanh(linear(x[:1], p, c["prefix"] + "pooler.dense"))


def logits(p, c, x):
    kind = c["model_type"]
    if kind == "bert":
        return linear(pooled(p, c, x), p, "classifier")
    if kind == "roberta":
        return linear(torch.tanh(linear(x[:1], p, "classifier.dense")), p, "classifier.out_proj")
    if kind == "distilbert":
        return linear(F.relu(linear(x[:1], p, "pre_classifier")), p, "classifier")
    return linear(x[:1], p, "classifier")


class Maker:
    """Random tensors: matrices of the size that keeps values of order 1, norms near 1, biases near 0."""

    def __init__(self, seed, dtype):
        self.g, self.dtype, self.p = torch.Generator().manual_seed(seed), dtype, {}

    def add(self, name, *shape, mean=0.0, size=1.0):
        self.p[name] = (mean + size * torch.randn(*shape, generator=self.g)).to(self.dtype)

    def linear(self, name, out, inn, bias=True):
        self.add(name + ".weight", out, inn, size=1 / math.sqrt(inn))
        if bias:
            self.add(name + ".bias", out, size=0.1)

    def norm(self, name, width, old=False):
        self.add(name + (".gamma" if old else ".weight"), width, mean=1, size=0.1)
        self.add(name + (".beta" if old else ".bias"), width, size=0.1)


def make_bert(c, dtype, seed, pooler, classes, old=False, extra=()):
    m, at, w = Maker(seed, dtype), c["prefix"], c["hidden_size"]
    e = at + "embeddings."
    for name, n in ("word", c["vocab_size"]), ("position", c["max_position_embeddings"]), ("token_type", c["type_vocab_size"]):
        m.add(f"{e}{name}_embeddings.weight", n, w)
    m.norm(e + "LayerNorm", w, old)
    for i in range(c["num_hidden_layers"]):
        l = f"{at}encoder.layer.{i}."
        for name in ("query", "key", "value"):
            m.linear(l + "attention.self." + name, w, w)
        m.linear(l + "attention.output.dense", w, w)
        m.norm(l + "attention.output.LayerNorm", w, old)
        m.linear(l + "intermediate.dense", c["intermediate_size"], w)
        m.linear(l + "output.dense", w, c["intermediate_size"])
        m.norm(l + "output.LayerNorm", w, old)
    if pooler:
        m.linear(at + "pooler.dense", w, w)
    if classes and c["model_type"] == "roberta":
        m.linear("classifier.dense", w, w)
        m.linear("classifier.out_proj", classes, w)
    elif classes:
        m.linear("classifier", classes, w)
    for name in extra:
        m.add(name, 3)
    return m.p


def make_distilbert(c, dtype, seed, classes):
    m, at, w = Maker(seed, dtype), c["prefix"], c["dim"]
    e = at + "embeddings."
    m.add(e + "word_embeddings.weight", c["vocab_size"], w)
    m.add(e + "position_embeddings.weight", c["max_position_embeddings"], w)
    m.norm(e + "LayerNorm", w)
    for i in range(c["n_layers"]):
        l = f"{at}transformer.layer.{i}."
        for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
            m.linear(l + "attention." + name, w, w)
        m.norm(l + "sa_layer_norm", w)
        m.linear(l + "ffn.lin1", c["hidden_dim"], w)
        m.linear(l + "ffn.lin2", w, c["hidden_dim"])
        m.norm(l + "output_layer_norm", w)
    if classes:
        m.linear("pre_classifier", w, w)
        m.linear("classifier", classes, w)
    return m.p


def sides(v):
    return v if isinstance(v, list) else [v, v]


def make_vit(c, dtype, seed, pooler, classes):
    m, at, w = Maker(seed, dtype), c["prefix"], c["hidden_size"]
    e, (height, width), (ph, pw) = at + "embeddings.", sides(c["image_size"]), sides(c["patch_size"])
    m.add(e + "cls_token", 1, 1, w)
    m.add(e + "position_embeddings", 1, 1 + (height // ph) * (width // pw), w)
    fan = c["num_channels"] * ph * pw
    m.add(e + "patch_embeddings.projection.weight", w, c["num_channels"], ph, pw, size=1 / math.sqrt(fan))
    m.add(e + "patch_embeddings.projection.bias", w, size=0.1)
    for i in range(c["num_hidden_layers"]):
        l = f"{at}encoder.layer.{i}."
        for name in ("query", "key", "value"):
            m.linear(l + "attention.attention." + name, w, w, c["qkv_bias"])
        m.linear(l + "attention.output.dense", w, w)
        m.norm(l + "layernorm_before", w)
        m.norm(l + "layernorm_after", w)
        m.linear(l + "intermediate.dense", c["intermediate_size"], w)
        m.linear(l + "output.dense", w, c["intermediate_size"])
    m.norm(at + "layernorm", w)
    if pooler:
        m.linear(at + "pooler.dense", w, w)
    if classes:
        m.linear("classifier", classes, w)
    return m.p


GRADIENTS = False


def gradients(out, p, g):
    """Add the gradients, for all parameters, of the sum of all vectors and logits with random weights."""
    loss = 0
    for name in ("hidden", "logits"):
        if name in out:
            out["d" + name] = torch.randn(*out[name].shape, generator=g).double()
            loss = loss + (out[name] * out["d" + name]).sum()
    loss.backward()
    for name in list(out):
        out[name] = out[name].detach()
    out.update({"grad." + n: t.grad for n, t in p.items() if t.grad is not None})


def write(folder, c, p, seed, lengths, shards=0):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump({k: v for k, v in c.items() if k != "prefix"}, f, indent=2)
        f.write("\n")
    if shards:
        names, places = list(p), {}
        for k in range(shards):
            file = f"model-{k + 1:05}-of-{shards:05}.safetensors"
            part = {n: p[n] for n in names[k::shards]}
            places.update({n: file for n in part})
            save(os.path.join(folder, file), part)
        with open(os.path.join(folder, "model.safetensors.index.json"), "w") as f:
            json.dump({"metadata": {"total_size": 1, "more": [None, {}]}, "weight_map": places}, f)
    else:
        save(os.path.join(folder, "model.safetensors"), p)
    g = torch.Generator().manual_seed(seed)
    p = {n: t.double().requires_grad_(GRADIENTS) for n, t in p.items()}
    out, rows = {}, []
    if c["model_type"] == "vit":
        height, width = sides(c["image_size"])
        images = torch.randn(len(lengths), c["num_channels"], height, width, generator=g).double()
        out["pixels"] = images
        rows = [vit(p, c, x) for x in images]
    else:
        low = 2 if c["model_type"] == "roberta" else 0 # of RoBERTa's ids 1 is padding
        ids = torch.randint(low, c["vocab_size"], (sum(lengths),), generator=g)
        types = torch.randint(0, c.get("type_vocab_size", 1), (sum(lengths),), generator=g)
        out["lengths"], out["ids"], out["types"] = torch.tensor(lengths), ids, types
        run = distilbert if c["model_type"] == "distilbert" else bert
        at = 0
        for n in lengths:
            rows.append(run(p, c, ids[at:at + n], types[at:at + n]))
            at += n
    out["hidden"] = torch.cat(rows)
    if c["prefix"] + "pooler.dense.weight" in p:
        out["pooled"] = torch.cat([pooled(p, c, x) for x in rows])
    if any(n.startswith("classifier.") for n in p):
        out["logits"] = torch.cat([logits(p, c, x) for x in rows])
    if GRADIENTS:
        gradients(out, p, g)
    save(os.path.join(folder, "expected.safetensors"), out)


def small(folder):
    base = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "hidden_dropout_prob": 0.1, "torch_dtype": "float32",
            "id2label": {"0": "a", "1": "b"}, "transformers_version": "4.40.0"}
    text = {**base, "vocab_size": 30, "max_position_embeddings": 12, "type_vocab_size": 2, "position_embedding_type": "absolute"}
    c = {**text, "model_type": "bert", "prefix": "bert.", "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0, "pruned_heads": {}}
    write(os.path.join(folder, "bert"), c, make_bert(c, torch.float32, 1, True, 3, extra=["cls.predictions.bias", "bert.embeddings.position_ids"]), 11, [5, 1, 12, 3])
    c = {**text, "model_type": "bert", "prefix": "", "hidden_act": "silu", "layer_norm_eps": 1e-7, "pad_token_id": 0, "num_attention_heads": 4}
    write(os.path.join(folder, "minilm"), c, make_bert(c, torch.float16, 2, True, 0, old=True), 12, [2, 7], shards=2)
    c = {**text, "model_type": "roberta", "prefix": "roberta.", "hidden_act": "gelu_new", "layer_norm_eps": 1e-5, "pad_token_id": 1, "type_vocab_size": 1}
    write(os.path.join(folder, "roberta"), c, make_bert(c, torch.bfloat16, 3, False, 2, extra=["lm_head.bias"]), 13, [10, 4])
    c = {"model_type": "distilbert", "prefix": "distilbert.", "vocab_size": 30, "max_position_embeddings": 12, "dim": 20, "n_layers": 2, "n_heads": 2, "hidden_dim": 33, "activation": "relu",
         "sinusoidal_pos_embds": False, "tie_weights_": True, "pad_token_id": 0}
    write(os.path.join(folder, "distilbert"), c, make_distilbert(c, torch.float32, 4, 4), 14, [1, 9])
    image = {**base, "model_type": "vit", "layer_norm_eps": 1e-12, "encoder_stride": 16}
    c = {**image, "prefix": "vit.", "hidden_act": "gelu_pytorch_tanh", "image_size": [8, 12], "patch_size": [4, 3], "num_channels": 2, "qkv_bias": True}
    write(os.path.join(folder, "vit"), c, make_vit(c, torch.float32, 5, False, 3), 15, [0, 0])
    c = {**image, "prefix": "", "hidden_act": "relu", "image_size": 6, "patch_size": 3, "num_channels": 3, "qkv_bias": False, "num_hidden_layers": 1}
    write(os.path.join(folder, "vit-pooler"), c, make_vit(c, torch.float16, 6, True, 0), 16, [0, 0, 0])


def full(folder, name):
    if name == "bert":
        c = {"model_type": "bert", "prefix": "bert.", "vocab_size": 30522, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_size": 768, "num_hidden_layers": 12,
             "num_attention_heads": 12, "intermediate_size": 3072, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0}
        write(folder, c, make_bert(c, torch.float32, 1, True, 2), 11, [16, 5, 128])
    elif name == "distilbert":
        c = {"model_type": "distilbert", "prefix": "distilbert.", "vocab_size": 30522, "max_position_embeddings": 512, "dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072,
             "activation": "gelu", "pad_token_id": 0}
        write(folder, c, make_distilbert(c, torch.float32, 2, 2), 12, [16, 5, 128])
    else:
        c = {"model_type": "vit", "prefix": "vit.", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "hidden_act": "gelu",
             "layer_norm_eps": 1e-12, "image_size": 224, "patch_size": 16, "num_channels": 3, "qkv_bias": True}
        write(folder, c, make_vit(c, torch.float32, 3, False, 10), 13, [0])


if __name__ == "__main__":
    GRADIENTS = sys.argv[2:3] == ["gradients"]
    torch.set_grad_enabled(GRADIENTS)
    if sys.argv[2:3] == ["full"]:
        full(sys.argv[1], sys.argv[3])
    else:
        small(sys.argv[1])
