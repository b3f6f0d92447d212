package fuzz

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unfuzzed are exported functions of package asm that compute nothing.
var unfuzzed = map[string]string{
	"Kernels":  "tells which sets there are",
	"TileCols": "a constant",
	"TileRows": "a constant of the set",
}

// TestEveryKernelHasATarget: every exported function of package asm is called by a
// fuzz target of this package.
func TestEveryKernelHasATarget(t *testing.T) {
	called := map[string]bool{}
	for _, f := range parse(t, ".", func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if p, ok := s.X.(*ast.Ident); ok && p.Name == "asm" {
					called[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	found := 0
	for _, f := range parse(t, filepath.Join("..", "asm"), func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() {
				continue
			}
			found++
			if why, exempt := unfuzzed[fn.Name.Name]; !called[fn.Name.Name] && !exempt {
				t.Errorf("asm.%s has no fuzz target", fn.Name.Name)
			} else if called[fn.Name.Name] && exempt && fn.Name.Name != "TileCols" {
				t.Errorf("asm.%s has a target and is exempt: %s", fn.Name.Name, why)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d exported functions of asm found", found)
	}
}

// TestSeedsHaveWordsForNames: every committed input belongs to a target and has a name
// that says what it is.
func TestSeedsHaveWordsForNames(t *testing.T) {
	targets := map[string]bool{}
	for _, f := range parse(t, ".", func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				targets[fn.Name.Name] = true
			}
		}
	}
	root := filepath.Join("testdata", "fuzz")
	seeded := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		target := filepath.Base(filepath.Dir(path))
		seeded[target] = true
		if !targets[target] {
			t.Errorf("%s: there is no target %s", path, target)
		}
		if name := d.Name(); !strings.Contains(name, "-") || strings.Trim(name, "0123456789abcdef") == "" {
			t.Errorf("%s: want a name in words", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range targets {
		if !seeded[name] {
			t.Errorf("%s has no committed seed", name)
		}
	}
}

func parse(t *testing.T, dir string, want func(name string) bool) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || !want(e.Name()) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}
