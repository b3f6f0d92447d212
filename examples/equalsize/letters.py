"""Writes the letter data as CSV, from Debian's package r-cran-mlbench, without R:

    apt-get download r-cran-mlbench
    dpkg-deb --fsys-tarfile r-cran-mlbench_*.deb | tar -xO ./usr/lib/R/site-library/mlbench/data/LetterRecognition.rda >letters.rda
    python3 letters.py letters.rda letters-x.csv letters-y.csv

20,000 rows in the order of the source: 16 integers from 0 to 15 in the first file, a
letter from A to Z in the second, for this example and for nnk fit alike. Reads what R
writes for a data frame of numbers and factors (R Internals, section 1.8) and nothing else.
"""

import bz2
import csv
import gzip
import lzma
import struct
import sys


def unpacked(data):
    for magic, module in ((b"\xfd7zXZ", lzma), (b"BZh", bz2), (b"\x1f\x8b", gzip)):
        if data.startswith(magic):
            return module.decompress(data)
    return data


class Reader:
    """R's objects in XDR form, as nested Python values."""

    def __init__(self, data):
        if data[:7] != b"RDX2\nX\n":
            sys.exit("letters.py: not a data file of R, version 2")
        self.data, self.at, self.names = data, 19, []  # three numbers of versions follow the mark

    def number(self, form="i"):
        size = struct.calcsize(form)
        self.at += size
        return struct.unpack_from(">" + form, self.data, self.at - size)[0]

    def object(self):
        flags = self.number("I")
        kind, attributes, tag = flags & 255, flags & 512, flags & 1024
        if kind == 254:  # NULL
            return None
        if kind == 255:  # a name seen before
            return self.names[(flags >> 8) - 1]
        if kind == 1:  # a name
            self.names.append(self.object())
            return self.names[-1]
        if kind == 2:  # a list of pairs: to a dict, in its order
            pairs = {}
            while kind == 2:
                if attributes:
                    self.object()
                name = self.object() if tag else None
                pairs[name] = self.object()
                flags = self.number("I")
                kind, attributes, tag = flags & 255, flags & 512, flags & 1024
            return pairs
        n = self.number()
        if kind == 9:  # one string
            self.at += max(n, 0)
            return self.data[self.at - n : self.at].decode() if n >= 0 else None
        read = {13: self.number, 14: lambda: self.number("d"), 16: self.object, 19: self.object}.get(kind)
        if read is None:
            sys.exit(f"letters.py: cannot read R's type {kind}")
        values = [read() for _ in range(n)]
        return values, self.object() if attributes else {}


def main(source, x_file, y_file):
    with open(source, "rb") as f:
        columns, about = Reader(unpacked(f.read())).object()["LetterRecognition"]
    names = about["names"][0]
    letter, levels = columns[0]
    levels = levels["levels"][0]
    with open(x_file, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(names[1:])
        out.writerows(zip(*(map(int, values) for values, _ in columns[1:])))
    with open(y_file, "w", newline="") as f:
        f.writelines(levels[v - 1] + "\n" for v in letter)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
