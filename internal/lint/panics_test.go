package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// operation is the text of a string that names a function, as those of panics do:
// "mat.Mul", "snnk.Linear.Forward".
var operation = regexp.MustCompile(`^([a-z0-9]+)\.[A-Z]\w*(\.[A-Z]\w*)?$`)

// TestOperationsAreFunctions: where the library names a function of its own in a string, there
// is one of that name, so that a panic or an error leads to it.
func TestOperationsAreFunctions(t *testing.T) {
	functions, packages := map[string]bool{}, map[string]bool{}
	named := map[string]token.Position{}
	files := token.NewFileSet()
	for _, folder := range layers {
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(folder)), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			packages[f.Name.Name] = true
			collect(f, functions, func(text string, at token.Pos) { named[text] = files.Position(at) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for text, at := range named {
		if m := operation.FindStringSubmatch(text); m != nil && packages[m[1]] {
			if seen++; !functions[text] {
				t.Errorf("%s: %q is no function", at, text)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d functions are named", seen)
	}
}

// collect adds the functions and methods of a file, those of interfaces too, and calls
// text for every string.
func collect(f *ast.File, functions map[string]bool, text func(string, token.Pos)) {
	name := func(parts ...string) string { return f.Name.Name + "." + strings.Join(parts, ".") }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil {
				functions[name(n.Name.Name)] = true
				break
			}
			receiver := n.Recv.List[0].Type
			if p, ok := receiver.(*ast.StarExpr); ok {
				receiver = p.X
			}
			if g, ok := receiver.(*ast.IndexExpr); ok {
				receiver = g.X
			}
			if id, ok := receiver.(*ast.Ident); ok {
				functions[name(id.Name, n.Name.Name)] = true
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					for _, id := range m.Names {
						functions[name(n.Name.Name, id.Name)] = true
					}
				}
			}
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				text(s, n.Pos())
			}
		}
		return true
	})
}
