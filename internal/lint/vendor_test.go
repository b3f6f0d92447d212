package lint

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// consumer is a program of somebody who vendors the module: it runs what must
// survive vendoring, which drops tests and testdata but keeps what is embedded.
const consumer = `package main

import (
	"fmt"
	"os"

	"nnk/conformance"
)

func main() {
	parts := conformance.Fingerprint()
	if err := conformance.Compare(parts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(parts[len(parts)-1].Digest)
}
`

// TestVendoring makes a consumer module, vendors this one into it, builds it
// twice without network, cgo or paths, and runs it.
func TestVendoring(t *testing.T) {
	if testing.Short() {
		t.Log("builds the standard library twice; the full run does it")
		return
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	requires := strings.Replace(string(mod), "module nnk", "module consumer", 1)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", requires+"\nrequire nnk v0.0.0\n\nreplace nnk => "+root+"\n")
	write("main.go", consumer)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", string(sum))
	do := func(name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return out
	}
	do("go", "mod", "tidy")
	do("go", "mod", "vendor")
	list, err := os.ReadFile(filepath.Join(dir, "vendor", "modules.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[0] == "#" && f[1] != "nnk" && f[1] != "golang.org/x/sys" && f[1] != "golang.org/x/exp" {
			t.Errorf("vendoring brings in %s", f[1])
		}
	}
	for _, name := range []string{"one", "two"} {
		do("go", "build", "-mod=vendor", "-trimpath", "-o", name, ".")
	}
	one, err := os.ReadFile(filepath.Join(dir, "one"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(filepath.Join(dir, "two"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("two builds of the same program differ")
	}
	t.Logf("fingerprint from the vendored copy: %s", do(filepath.Join(dir, "one")))
}
