package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"nnk/internal/npy"
	"nnk/mat"
	"nnk/rng"
)

// regression is a task of the kinds that people bring: rows to fit to and fresh ones.
type regression struct {
	x, y  *mat.Dense[float64]
	train int
}

// doubles writes the given rows of a matrix as float64.
func (f folder) doubles(name string, x *mat.Dense[float64]) {
	f.t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, []int{x.Rows(), x.Cols()}, x.Clone().Data()); err != nil {
		f.t.Fatal(err)
	}
	f.write(name, b.Bytes())
}

// fitted fits a model by default options, beside those given, and returns what was chosen and the fitness on fresh rows.
func (r regression) fitted(f folder, args ...string) (made fitted, e evaluation) {
	f.t.Helper()
	rest := r.x.Rows() - r.train
	f.doubles("x.npy", r.x.View(0, 0, r.train, r.x.Cols()))
	f.doubles("y.npy", r.y.View(0, 0, r.train, r.y.Cols()))
	f.doubles("xt.npy", r.x.View(r.train, 0, rest, r.x.Cols()))
	f.doubles("yt.npy", r.y.View(r.train, 0, rest, r.y.Cols()))
	decode(f.t, ok(f.t, append([]string{"fit", "-quiet", "-json", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("m")}, args...)...), &made)
	decode(f.t, ok(f.t, "eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy")), &e)
	return made, e
}

// makeRegression makes rows of random columns, all of which draw fills, and a target of each.
func makeRegression(seed uint64, train, fresh, columns int, draw func(rng.Stream, []float64), target func(x []float64) float64) regression {
	n := train + fresh
	r := regression{mat.New[float64](n, columns), mat.New[float64](n, 1), train}
	draw(rng.New(seed), r.x.Data())
	for i := range n {
		r.y.Set(i, 0, target(r.x.Row(i)))
	}
	return r
}

func gaussian(s rng.Stream, x []float64) { rng.Normal(s, x, 0) }

// inCube are numbers between −1 and 1.
func inCube(s rng.Stream, x []float64) {
	rng.Uniform(s, x, 0)
	for i, v := range x {
		x[i] = float64(2*v) - 1
	}
}

// One function in any unit and on any level has the same features, λ and fitness.
func TestCaseOffsets(t *testing.T) {
	f := folder{t, t.TempDir()}
	plain := makeRegression(31, 300, 200, 3, gaussian, func(x []float64) float64 { return math.Sin(x[0]) + 0.5*x[1] + float64(0.3*x[1]*x[2]) })
	options := []string{"-features", "32"}
	want, e := plain.fitted(f, options...)
	if *e.R2 < 0.9995 || want.HeldOut < 0 {
		t.Fatalf("as it is: R² %g, held-out error %g", *e.R2, want.HeldOut)
	}
	for _, c := range []struct {
		name        string
		level, unit float64
	}{{"kelvin", 288, 9}, {"pascal", 1e5, 700}, {"hertz", 60, 0.03}, {"year", 1990, 12}, {"level", 3e5, 1}, {"tiny", 0, 3e-26}, {"huge", 0, 2e26}} {
		other := regression{plain.x, plain.y.Clone(), plain.train}
		for i := range other.y.Rows() {
			other.y.Set(i, 0, c.level+float64(c.unit*other.y.At(i, 0)))
		}
		got, of := other.fitted(f, options...)
		if math.Abs(*of.R2-*e.R2) > 1e-5 || got.HeldOut < 0 || math.Abs(got.HeldOut-want.HeldOut) > 0.01*want.HeldOut {
			t.Errorf("%s: R² %g, held-out error %g; as it is %g, %g", c.name, *of.R2, got.HeldOut, *e.R2, want.HeldOut)
		}
		if got.Features != want.Features || got.Lambda != want.Lambda || got.Scale != want.Scale || got.Standardised != want.Standardised || got.Projection != want.Projection || got.Linear != want.Linear {
			t.Errorf("%s: chosen %+v, as it is %+v", c.name, got.Report, want.Report)
		}
	}
}

// Two targets in units of their own are fitted together as each alone, and eval says how well each.
func TestCaseUnits(t *testing.T) {
	f := folder{t, t.TempDir()}
	first := func(x []float64) float64 { return math.Cos(2*x[0]) + math.Sin(1.5*x[1]) }
	a := makeRegression(32, 400, 200, 5, gaussian, first)
	b := makeRegression(32, 400, 200, 5, gaussian, func(x []float64) float64 { return 2e4*x[3] - 1e4*x[4] })
	both := regression{a.x, mat.New[float64](a.y.Rows(), 2), a.train}
	for i := range both.y.Rows() {
		both.y.Set(i, 0, a.y.At(i, 0))
		both.y.Set(i, 1, b.y.At(i, 0))
	}
	_, together := both.fitted(f, "-features", "48")
	if len(together.Targets) != 2 {
		t.Fatalf("%+v", together)
	}
	for k, alone := range []regression{a, b} {
		_, e := alone.fitted(f, "-features", "48")
		if got := together.Targets[k].R2; *e.R2 < 0.99 || got < *e.R2-1e-3 {
			t.Errorf("target %d: R² %g together, %g alone", k, got, *e.R2)
		}
	}
}

// Functions of few columns, and of seconds since 1970, are fitted.
func TestCaseColumns(t *testing.T) {
	f := folder{t, t.TempDir()}
	for _, c := range []struct {
		name    string
		columns int
		draw    func(rng.Stream, []float64)
		target  func(x []float64) float64
	}{
		{"one", 1, inCube, func(x []float64) float64 { return math.Cos(5 * x[0]) }},
		{"two: a bump", 2, inCube, func(x []float64) float64 { return math.Exp(-6 * (float64(x[0]*x[0]) + float64(x[1]*x[1]))) }},
		{"two: waves", 2, inCube, func(x []float64) float64 { return float64(math.Cos(4*x[0])*math.Sin(3*x[1])) + math.Exp(-(x[0] - 0.5)) }},
		{"three", 3, inCube, func(x []float64) float64 {
			return math.Sin(2*x[1]*x[2]) + math.Exp(-2*(float64(x[0]*x[0])+float64((x[1]-0.2)*(x[1]-0.2))))
		}},
		{"seconds", 1, func(s rng.Stream, x []float64) {
			inCube(s, x)
			for i, v := range x {
				x[i] = 1.6e9 + float64(90*v)
			}
		}, func(x []float64) float64 { return math.Cos((x[0] - 1.6e9) / 9) }},
	} {
		if _, e := makeRegression(33, 400, 300, c.columns, c.draw, c.target).fitted(f, "-features", "56"); *e.R2 < 0.999 {
			t.Errorf("%s: R² %g", c.name, *e.R2)
		}
	}
}

// A file in the order of time is fitted as well as the same rows in any order, and so is a target that is 0 but in one stretch.
func TestCaseOrder(t *testing.T) {
	const n, from, to = 9000, 2100, 2700
	f := folder{t, t.TempDir()}
	options := []string{"-features", "48", "-pool", "192"}
	ordered := regression{mat.New[float64](n, 4), mat.New[float64](n, 1), n}
	rng.Normal(rng.New(34), ordered.x.Data(), 0)
	rare := regression{ordered.x, mat.New[float64](n, 1), n}
	for i := range n {
		x := ordered.x.Row(i)
		if x[0] *= 500; i < from || i >= to {
			x[3] = 0
		} else {
			rare.y.Set(i, 0, math.Abs(x[1]))
		}
		ordered.y.Set(i, 0, x[0]/500+math.Cos(x[1])+4*x[3])
	}
	mixed := regression{mat.New[float64](n, 4), mat.New[float64](n, 1), n}
	for i, k := range rng.Permutation(rng.New(35), n) {
		copy(mixed.x.Row(i), ordered.x.Row(k))
		mixed.y.Set(i, 0, ordered.y.At(k, 0))
	}
	for _, c := range []struct {
		name  string
		rows  regression
		least float64
	}{{"ordered", ordered, 0.99}, {"mixed", mixed, 0.99}, {"rare", rare, 0.8}} {
		r := c.rows
		f.doubles("x.npy", r.x)
		f.doubles("y.npy", r.y)
		ok(t, append([]string{"fit", "-quiet", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("m")}, options...)...)
		if got := r2(t, "-model", f.path("m"), "-x", f.path("x.npy"), "-y", f.path("y.npy")); got < c.least {
			t.Errorf("%s: R² %g", c.name, got)
		}
	}
}

// threeColumns are a table's rows with a label each, 0 or 1, that a line between the classes tells.
func threeColumns(rows int) (lines []string, labels []int) {
	x := mat.New[float64](rows, 3)
	rng.Normal(rng.New(36), x.Data(), 0)
	for i := range rows {
		r := x.Row(i)
		lines = append(lines, fmt.Sprintf("%.5f,%.5f,%.5f", r[0], r[1], r[2]))
		k := 0
		if r[0] > r[1] {
			k = 1
		}
		labels = append(labels, k)
	}
	return lines, labels
}

// smallLinear are the options of a fit that takes no time.
var smallLinear = []string{"-features", "8", "-pool", "none", "-scale", "0.3", "-lambda", "0.001", "-loss", "squared"}

// endedBy ends each line as told.
func endedBy(end string, lines ...string) []byte { return []byte(strings.Join(lines, end) + end) }

// Text tables are read as they are written elsewhere, or what is wrong with them is said.
func TestCaseTables(t *testing.T) {
	f := folder{t, t.TempDir()}
	lines, labels := threeColumns(200)
	var digits, words []string
	for _, k := range labels {
		digits = append(digits, fmt.Sprint(k))
		words = append(words, []string{"benign", "malignant"}[k])
	}
	with := func(first string, rest []string) []string { return append([]string{first}, rest...) }
	each := func(old ...string) (r []string) {
		for _, l := range lines {
			r = append(r, strings.NewReplacer(old...).Replace(l))
		}
		return r
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(endedBy("\r\n", with("a,b,c", lines)...)))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	plain := endedBy("\n", lines...)
	f.write("y.csv", endedBy("\n", digits...))
	f.write("pandas_y.csv", endedBy("\n", with("0", digits)...))
	f.write("diagnosis_y.csv", endedBy("\n", with("diagnosis", words)...))
	for _, c := range []struct {
		name string
		x    []byte
		y    string
		code int
		said string // what is found, or wrong
	}{
		{"plain", plain, "y.csv", 0, ""},
		{"counted columns", endedBy("\n", with("0,1,2", lines)...), "pandas_y.csv", 0, "a header (0, 1, 2)"},
		{"a word above words", plain, "diagnosis_y.csv", 0, "a header (diagnosis)"},
		{"byte order mark", endedBy("\r\n", with("\ufeff\"a\",\"b\",\"c\"", lines)...), "y.csv", 0, "a byte order mark, a header (a, b, c)"},
		{"semicolons", endedBy("\n", with("a;b;c", each(",", ";", ".", ","))...), "y.csv", 0, "semicolons, decimal commas, a header (a, b, c)"},
		{"tabs", endedBy("\n", each(",", "\t")...), "y.csv", 0, "tabs"},
		{"UTF-16", wide, "y.csv", 1, "UTF-16"},
		{"damaged first row", endedBy("\n", with("#N/A"+lines[0][strings.Index(lines[0], ","):], lines[1:])...), "y.csv", 1, "line 1 column 1"},
		{"blank lines", []byte("a,b\n1,2\n\n\n3,x\n"), "y.csv", 1, "line 5 column 2"},
	} {
		f.write("x.csv", c.x)
		r := nnk(append([]string{"fit", "-x", f.path("x.csv"), "-y", f.path(c.y), "-o", f.path("m")}, smallLinear...)...)
		if r.code != c.code || !strings.Contains(r.stderr, c.said) || c.said == "" && r.stderr != "" {
			t.Errorf("%s: exit %d, %q; want %d, %q", c.name, r.code, r.stderr, c.code, c.said)
		}
		if r.code != 0 {
			continue
		}
		var e evaluation
		decode(t, ok(t, "eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("x.csv"), "-y", f.path(c.y)), &e)
		if e.Rows != len(lines) || *e.Accuracy < 0.9 {
			t.Errorf("%s: %d rows of %d, accuracy %g", c.name, e.Rows, len(lines), *e.Accuracy)
		}
		ok(t, "predict", "-quiet", "-labels", "-model", f.path("m"), "-x", f.path("x.csv"), "-o", f.path("p.csv"))
		if got := bytes.Count(f.read("p.csv"), []byte("\n")); got != len(lines) {
			t.Errorf("%s: %d predictions of %d rows", c.name, got, len(lines))
		}
	}
}

// Labels that are missing, that differ by zeros alone, in another encoding, or may be amounts.
func TestCaseLabels(t *testing.T) {
	f := folder{t, t.TempDir()}
	lines, labels := threeColumns(300)
	f.write("x.csv", endedBy("\n", lines...))
	named := func(names ...string) (r []string) {
		for _, k := range labels {
			r = append(r, names[k])
		}
		return r
	}
	fit := func(y string, args ...string) result {
		f.write("y.csv", []byte(y))
		return nnk(append(append([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-o", f.path("m")}, smallLinear...), args...)...)
	}
	for _, token := range []string{`""`, "NA", "None", "?"} {
		y := named("cat", "dog")
		y[5], y[77] = token, token
		text := string(endedBy("\n", y...))
		if r := fit(text); r.code != 1 || !strings.Contains(r.stderr, "y.csv: line 6") {
			t.Errorf("missing as %s: exit %d, %q", token, r.code, r.stderr)
		}
		if r := fit(text, "-missing", "drop"); r.code != 0 || !strings.Contains(r.stderr, "2 of 300 rows have no label and are left out") {
			t.Errorf("missing as %s, dropped: exit %d, %q", token, r.code, r.stderr)
		}
	}
	zeros := named("01067", "1067")
	zeros[3] = "20095"
	if r := fit(string(endedBy("\n", zeros...))); r.code != 0 {
		t.Errorf("zeros: exit %d, %q", r.code, r.stderr)
	}
	if m, err := loadModel(f.path("m")); err != nil || fmt.Sprint(m.Classes) != "[01067 1067 20095]" {
		t.Errorf("classes of labels with zeros: %v, %v", m.Classes, err)
	}
	if r := fit(string(endedBy("\n", named("b\xe9", "b\xe8")...))); r.code != 1 || !strings.Contains(r.stderr, "line 1: byte 0xe") || !strings.Contains(r.stderr, "UTF-8") {
		t.Errorf("Latin-1: exit %d, %q", r.code, r.stderr)
	}
	prices, counts := make([]int, len(labels)), make([]int, len(labels))
	for i := range prices {
		prices[i], counts[i] = 100*(1500+i*i*37%900), i*i%61
	}
	for name, y := range map[string][]int{"prices": prices, "counts": counts} {
		f.ints("y.npy", y)
		args := append([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.npy"), "-o", f.path("m")}, smallLinear...)
		r := nnk(args...)
		if r.code == 0 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "-task regress") || !strings.Contains(r.stderr, "-task classify") {
			t.Errorf("%s: exit %d, %q", name, r.code, r.stderr)
		}
		ok(t, append(args, "-task", "regress")...)
	}
}

// One table with text and gaps, and a column that numbers its rows, is fitted by a line and predicted in any order of its columns.
func TestCaseOneTable(t *testing.T) {
	f := folder{t, t.TempDir()}
	x := mat.New[float64](300, 3)
	rng.Normal(rng.New(37), x.Data(), 0)
	rows, turned := []string{"id,size,age,rooms,city,price"}, []string{"city,rooms,age,size"}
	for i := range x.Rows() {
		r, city := x.Row(i), []string{"Bern", "Cork", "Nice"}[i*i%7%3]
		p := 200 + 30*r[1] - 8*r[2]
		if city == "Cork" {
			p += 25
		}
		size := fmt.Sprintf("%.4f", r[0])
		if i%19 == 4 {
			size = ""
		}
		rows = append(rows, fmt.Sprintf("%d,%s,%.4f,%.4f,%s,%.2f", i, size, r[1], r[2], city, p))
		turned = append(turned, fmt.Sprintf("%s,%.4f,%.4f,%s", city, r[2], r[1], size))
	}
	f.write("t.csv", endedBy("\n", rows...))
	f.write("s.csv", endedBy("\n", turned...))
	ok(t, "fit", f.path("t.csv"), "-target", "price", "-drop", "id", "-features", "64", "-quiet", "-o", f.path("m"))
	if got := r2(t, f.path("t.csv"), "-model", f.path("m")); got < 0.99 {
		t.Errorf("R² %g", got)
	}
	for _, name := range []string{"t", "s"} {
		ok(t, "predict", f.path(name+".csv"), "-quiet", "-model", f.path("m"), "-o", f.path(name+"_p.csv"))
	}
	if a, b := f.read("t_p.csv"), f.read("s_p.csv"); !bytes.Equal(a, b) || bytes.Count(a, []byte("\n")) != 300 {
		t.Error("other predictions of columns in another order")
	}
}
