package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// houses is a table with an id, numbers with gaps, text, booleans and dates, in which the price is a function of all but the id.
// unit and level are those of the size; cities are the names of three.
func houses(rows int, unit, level float64, cities [3]string, target func(row int, price float64) string) string {
	var b strings.Builder
	b.WriteString("id,size,city,sold,garden,price\n")
	for i := range rows {
		size := float64(i*37%101)/10 - 5
		garden, day := i*7%3 == 0, i*13%28+1
		price := 100 + 8*size + 4*math.Sin(size) + [3]float64{0, 15, -10}[i*5%7%3] + 0.5*float64(day)
		if garden {
			price += 12
		}
		text := strconv.FormatFloat(float64(unit*size)+level, 'g', 12, 64)
		if i%19 == 5 { // where there is no size, the price is another
			text, price = []string{"", "NA", "?"}[i%3], 20+0.5*float64(day)
		}
		fmt.Fprintf(&b, "k%d,%s,%s,2024-02-%02d,%s,%s\n", i, text, cities[i*5%7%3], day, map[bool]string{false: "no", true: "yes"}[garden], target(i, price))
	}
	return b.String()
}

var threeCities = [3]string{"Oslo", "Rome", "Lima"}

func price(_ int, v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

// r2 is what eval prints.
func r2(t *testing.T, args ...string) float64 {
	t.Helper()
	var e evaluation
	r := nnk(append([]string{"eval", "-quiet", "-json"}, args...)...)
	if r.code != 0 {
		t.Fatalf("eval %s: %s", args, r.stderr)
	}
	decode(t, r.stdout, &e)
	return *e.R2
}

// swapped is a table with its columns in another order, and one more.
func swapped(t *testing.T, text string, order ...int) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		for _, j := range order {
			b.WriteString(fields[j] + ",")
		}
		b.WriteString("more\n")
	}
	return b.String()
}

var smallFit = []string{"-quiet", "-features", "64", "-pool", "none", "-projection", "hadamard"}

// One table in, as many predictions as rows out, whatever the order of its columns; Go values give the same.
func TestNamedTable(t *testing.T) {
	f := folder{t, t.TempDir()}
	text := houses(400, 1, 0, threeCities, price)
	f.write("t.csv", []byte(text))
	args := append([]string{"fit", f.path("t.csv"), "-target", "price", "-o", f.path("m")}, smallFit...)
	if r := nnk(args...); r.code != 1 || !strings.Contains(r.stderr, `column "id": 400 different texts in 400 rows`) || !strings.Contains(r.stderr, "(-drop id)") {
		t.Errorf("with an id: exit %d, %s", r.code, r.stderr)
	}
	var counted strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		if i == 0 {
			counted.WriteString("number,customerId,valid," + line)
		} else if line != "" {
			fmt.Fprintf(&counted, "%d,%d,%d,%s", i+6, i*7919%10007, i*i, line)
		}
	}
	f.write("counted.csv", []byte(counted.String()))
	if r := nnk("fit", f.path("counted.csv"), "-target", "price", "-drop", "id", "-features", "8", "-o", f.path("m")); r.code != 0 || !strings.Contains(r.stderr, "names the rows, and is an input unless it is dropped: number, customerId (-drop number)") {
		t.Errorf("with a number of rows: exit %d, %s", r.code, r.stderr)
	}
	f.write("wild.csv", []byte(strings.Replace(text, "\nk3,-", "\nk3,-100000000", 1)))
	if r := nnk("fit", f.path("wild.csv"), "-target", "price", "-drop", "id", "-features", "8", "-o", f.path("m")); r.code != 0 || !strings.Contains(r.stderr, `wild.csv: line 5: -1.00e+09 in column "size" is`) {
		t.Errorf("with a wild number: exit %d, %s", r.code, r.stderr)
	}
	if out := ok(t, append(args, "-drop", "id")...); !strings.Contains(out, "numbers: size; yes or no: garden; dates: sold; text: city (3 levels)\n\n") {
		t.Errorf("said %q", out)
	}
	if got := r2(t, f.path("t.csv"), "-model", f.path("m")); got < 0.99 {
		t.Errorf("R² %g", got)
	}
	ok(t, "predict", f.path("t.csv"), "-quiet", "-model", f.path("m"), "-o", f.path("p.csv"))
	want := string(f.read("p.csv"))
	if n := strings.Count(want, "\n"); n != 400 {
		t.Errorf("%d predictions for 400 rows", n)
	}
	f.write("s.csv", []byte(swapped(t, text, 4, 2, 1, 3)))
	r := nnk("predict", "-x", f.path("s.csv"), "-model", f.path("m"), "-o", f.path("q.csv"))
	if got := string(f.read("q.csv")); r.code != 0 || got != want {
		t.Errorf("columns in another order: exit %d, other predictions", r.code)
	}
	for _, line := range []string{"columns that the model does not read: more\n", "gaps become the median or no level: size 21\n"} {
		if !strings.Contains(r.stderr, line) {
			t.Errorf("%q does not say %q", r.stderr, line)
		}
	}
	m, err := bundle.Load[float32](f.path("m"))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n")[1:40] {
		v := strings.Split(line, ",")
		values := map[string]any{"city": v[2], "sold": v[3], "garden": v[4] == "yes", "size": nil}
		if size, err := strconv.ParseFloat(v[1], 64); err == nil {
			values["size"] = size
		}
		got, err := m.PredictRow(values, table.UnseenFails)
		if err != nil || strconv.FormatFloat(got[0], 'g', -1, scoreBits(m)) != strings.Split(want, "\n")[i] {
			t.Fatalf("row %d: %v, %v; the file gives %s", i, got, err, strings.Split(want, "\n")[i])
		}
	}
}

// Neither the unit of a column, the names of levels nor the order of rows or columns matters to how good a model is; where the inputs are the same bits, so are the predictions.
func TestNamedEquivariance(t *testing.T) {
	f := folder{t, t.TempDir()}
	plain := houses(300, 1, 0, threeCities, price)
	lines := strings.SplitAfter(plain, "\n")
	var backwards strings.Builder
	backwards.WriteString(lines[0])
	for i := 300; i > 0; i-- {
		backwards.WriteString(lines[i])
	}
	predictions := map[string]string{}
	quality := map[string]float64{}
	for name, text := range map[string]string{
		"plain": plain, "units": houses(300, 1000, 5, threeCities, price), "renamed": houses(300, 1, 0, [3]string{"z,z", "y", "a b"}, price),
		"backwards": backwards.String(), "columns": swapped(t, plain, 4, 3, 5, 2, 1),
	} {
		text = strings.ReplaceAll(text, "z,z", `"z,z"`)
		f.write(name+".csv", []byte(text))
		args := []string{"fit", f.path(name + ".csv"), "-target", "price", "-o", f.path(name)}
		if strings.HasPrefix(text, "id") {
			args = append(args, "-drop", "id")
		} else {
			args = append(args, "-drop", "more")
		}
		ok(t, append(args, smallFit...)...)
		quality[name] = r2(t, f.path(name+".csv"), "-model", f.path(name))
		ok(t, "predict", f.path(name+".csv"), "-quiet", "-model", f.path(name), "-o", f.path("p.csv"))
		predictions[name] = string(f.read("p.csv"))
	}
	for name, q := range quality {
		if math.Abs(q-quality["plain"]) > 0.002 || q < 0.99 {
			t.Errorf("%s: R² %g, plain %g", name, q, quality["plain"])
		}
	}
	if predictions["renamed"] != predictions["plain"] {
		t.Error("renamed levels have other predictions")
	}
	units, want := strings.Fields(predictions["units"]), strings.Fields(predictions["plain"])
	for i := range want {
		a, _ := strconv.ParseFloat(units[i], 64)
		b, _ := strconv.ParseFloat(want[i], 64)
		if math.Abs(a-b) > 0.05 {
			t.Fatalf("row %d: %g in other units, %g in these", i, a, b)
		}
	}
}

// Gaps are marked where they tell something of the target, and not where they do not.
func TestMarksOfGaps(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("told.csv", []byte(houses(400, 1, 0, threeCities, price)))
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for i := range 400 {
		a, c := fmt.Sprint(i*37%101), i*53%97
		if i*29%83 < 8 { // of rows in which a is the median
			a = ""
		}
		v := 50
		if a != "" {
			v = i * 37 % 101
		}
		fmt.Fprintf(&b, "%s,%d,%d.5\n", a, c, 2*v+c)
	}
	f.write("idle.csv", []byte(b.String()))
	for name, c := range map[string]struct {
		args   []string
		marked bool
	}{"told": {[]string{"-target", "price", "-drop", "id"}, true}, "idle": {[]string{"-target", "y"}, false}} {
		r := nnk(append([]string{"fit", f.path(name + ".csv"), "-o", f.path("m"), "-features", "64", "-pool", "none"}, c.args...)...)
		m, err := loadModel(f.path("m"))
		if r.code != 0 || err != nil {
			t.Fatalf("%s: %s %v", name, r.stderr, err)
		}
		marked := false
		for _, col := range m.Schema.Columns {
			marked = marked || col.Marked
		}
		if marked != c.marked || !strings.Contains(r.stderr, map[bool]string{true: "are marked by an input", false: "are not marked"}[c.marked]) {
			t.Errorf("%s: marked %v, want %v; said %s", name, marked, c.marked, r.stderr)
		}
	}
}

// Labels of a table keep their text, and several targets are fitted together.
func TestNamedTargets(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.write("k.csv", []byte(houses(300, 1, 0, threeCities, func(i int, v float64) string {
		if i == 7 || i == 90 {
			return "NA"
		}
		return map[bool]string{false: "cheap", true: "dear"}[v > 100]
	})))
	args := append([]string{"fit", f.path("k.csv"), "-target", "price", "-drop", "id", "-loss", "squared", "-o", f.path("m")}, smallFit...)
	if r := nnk(args...); r.code != 1 || !strings.Contains(r.stderr, "k.csv: line 9: no value of price, as in 2 of 300 rows: -missing drop") {
		t.Errorf("gaps: exit %d, %s", r.code, r.stderr)
	}
	ok(t, append(args, "-missing", "drop")...)
	if r := nnk("predict", f.path("k.csv"), "-model", f.path("m"), "-labels", "-quiet", "-o", f.path("p.csv")); r.code != 0 {
		t.Fatal(r.stderr)
	}
	p := string(f.read("p.csv"))
	if strings.Count(p, "\n") != 300 || strings.Count(p, "cheap\n")+strings.Count(p, "dear\n") != 300 {
		t.Errorf("predicted %.80q", p)
	}
	var e evaluation
	decode(t, ok(t, "eval", f.path("k.csv"), "-model", f.path("m"), "-missing", "drop", "-quiet", "-json"), &e)
	if e.Rows != 298 || *e.Accuracy < 0.97 {
		t.Errorf("%d rows, accuracy %g", e.Rows, *e.Accuracy)
	}
	f.write("p2.csv", []byte(strings.Replace(p, "\n", "\n\n", 3)))
	decode(t, ok(t, "eval", "-x", f.path("k.csv"), "-y", f.path("p2.csv"), "-model", f.path("m"), "-quiet", "-json"), &e)
	if e.Rows != 300 || *e.Accuracy != 1 {
		t.Errorf("against its own answers: %d rows, accuracy %g", e.Rows, *e.Accuracy)
	}
	f.write("two.csv", []byte(strings.ReplaceAll(houses(300, 1, 0, threeCities, func(i int, v float64) string { return fmt.Sprintf("%.3f,%.3f", v, -2*v) }), "garden,price", "garden,price,rent")))
	ok(t, append([]string{"fit", f.path("two.csv"), "-target", "rent", "-target", "price", "-drop", "id", "-o", f.path("m")}, smallFit...)...)
	if got := r2(t, f.path("two.csv"), "-model", f.path("m")); got < 0.99 {
		t.Errorf("two targets: R² %g", got)
	}
}

// Every wrong use says what to do.
func TestNamedErrors(t *testing.T) {
	f := folder{t, t.TempDir()}
	text := houses(120, 1, 0, threeCities, price)
	f.write("t.csv", []byte(text))
	f.write("unseen.csv", []byte(strings.Replace(text, "Rome", `"Bri
stol"`, 1)+"x,1,Riga,2024-02-01,no,1\n"))
	f.write("word.csv", []byte(strings.Replace(text, "2024-02-14", "soon", 1)))
	f.write("lacks.csv", []byte("city,size\nOslo,1\n"))
	f.write("semicolons.csv", []byte("\ufeff"+strings.NewReplacer(",", ";", ".", ",").Replace(text)))
	f.write("numbers.csv", []byte("1,2,0.5\n3,4,1.5\n5,7,2.5\n6,8,3.5\n9,2,4.5\n1,1,1.5\n2,3,2.5\n4,4,3.5\n"))
	f.matrix("x.npy", mat.New[float32](3, 4))
	model := []string{"-model", f.path("m"), "-quiet"}
	ok(t, append([]string{"fit", f.path("t.csv"), "-target", "price", "-drop", "id", "-o", f.path("m")}, smallFit...)...)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"predict", "unseen.csv", "-o", "p.csv"}, 1, `unseen.csv: csv: line 5 column "city": "Bri\nstol" is not one of the column's levels, `},
		{[]string{"predict", "unseen.csv", "-o", "p.csv"}, 1, "(-unseen zero takes"},
		{[]string{"predict", "unseen.csv", "-o", "p.csv", "-unseen", "zero"}, 0, ""},
		{[]string{"predict", "unseen.csv", "-o", "p.csv", "-unseen", "x"}, 2, "-unseen x: want"},
		{[]string{"predict", "word.csv", "-o", "p.csv"}, 1, `column "sold": "soon" is not a date`},
		{[]string{"predict", "lacks.csv", "-o", "p.csv"}, 1, `no columns "sold", "garden"; the columns are`},
		{[]string{"predict", "x.npy", "-o", "p.csv"}, 1, "have no names"},
		{[]string{"predict", "-o", "p.csv"}, 2, "give a table, or -x"},
		{[]string{"predict", "t.csv", "-x", "t.csv", "-o", "p.csv"}, 2, "not both"},
		{[]string{"predict", "semicolons.csv", "-o", "p.csv"}, 0, ""},
		{[]string{"eval", "lacks.csv"}, 1, `no column "price"`},
		{[]string{"fit", "t.csv", "-o", "n"}, 2, "-target is needed"},
		{[]string{"fit", "t.csv", "-target", "prize", "-o", "n"}, 1, `no column "prize"; the columns are id, size, city`},
		{[]string{"fit", "t.csv", "-target", "price", "-y", "t.csv", "-o", "n"}, 2, "not both"},
		{[]string{"fit", "-target", "price", "-x", "t.csv", "-y", "t.csv", "-o", "n"}, 2, "-target is for a table with names"},
		{[]string{"fit", "-x", "t.csv", "-o", "n"}, 2, "flag -y is needed"},
		{[]string{"fit", "t.csv", "t.csv", "-target", "price", "-o", "n"}, 2, "2 arguments beside the flags"},
		{[]string{"fit", "numbers.csv", "-target", "3", "-o", "n", "-features", "2", "-quiet"}, 0, ""},
		{[]string{"fit", "numbers.csv", "-target", "4", "-o", "n"}, 1, "no header was found"},
	} {
		args := append([]string{}, c.args...)
		for i, a := range args {
			if strings.Contains(a, ".") || i > 0 && args[i-1] == "-o" {
				args[i] = f.path(a)
			}
		}
		if c.args[0] != "fit" {
			args = append(args, model...)
		}
		if r := nnk(args...); r.code != c.code || !strings.Contains(r.stderr, c.want) || c.code == 0 && r.stderr != "" {
			t.Errorf("%q: exit %d, %q; want %d, %q", c.args, r.code, r.stderr, c.code, c.want)
		}
	}
	if n := strings.Count(string(f.read("p.csv")), "\n"); n != 120 {
		t.Errorf("%d predictions of the table with semicolons", n)
	}
}
