package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
)

func TestMain(m *testing.M) {
	beam.Init()
	os.Exit(m.Run())
}

// prism runs a pipeline on Beam's own runner, in this process.
func prism(ctx context.Context, p *beam.Pipeline) (beam.PipelineResult, error) {
	return beam.Run(ctx, "prism", p)
}

// write writes rows lo to hi−1 of x as an array of type T.
func write[T asm.Float](t *testing.T, path string, x *mat.Dense[float64], lo, hi int) {
	t.Helper()
	data := make([]T, 0, (hi-lo)*x.Cols())
	for i := lo; i < hi; i++ {
		for _, v := range x.Row(i) {
			data = append(data, T(v))
		}
	}
	var b bytes.Buffer
	if err := npy.Write(&b, []int{hi - lo, x.Cols()}, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rows are inputs whose numbers are float32, targets and labels.
func rows(n int) (x, y *mat.Dense[float64], labels []int) {
	r := rand.New(rand.NewPCG(1, 2))
	x, y, labels = mat.New[float64](n, 4), mat.New[float64](n, 2), make([]int, n)
	for i := range n {
		for j := range 4 {
			x.Set(i, j, float64(float32(r.NormFloat64())))
		}
		x.Set(i, 3, float64(float32(1000+x.At(i, 3))))
		y.Set(i, 0, float64(float32(x.At(i, 0)*x.At(i, 1))))
		y.Set(i, 1, float64(float32(math.Sin(2*x.At(i, 2)))))
		if labels[i] = 3; x.At(i, 0) > 0 {
			labels[i] = 7
		}
	}
	labels[n-9] = 5 // a class of one row
	return x, y, labels
}

// cuts divides n rows into so many shards of any lengths, of which some may be empty.
func cuts(seed uint64, n, shards int) []int {
	r := rand.New(rand.NewPCG(seed, 3))
	at := []int{0}
	for i := 1; i < shards; i++ {
		at = append(at, at[i-1]+r.IntN(2*n/shards))
		if at[i] = min(at[i], n); i%5 == 4 {
			at[i] = at[i-1]
		}
	}
	return append(at, n)
}

// writeShards writes arrays, every third of float64.
func writeShards(t *testing.T, dir, name string, x *mat.Dense[float64], at []int) {
	t.Helper()
	for i := range len(at) - 1 {
		path := filepath.Join(dir, fmt.Sprintf("%s-%06d.npy", name, i))
		if i%3 == 2 {
			write[float64](t, path, x, at[i], at[i+1])
		} else {
			write[float32](t, path, x, at[i], at[i+1])
		}
	}
}

func file(t *testing.T, m *bundle.Model[float32]) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// here fits to the files as nnk fit does.
func here(t *testing.T, c Config, opt fit.Options) []byte {
	t.Helper()
	x, err := table.Open(t.Context(), c.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	y, err := table.Open(t.Context(), c.Targets)
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	var targets bundle.Source = y
	opt.Task, opt.Loss = c.Task, snnk.SquaredError
	kind := ""
	if c.Task == bundle.Classify {
		l, err := y.Labels(nil, 0, table.MissingFails)
		if err != nil {
			t.Fatal(err)
		}
		opt.Classes, kind = l.Names, l.Type
		targets = bundle.OneHot(l.Class, l.Count)
	}
	m, _, err := fit.Run[float32](t.Context(), x, targets, opt)
	if err != nil {
		t.Fatal(err)
	}
	m.LabelType = kind
	return file(t, m)
}

// Shards of any number, length and type, read by Prism in whatever order, give the model of one machine, byte for byte.
func TestSameBytes(t *testing.T) {
	const n = 6000
	x, y, labels := rows(n)
	words := mat.New[float64](n, 1)
	for i, v := range labels {
		words.Set(i, 0, float64(v))
	}
	few := fit.Options{Features: 10, Pool: 20}
	for _, c := range []struct {
		name    string
		x, y    []int
		classes bool
		rangeOf int
	}{
		{"one shard", []int{0, n}, []int{0, n}, false, 0},
		{"one shard in ranges", []int{0, n}, []int{0, n}, false, 2560},
		{"3 shards", cuts(1, n, 3), cuts(2, n, 3), false, 0},
		{"17 shards, targets in 3", cuts(3, n, 17), cuts(4, n, 3), false, 1},
		{"17 shards of labels", cuts(5, n, 17), cuts(5, n, 17), true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeShards(t, dir, "x", x, c.x)
			cfg := Config{Inputs: dir + "/x-*.npy", Targets: dir + "/y-*.npy", Task: bundle.Regress, Run: prism, RangeRows: c.rangeOf}
			if c.classes {
				cfg.Task = bundle.Classify
				for i := range len(c.y) - 1 {
					var b bytes.Buffer
					if err := npy.WriteInts(&b, labels[c.y[i]:c.y[i+1]]); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(fmt.Sprintf("%s/y-%06d.npy", dir, i), b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			} else {
				writeShards(t, dir, "y", y, c.y)
			}
			var ran []string
			counted := map[string]int64{}
			cfg.Ran = func(what string, r beam.PipelineResult) {
				ran = append(ran, what)
				for _, m := range r.Metrics().AllMetrics().Counters() {
					if what == readStatistics {
						counted[m.Name()] += m.Result()
					}
				}
			}
			m, report, err := Fit(t.Context(), cfg, few)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(file(t, m), here(t, cfg, few)) {
				t.Error("the model is not the one of one machine")
			}
			if got, want := fmt.Sprint(ran), "[heads survey rows statistics]"; got != want || report.Rows != n {
				t.Errorf("pipelines %s, want %s; %d rows", got, want, report.Rows)
			}
			if counted["rows"] != n || counted["blocks"] < n/512 || counted["bytes"] < n*(4*4+4) {
				t.Errorf("metrics %v", counted)
			}
		})
	}
}

// flaky is a file system whose files cannot be read the first time, as those of a machine that is lost.
type flaky struct{}

var (
	flakyMu   sync.Mutex
	flakyDir  string
	flakySeen map[string]int
)

func init() {
	filesystem.Register("flaky", func(context.Context) filesystem.Interface { return flaky{} })
}

func (flaky) Close() error { return nil }

func (flaky) List(_ context.Context, pattern string) ([]string, error) {
	names, err := filepath.Glob(flakyDir + "/" + strings.TrimPrefix(pattern, "flaky://"))
	for i, name := range names {
		names[i] = "flaky://" + filepath.Base(name)
	}
	return names, err
}

func (flaky) local(name string) string { return flakyDir + "/" + strings.TrimPrefix(name, "flaky://") }

func (f flaky) Size(_ context.Context, name string) (int64, error) {
	info, err := os.Stat(f.local(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f flaky) OpenRead(_ context.Context, name string) (io.ReadCloser, error) {
	file, err := os.Open(f.local(name))
	if err != nil {
		return nil, err
	}
	flakyMu.Lock()
	defer flakyMu.Unlock()
	flakySeen[name]++
	if flakySeen[name] == 1 {
		return &stream{file, 60}, nil
	}
	return &stream{file, math.MaxInt}, nil
}

func (f flaky) OpenWrite(_ context.Context, name string) (io.WriteCloser, error) {
	return os.Create(f.local(name))
}

// stream is a file that can only be read from its beginning, and of which no more than so many bytes may come.
type stream struct {
	f    io.ReadCloser
	left int
}

func (s *stream) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, errors.New("connection reset")
	}
	n, err := s.f.Read(b[:min(len(b), s.left)])
	s.left -= n
	return n, err
}

func (s *stream) Close() error { return s.f.Close() }

// flakyShards writes three shards of inputs and two of targets to a flaky file system.
func flakyShards(t *testing.T) Config {
	x, y, _ := rows(2600)
	flakyDir, flakySeen = t.TempDir(), map[string]int{}
	writeShards(t, flakyDir, "x", x, []int{0, 700, 1300, 2600})
	writeShards(t, flakyDir, "y", y, []int{0, 2000, 2600})
	return Config{Inputs: "flaky://x-*.npy", Targets: "flaky://y-*.npy", Task: bundle.Regress, Run: prism}
}

// A pipeline that fails, because a machine was lost, and is run again gives the model of one machine. Prism itself does not try again.
func TestRunAgain(t *testing.T) {
	c := flakyShards(t)
	failed := 0
	c.Run = func(ctx context.Context, p *beam.Pipeline) (r beam.PipelineResult, err error) {
		for range 10 {
			if r, err = prism(ctx, p); err == nil {
				return r, nil
			}
			failed++
		}
		return r, err
	}
	few := fit.Options{Features: 10, Pool: 20}
	m, _, err := Fit(t.Context(), c, few)
	if err != nil {
		t.Fatal(err)
	}
	c.Inputs, c.Targets = flakyDir+"/x-*.npy", flakyDir+"/y-*.npy"
	if !bytes.Equal(file(t, m), here(t, c, few)) {
		t.Error("the model is not the one of one machine")
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
}

// A runner that tries an item again gets the sum that it would have got, from the same worker or another.
func TestItemAgain(t *testing.T) {
	flakyShards(t)
	w := work{What: readSurvey, In: 4, Out: 2,
		Inputs:  []shard{{"flaky://x-000000.npy", 0, 700}, {"flaky://x-000001.npy", 700, 600}, {"flaky://x-000002.npy", 1300, 1300}},
		Targets: []shard{{"flaky://y-000000.npy", 0, 2000}, {"flaky://y-000001.npy", 2000, 600}}}
	it := Item{Lo: 512, Hi: 2560}
	r := &Reader{Work: w}
	if err := r.Setup(); err != nil {
		t.Fatal(err)
	}
	defer func() { r.Teardown() }()
	failed := 0
	var first []byte
	for again := 0; again < 2; {
		s, err := r.read(t.Context(), it)
		if err != nil {
			if failed++; wrongData(err) || failed > 5 {
				t.Fatal(err)
			}
			if r.Teardown(); failed%2 == 0 { // another worker
				r = &Reader{Work: w}
				if err := r.Setup(); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		b, err := encodeSum(s)
		if err != nil {
			t.Fatal(err)
		}
		if again++; again == 1 {
			first = b
		} else if !bytes.Equal(first, b) {
			t.Error("another sum the second time")
		}
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
}

// One row a shard, and empty shards between.
func TestRowsAlone(t *testing.T) {
	x, y, _ := rows(40)
	dir := t.TempDir()
	at := []int{0}
	for i := range 40 {
		if i%9 == 3 {
			at = append(at, i)
		}
		at = append(at, i+1)
	}
	writeShards(t, dir, "x", x, at)
	writeShards(t, dir, "y", y, at)
	c := Config{Inputs: dir + "/x-*.npy", Targets: dir + "/y-*.npy", Task: bundle.Regress, Run: prism}
	few := fit.Options{Features: 6, Pool: 12, Folds: fit.Folds{Count: 2, Block: 1}}
	m, _, err := Fit(t.Context(), c, few)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file(t, m), here(t, c, few)) {
		t.Error("the model is not the one of one machine")
	}
}

// Text with a header, in shards whose columns have another order, and labels that are words.
func TestText(t *testing.T) {
	dir := t.TempDir()
	var labels strings.Builder
	for i, header := range []string{"a,b", "b,a", "a,b"} {
		var text strings.Builder
		fmt.Fprintln(&text, header)
		for row := range 50 + i {
			a, b := (row*7+i)%13, (row*row)%11
			if fmt.Fprintf(&labels, "%s\n", []string{"red", "blue", "green"}[(a+b)%(i+1)]); header == "b,a" {
				a, b = b, a
			}
			fmt.Fprintf(&text, "%d.5,%d.25\n", a, b)
		}
		if err := os.WriteFile(fmt.Sprintf("%s/x-%d.csv", dir, i), []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dir+"/y.csv", []byte(labels.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	c := Config{Inputs: dir + "/x-*.csv", Targets: dir + "/y.csv", Task: bundle.Classify, Run: prism}
	few := fit.Options{Features: 6, Pool: 12}
	m, _, err := Fit(t.Context(), c, few)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Classes, []string{"blue", "green", "red"}) || m.LabelType != "U" || m.Provenance["columns"] != `["a","b"]` {
		t.Errorf("classes %q of type %s, columns %s", m.Classes, m.LabelType, m.Provenance["columns"])
	}
	x, err := table.Open(t.Context(), c.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Arrange(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	y, err := table.Open(t.Context(), c.Targets)
	if err != nil {
		t.Fatal(err)
	}
	l, err := y.Labels(nil, 0, table.MissingFails)
	if err != nil {
		t.Fatal(err)
	}
	few.Task, few.Loss, few.Classes = bundle.Classify, snnk.SquaredError, l.Names
	want, _, err := fit.Run[float32](t.Context(), x, bundle.OneHot(l.Class, l.Count), few)
	if err != nil {
		t.Fatal(err)
	}
	want.LabelType, want.Provenance["columns"] = "U", `["a","b"]`
	if !bytes.Equal(file(t, m), file(t, want)) {
		t.Error("the model is not the one of one machine")
	}
}

// Shards of tensors of different types, inputs and targets in one file, beside arrays.
func TestTensors(t *testing.T) {
	x, y, _ := rows(3000)
	dir := t.TempDir()
	at := []int{0, 700, 701, 2000, 3000}
	writeShards(t, dir, "s", x, at)
	writeShards(t, dir, "t", y, at)
	for i := range 2 {
		lo, hi := at[i], at[i+1]
		var w safetensors.Writer
		if i == 0 {
			safetensors.Add(&w, "in", []int{hi - lo, 4}, x.View(lo, 0, hi-lo, 4).Clone().Data())
		} else {
			part := mat.New[float32](hi-lo, 4)
			if err := bundle.Read(part, bundle.Matrix(x.View(lo, 0, hi-lo, 4)), 0); err != nil {
				t.Fatal(err)
			}
			safetensors.Add(&w, "in", []int{hi - lo, 4}, part.Data())
		}
		safetensors.Add(&w, "out", []int{hi - lo, 2}, y.View(lo, 0, hi-lo, 2).Clone().Data())
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"s", "t"} {
			old := fmt.Sprintf("%s/%s-%06d", dir, name, i)
			if err := errors.Join(os.Remove(old+".npy"), os.WriteFile(old+".safetensors", b.Bytes(), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := Config{Inputs: dir + "/s-*", Targets: dir + "/t-*", Tensors: [2]string{"in", "out"}, Task: bundle.Regress, Run: prism, RangeRows: 1}
	few := fit.Options{Features: 6, Pool: 12}
	m, _, err := Fit(t.Context(), c, few)
	if err != nil {
		t.Fatal(err)
	}
	want := t.TempDir()
	writeShards(t, want, "s", x, at)
	writeShards(t, want, "t", y, at)
	if !bytes.Equal(file(t, m), here(t, Config{Inputs: want + "/s-*", Targets: want + "/t-*", Task: bundle.Regress}, few)) {
		t.Error("the model is not the one of the arrays")
	}
	c.Tensors[1] = "none"
	if _, _, err := Fit(t.Context(), c, few); !errors.Is(err, table.ErrFormat) || !strings.Contains(err.Error(), "t-000000.safetensors: 2 tensors, in, out") {
		t.Errorf("no such tensor: %v", err)
	}
}

// Whatever is wrong with a shard: one line that names it, and no model.
func TestWrongShards(t *testing.T) {
	x, y, _ := rows(1500)
	for _, c := range []struct {
		name string
		harm func(path string)
		bad  string // the shard
		want string
	}{
		{"cut short", func(path string) {
			if err := os.Truncate(path, 500); err != nil {
				t.Fatal(err)
			}
		}, "x-000001.npy", ""},
		{"no array", func(path string) {
			if err := os.WriteFile(path, []byte("not an array"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "y-000000.npy", ""},
		{"other columns", func(path string) { write[float32](t, path, x.View(0, 0, 1500, 3), 0, 600) }, "x-000002.npy", "3 columns, but"},
		{"a number that is none", func(path string) {
			bad := x.Clone()
			bad.Set(7, 2, math.NaN())
			write[float32](t, path, bad, 0, 600)
		}, "x-000001.npy", "row 7"},
		{"not as many rows", func(path string) { write[float32](t, path, y, 0, 599) }, "y-000001.npy", "1499 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeShards(t, dir, "x", x, []int{0, 300, 900, 1500})
			writeShards(t, dir, "y", y, []int{0, 900, 1500})
			c.harm(dir + "/" + c.bad)
			name := c.bad
			if c.name == "not as many rows" { // it may be any
				name = "y-*.npy"
			}
			cfg := Config{Inputs: dir + "/x-*.npy", Targets: dir + "/y-*.npy", Task: bundle.Regress, Run: prism, RangeRows: 512}
			m, _, err := Fit(t.Context(), cfg, fit.Options{Features: 4, Pool: 8})
			if m != nil || !errors.Is(err, table.ErrFormat) || !strings.Contains(err.Error(), dir+"/"+name+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line about %s: %s", err, name, c.want)
			}
		})
	}
}

// The logistic loss is refused before anything is read for it.
func TestRefuses(t *testing.T) {
	x, y, _ := rows(60)
	dir := t.TempDir()
	writeShards(t, dir, "x", x, []int{0, 60})
	writeShards(t, dir, "y", y, []int{0, 60})
	var ran []string
	c := Config{Inputs: dir + "/x-*.npy", Targets: dir + "/y-*.npy", Task: bundle.Regress, Run: prism, Ran: func(what string, _ beam.PipelineResult) { ran = append(ran, what) }}
	if _, _, err := Fit(t.Context(), c, fit.Options{Loss: snnk.CrossEntropy}); !errors.Is(err, bundle.ErrRange) || len(ran) > 1 {
		t.Errorf("%v after %q", err, ran)
	}
	c.Task = bundle.Outputs
	if _, _, err := Fit(t.Context(), c, fit.Options{}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("task outputs: %v", err)
	}
	c.Task, c.Inputs = bundle.Regress, dir+"/z-*.npy"
	if _, _, err := Fit(t.Context(), c, fit.Options{}); err == nil || !strings.Contains(err.Error(), "no file matches") {
		t.Errorf("no files: %v", err)
	}
}
