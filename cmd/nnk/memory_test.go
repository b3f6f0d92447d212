package main

import (
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "1000": 1000, "1k": 1 << 10, "900M": 900 << 20, "1.5G": 3 << 29, "16GiB": 16 << 30, "2tb": 2 << 40, "10B": 10, "5 G": 0, "1e3": 1000,
		"": 0, "0": 0, "-1G": 0, "G": 0, "NaN": 0, "inf": 0, "1P": 0, "0x10": 0, "1KK": 0, "1e30": 0, "0.1": 0, "some": 0,
	} {
		if got, err := parseSize(text); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
}

// The least of what is free and what the control groups allow counts, as both versions of them write it.
func TestFreeMemory(t *testing.T) {
	const meminfo = "MemTotal:       8000000 kB\nMemFree: 1 kB\nMemAvailable:    4000000 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing is known", nil, 0},
		{"no groups", map[string]string{"proc/meminfo": meminfo}, 4000000 << 10},
		{"second version", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1000000000\n"}, 1e9},
		{"second version in a container", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../x\n", "sys/fs/cgroup/memory.max": "500\n"}, 500},
		{"first version", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "9:cpu:/c\n4:memory:/m\n0::/\n", "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "700000000\n"}, 7e8},
		{"no limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/m\n", "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "9223372036854771712\n"}, 4000000 << 10},
		{"nonsense", map[string]string{"proc/meminfo": "MemAvailable: lots\nMemAvailable: 9223372036854775807 kB\n", "proc/self/cgroup": "x\n::\n"}, 0},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := freeMemory(root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// The collector keeps to the limit, unless it has a smaller one.
func TestMemorySet(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(8 << 30))
	for _, c := range []struct {
		text string
		want int64
	}{{"16G", 8 << 30}, {"none", 8 << 30}, {"4G", 4<<30 - programBytes}, {"20M", 10 << 20}} {
		m := memory{text: c.text}
		if err := m.set(); err != nil || debug.SetMemoryLimit(-1) != c.want {
			t.Errorf("%s: %d, %v; want %d", c.text, debug.SetMemoryLimit(-1), err, c.want)
		}
	}
}

// What takes more memory than there may be is refused in one line with both figures, before the work.
func TestMemoryRefused(t *testing.T) {
	f := newFolder(t)
	before := debug.SetMemoryLimit(-1)
	var few, labels strings.Builder
	for i := range 120 {
		fmt.Fprintf(&few, "%d.5,%d.25\n", i%5, i%7)
		fmt.Fprintf(&labels, "%d.5\n", i%3)
	}
	f.write("named.csv", []byte("a,b,c\n"+strings.Repeat("1,2,3\n4,,5\n6,7,8\n", 40)))
	f.write("few.csv", []byte(few.String()))
	f.write("ids.txt", []byte("1 2\n"))
	f.write("many.txt", []byte(strings.Repeat("1 2\n", 3000)))
	f.write("few-y.csv", []byte(labels.String()))
	ok(t, "fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "8", "-pool", "none", "-scale", "0.03", "-lambda", "0.01", "-loss", "squared", "-o", f.path("m"))
	network := []string{"compress", "-model", f.path("teacher.safetensors"), "-o", f.path("o"), "-json"}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fit", "-x", f.path("few.csv"), "-y", f.path("few-y.csv"), "-features", "20000", "-pool", "none", "-memory", "20G", "-o", f.path("o")}, "a pool of 20000 features takes about "},
		{[]string{"fit", "-x", f.path("few.csv"), "-y", f.path("few-y.csv"), "-memory", "1k", "-o", f.path("o")}, "few.csv takes about"},
		{[]string{"fit", "-quiet", "-target", "c", "-features", "20000", "-pool", "none", "-memory", "20G", "-o", f.path("o"), f.path("named.csv")}, "a pool of 20000 features takes about "},
		{[]string{"fit", "-quiet", "-target", "c", "-memory", "1k", "-o", f.path("o"), f.path("named.csv")}, "named.csv takes about"},
		{[]string{"train", "-x", f.path("few.csv"), "-y", f.path("few-y.csv"), "-features", "20000", "-memory", "20G", "-o", f.path("o")}, "a pool of 20000 features takes about "},
		{[]string{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "30000,30000", "-memory", "20G", "-o", f.path("o")}, "a network of"},
		{[]string{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-memory", "1M", "-o", f.path("o")}, "gradient descent on 1297 rows of 65 numbers"},
		{[]string{"predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-memory", "100k", "-o", f.path("p.npy")}, "the outputs of 1297 rows takes about"},
		{append(network, "-x", f.path("x.npy"), "-features", "20000", "-pool", "none", "-memory", "20G"), "a pool of 20000 features"},
		{append(network, "-method", "montecarlo", "-features", "100000000", "-memory", "20G"), "-features 100000000 takes about"},
		{append(network, "-method", "montecarlo", "-projection", "iid", "-features", "1000000", "-memory", "20G"), "-features 1000000 takes about"},
		{append(network, "-x", f.path("x.npy"), "-uptrain", "1", "-memory", "1M"), "gradient descent on 1297 rows"},
		{append(network, "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-uptrain", "1", "-memory", "1M"), "gradient descent on 1297 rows"},
		{[]string{"embed", "-encoder", filepath.Join("..", "..", "snnk", "encoder", "testdata", "bert"), "-tokens", f.path("ids.txt"), "-memory", "100k", "-o", f.path("p.npy")}, "bert: the tensors takes about"},
		{[]string{"embed", "-encoder", filepath.Join("..", "..", "snnk", "encoder", "testdata", "bert"), "-tokens", f.path("many.txt"), "-memory", "200k", "-o", f.path("p.npy")}, "the vectors of 3000 texts takes about"},
		{[]string{"embed", "-encoder", "none", "-tokens", f.path("many.txt"), "-memory", "10k", "-o", f.path("p.npy")}, "many.txt takes about"},
		{[]string{"eval", "-model", f.path("m"), "-x", f.path("few.csv"), "-y", f.path("few-y.csv"), "-memory", "1k"}, "few.csv takes about"},
	} {
		files := list(t, f.dir)
		r := nnk(c.args...)
		if r.code != 1 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, " GB") != 2 || !strings.Contains(r.stderr, "-memory SIZE") {
			t.Errorf("%q: %+v", c.args, r)
		}
		if list(t, f.dir) != files {
			t.Errorf("%q: left %s", c.args, list(t, f.dir))
		}
	}
	ok(t, "predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-memory", "1G", "-o", f.path("p.npy"))
	ok(t, "predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-memory", "none", "-o", f.path("p.npy"))
	if r := nnk("predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-memory", "much", "-o", f.path("p.npy")); r.code != 2 || !strings.Contains(r.stderr, "-memory much: want a size") {
		t.Errorf("%+v", r)
	}
	if after := debug.SetMemoryLimit(-1); after != before {
		t.Errorf("the collector's limit was %d and is %d", before, after)
	}
}

// The collector keeps to what is needed while it is, and no limit that was less is raised.
func TestKeepTo(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(8 << 30))
	release := keepTo(1 << 30)
	if got := debug.SetMemoryLimit(-1); got < 1<<30 || got > 2<<30 {
		t.Errorf("%d bytes while 1 GiB is needed", got)
	}
	if release(); debug.SetMemoryLimit(-1) != 8<<30 {
		t.Errorf("%d bytes after that", debug.SetMemoryLimit(-1))
	}
	release = keepTo(16 << 30)
	if got := debug.SetMemoryLimit(-1); got != 8<<30 {
		t.Errorf("%d bytes where 8 GiB is the limit", got)
	}
	release()
}
