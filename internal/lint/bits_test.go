package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// exactMath are the functions of package math whose results are the same bits on
// every machine; the library packages may call no other.
var exactMath = words(`Abs Ceil Copysign Float32bits Float32frombits Float64bits Float64frombits Floor FMA Frexp
	Inf IsInf IsNaN Ldexp Modf NaN RoundToEven Signbit Sqrt Trunc`)

// banned names things that a library package may not use, with the reason.
var banned = map[string]string{
	"math/rand":      "randomness comes from package rng, which takes a seed",
	"math/rand/v2":   "randomness comes from package rng, which takes a seed",
	"math/cmplx":     "its results differ between machines",
	"log":            "a library does not print",
	"time.Now":       "results may not depend on the clock",
	"os.Getenv":      "only asm/kernels.go reads the environment",
	"os.Exit":        "a library does not exit",
	"fmt.Print":      "a library does not print",
	"fmt.Println":    "a library does not print",
	"fmt.Printf":     "a library does not print",
	"os.Stdout":      "a library does not print",
	"os.Stderr":      "a library does not print",
	"runtime.GOARCH": "results may not depend on the machine",
}

// allowed are the places that a rule names as its exception.
var allowed = map[string]string{
	"os.Getenv":    "asm/kernels.go",
	"math/rand/v2": "rng/source.go", // implements rand.Source for the standard library's users
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

func TestSameBitsRules(t *testing.T) {
	for _, p := range load(t) {
		if layer(p.ImportPath) < 0 || strings.Contains(p.ImportPath, "/internal/") {
			continue
		}
		for _, f := range p.files {
			for _, v := range violations(p.fset, f, p.info) {
				t.Error(v)
			}
		}
	}
}

// violations lists what a file of a library package does against the rules.
func violations(fset *token.FileSet, f *ast.File, info *types.Info) []string {
	var out []string
	report := func(n ast.Node, format string, args ...any) {
		out = append(out, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), fmt.Sprintf(format, args...)))
	}
	file := fset.Position(f.Pos()).Filename
	check := func(n ast.Node, what string) {
		if why, bad := banned[what]; bad && (allowed[what] == "" || !strings.HasSuffix(file, allowed[what])) {
			report(n, "%s: %s", what, why)
		}
	}
	for _, i := range f.Imports {
		check(i, strings.Trim(i.Path.Value, `"`))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			obj := info.Uses[n.Sel]
			if obj == nil || obj.Pkg() == nil {
				break
			}
			if _, isFunc := obj.(*types.Func); isFunc && obj.Pkg().Path() == "math" && !exactMath[obj.Name()] {
				report(n, "math.%s gives different bits on different machines", obj.Name())
			}
			if _, isField := info.Uses[n.Sel].(*types.Var); !isField || obj.Parent() == obj.Pkg().Scope() {
				check(n, obj.Pkg().Path()+"."+obj.Name())
			}
		case *ast.BinaryExpr:
			if (n.Op == token.MUL || n.Op == token.QUO) && isComplex(info.TypeOf(n)) && info.Types[n].Value == nil {
				report(n, "complex %s: the compiler may fuse inside it", n.Op)
			}
			if (n.Op == token.ADD || n.Op == token.SUB) && isFloat(info.TypeOf(n)) && info.Types[n].Value == nil && (bareProduct(n.X, info) || bareProduct(n.Y, info)) {
				report(n, "bare multiply-add: use FMA, or convert the product so that it rounds")
			}
		case *ast.AssignStmt:
			if (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && isFloat(info.TypeOf(n.Lhs[0])) && bareProduct(n.Rhs[0], info) {
				report(n, "bare multiply-add: use FMA, or convert the product so that it rounds")
			}
			if (n.Tok == token.MUL_ASSIGN || n.Tok == token.QUO_ASSIGN) && isComplex(info.TypeOf(n.Lhs[0])) {
				report(n, "complex %s: the compiler may fuse inside it", n.Tok)
			}
		case *ast.RangeStmt:
			if _, isMap := info.TypeOf(n.X).Underlying().(*types.Map); isMap {
				report(n, "range over a map: its order is random; sort the keys with slices.Sorted(maps.Keys(m))")
			}
		}
		return true
	})
	return out
}

// bareProduct reports whether e is, but for parentheses and signs, a floating-
// point product that is not a constant. A conversion around it makes it round.
func bareProduct(e ast.Expr, info *types.Info) bool {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		case *ast.BinaryExpr:
			return x.Op == token.MUL && isFloat(info.TypeOf(x)) && info.Types[x].Value == nil
		default:
			return false
		}
	}
}

// basic returns the basic types that t, or its type set, consists of.
func basic(t types.Type, flag types.BasicInfo) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&flag != 0
	case *types.Interface: // a type parameter: any term will do
		for i := range u.NumEmbeddeds() {
			if union, ok := u.EmbeddedType(i).(*types.Union); ok {
				for j := range union.Len() {
					if basic(union.Term(j).Type(), flag) {
						return true
					}
				}
			} else if basic(u.EmbeddedType(i), flag) {
				return true
			}
		}
	}
	return false
}

func isFloat(t types.Type) bool   { return t != nil && basic(t, types.IsFloat) }
func isComplex(t types.Type) bool { return t != nil && basic(t, types.IsComplex) }

// TestRulesSeeWhatTheyMust feeds the checker the mistakes it exists for.
func TestRulesSeeWhatTheyMust(t *testing.T) {
	load(t)
	const head = "package p\nimport (\"math\"; \"os\"; \"time\")\nvar _, _, _ = math.Pi, os.Args, time.Second\n"
	for _, c := range []struct {
		body string
		want int
	}{
		{"func f(x, y, z float64) float64 { return x*y + z }", 1},
		{"func f(x, y, z float32) float32 { return z - (x*y) }", 1},
		{"func f(x, y, z float64) float64 { z += x*y; return z }", 1},
		{"func f[T float32|float64](x, y, z T) T { return x*y + z }", 1},
		{"func f(x, y, z float64) float64 { return float64(x*y) + z }", 0},
		{"func f(x, y, z int) int { return x*y + z }", 0},
		{"func f(x float64) float64 { return 2*3.5 + x }", 0},
		{"func f(x, y, z float64) float64 { return math.FMA(x, y, z) }", 0},
		{"func f(x float64) float64 { return math.Exp(x) }", 1},
		{"func f(x complex128) complex128 { return x * x }", 1},
		{"func f(m map[int]int) (s int) { for k := range m { s += k }; return }", 1},
		{"func f() any { return time.Now() }", 1},
		{"func f() string { return os.Getenv(\"HOME\") }", 1},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p.go", head+c.body, 0)
		if err != nil {
			t.Fatal(err)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
		conf := types.Config{Importer: compiledImports}
		if _, err := conf.Check("p", fset, []*ast.File{f}, info); err != nil {
			t.Fatal(err)
		}
		if got := violations(fset, f, info); len(got) != c.want {
			t.Errorf("%s:\ngot %q, want %d findings", c.body, got, c.want)
		}
	}
}
