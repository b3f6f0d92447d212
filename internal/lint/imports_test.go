package lint

import (
	"slices"
	"strings"
	"testing"
)

// layers lists the library packages from the bottom up. A package may import
// only packages of earlier layers (and internal ones, which imports checks too).
var layers = []string{"asm", "mat", "fft", "rng", "rng/ortho", "urf", "snnk", "snnk/encoder", "bundle/table", "bundle", "bundle/checkpoint", "bundle/export", "bundle/fit", "bundle/compress"}

// testOnly may be imported by tests, conformance, fuzz and each other alone.
var testOnly = []string{"internal/kerneltest", "internal/guardmem", "internal/bigref", "snnk/gradcheck", "internal/misuse"}

// copied are the examples, with their tests: people take them into modules of their own, where nothing internal can be had.
const copied = "examples/"

// outside lists every package from outside the standard library and the module.
var outside = []string{"golang.org/x/sys/cpu", "golang.org/x/exp/constraints"}

// layer returns the height of a library package, by its longest prefix, or -1.
func layer(path string) int {
	best, height := -1, -1
	for i, l := range layers {
		if full := module + "/" + l; (path == full || strings.HasPrefix(path, full+"/")) && len(l) > best {
			best, height = len(l), i
		}
	}
	return height
}

// TestImports looks at the files of targets that together build all of them.
func TestImports(t *testing.T) {
	for _, env := range [][]string{nil, {"GOARCH=arm64"}, {"GOARCH=386"}, {"GOOS=windows"}, {"GOOS=js", "GOARCH=wasm"}} {
		for _, p := range golist(t, env, "-deps", "./...") {
			if !inModule(p.ImportPath) {
				continue
			}
			if strings.HasPrefix(local(p.ImportPath), copied) {
				p.Imports = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
			}
			for _, i := range p.Imports {
				if why := forbidden(p.ImportPath, i); why != "" {
					t.Errorf("%s: %s imports %s: %s", env, p.ImportPath, i, why)
				}
			}
		}
	}
}

// forbidden says why package from may not import package to, or "".
func forbidden(from, to string) string {
	here, there := local(from), local(to)
	host, _, _ := strings.Cut(to, "/")
	std := !inModule(to) && !strings.Contains(host, ".") // as the go command tells them
	high := slices.Contains([]string{"conformance", "fuzz"}, here) || strings.HasPrefix(here, "conformance/")
	switch {
	case to == "unsafe" || to == "reflect":
		if !slices.Contains(testOnly, here) {
			return "constrained builds refuse it"
		}
	case std:
		return ""
	case !inModule(to):
		if !slices.Contains(outside, to) {
			return "only the standard library, x/sys/cpu and x/exp/constraints are allowed"
		}
	case strings.HasPrefix(here, copied) && strings.HasPrefix(there, "internal/"):
		return "nobody outside could copy the example"
	case here == "asm" && there != "internal/impl":
		return "asm stands below everything"
	case slices.Contains(testOnly, there):
		if strings.HasPrefix(here, copied) { // of those that are not internal
			return ""
		}
		if !high && !slices.Contains(testOnly, here) {
			return "it is for tests and conformance"
		}
	case there == "conformance":
		if !strings.HasPrefix(here, "cmd/") && !high {
			return "only the command may run conformance"
		}
	case layer(from) >= 0 && layer(to) > layer(from):
		return "imports only point down"
	case layer(from) >= 0 && strings.HasPrefix(there, "cmd/"):
		return "the library does not know the command"
	}
	return ""
}

func TestForbiddenSeesWhatItMust(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"mat", "asm", true},
		{"asm", "mat", false},
		{"mat", "rng", false},
		{"rng", "rng/ortho", false},
		{"rng/ortho", "rng", true},
		{"bundle", "internal/npy", true},
		{"bundle", "internal/bigref", false},
		{"conformance", "internal/bigref", true},
		{"bundle", "conformance", false},
		{"bundle", "bundle/fit", false},
		{"bundle/fit", "bundle", true},
		{"bundle/fit", "bundle/compress", false},
		{"bundle/table", "bundle", false},
		{"cmd/nnk", "conformance", true},
		{"mat", "gonum.org/v1/gonum/mat", false},
		{"asm", "golang.org/x/sys/cpu", true},
		{"examples/fit", "internal/npy", false},
		{"examples/finetune", "snnk/gradcheck", true},
		{"snnk", "snnk/gradcheck", false},
		{"snnk", "snnk/encoder", false},
		{"snnk/encoder", "snnk", true},
		{"snnk/encoder", "bundle/fit", false},
		{"internal/par", "unsafe", false},
		{"internal/safetensors", "reflect", false},
		{"internal/guardmem", "unsafe", true},
	} {
		if !strings.Contains(c.to, ".") && c.to != "unsafe" && c.to != "reflect" {
			c.to = module + "/" + c.to
		}
		if got := forbidden(module+"/"+c.from, c.to) == ""; got != c.ok {
			t.Errorf("%s → %s: allowed %v, want %v", c.from, c.to, got, c.ok)
		}
	}
}
