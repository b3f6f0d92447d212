"""Rows of named columns to rows of numbers, after FORMAT.md's page on nnk.schema."""

import json
import math
import re
from datetime import datetime, timedelta, timezone

import numpy as np

GAPS = set("? - -- . na n/a n.a. nan <na> #n/a #na #value! #div/0! #ref! #name? #null! #num! null none nil missing".split()) | {""}
BOOLEANS = dict.fromkeys("true yes t y 1".split(), 1.0)
BOOLEANS.update(dict.fromkeys("false no f n 0".split(), 0.0))
DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?")


def gap(text):
    return text.strip().strip('"').lower() in GAPS


def days(text):
    """Since 1970, or None if the text is no date."""
    found = DATE.fullmatch(text)
    if not found:
        return None
    zone, fraction = found[8] or "Z", found[7] or "0"
    try:
        t = datetime(*(int(found[k] or usual) for k, usual in ((1, 1), (2, 1), (3, 1), (4, 0), (5, 0), (6, 0))), tzinfo=timezone.utc)
    except ValueError:
        return None
    if zone != "Z":
        minutes = 60 * int(zone[1:3]) + int(zone[3:].lstrip(":") or 0)
        t -= timedelta(minutes=minutes if zone[0] == "+" else -minutes)
    whole = (t - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1)
    return whole / 86400 + int(fraction[:9].ljust(9, "0")) / 86400e9


class Column:
    fields = {"name", "kind", "center", "spread", "levels", "marked"}

    def __init__(self, values):
        if set(values) - self.fields:
            raise ValueError("nnk.schema: unknown %.60s of a column" % min(set(values) - self.fields))
        self.name, self.kind, self.marked = values["name"], values["kind"], values.get("marked", False)
        if self.kind not in ("number", "boolean", "date", "text"):
            raise ValueError("nnk.schema: unknown kind of column %.60s" % self.kind)
        self.center, self.spread, self.levels = values.get("center", 0.0), values.get("spread", 0.0), values.get("levels", [])
        if (self.kind == "text") != bool(self.levels) or self.kind != "text" and not self.spread > 0:
            raise ValueError("nnk.schema: column %.60s without levels or spread" % self.name)
        self.width = len(self.levels) or 1

    def value(self, v):
        """Of a number, a bool, a text as in files, or None; None for a gap."""
        text = str(v).strip()
        if v is None or gap(text):
            return None
        if self.kind == "number":
            return float(v)
        if self.kind == "text":
            return text
        return BOOLEANS.get(text.lower()) if self.kind == "boolean" else days(text)

    def inputs(self, v):
        value = self.value(v)
        if v is not None and not gap(str(v)) and (value is None or self.levels and value not in self.levels or not self.levels and not math.isfinite(value)):
            raise ValueError("column %s: %.60s is no %s" % (self.name, v, "level" if self.levels else self.kind))
        if value is None:
            out = [0.0] * self.width
        else:
            out = [float(value == level) for level in self.levels] or [(value - self.center) / self.spread]
        return out + [float(value is None)] * bool(self.marked)


class Schema:
    def __init__(self, text):
        values = json.loads(text)
        if set(values) - {"columns", "targets"}:
            raise ValueError("nnk.schema: unknown %.60s" % min(set(values) - {"columns", "targets"}))
        self.columns, self.targets = [Column(c) for c in values["columns"]], values.get("targets", [])
        self.width = sum(c.width + bool(c.marked) for c in self.columns)

    def inputs(self, rows):
        """rows are dicts with a value for each column: n×width."""
        return np.array([[v for c in self.columns for v in c.inputs(row[c.name])] for row in rows]).reshape(len(rows), self.width)
