"""Vectors of projections, maps and models, computed by what model.py is made of."""

import io

import numpy as np

import model
import port_maps
from port_arrays import DOUBLES, SINGLES
from port_ortho import Projection


def compute(name, kind, c):
    """The results of a case."""
    A = SINGLES if kind == "float32" else DOUBLES
    with np.errstate(all="ignore"):
        if name == "bundle.Model":
            return model.read(io.BytesIO(bytes.fromhex(c["file"])), "file").predict(row(DOUBLES, c)).ravel().tolist()
        if name == "urf.Map.Phi":
            return port_maps.parse(c["map"].replace("~", " "), A).features(A, row(A, c)).ravel().tolist()
        g = Projection(c["spec"], A).make()
        if name == "ortho.Projection.Apply":
            return g.apply(A, row(A, c)).ravel().tolist()
        rows = g.g if g.kind != "hadamard" else g.of(g.rows())
        return rows.ravel().tolist()


def row(A, c):
    return A.of(c.floats("x")).reshape(1, -1)
