//go:build slow

package lint

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/bundle"
)

// consumer is a program of somebody who vendors the module: it runs what must
// survive vendoring, which drops tests and testdata but keeps what is embedded.
var consumer = `package main

import (
	"context"
	"fmt"
	"os"

	"` + module + `/conformance"
)

func main() {
	lines, _ := conformance.Fingerprint(context.Background())
	if err := conformance.Compare(lines); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(conformance.Sum(lines))
}
`

// inference is a program that uses a layer only, and nothing one that uses nothing.
var (
	inference = `package main

import (
	"` + module + `/mat"
	"` + module + `/snnk"
	"` + module + `/urf"
)

func main() {
	phi, err := urf.ParseMap[float32]("relu() on hadamard(seed=1,m=8,d=4)")
	if err != nil {
		panic(err)
	}
	layer := snnk.New(phi, mat.Of(1, 8, []float32{1, 2, 3, 4, 5, 6, 7, 8}), nil)
	println(layer.ForwardRow(nil, []float32{1, 2, 3, 4}, nil)[0])
}
`
	nothing = "package main\n\nfunc main() {}\n"
)

// largest is how much bigger, in bytes, a program may be for using a layer.
const largest = 2_500_000

// TestVendoring makes a consumer module with a copy of an example, vendors this one into it, builds
// it in two places, the second time with an empty build cache, without network, cgo or paths,
// and runs it. It checks what vendoring
// brings in, what it costs, and that no package allocates when a program starts.
func TestVendoring(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	from := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	requires := strings.Replace(from("go.mod"), "module "+module, "module consumer", 1)
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", requires+"\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")
	write("main.go", consumer)
	write("inference/main.go", inference)
	write("nothing/main.go", nothing)
	write("fit/main.go", from("examples/fit/main.go"))
	write("go.sum", from("go.sum"))
	in := func(dir string, env []string, name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"), env...)
		if name != "go" { // whose compiler would print it too, into the build cache, from which later builds repeat it
			cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1")
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return out
	}
	do := func(name string, args ...string) []byte {
		t.Helper()
		return in(dir, nil, name, args...)
	}
	do("go", "mod", "tidy")
	list := do("go", "list", "-m", "all") // what only tests need stands here and not in vendor/modules.txt
	do("go", "mod", "vendor")
	elsewhere := t.TempDir()
	if err := os.CopyFS(elsewhere, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if module := strings.Fields(line)[0]; !slices.Contains([]string{"consumer", module, "golang.org/x/sys", "golang.org/x/exp"}, module) {
			t.Errorf("the build list has %s", module)
		}
	}
	do("go", "build", "-mod=vendor", "-trimpath", "-o", "one", ".")
	in(elsewhere, []string{"GOCACHE=" + t.TempDir()}, "go", "build", "-mod=vendor", "-trimpath", "-o", "two", ".")
	size := map[string]int64{}
	for _, name := range []string{"inference", "nothing"} {
		do("go", "build", "-mod=vendor", "-trimpath", "-ldflags=-s -w", "-o", name+".bin", "./"+name)
		info, err := os.Stat(filepath.Join(dir, name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		size[name] = info.Size()
	}
	if more := size["inference"] - size["nothing"]; more > largest {
		t.Errorf("a program with a layer is %d bytes bigger than an empty one, want at most %d", more, largest)
	} else {
		t.Logf("a program with a layer is %d bytes bigger than an empty one", more)
	}
	checkInits(t, do(filepath.Join(dir, "inference.bin")))
	one, err := os.ReadFile(filepath.Join(dir, "one"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(filepath.Join(elsewhere, "two"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("two builds of the same program differ")
	}
	out := do(filepath.Join(dir, "one"))
	checkInits(t, out)
	t.Logf("fingerprint from the vendored copy: %s", out[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:])

	var x, y strings.Builder
	for i := range 60 {
		fmt.Fprintf(&x, "%d,%d\n", i%7, i%5)
		fmt.Fprintln(&y, []string{"low", "high"}[i%7/4])
	}
	write("x.csv", x.String())
	write("y.csv", y.String())
	do("go", "build", "-mod=vendor", "-trimpath", "-o", "fit.bin", "./fit")
	out = do(filepath.Join(dir, "fit.bin"), "x.csv", "y.csv", "model.safetensors")
	if model, err := bundle.Load[float32](filepath.Join(dir, "model.safetensors")); err != nil {
		t.Errorf("the example, copied, printed %s: %v", out, err)
	} else if !slices.Equal(model.Classes, []string{"high", "low"}) {
		t.Errorf("the example, copied, wrote a model of classes %q", model.Classes)
	}
}

// checkInits reads what GODEBUG=inittrace=1 prints:
//
//	init PATH/asm @4.4 ms, 0.008 ms clock, 0 bytes, 0 allocs
func checkInits(t *testing.T, out []byte) {
	t.Helper()
	traced := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 11 || f[0] != "init" {
			continue
		}
		traced++
		if inModule(f[1]) && f[9] != "0" {
			t.Errorf("the initialisation of %s allocates %s times, %s bytes", f[1], f[9], f[7])
		}
	}
	if traced == 0 {
		t.Error("no initialisation was traced")
	}
}
