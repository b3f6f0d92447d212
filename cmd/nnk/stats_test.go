package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"nnk/internal/npy"
	"nnk/mat"
)

// machines are rows in shards, each of which is read by itself.
type machines struct {
	folder
	cuts       []int
	task, kind string // kind of file of the targets
	flags      []string
}

// newMachines writes rows of three columns in shards that begin at the cuts.
func newMachines(t *testing.T, rows int, cuts []int, task string) *machines {
	m := &machines{folder: folder{t, t.TempDir()}, cuts: append(cuts, rows), task: task, kind: ".npy", flags: []string{"-features", "6", "-pool", "12"}}
	r := rand.New(rand.NewPCG(5, 6))
	x, y := mat.New[float32](rows, 3), mat.New[float32](rows, 2)
	words := make([]string, rows)
	for i := range rows {
		for j := range 3 {
			x.Set(i, j, float32(r.NormFloat64()))
		}
		x.Set(i, 2, 100+x.At(i, 2))
		y.Set(i, 0, x.At(i, 0)*x.At(i, 1))
		if y.Set(i, 1, 5); i > rows/2 { // varies late
			y.Set(i, 1, 5+x.At(i, 2))
		}
		if words[i] = "high"; x.At(i, 0) < float32(math.Sin(float64(x.At(i, 1)))) {
			words[i] = "low"
		}
	}
	words[rows-2] = "between" // a class of one row, the first by its name
	if task == "classify" {
		m.kind = ".csv"
	}
	for i, lo := range cuts {
		hi := m.cuts[i+1]
		m.matrix(fmt.Sprintf("x-%02d.npy", i), x.View(lo, 0, hi-lo, 3))
		if task == "classify" {
			m.write(fmt.Sprintf("y-%02d.csv", i), []byte(strings.Join(words[lo:hi], "\n")+"\n"))
		} else {
			m.matrix(fmt.Sprintf("y-%02d.npy", i), y.View(lo, 0, hi-lo, 2))
		}
	}
	return m
}

// stats runs nnk stats on the shards that match, of which the first begins at cut i.
func (m *machines) stats(i int, shards, out string, more ...string) {
	m.t.Helper()
	if len(more) == 0 {
		more = []string{"-task", m.task}
	}
	ok(m.t, append([]string{"stats", "-quiet", "-x", m.path("x-" + shards + ".npy"), "-y", m.path("y-" + shards + m.kind), "-first", fmt.Sprint(m.cuts[i]), "-o", m.path(out)}, more...)...)
}

// merge runs nnk merge-stats on files in a random order.
func (m *machines) merge(r *rand.Rand, files []string, more ...string) {
	m.t.Helper()
	args := append([]string{"merge-stats"}, more...)
	for _, i := range r.Perm(len(files)) {
		args = append(args, m.path(files[i]))
	}
	ok(m.t, args...)
}

// each names a file of each shard.
func (m *machines) each(name string) (files []string) {
	for i := range len(m.cuts) - 1 {
		files = append(files, fmt.Sprintf("%02d.%s", i, name))
	}
	return files
}

func (m *machines) same(a, b string) {
	m.t.Helper()
	if !bytes.Equal(m.read(a), m.read(b)) {
		m.t.Errorf("%s is not %s", a, b)
	}
}

// Statistics of shards on machines of their own give the model of nnk fit of all rows, byte for byte, in whatever order and groups they
// are merged, wherever the shards are cut; and what is merged of some shards is what one machine would write of them.
func TestMergeStats(t *testing.T) {
	for _, c := range []struct {
		name, task string
		rows       int
		cuts       []int
	}{
		{"numbers", "regress", 6000, []int{0, 700, 705, 706, 3000, 5120}},
		{"labels", "classify", 5300, []int{0, 2560, 2571, 5299}},
		{"few rows", "regress", 40, []int{0, 1, 2, 20, 39}},
		{"one shard", "classify", 2000, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachines(t, c.rows, c.cuts, c.task)
			ok(t, append([]string{"fit", "-quiet", "-shards", m.path("x-*.npy"), "-y", m.path("y-*" + m.kind), "-task", c.task, "-loss", "squared", "-o", m.path("here")}, m.flags...)...)
			r := rand.New(rand.NewPCG(7, 8))
			round := func(name string, more ...string) []string {
				files := m.each(name)
				for i, file := range files {
					m.stats(i, fmt.Sprintf("%02d", i), file, more...)
				}
				return files
			}
			surveys := round("survey")
			plan := append([]string{"-o", m.path("plan")}, m.flags...)
			m.merge(r, surveys, plan...)
			first := m.read("plan")
			m.merge(r, surveys, append(plan, "-rows", fmt.Sprint(c.rows))...)
			if !bytes.Equal(m.read("plan"), first) {
				t.Error("another order of merging gives another plan")
			}
			sums := round("sums", "-plan", m.path("plan"))
			by := []string{"-plan", m.path("plan"), "-o"}
			m.merge(r, sums, append(by, m.path("model"))...)
			m.same("model", "here")
			m.stats(0, "*", "all.survey")
			m.stats(0, "*", "all.sums", "-plan", m.path("plan"))
			m.merge(r, surveys, "-partial", "-o", m.path("merged"))
			m.same("merged", "all.survey")
			m.merge(r, sums, append(by, m.path("merged"), "-partial")...)
			m.same("merged", "all.sums")
			if n := len(sums); n > 2 { // groups that are apart
				m.merge(r, []string{sums[0], sums[n-1]}, append(by, m.path("ends"), "-partial")...)
				m.merge(r, append([]string{"ends"}, sums[1:n-1]...), append(by, m.path("grouped"))...)
				m.same("grouped", "here")
				m.merge(r, []string{surveys[0], surveys[n-1]}, "-partial", "-o", m.path("ends"))
				m.merge(r, append([]string{"ends"}, surveys[1:n-1]...), append([]string{"-o", m.path("other")}, m.flags...)...)
				m.same("other", "plan")
			}
		})
	}
}

// A fit that needs sums of other features than those of the plan gets a plan for another round, and has its model when all are there.
func TestMergeStatsRounds(t *testing.T) {
	m := newMachines(t, 900, []int{0, 400}, "regress")
	ok(t, append([]string{"fit", "-quiet", "-shards", m.path("x-*.npy"), "-y", m.path("y-*.npy"), "-task", "regress", "-loss", "squared", "-o", m.path("here")}, m.flags...)...)
	r := rand.New(rand.NewPCG(9, 1))
	for i, file := range m.each("survey") {
		m.stats(i, fmt.Sprintf("%02d", i), file)
	}
	m.merge(r, m.each("survey"), append([]string{"-o", m.path("plan")}, m.flags...)...)
	m.merge(r, m.each("survey"), append([]string{"-o", m.path("other"), "-scale", "0.01"}, m.flags...)...)
	read := func(name string) *fitPlan {
		p, err := unmarshalPlan(m.read(name))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	write := func(name string, p *fitPlan) {
		b, err := p.marshal()
		if err != nil {
			t.Fatal(err)
		}
		m.write(name, b)
	}
	round := func(plan, name string) []string {
		for i, file := range m.each(name) {
			m.stats(i, fmt.Sprintf("%02d", i), file, "-plan", m.path(plan))
		}
		return m.each(name)
	}
	right, wrong := read("plan"), read("other").passes[0]
	first := *right
	first.passes = [][]byte{wrong} // as if a larger scale were to be tried
	write("first", &first)
	sums := round("first", "first.sums")
	merge := []string{"merge-stats", "-plan", m.path("first"), "-o", m.path("model"), m.path(sums[0]), m.path(sums[1])}
	if r := nnk(merge...); r.code != 1 || !strings.Contains(r.stderr, "-next FILE") {
		t.Errorf("%+v", r)
	}
	if said := ok(t, append(merge, "-next", m.path("second"))...); !strings.Contains(said, "nnk stats -plan") {
		t.Errorf("says %q", said)
	}
	m.merge(r, append(sums, round("second", "second.sums")...), "-plan", m.path("second"), "-o", m.path("model"))
	m.same("model", "here")
	right.passes = append(right.passes, wrong)
	write("both", right)
	later := round("both", "later.sums")
	if r := nnk("merge-stats", "-plan", m.path("both"), "-o", m.path("none"), m.path(later[0]), m.path(later[1])); r.code != 1 || !strings.Contains(r.stderr, "all rounds") {
		t.Errorf("sums of the last round alone: %+v", r)
	}
}

// What does not belong together is one line that names the file, and nothing is written.
func TestMergeStatsRefused(t *testing.T) {
	m := newMachines(t, 300, []int{0, 100, 200}, "regress")
	r := rand.New(rand.NewPCG(3, 3))
	for i, file := range m.each("survey") {
		m.stats(i, fmt.Sprintf("%02d", i), file)
	}
	plan := append([]string{"-o", m.path("plan")}, m.flags...)
	m.merge(r, m.each("survey"), plan...)
	m.merge(r, m.each("survey"), "-o", m.path("other-plan"), "-features", "5", "-pool", "12")
	for i, file := range m.each("sums") {
		m.stats(i, fmt.Sprintf("%02d", i), file, "-plan", m.path("plan"))
	}
	m.stats(1, "01", "other.sums", "-plan", m.path("other-plan"))
	m.stats(1, "00", "twice.sums", "-plan", m.path("plan"))
	damaged := m.read("01.sums")
	damaged[len(damaged)/2] ^= 1
	m.write("damaged.sums", damaged)
	m.write("short.sums", damaged[:100])
	m.write("none.sums", []byte("not sums"))
	old := bytes.Replace(m.read("01.sums"), []byte(`"Arithmetic":"`), []byte(`"Arithmetic":"9`), 1)
	old[len("nnk sums of rows 1\n")]++ // of the length of the JSON
	sum := sha256.Sum256(old[:len(old)-sha256.Size])
	m.write("old.sums", append(old[:len(old)-sha256.Size], sum[:]...))
	var b bytes.Buffer
	if err := npy.Write(&b, []int{100, 2}, make([]float32, 200)); err != nil {
		t.Fatal(err)
	}
	m.write("narrow.npy", b.Bytes())
	m.write("named.csv", []byte("a,b,c\n1,2,3\n4,5,6\n"))
	m.write("swapped.csv", []byte("b,a,c\n1,2,3\n4,5,6\n"))
	m.write("two.csv", []byte("1,2\n3,4\n"))
	survey := func(x, y, first, out string) {
		t.Helper()
		ok(t, "stats", "-quiet", "-x", m.path(x), "-y", m.path(y), "-task", "regress", "-first", first, "-o", m.path(out))
	}
	survey("named.csv", "two.csv", "0", "named.survey")
	survey("swapped.csv", "two.csv", "2", "swapped.survey")
	survey("narrow.npy", "y-01.npy", "100", "narrow.survey")
	sums := []string{"merge-stats", "-plan", m.path("plan"), "-o", m.path("none")}
	surveys := append([]string{"merge-stats", "-o", m.path("none")}, m.flags...)
	shard := []string{"stats", "-first", "0", "-o", m.path("none")}
	with := func(args []string, files ...string) []string {
		args = args[:len(args):len(args)]
		for _, name := range files {
			args = append(args, m.path(name))
		}
		return args
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{1, "other.sums: sums by another plan", with(sums, "00.sums", "other.sums", "02.sums")},
		{1, "rows 100 to 199 are missing", with(sums, "00.sums", "02.sums")},
		{1, "rows 0 to 99 are missing", with(sums, "01.sums", "02.sums")},
		{1, "rows 200 to 299 are missing", with(sums, "00.sums", "01.sums")},
		{1, "rows 100 to 199 are in ", with(sums, "01.sums", "00.sums", "twice.sums")},
		{1, "02.sums too: rows are there twice", with(sums, "02.sums", "02.sums")},
		{1, "damaged.sums: ", with(sums, "00.sums", "damaged.sums")},
		{1, "damaged: its checksum", with(sums, "damaged.sums")},
		{1, "short.sums: ", with(sums, "short.sums")},
		{1, "none.sums: ", with(sums, "none.sums")},
		{1, "old.sums: made with another version of the arithmetic", with(sums, "old.sums")},
		{1, "absent: ", with(sums, "absent")},
		{1, "01.survey: this is a survey", with(sums, "01.survey")},
		{1, "plan: this is a plan", with(sums, "plan")},
		{1, "01.sums: this is sums", with(surveys, "01.sums")},
		{1, "rows 100 to 199 are missing", with(surveys, "00.survey", "02.survey")},
		{1, "rows 200 to 299 are missing", with(append(surveys, "-rows", "300"), "00.survey", "01.survey")},
		{1, "but there should be 200", with(append(surveys, "-rows", "200"), m.each("survey")...)},
		{1, "rows 100 to 199 are in ", with(surveys, "00.survey", "01.survey", "01.survey")},
		{1, "narrow.survey: other columns: 2 inputs", with(surveys, "00.survey", "narrow.survey")},
		{1, "swapped.survey: other columns, or in another order: b, a, c", with(surveys, "named.survey", "swapped.survey")},
		{2, "-loss cross-entropy passes over all rows", append(with(surveys, "00.survey"), "-loss", "cross-entropy")},
		{2, "-features is what the plan says", append(with(sums, "00.sums"), "-features", "8")},
		{2, "-next is for sums", append(with(surveys, "00.survey"), "-next", m.path("next"))},
		{2, "0 arguments", sums},
		{2, "-task is what the plan says", append(with(append(shard, "-x"), "x-00.npy"), "-y", m.path("y-00.npy"), "-plan", m.path("plan"), "-task", "regress")},
		{2, "-task : want classify or regress", append(with(append(shard, "-x"), "x-00.npy"), "-y", m.path("y-00.npy"))},
		{2, "flag -first is needed", []string{"stats", "-x", "x", "-y", "y", "-o", m.path("none")}},
		{1, "2 columns, but the plan is of 3", append(with(append(shard, "-x"), "narrow.npy"), "-y", m.path("y-01.npy"), "-plan", m.path("plan"))},
		{1, "3 columns, but the plan is of 2", append(with(append(shard, "-x"), "x-01.npy"), "-y", m.path("x-01.npy"), "-plan", m.path("plan"))},
		{1, "rows 250 to 349, but the plan is of 300", []string{"stats", "-x", m.path("x-01.npy"), "-y", m.path("y-01.npy"), "-plan", m.path("plan"), "-first", "250", "-o", m.path("none")}},
		{1, "00.survey: unusable data: not \"nnk plan", append(with(append(shard, "-x"), "x-01.npy"), "-y", m.path("y-01.npy"), "-plan", m.path("00.survey"))},
		{1, "-memory SIZE", append(with(sums, "00.sums"), "-memory", "1k")},
	} {
		files := list(t, m.dir)
		if r := nnk(c.args...); r.code != c.code || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%q: exit %d, %q; want %q", c.args[1:], r.code, r.stderr, c.want)
		}
		if list(t, m.dir) != files {
			t.Errorf("%q: left %s", c.args, list(t, m.dir))
		}
	}
}
