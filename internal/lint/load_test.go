package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// listed is what this package needs of `go list -json`.
type listed struct {
	Dir        string
	ImportPath string
	Export     string
	Standard   bool
	GoFiles    []string
	SFiles     []string
	Imports    []string
	// Of the tests, inside the package and beside it.
	TestImports, XTestImports []string
}

// golist runs go list with the given arguments and environment additions in the
// module's root.
func golist(t *testing.T, env []string, args ...string) []listed {
	t.Helper()
	out := run(t, env, append([]string{"list", "-json=Dir,ImportPath,Export,Standard,GoFiles,SFiles,Imports,TestImports,XTestImports"}, args...)...)
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// run runs the go command in the module's root and returns its standard output.
func run(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// checked is one type-checked package.
type checked struct {
	listed
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
	pkg   *types.Package
}

// load type-checks the module's packages from source, their imports from the
// compiler's export data.
func load(t *testing.T) []checked {
	t.Helper()
	if loaded != nil {
		return loaded
	}
	exports := map[string]string{}
	var own []listed
	for _, p := range golist(t, nil, "-deps", "-export", "./...") {
		exports[p.ImportPath] = p.Export
		if inModule(p.ImportPath) {
			own = append(own, p)
		}
	}
	fset := token.NewFileSet()
	compiledImports = importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range own {
		c := checked{listed: p, fset: fset, info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			c.files = append(c.files, f)
		}
		conf := types.Config{Importer: compiledImports}
		var err error
		if c.pkg, err = conf.Check(p.ImportPath, fset, c.files, c.info); err != nil {
			t.Fatal(err)
		}
		loaded = append(loaded, c)
	}
	return loaded
}

// loaded is what load found: it takes seconds. compiledImports gives every package that
// the module imports, without reading its source.
var (
	loaded          []checked
	compiledImports types.Importer
)

// module is the path of this module. Apart from imports, only go.mod knows it.
var module = modulePath()

func modulePath() string {
	text, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(path)
		}
	}
	panic("go.mod names no module")
}

func inModule(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// local is the path of a package of the module in the module, such as "mat", and that of
// another package as it is.
func local(path string) string { return strings.TrimPrefix(path, module+"/") }
