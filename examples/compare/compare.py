"""Compares nnk fit with what people would take instead, on data that Debian ships:

    apt-get install golang python3-sklearn r-cran-mlbench
    python3 examples/compare/compare.py            # all, under ten minutes on two cores
    python3 examples/compare/compare.py iris pima  # some

Everything has its defaults, ours included; the README beside this file says what that is and holds the table
that this prints. -nnk FILE takes a program that is built already, -splits N other than five splits, -mlbench DIR the
data of r-cran-mlbench from elsewhere than that package.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # in the repository
sys.path.insert(0, os.path.join(HERE, "..", "diagonals"))
from letters import Reader, unpacked  # noqa: E402

FEATURES = 256  # of nnk fit by default, and so of the peers of the same size
TEST = 0.25  # part of the rows that is tested on
LETTERS = 5000  # of 20,000 are trained on, and as many tested: the peers take minutes for all


def mlbench(name, target):
    """A data frame of R: numbers, texts where there are factors, and the target."""

    def load(folder):
        with open(os.path.join(folder, name + ".rda"), "rb") as f:
            columns, about = Reader(unpacked(f.read())).object()[name]
        table = {}
        for title, (values, attributes) in zip(about["names"][0], columns):
            levels = (attributes or {}).get("levels")
            table[title] = ["v" + levels[0][v - 1] for v in values] if levels else [float(v) for v in values]
        y = table.pop(target)
        return table, y

    return load


def sklearn_data(load):
    def frame(_):
        d = load()
        names = [str(n) for n in getattr(d, "feature_names", range(d.data.shape[1]))]
        y = [float(v) for v in d.target] if d.target.dtype.kind == "f" else ["c%d" % v for v in d.target]
        return dict(zip(names, d.data.T.tolist())), y

    return frame


def friedman(_):
    x, y = datasets.make_friedman1(1000, noise=1.0, random_state=0)
    return {"x%d" % j: x[:, j].tolist() for j in range(x.shape[1])}, y.tolist()


DATA = {
    "iris": sklearn_data(datasets.load_iris),
    "wine": sklearn_data(datasets.load_wine),
    "breast cancer": sklearn_data(datasets.load_breast_cancer),
    "digits": sklearn_data(datasets.load_digits),
    "letters": mlbench("LetterRecognition", "lettr"),
    "vowel": mlbench("Vowel", "Class"),
    "vehicle": mlbench("Vehicle", "Class"),
    "sonar": mlbench("Sonar", "Class"),
    "ionosphere": mlbench("Ionosphere", "Class"),
    "pima": mlbench("PimaIndiansDiabetes", "diabetes"),
    "diabetes": sklearn_data(datasets.load_diabetes),
    "housing": mlbench("BostonHousing", "medv"),
    "friedman": friedman,
}


def peers(classes, seed, rows, text):
    """The peers by name: text columns become indicators, and all but trees get columns of mean 0 and variance 1."""
    indicators = make_column_transformer((OneHotEncoder(handle_unknown="ignore", sparse_output=False), text), remainder="passthrough")
    linear = (lambda: LogisticRegression(max_iter=1000)) if classes else Ridge
    size = min(FEATURES, rows)
    made = {
        "gradient boosting": [(HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(random_state=seed)],
        "support vectors": [StandardScaler(), SVC() if classes else SVR()],
        "MLP": [StandardScaler(), (MLPClassifier if classes else MLPRegressor)(random_state=seed)],
        "RBFSampler": [StandardScaler(), RBFSampler(gamma="scale", n_components=size, random_state=seed), linear()],
        "Nystroem": [StandardScaler(), Nystroem(n_components=size, random_state=seed), linear()],
    }
    return {name: make_pipeline(indicators, *steps) for name, steps in made.items()}


def write(path, table, rows, y=None):
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(list(table) + (["target of the rows"] if y else []))
        for i in rows:
            out.writerow([column[i] for column in table.values()] + ([y[i]] if y else []))


def ours(nnk, table, y, train, test, classes):
    """Fits and predicts with the command, as its README says, on files that anyone would have."""
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)  # noqa: E731
        write(path("train.csv"), table, train, y)
        write(path("test.csv"), table, test)
        task = ["-task", "classify"] if classes else []
        subprocess.run([nnk, "fit", path("train.csv"), "-target", "target of the rows", "-quiet", "-o", path("m"), *task], check=True, stdout=subprocess.DEVNULL)
        # A level that no row of the training part had is none of those that are known.
        subprocess.run([nnk, "predict", path("test.csv"), "-model", path("m"), "-unseen", "zero", "-quiet", "-o", path("p.csv"), *(["-labels"] if classes else [])], check=True)
        with open(path("p.csv"), newline="") as f:
            says = [line[0] for line in csv.reader(f)]
    return says if classes else [float(v) for v in says]


def score(truth, says, classes):
    if classes:
        return 100 * np.mean(np.array(truth) == np.array(says))
    truth, says = np.array(truth), np.array(says)
    return 1 - np.sum((truth - says) ** 2) / np.sum((truth - truth.mean()) ** 2)


def compare(name, load, nnk, folder, splits, seconds):
    table, y = load(folder)
    classes = isinstance(y[0], str)
    matrix = np.array(list(zip(*table.values())), dtype=object)
    text = [j for j, column in enumerate(table.values()) if isinstance(column[0], str)]
    scores = {}
    for seed in range(splits):
        sizes = {"test_size": TEST} if name != "letters" else {"train_size": LETTERS, "test_size": LETTERS}
        train, test = train_test_split(np.arange(len(y)), random_state=seed, stratify=y if classes else None, **sizes)
        truth = [y[i] for i in test]
        start = time.process_time() + children()
        scores.setdefault("nnk fit", []).append(score(truth, ours(nnk, table, y, train, test, classes), classes))
        seconds["nnk fit"] = seconds.get("nnk fit", 0) + time.process_time() + children() - start
        for peer, model in peers(classes, seed, len(train), text).items():
            start = time.process_time()
            model.fit(matrix[train], [y[i] for i in train])
            scores.setdefault(peer, []).append(score(truth, model.predict(matrix[test]), classes))
            seconds[peer] = seconds.get(peer, 0) + time.process_time() - start
    return len(y), matrix.shape[1], classes, scores


def children():
    t = os.times()
    return t.children_user + t.children_system


def ranks(means):
    """1 for the best; equals, as they are printed, share the mean of their places."""
    values = list(means.values())
    return {k: 1 + sum(o > v for o in values) + (sum(o == v for o in values) - 1) / 2 for k, v in means.items()}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DATA))
    a.add_argument("-nnk", metavar="FILE")
    a.add_argument("-splits", type=int, default=5)
    a.add_argument("-mlbench", metavar="DIR")
    a.add_argument("-json", action="store_true", help="scores of all splits, for programs")
    o = a.parse_args()
    unknown = set(o.names) - set(DATA)
    if unknown:
        a.error("no data set %s; there are %s" % (", ".join(sorted(unknown)), ", ".join(DATA)))
    folder = o.mlbench
    if folder is None:
        try:
            files = subprocess.run(["dpkg", "-L", "r-cran-mlbench"], capture_output=True, text=True, check=True).stdout.split()
            folder = os.path.dirname(next(f for f in files if f.endswith("Sonar.rda")))
        except (OSError, subprocess.CalledProcessError, StopIteration):
            sys.exit("compare.py: apt-get install r-cran-mlbench, or -mlbench DIR with its .rda files")
    warnings.filterwarnings("ignore")  # of iterations that run out, which is a default too
    with tempfile.TemporaryDirectory() as temporary:
        nnk = o.nnk
        if nnk is None:
            nnk = os.path.join(temporary, "nnk")
            subprocess.run(["go", "build", "-o", nnk, "./cmd/nnk"], cwd=os.path.join(HERE, "..", ".."), check=True)
        seconds, all_ranks, everything = {}, {}, {}
        for name in o.names or DATA:
            rows, columns, classes, scores = compare(name, DATA[name], os.path.abspath(nnk), folder, o.splits, seconds)
            everything[name] = scores
            means = {k: float(np.mean(v)) for k, v in scores.items()}
            if not o.json:
                if not all_ranks:
                    print("| data | rows × columns |", " | ".join(scores), "|")
                    print("| --- | --- |" + " --- |" * len(scores))
                digits = 1 if classes else 3
                best = max(round(m, digits) for m in means.values())
                cells = []
                for k, v in scores.items():
                    cell = "%.*f" % (digits, means[k])
                    if round(means[k], digits) == best:
                        cell = "**" + cell + "**"
                    cells.append("%s ± %.*f" % (cell, digits, np.std(v, ddof=1) if len(v) > 1 else 0))
                print("| %s | %d × %d | %s |" % (name, rows, columns, " | ".join(cells)), flush=True)
            for k, r in ranks({k: round(m, 1 if classes else 3) for k, m in means.items()}).items():
                all_ranks.setdefault(k, []).append(r)
    if o.json:
        print(json.dumps(everything))
        return
    print("| mean rank | | %s |" % " | ".join("%.1f" % np.mean(r) for r in all_ranks.values()))
    print("| seconds of processor | | %s |" % " | ".join("%.0f" % seconds[k] for k in all_ranks))


if __name__ == "__main__":
    main()
