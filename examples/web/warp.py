"""The rows that the page's model is made of: every digit of the table, and copies that are turned, slanted, stretched and moved.

Usage: zcat examples/digits/data/digits.csv.gz | python3 examples/web/warp.py, which writes x.csv and y.csv. No packages needed."""
import math
import random
import sys

COPIES = 7
random.seed(1)


def pixel(image, x, y):
    """The value at a place between pixels; around the image there is paper."""
    i, j = math.floor(y), math.floor(x)
    at = lambda r, c: image[8 * r + c] if 0 <= r < 8 and 0 <= c < 8 else 0
    u, v = x - j, y - i
    return (1 - v) * ((1 - u) * at(i, j) + u * at(i, j + 1)) + v * ((1 - u) * at(i + 1, j) + u * at(i + 1, j + 1))


def warp(image):
    turn, slant, wide = random.gauss(0, 0.13), random.gauss(0, 0.15), math.exp(random.gauss(0, 0.12))
    right, down, ink = random.gauss(0, 0.25), random.gauss(0, 0.25), math.exp(random.gauss(0.1, 0.2))
    out = []
    for k in range(64):
        x, y = k % 8 - 3.5 - right, k // 8 - 3.5 - down
        x, y = math.cos(turn) * x + math.sin(turn) * y, math.cos(turn) * y - math.sin(turn) * x
        out.append(min(round(ink * pixel(image, (x - slant * y) / wide + 3.5, y + 3.5)), 16))
    return out


with open("x.csv", "w") as x, open("y.csv", "w") as y:
    for line in sys.stdin:
        *image, label = map(int, line.split(","))
        for row in [image] + [warp(image) for _ in range(COPIES)]:
            x.write(",".join(map(str, row)) + "\n")
            y.write(f"{label}\n")
