package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// checkPage fails unless a page stands alone and its drawings are well-formed.
func checkPage(t *testing.T, page string, drawings int) {
	t.Helper()
	for _, bad := range []string{"http:", "https:", "//", "url(", "src=", "href=", "<script", "@import", "NaN", "Inf", "ZgotmplZ", "onload"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"prefers-color-scheme: dark", `name="viewport"`, "default-src 'none'"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := drawingsOf(t, page); n != drawings {
		t.Errorf("%d drawings, want %d", n, drawings)
	}
}

// The page about a fit and that about an evaluation show what was chosen, the answers, what matters and the worst rows.
func TestReports(t *testing.T) {
	f := folder{t, t.TempDir()}
	text := strings.Replace(houses(300, 1, 0, [3]string{"Oslo", "<Rome>", "Lima"}, func(i int, v float64) string {
		if i == 41 {
			v = 900 // which no column tells
		}
		return price(i, v)
	}), "size", "size <m>", 1)
	f.write("t.csv", []byte(text))
	ok(t, append([]string{"fit", f.path("t.csv"), "-target", "price", "-drop", "id", "-o", f.path("m"), "-report", f.path("r.html")}, smallFit...)...)
	page := string(f.read("r.html"))
	checkPage(t, page, 3+1+1+4) // choices, answers, columns, ranges
	for _, want := range []string{
		"<h1>A model of price</h1>", "<td>this model</td><td>300</td>", "<td>constant</td><td>300</td>", "<td>linear</td>", "<td>k-nearest</td>", "Projection and scale of the inputs", "Penalty λ", "Number of features",
		"<td>line 43</td><td>900</td>", "size &lt;m&gt;", "&lt;Rome&gt;", "missing (", "<td>city</td><td>text</td>", "2024-02-01",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if _, worst, _ := strings.Cut(page, "Worst rows"); strings.Index(worst, "<td>line") != strings.Index(worst, "<td>line 43<") {
		t.Error("the damaged row is not the worst")
	}
	ok(t, "eval", f.path("t.csv"), "-quiet", "-model", f.path("m"), "-report", f.path("e.html"))
	page = string(f.read("e.html"))
	checkPage(t, page, 1+1+4)
	if !strings.Contains(page, "<td>line 43</td><td>900</td>") || !strings.Contains(page, "as it is in its file") {
		t.Error("the page about the evaluation lacks its rows")
	}
}

// Labels have a table of confusions whose rows are all rows of the class, and files without names have columns all the same.
func TestReportOfLabels(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, y strings.Builder
	for i := range 200 {
		a, b := i*37%101, i*53%89
		fmt.Fprintf(&x, "%d.5,%d\n", a, b)
		y.WriteString([]string{"cat", "dog", "eel"}[(a/34+b/45)%3] + "\n")
	}
	f.write("x.csv", []byte(x.String()))
	f.write("y.csv", []byte(strings.Replace(y.String(), "cat\n", "NA\n", 1)))
	args := []string{"-x", f.path("x.csv"), "-y", f.path("y.csv"), "-missing", "drop", "-quiet"}
	ok(t, append([]string{"fit", "-o", f.path("m"), "-features", "32", "-pool", "none", "-loss", "squared", "-report", f.path("r.html")}, args...)...)
	ok(t, append([]string{"eval", "-model", f.path("m"), "-report", f.path("e.html")}, args...)...)
	counts := map[string]int{"cat": strings.Count(y.String(), "cat") - 1, "dog": strings.Count(y.String(), "dog"), "eel": strings.Count(y.String(), "eel")}
	for name, drawings := range map[string]int{"r.html": 3 + 1 + 2, "e.html": 1 + 2} {
		page := string(f.read(name))
		checkPage(t, page, drawings)
		_, confusions, _ := strings.Cut(page, "<tr><th scope=\"col\">true</th>")
		for class, want := range counts {
			_, line, found := strings.Cut(confusions, "<tr><td>"+class+"</td>")
			line, _, _ = strings.Cut(line, "</tr>")
			sum := 0
			for _, cell := range strings.Split(line, "</td>")[:3] {
				var n int
				fmt.Sscan(cell[strings.LastIndex(cell, ">")+1:], &n)
				sum += n
			}
			if !found || sum != want {
				t.Errorf("%s: class %s has %d rows, want %d", name, class, sum, want)
			}
		}
		if !strings.Contains(page, "column 2") || !strings.Contains(page, "<td>199</td>") {
			t.Errorf("%s: no columns, or not 199 rows", name)
		}
	}
	if r := nnk(append([]string{"eval", "-model", f.path("m"), "-report", f.path("none/e.html")}, args...)...); r.code != 1 || !strings.Contains(r.stderr, "none") {
		t.Errorf("a page that cannot be written: exit %d, %s", r.code, r.stderr)
	}
}

// lineOf are rows of a judged linear function of the first of three columns, y = 3·x₀ + 1, or its sign.
func lineOf(t *testing.T, classes []string) *judged {
	t.Helper()
	const n = 400
	x, y := mat.New[float64](n, 3), mat.New[float64](n, 1)
	rng.Normal(rng.New(7), x.Data(), 0)
	labels := make([]int, n)
	for i := range n {
		y.Set(i, 0, 3*x.At(i, 0)+1)
		if x.At(i, 0) > 0.3 {
			labels[i] = 1
		}
	}
	j := &judged{x: bundle.Matrix(x), classes: classes, targets: []string{"y"}}
	truth := bundle.Source(bundle.Matrix(y))
	weight := mat.Of(1, 3, []float32{3, 0, 0})
	bias := []float32{1}
	if classes != nil {
		truth, weight, bias = bundle.OneHot(labels, 2), mat.Of(2, 3, []float32{-1, 0, 0, 1, 0, 0}), []float32{0.3, -0.3}
	}
	if err := j.truth(truth); err != nil {
		t.Fatal(err)
	}
	j.columns = numberedColumns(j.x, []string{"a", "", "c"}, func(row int) string { return fmt.Sprint(row) })
	j.parts = []part{{bundle.NewNetwork[float32](bundle.NewLinear(weight, bias, urf.Activation{})), outside(nil, n)}}
	if err := j.judge(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j
}

// Of a function that is known the measures are.
func TestJudged(t *testing.T) {
	for _, classes := range [][]string{nil, {"no", "yes"}} {
		j := lineOf(t, classes)
		own := j.score("", "", j.rows, j.out)
		list, err := j.baselines(t.Context(), dealt(400))
		if err != nil {
			t.Fatal(err)
		}
		quality := func(s score) float64 {
			if classes != nil {
				return s.accuracy
			}
			return s.r2[0]
		}
		names := []string{"constant", "linear", "k-nearest"}
		bounds := [][2]float64{{-0.05, 0.001}, {0.999999, 1}, {0.5, 0.99}}
		if classes != nil {
			bounds = [][2]float64{{0.55, 0.7}, {0.9, 1}, {0.8, 0.99}}
		}
		for k, s := range list {
			if s.name != names[k] || s.rows != 400 || quality(s) < bounds[k][0] || quality(s) > bounds[k][1] {
				t.Errorf("%v: %s has %g on %d rows, want %s from %g to %g", classes, s.name, quality(s), s.rows, names[k], bounds[k][0], bounds[k][1])
			}
		}
		if len(list) != 3 || quality(own) < 0.999999 {
			t.Errorf("%v: %d simple models; a right one has %g", classes, len(list), quality(own))
		}
		matters, rows, err := j.importances(t.Context())
		if err != nil || rows != 400 || matters[0].column != 0 || matters[1].loss != 0 || matters[2].loss != 0 {
			t.Fatalf("%v: on %d rows %v, %v", classes, rows, matters, err)
		}
		// E(3x − 3x')² is twice the variance; two permuted signs differ with probability 2·p·(1−p).
		if want := map[bool]float64{true: 2, false: 2 * 0.382 * 0.618}[classes == nil]; math.Abs(matters[0].loss-want) > 0.1*want {
			t.Errorf("%v: permuting the only column costs %g, want about %g", classes, matters[0].loss, want)
		}
	}
	j := lineOf(t, nil)
	if s := j.score("", "", j.rows, j.out); s.rmse[0] > 1e-5 {
		t.Errorf("root mean squared error %g", s.rmse[0])
	}
	j.values.Set(123, 0, 50)
	if w := j.worst(2); j.rows[w[0]] != 123 || len(w) != 2 {
		t.Errorf("worst rows %v, want 123 first", w)
	}
}

// With what was chosen given, the same rows give the same model: what a page says of held-out rows is of the choices that were made.
func TestChosenGiven(t *testing.T) {
	const n = 300
	x, y := mat.New[float64](n, 3), mat.New[float64](n, 1)
	rng.Normal(rng.New(5), x.Data(), 0)
	labels := make([]int, n)
	for i := range n {
		v := math.Abs(x.At(i, 0)) + 0.3*x.At(i, 1)
		y.Set(i, 0, v)
		labels[i] = min(int(max(v, 0)*2), 2)
		x.Set(i, 2, 50*x.At(i, 2))
	}
	for name, c := range map[string]struct {
		y   bundle.Source
		opt fit.Options
	}{
		"values": {bundle.Matrix(y), fit.Options{Task: bundle.Regress, Features: 32}}, "no pool": {bundle.Matrix(y), fit.Options{Task: bundle.Regress, Features: 32, Pool: 32}},
		"labels": {bundle.OneHot(labels, 3), fit.Options{Task: bundle.Classify, Features: 16, Pool: 64}}, "cross-entropy": {bundle.OneHot(labels, 3), fit.Options{Task: bundle.Classify, Features: 16, Loss: snnk.CrossEntropy}},
	} {
		outputs := func(opt fit.Options) (*mat.Dense[float64], *fit.Report) {
			m, r, err := fit.Run[float32](t.Context(), bundle.Matrix(x), c.y, opt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out, err := answers(t.Context(), m.Network, bundle.Matrix(x))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return out, r
		}
		want, r := outputs(c.opt)
		got, again := outputs((&features{opt: c.opt}).chosen(r))
		if !slices.Equal(got.Data(), want.Data()) {
			t.Errorf("%s: %s\nand given that %s: other answers", name, describe(r), describe(again))
		}
	}
}

// Bins hold each row once, and those of ranges about equally many.
func TestBins(t *testing.T) {
	j := lineOf(t, nil)
	v, err := j.columns.valuesOf([]int{0, 2}, j.rows)
	if err != nil || v.Cols() != 2 {
		t.Fatal(err)
	}
	for name, value := range map[string]func(i int) float64{
		"normal": func(i int) float64 { return v.At(i, 0) }, "two": func(i int) float64 { return float64(i % 2) }, "one": func(int) float64 { return 4 },
		"gaps": func(i int) float64 { return [2]float64{v.At(i, 0), math.NaN()}[i%2] }, "ties": func(i int) float64 { return math.Floor(math.Sqrt(float64(i))) * float64(i%2) },
		"nothing": func(int) float64 { return math.NaN() },
	} {
		column := make([]float64, len(j.rows))
		for i := range column {
			column[i] = value(i)
		}
		seen := make([]int, len(j.rows))
		bins := j.bins(0, column)
		for _, b := range bins {
			for _, i := range b.rows {
				seen[i]++
			}
			if len(b.rows) == 0 || b.name == "" || name == "normal" && len(b.rows) != 80 {
				t.Errorf("%s: bin %q of %d rows", name, b.name, len(b.rows))
			}
		}
		if slices.ContainsFunc(seen, func(n int) bool { return n != 1 }) {
			t.Errorf("%s: a row is in none or in several of %d bins", name, len(bins))
		}
	}
}

// The folds of a report are those of a fit.
func TestDealt(t *testing.T) {
	for _, n := range []int{7, 150, 1000} {
		ids := mat.New[float64](n, 1)
		for i := range n {
			ids.Set(i, 0, float64(i))
		}
		folds := dealt(n)
		for k, rows := range folds {
			held, rest := fit.Split(bundle.Matrix(ids), fit.Folds{}.ForRows(n), k)
			for what, c := range map[string]struct {
				rows []int
				x    bundle.Source
			}{"inside": {rows, held}, "outside": {outside(rows, n), rest}} {
				got := mat.New[float64](c.x.Rows(), 1)
				if err := c.x.Read(got, 0); err != nil {
					t.Fatal(err)
				}
				if len(c.rows) != got.Rows() {
					t.Fatalf("n = %d, fold %d: %d rows %s, want %d", n, k, len(c.rows), what, got.Rows())
				}
				for i, row := range c.rows {
					if got.At(i, 0) != float64(row) {
						t.Fatalf("n = %d, fold %d: row %d %s is %d, want %g", n, k, i, what, row, got.At(i, 0))
					}
				}
			}
		}
	}
}

func TestClosest(t *testing.T) {
	const n = 50
	x := mat.New[float64](n, 2)
	rng.Normal(rng.New(3), x.Data(), 0)
	x.Row(9)[0], x.Row(9)[1] = x.At(4, 0), x.At(4, 1) // as near as row 4, which is first
	dots, squares, order := make([]float64, n), make([]float64, n), make([]int, n)
	distance := func(i int) float64 {
		a, b := x.At(i, 0)-0.1, x.At(i, 1)-0.2
		return a*a + b*b
	}
	for i := range n {
		order[i], dots[i], squares[i] = i, 0.1*x.At(i, 0)+0.2*x.At(i, 1), x.At(i, 0)*x.At(i, 0)+x.At(i, 1)*x.At(i, 1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
	for _, k := range []int{1, 5, n} {
		if got := closest(dots, squares, k); !slices.Equal(got, order[:k]) {
			t.Errorf("the %d nearest are %v, want %v", k, got, order[:k])
		}
	}
}

// Ticks ascend, hold what is drawn between the first and the last, and are few.
func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {-3.7, 12.1}, {0.01, 0.011}, {5, 5}, {0, 0}, {1e-9, 1e12}, {-1e6, -999_000}, {3, 8}, {0.0005, 0.5}, {1, 1}, {1e-300, 1e300}} {
		for name, ticks := range map[string][]float64{"linear": linearTicks(c[0], c[1]), "log": logTicks(max(c[0], 1e-12), max(c[1], 1e-12))} {
			lo, hi := c[0], c[1]
			if name == "log" {
				lo, hi = max(lo, 1e-12), max(hi, 1e-12)
			}
			n := len(ticks)
			if n < 2 || n > 9 || !slices.IsSorted(ticks) || ticks[0] == ticks[n-1] || ticks[0] > lo || ticks[n-1] < hi {
				t.Errorf("%s ticks from %g to %g: %v", name, lo, hi, ticks)
			}
		}
	}
}

// What a person reads of a value is what it was.
func TestColumnText(t *testing.T) {
	file, err := table.ReadCSV(t.Context(), strings.NewReader("n,b,d,k\n1,yes,2024-02-29,x\n2.5,no,2024-03-01T12:30,y\n,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := file.Schema(t.Context(), table.SchemaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := file.Inputs(t.Context(), s, table.UnseenFails)
	if err != nil {
		t.Fatal(err)
	}
	c := namedColumns(in, nil)
	v, err := c.valuesOf([]int{0, 1, 2, 3}, []int{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"1", "yes", "2024-02-29", "x"}, {"2.5", "no", "2024-03-01 12:30", "y"}, {"missing", "missing", "missing", "missing"}} {
		for k := range want {
			if got := c.text(k, v.At(i, k)); got != want[k] {
				t.Errorf("row %d column %d is %q, want %q", i, k, got, want[k])
			}
		}
	}
	if c.text(3, -1) != "unknown" || !slices.Equal(c.first, []int{0, 2, 4, 6, 9}) {
		t.Errorf("a text that is no level is %q; first inputs %v", c.text(3, -1), c.first)
	}
}
