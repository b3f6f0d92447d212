package lint

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestStreams: no two uses of a seed draw from the same stream. Whatever the library and the command draw
// comes from a constant of type rng.Use that is in the table of package rng, once, and that one place of the
// code refers to.
func TestStreams(t *testing.T) {
	table := streamTable(t)
	if len(table) < 15 {
		t.Fatalf("only %d streams found in rng/doc.go", len(table))
	}
	var pkgs []checked
	for _, p := range load(t) {
		if rel := strings.TrimPrefix(p.ImportPath, "nnk/"); rel != "rng" && (rel == "cmd/nnk" || slices.Contains(layers, rel)) {
			pkgs = append(pkgs, p)
		}
	}
	for _, fault := range streamFaults(pkgs, table) {
		t.Error(fault)
	}
}

// listedStream is a row of the table.
type listedStream struct {
	pkg    string
	family bool // only its substreams are drawn from
}

var (
	streamTag = regexp.MustCompile(`^//\ttag (0x[0-9a-f]{8}) "([a-z]{1,4})", package (\S+)$`)
	streamRow = regexp.MustCompile(`^//\t    (\d+)(/[a-z])? +\S`)
)

// streamTable reads the table of package rng's comment.
func streamTable(t *testing.T) map[uint64]listedStream {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "rng", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	table, tags := map[uint64]listedStream{}, map[uint64]bool{}
	var tag uint64
	pkg := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if m := streamTag.FindStringSubmatch(line); m != nil {
			tag, _ = strconv.ParseUint(m[1], 0, 32)
			pkg = "nnk/" + m[3]
			letters := uint64(0)
			for _, c := range []byte((m[2] + "\x00\x00\x00")[:4]) {
				letters = letters<<8 | uint64(c)
			}
			if tags[tag] || tag != letters {
				t.Errorf("rng/doc.go: tag %#x of %s is that of another package, or not %q", tag, pkg, m[2])
			}
			tags[tag] = true
		} else if m := streamRow.FindStringSubmatch(line); m != nil && pkg != "" {
			use, _ := strconv.ParseUint(m[1], 10, 32)
			id := tag<<32 | use
			if _, twice := table[id]; twice {
				t.Errorf("rng/doc.go: %s has stream %d twice", pkg, use)
			}
			table[id] = listedStream{pkg, m[2] != ""}
		}
	}
	return table
}

// streamFaults says what in the packages does not agree with the table.
func streamFaults(pkgs []checked, table map[uint64]listedStream) []string {
	f := &streamFinder{table: table, seen: map[uint64]string{}}
	for _, p := range pkgs {
		f.package_(p)
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		if f.seen[id] == "" {
			f.faults = append(f.faults, fmt.Sprintf("stream %#x of %s is in the table of package rng and in no code", id, table[id].pkg))
		}
	}
	return f.faults
}

type streamFinder struct {
	table  map[uint64]listedStream
	seen   map[uint64]string // the constant of each stream
	faults []string
	p      checked
	uses   map[types.Object]int
}

func (f *streamFinder) fault(at token.Pos, format string, args ...any) {
	place := f.p.fset.Position(at)
	f.faults = append(f.faults, fmt.Sprintf("%s:%d: ", filepath.Base(place.Filename), place.Line)+fmt.Sprintf(format, args...))
}

func (f *streamFinder) package_(p checked) {
	f.p, f.uses = p, map[types.Object]int{}
	var list []types.Object
	for _, obj := range p.info.Defs {
		if c, ok := obj.(*types.Const); ok && ofRNG(c.Type(), "Use") {
			list = append(list, obj)
		}
	}
	slices.SortFunc(list, func(a, b types.Object) int { return int(a.Pos() - b.Pos()) })
	for _, obj := range list {
		f.constant(obj.(*types.Const))
	}
	for _, file := range p.files {
		f.file(file)
	}
	for _, obj := range list {
		if n := f.uses[obj]; n != 1 {
			f.fault(obj.Pos(), "%s is used in %d places, want 1", obj.Name(), n)
		}
	}
}

func (f *streamFinder) constant(c *types.Const) {
	id, _ := constant.Uint64Val(c.Val())
	switch row, ok := f.table[id]; {
	case !ok || row.pkg != f.p.ImportPath:
		f.fault(c.Pos(), "%s, stream %#x, is not in the table of package rng", c.Name(), id)
	case f.seen[id] != "":
		f.fault(c.Pos(), "%s is the same stream as %s", c.Name(), f.seen[id])
	default:
		f.seen[id] = c.Name()
	}
}

// file looks at every use of package rng's functions that make streams.
func (f *streamFinder) file(file *ast.File) {
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch obj := f.p.info.Uses[id].(type) {
		case *types.Func:
			if obj.Pkg() == nil || obj.Pkg().Path() != "nnk/rng" {
				break
			}
			if obj.Name() == "New" {
				f.fault(id.Pos(), "rng.New: the root stream is the caller's; draw from a rng.Use")
			}
			if recv := obj.Signature().Recv(); obj.Name() == "Sub" && recv != nil && ofRNG(recv.Type(), "Stream") && !f.isFamily(stack) {
				f.fault(id.Pos(), "Sub of a stream that is no rng.Use, or of one whose substreams the table of package rng does not mention")
			}
		case *types.Const:
			if ofRNG(obj.Type(), "Use") {
				f.uses[obj]++
				f.use(stack, obj)
			}
		case *types.TypeName:
			if call, ok := stack[max(len(stack)-3, 0)].(*ast.CallExpr); ok && ofRNG(obj.Type(), "Use") && call.Fun == stack[len(stack)-2] {
				f.fault(id.Pos(), "a rng.Use that is no constant")
			}
		}
		return true
	})
}

// isFamily reports whether the call of Sub at the top of the stack is c.Of(…).Sub(…) with a constant c.
func (f *streamFinder) isFamily(stack []ast.Node) bool {
	sub, ok := stack[len(stack)-2].(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := sub.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	by, ok := of.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := by.X.(*ast.Ident)
	if !ok {
		return false
	}
	c, ok := f.p.info.Uses[id].(*types.Const)
	return ok && ofRNG(c.Type(), "Use")
}

// use looks at a constant at the top of the stack: it must be c.Of(…), or c.Of(…).Sub(…) if c is a family.
func (f *streamFinder) use(stack []ast.Node, c *types.Const) {
	at := func(up int) ast.Node { return stack[max(len(stack)-1-up, 0)] }
	of, ok := at(1).(*ast.SelectorExpr)
	if call, isCall := at(2).(*ast.CallExpr); !ok || of.Sel.Name != "Of" || !isCall || call.Fun != of {
		f.fault(c.Pos(), "%s is used, but for %s.Of(seed)", c.Name(), c.Name())
		return
	}
	sub, ok := at(3).(*ast.SelectorExpr)
	id, _ := constant.Uint64Val(c.Val())
	if isSub := ok && sub.Sel.Name == "Sub"; isSub != f.table[id].family {
		f.fault(c.Pos(), "%s: substreams are drawn from: %t, the table of package rng says %t", c.Name(), isSub, !isSub)
	}
}

// ofRNG reports whether t is that type of package rng.
func ofRNG(t types.Type, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "nnk/rng" && n.Obj().Name() == name
}

// TestStreamFaults: the faults that TestStreams is for are found.
func TestStreamFaults(t *testing.T) {
	load(t) // for the imports
	table := map[uint64]listedStream{1: {"nnk/x", false}, 2: {"nnk/x", true}, 3: {"nnk/y", false}}
	const right = `const a, b rng.Use = 1, 2
		func f(seed uint64) (rng.Stream, rng.Stream) { return a.Of(seed), b.Of(seed).Sub(7) }`
	const other = `the table of package rng and in no code` // stream 3
	for _, c := range []struct{ code, want string }{
		{right, other},
		{right + "; const c rng.Use = 4; var _ = c.Of(1)", "not in the table"},
		{right + "; const c rng.Use = 3; var _ = c.Of(1)", "not in the table"},
		{right + "; const c rng.Use = 1; var _ = c.Of(1)", "same stream as a"},
		{right + "; var _ = a.Of(1)", "a is used in 2 places"},
		{right + "; var _ = rng.New(1)", "rng.New"},
		{right + "; func g(s rng.Stream) rng.Stream { return s.Sub(1) }", "Sub of a stream that is no rng.Use"},
		{right + "; func g(x uint64) rng.Stream { return rng.Use(x).Of(1) }", "no constant"},
		{`const a, b rng.Use = 1, 2; var _, _ = a.Of(1).Sub(1), b.Of(1).Sub(2)`, "a: substreams"},
		{`const a, b rng.Use = 1, 2; var _, _ = a.Of(1), b.Of(1)`, "b: substreams"},
		{`const a, b rng.Use = 1, 2; var _, _ = a, b.Of(1).Sub(1)`, "but for a.Of"},
		{`const a rng.Use = 1; var _ = a.Of(1)`, "stream 0x2"},
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package x; import \"nnk/rng\"; "+c.code, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := checked{listed: listed{ImportPath: "nnk/x"}, fset: fset, files: []*ast.File{file}, info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
		conf := types.Config{Importer: compiledImports}
		if p.pkg, err = conf.Check("nnk/x", fset, p.files, p.info); err != nil {
			t.Fatal(err)
		}
		faults := streamFaults([]checked{p}, table)
		if !slices.ContainsFunc(faults, func(s string) bool { return strings.Contains(s, c.want) }) || c.want == other && len(faults) != 1 {
			t.Errorf("%s: faults %q, want one about %q", c.code, faults, c.want)
		}
	}
}
