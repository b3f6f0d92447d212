"""Trains the network of main.go in PyTorch, as many steps as each line read says.

Answers each line with the milliseconds of its steps: time passed, then time of the processor.
"""

import json
import os
import sys
import time

for library in ("OMP", "OPENBLAS", "BLIS", "MKL"):  # a BLAS library may have threads of its own
    os.environ[library + "_NUM_THREADS"] = "1"

import torch

torch.set_num_threads(1)
torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)
)
x, y = torch.randn(128, 784), torch.arange(128) % 10
optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.0)
cross_entropy = torch.nn.CrossEntropyLoss()


def step():
    optimiser.zero_grad(set_to_none=True)
    cross_entropy(net(x), y).backward()
    optimiser.step()


print(json.dumps(torch.__version__), flush=True)
for line in sys.stdin:
    passed, used = [], []
    for _ in range(int(line)):
        t, p = time.perf_counter(), time.process_time()
        step()
        used.append(1e3 * (time.process_time() - p))
        passed.append(1e3 * (time.perf_counter() - t))
    print(json.dumps([passed, used]), flush=True)
