package fault_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/conformance"
	"nnk/internal/fault"
	"nnk/internal/npy"
	"nnk/internal/onnx"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk/encoder"
	"nnk/urf"
)

// sentinels are the shared faults under the names of the packages; TestNames finds
// those that are missing here.
var sentinels = map[string]struct{ got, want error }{
	"mat.ErrNotFinite":      {mat.ErrNotFinite, fault.NotFinite},
	"mat.ErrRange":          {mat.ErrRange, fault.Range},
	"rng.ErrRange":          {rng.ErrRange, fault.Range},
	"ortho.ErrSpec":         {ortho.ErrSpec, fault.Spec},
	"urf.ErrSpec":           {urf.ErrSpec, fault.Spec},
	"urf.ErrRange":          {urf.ErrRange, fault.Range},
	"bundle.ErrFormat":      {bundle.ErrFormat, fault.Format},
	"bundle.ErrNotFinite":   {bundle.ErrNotFinite, fault.NotFinite},
	"bundle.ErrRange":       {bundle.ErrRange, fault.Range},
	"table.ErrFormat":       {table.ErrFormat, fault.Format},
	"npy.ErrFormat":         {npy.ErrFormat, fault.Format},
	"safetensors.ErrFormat": {safetensors.ErrFormat, fault.Format},
	"onnx.ErrFormat":        {onnx.ErrFormat, fault.Format},
	"onnx.ErrRange":         {onnx.ErrRange, fault.Range},
	"encoder.ErrFormat":     {encoder.ErrFormat, fault.Format},
	"encoder.ErrNotFinite":  {encoder.ErrNotFinite, fault.NotFinite},
	"encoder.ErrRange":      {encoder.ErrRange, fault.Range},
	"conformance.ErrFormat": {conformance.ErrFormat, fault.Format},
}

func TestOneValue(t *testing.T) {
	for name, s := range sentinels {
		if s.got != s.want {
			t.Errorf("%s is %q, want the shared %q", name, s.got, s.want)
		}
	}
}

// TestNames looks at every exported sentinel of the module: those of a shared meaning
// stand in the table above, and no two others have one name.
func TestNames(t *testing.T) {
	root := filepath.Join("..", "..")
	own := map[string]string{}
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, name := range sentinelNames(f) {
			full := f.Name.Name + "." + name
			if strings.Contains("ErrFormat ErrNotFinite ErrRange ErrSpec", name) {
				if _, ok := sentinels[full]; !ok {
					t.Errorf("%s: %s is not compared with the shared one", path, full)
				}
				seen++
				continue
			}
			if other, ok := own[name]; ok {
				t.Errorf("%s has a sentinel %s, as %s has: one of them for both belongs here", path, name, other)
			}
			own[name] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(sentinels) {
		t.Errorf("found %d sentinels of a shared meaning, the table has %d", seen, len(sentinels))
	}
}

// sentinelNames returns the package-level variables of f whose names begin with Err.
func sentinelNames(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			for _, id := range s.(*ast.ValueSpec).Names {
				if strings.HasPrefix(id.Name, "Err") {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// TestAcrossPackages: a fault that a lower package notices is found under the upper
// one's name, and no kind is taken for another.
func TestAcrossPackages(t *testing.T) {
	_, err := urf.ParseSpec("arccos(order=1) on nonsense")
	if !errors.Is(err, urf.ErrSpec) || errors.Is(err, urf.ErrRange) {
		t.Errorf("a map on no projection: %v", err)
	}
	a := mat.Of(1, 1, []float64{1})
	if _, err := mat.RidgeSolve(nil, a, a, -1, nil); !errors.Is(err, bundle.ErrRange) || errors.Is(err, bundle.ErrFormat) {
		t.Errorf("a penalty below zero: %v", err)
	}
	_, err = bundle.ReadModel[float32](strings.NewReader("short"), 5)
	if !errors.Is(err, safetensors.ErrFormat) {
		t.Errorf("a file of five bytes: %v", err)
	}
	if n := strings.Count(fmt.Sprint(err), fault.Format.Error()); n != 1 {
		t.Errorf("%q says %d times that the file cannot be used, want once", err, n)
	}
}
