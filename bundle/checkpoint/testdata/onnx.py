"""The networks of testdata/onnx as PyTorch exports them, with inputs and outputs in their metadata: six rows each of x and y.
Usage: python3 onnx.py FOLDER (Debian's python3-torch and python3-onnx; the files here are from torch 1.13 and onnx 1.12)."""
import io, os, sys, warnings

sys.path = [p for p in sys.path if p not in ("", os.path.dirname(os.path.abspath(__file__)))]  # this file is not the package
import numpy as np, onnx, onnx.numpy_helper, torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm

warnings.filterwarnings("ignore")
os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
torch.manual_seed(1)


def export(name, m, opset, shape=(4,), fixed=False, names=("y",), wanted=0, **more):
    m.eval()
    x = torch.randn(6, *shape)
    torch.onnx.export(m, x if fixed else x[:1], f"{name}.onnx", input_names=["x"], output_names=list(names), opset_version=opset,
                      dynamic_axes=None if fixed else {"x": {0: "n"}}, **more)
    y = m(x)
    y = y[wanted] if isinstance(y, tuple) else y
    m = onnx.load(f"{name}.onnx")
    for node in m.graph.node:
        node.doc_string = ""
    remember(m, x, y.detach())
    onnx.save(m, f"{name}.onnx")


def remember(m, x, y):
    del m.metadata_props[:]
    for key, v in ("x", x), ("y", y):
        p = m.metadata_props.add()
        p.key, p.value = key, " ".join(f"{e:.9g}" for e in np.asarray(v).reshape(-1))


def trained(m):
    for p in m.modules():
        if isinstance(p, (nn.BatchNorm1d, nn.LayerNorm)):
            p.weight.data.uniform_(0.3, 2.5), p.bias.data.normal_()
        if isinstance(p, nn.BatchNorm1d):
            p.running_mean.normal_(), p.running_var.uniform_(0.5, 2)
        if isinstance(p, nn.PReLU):
            p.weight.data.uniform_(-1, 1)
    return m


L = nn.Linear
between = lambda *f: trained(nn.Sequential(L(4, 5), *f, L(5, 3)))
for name, f, opsets in [
    ("relu", nn.ReLU(), [9, 17]), ("leaky-relu", nn.LeakyReLU(0.2), [9]), ("prelu", nn.PReLU(), [13]), ("prelus", nn.PReLU(5), [9, 16]), ("tanh", nn.Tanh(), [11]),
    ("sigmoid", nn.Sigmoid(), [13]), ("gelu", nn.GELU(), [9, 14, 17]), ("gelu-tanh", nn.GELU(approximate="tanh"), [14]), ("silu", nn.SiLU(), [12]), ("softplus", nn.Softplus(), [13]),
    ("softplus-2", nn.Softplus(beta=2), [13]), ("log-sigmoid", nn.LogSigmoid(), [13]), ("elu", nn.ELU(0.5), [9]), ("selu", nn.SELU(), [13]), ("celu", nn.CELU(0.7), [12]),
    ("hard-swish", nn.Hardswish(), [11, 14]), ("hard-sigmoid", nn.Hardsigmoid(), [9, 14]), ("hard-tanh", nn.Hardtanh(), [9]), ("relu6", nn.ReLU6(), [11]),
]:
    for opset in opsets:
        export(f"{name}-{opset}", between(f), opset)
for opset in [9, 13, 17]:
    export(f"mixed-{opset}", trained(nn.Sequential(nn.Flatten(), L(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(), L(6, 5, bias=False), nn.LayerNorm(5), nn.GELU(), L(5, 3))), opset)
export("softmax-13", nn.Sequential(L(4, 5), nn.ReLU(), L(5, 3), nn.Softmax(1)), 13)
export("softmax-11", nn.Sequential(L(4, 5), nn.ReLU(), L(5, 3), nn.Softmax(-1)), 11)
export("log-softmax-13", nn.Sequential(L(4, 5), nn.Tanh(), L(5, 3), nn.LogSoftmax(1)), 13)
export("norm-first-13", trained(nn.Sequential(nn.BatchNorm1d(4), L(4, 5), nn.ReLU(), nn.BatchNorm1d(5), L(5, 3))), 13)
export("norm-last-13", trained(nn.Sequential(L(4, 5), nn.ReLU(), nn.BatchNorm1d(5))), 13)
export("fixed-13", between(nn.ReLU()), 13, fixed=True)
export("unfolded-13", between(nn.ReLU()), 13, do_constant_folding=False)
m = between(nn.ReLU())
weight_norm(m[0])
export("weight-norm-13", m, 13)
m = nn.Sequential(spectral_norm(L(4, 5)), nn.ReLU(), L(5, 3))
export("spectral-norm-13", m, 13)


class Custom(nn.Module):
    def __init__(s, f, inputs=4, outputs=2):
        super().__init__()
        s.a, s.b, s.f = L(inputs, 5), L(5, outputs), f
        s.w, s.v = nn.Parameter(torch.rand(5)), nn.Parameter(torch.randn(5))

    def forward(s, x):
        return s.f(s, x)


def norm(s, x):
    x = s.a(x)
    x = x - x.mean(-1, keepdim=True)
    x = x * torch.rsqrt((x**2).mean(-1, keepdim=True) + 1e-3) * s.w + s.v
    return s.b(torch.where(x > 0, x, 0.3 * x))


export("by-hand-13", Custom(norm), 13)
export("view-13", Custom(lambda s, x: s.b(F.silu(s.a(x.view(x.size(0), -1)))), 12), 13, (1, 3, 4))
export("reshape-13", Custom(lambda s, x: s.b(F.relu(s.a(x.reshape(-1, 12)))), 12), 13, (1, 3, 4))
mean, std = torch.randn(3, 1, 1), torch.rand(3, 1, 1) + 0.5
export("pixels-11", Custom(lambda s, x: s.b(torch.tanh(s.a(((x - mean) / std).flatten(1)))), 12), 11, (3, 2, 2))
export("scaled-13", Custom(lambda s, x: 3 * s.b((lambda u: u * torch.sigmoid(1.702 * u))(s.a((x - 0.5) * 2))).squeeze(-1) + 1, 4, 1), 13)
export("sine-13", Custom(lambda s, x: s.b(torch.sin(3 * s.a(x)))), 13)
export("gaussian-13", Custom(lambda s, x: s.b(torch.exp(-s.a(x) ** 2))), 13)
export("two-outputs-13", Custom(lambda s, x: (s.b(F.relu(s.a(x))), s.a(x))), 13, names=("score", "hidden"))

export("half-13", between(nn.ReLU()), 13)
m = onnx.load("half-13.onnx")
for t in m.graph.initializer:  # the numbers that the network of halves has
    t.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(t).astype(np.float16), t.name))
x = np.float64(m.metadata_props[0].value.split()).reshape(6, 4)
w = {t.name: np.float64(onnx.numpy_helper.to_array(t)) for t in m.graph.initializer}
remember(m, x, np.maximum(x @ w["0.weight"].T + w["0.bias"], 0) @ w["2.weight"].T + w["2.bias"])
onnx.save(m, "half-13.onnx")
export("outside-13", between(nn.ReLU()), 13)
onnx.save(onnx.load("outside-13.onnx"), "outside-13.onnx", save_as_external_data=True, all_tensors_to_one_file=True, location="outside-13.bin", size_threshold=0)

# What is refused.
export("refused-conv", nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), L(4, 3)), 13, (1, 4))
export("refused-residual", Custom(lambda s, x: x + s.b(F.relu(s.a(x))), 4, 4), 13)
export("mish-13", between(nn.Mish()), 13)  # here, where the generator is as it was when this was refused
export("refused-argmax", Custom(lambda s, x: s.b(s.a(x)).argmax(1)), 13)
export("refused-rms", Custom(lambda s, x: s.b((lambda u: u / torch.sqrt((u**2).mean(-1, keepdim=True) + 1e-5))(s.a(x)))), 13)
