package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/impl"
)

func campaignOf(list []call, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, list, &out, &err)
	return code, out.String(), err.String()
}

// One case of each call is the same in every way.
func TestCampaign(t *testing.T) {
	n := len(calls())
	if code, stdout, stderr := campaignOf(calls(), "-count", strconv.Itoa(n), "-size", "300"); code != 0 || !strings.HasPrefix(stdout, strconv.Itoa(n)+" cases of ") || !strings.HasSuffix(stdout, ": 0 differ\n") || stderr != "" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// What differs is made smaller, and the command that is printed shows it again.
func TestFindsDifferences(t *testing.T) {
	sum := call{"sum", func(d *draw, r *result) { // not in the order of the lanes: another way in another layout
		x := vector[float32](d, d.size(1000), uneven)
		s := float32(0)
		d.parts(len(x), func(lo, hi int) {
			part := float32(0)
			for _, v := range x[lo:hi] {
				part += v
			}
			s += part
		})
		add(r, s)
	}}
	kernels := call{"kernels", func(d *draw, r *result) { add(r, float64(len(impl.Active()))+float64(d.upTo(0, 1))) }}
	panics := call{"panics", func(d *draw, r *result) { add(r, asm.Dot(make([]float32, 2+d.size(2)), make([]float32, 2))) }}
	right := call{"right", func(d *draw, r *result) {
		x := vector[float64](d, d.size(1000), extreme)
		add(r, asm.Dot(x, x))
	}}
	for _, c := range []struct {
		call call
		want string // what is printed of the smallest case
	}{{sum, "goroutines, gaps and parts"}, {panics, "panic: "}} {
		code, stdout, _ := campaignOf([]call{c.call, right}, "-count", "40")
		line, command, _ := strings.Cut(stdout, "\n\t")
		command, _, _ = strings.Cut(command, "\n")
		if code != 1 || !strings.HasPrefix(line, c.call.name+": ") || !strings.Contains(line, c.want) || strings.Contains(stdout, "right: ") {
			t.Errorf("%s: exit %d: %s", c.call.name, code, stdout)
			continue
		}
		args := strings.Fields(command)[3:] // go run ./fuzz/campaign
		if code, again, _ := campaignOf([]call{c.call, right}, args...); code != 1 || !strings.Contains(again, line) {
			t.Errorf("%s: %q shows %q, want %q", c.call.name, args, again, line)
		}
		if size, err := strconv.Atoi(args[3]); err != nil || size > 64 {
			t.Errorf("%s: the smallest case is of size %s", c.call.name, args[3])
		}
	}
	if len(impl.Names()) > 1 {
		if code, stdout, _ := campaignOf([]call{kernels}, "-count", "1"); code != 1 || strings.Contains(stdout, "gaps") {
			t.Errorf("kernel sets that differ: exit %d, %s", code, stdout)
		}
	}
}

// The digests of another architecture are compared line by line.
func TestCompareHashes(t *testing.T) {
	list := calls()
	code, same, _ := campaignOf(list, "-hashes", "-count", "5", "-size", "50")
	if code != 0 || strings.Count(same, "\n") != 5 {
		t.Fatalf("exit %d, %q", code, same)
	}
	lines := strings.SplitAfter(same, "\n")
	for _, c := range []struct {
		text      string
		different int
		fails     bool
	}{
		{same, 0, false}, {strings.Replace(same, "3 ", "3 0", 1), 1, false}, {strings.Join(lines[:4], ""), 0, true}, {lines[1] + same, 0, true}, {same + "5 x\n", 1, true}, {"", 0, true},
	} {
		var out bytes.Buffer
		camp := &campaign{list, 1, 50, &out}
		n, err := camp.compareHashes([]byte(c.text), "mars", 5)
		if n != c.different || (err != nil) != c.fails || strings.Count(out.String(), "mars") != n {
			t.Errorf("%q: %d differ, %v, %s", c.text, n, err, out.String())
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-minutes", "0"}, {"-size", "0"}, {"-hashes"}, {"x"}, {"-nothing"}} {
		if code, stdout, stderr := campaignOf(calls(), args...); code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%q: exit %d, %q", args, code, stdout)
		}
	}
	if code, _, stderr := campaignOf(calls(), "-count", "1", "-size", "9", "-emulate", "arm64"); code != 1 || !strings.Contains(stderr, "ARCH=EMULATOR") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// Of every call some cases succeed: errors are the same in every way, and would show nothing. Cases differ from each other.
func TestCasesSucceed(t *testing.T) {
	for _, c := range calls() {
		succeeded, seen := 0, map[string]bool{}
		for n := range uint64(6) {
			r := newResult()
			c.run(newDraw(3, n, 40, false), r)
			seen[r.String()] = true
			if r.errs == nil {
				succeeded++
			}
		}
		if succeeded < 2 || len(seen) < 4 {
			t.Errorf("%s: of 6 cases %d succeed, %d differ", c.name, succeeded, len(seen))
		}
	}
}

// unused are exported functions of these packages that no call has, each with the reason.
var unused = map[string]string{
	"asm.Kernels": "computes nothing", "asm.TileRows": "computes nothing", "asm.TileCols": "computes nothing", "asm.FFTFirst": "fft.Plan calls it", "asm.FFTPass": "fft.Plan calls it",
	"asm.Tile": "mat.Mul calls it", "asm.TileAhead": "mat.Mul calls it", "asm.TileCopy": "mat.Mul calls it", "asm.TileRow": "mat.MulPacked calls it", "asm.Normal": "rng.Normal calls it",
	"mat.New": "gives memory", "mat.Of": "gives memory", "mat.OfStride": "gives memory", "mat.CheckFinite": "changes nothing",
	"ortho.Diagonals": "Projection.Dense shows the same numbers", "ortho.Scales": "Projection.Dense shows the same numbers", "ortho.BlockRows": "computes nothing", "ortho.ParseKind": "reads a name", "ortho.Default": "names a kind",
}

// Every exported function of the lower packages is in a call, or unused for a reason.
func TestCallsAreComplete(t *testing.T) {
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok {
					used[pkg.Name+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	seen := map[string]bool{}
	for pkg, dir := range map[string]string{"asm": "asm", "mat": "mat", "fft": "fft", "rng": "rng", "ortho": "rng/ortho"} {
		names, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(dir), "*.go"))
		if err != nil || names == nil {
			t.Fatal(dir, err)
		}
		for _, path := range names {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Recv != nil || !fn.Name.IsExported() {
					continue
				}
				name := pkg + "." + fn.Name.Name
				seen[name] = true
				if why, exempt := unused[name]; exempt && used[name] && name != "mat.New" && name != "mat.Of" {
					t.Errorf("%s is in a call, and unused: %s", name, why)
				} else if !exempt && !used[name] {
					t.Errorf("%s is in no call", name)
				}
			}
		}
	}
	for name := range unused {
		if !seen[name] {
			t.Errorf("%s is unused and does not exist", name)
		}
	}
	if len(seen) < 80 {
		t.Errorf("only %d functions found", len(seen))
	}
}
