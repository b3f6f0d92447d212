package lint

import (
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unfingerprinted are the exported functions that deal in floats and yet need no
// line in the battery of package conformance, each with the reason.
const unfingerprinted = `
asm.AffineExp: urf.SoftmaxKernel and urf.URF make their features with it
asm.ComplexMul: fft.Plan of a prime length convolves with it
asm.FFTFirst: fft.Plan's first pass
asm.FFTPass: fft.Plan's passes
asm.TileAhead: Tile calls it
asm.TileCopy: mat.Mul calls it
asm.TileRow: mat.MulPacked calls it
mat.Buffer.Last: gives memory
mat.Buffer.Shape: gives memory
mat.CheckFinite: changes nothing
mat.Dense.Copy: copies
mat.Dense.Overlaps: compares places
mat.Dense.Same: compares places
mat.Dense.ViewInto: returns what is there
mat.OfStride: returns what is there
mat.PivotError.Unwrap: returns a constant
rng.Stream.Words: Exponential, Cauchy and Halton are made of them
urf.Activation.Parameter: returns what is there
urf.Formula.Affine: what its caller makes of a map
urf.Formula.Columns: what its caller makes of a map
urf.Activation.ExactSpectrum: ExactSpectrum makes the same
urf.ActivationOf: wraps what it is given
urf.Diagonals.Clone: copies
urf.ParseSpectrum: reads what it is given to the bit; urf tests that
urf.Reader.Read: what its caller makes of features
urf.Through: bundle.Network and snnk.Layer go through it
snnk.Adapter.Delta: returns what is there
snnk.Diagonals.Map: returns what is there
snnk.DiagonalsOf: wraps what it is given; NewDiagonals calls it
snnk.Features.Map: returns what is there
snnk.Freeze: sets flags
snnk.TrainableLayer.Phi: returns what is there
snnk.TrainableLayer.Psi: returns what is there
snnk.Layer.Bias: returns what is there
snnk.Layer.FoldOutputs: what Linear.FoldOutputs does
snnk.Weights: Refit and fit.Run end with it
snnk.Layer.Map: returns what is there
snnk.Layer.Psi: returns what is there
snnk.Linear.Activation: returns what is there
snnk.NewParam: returns what is there
snnk.Optimiser.Step: Train calls it
snnk.Phi.Map: returns what is there
snnk.Sequence.Modules: returns what is there
snnk.TrainOptions.Split: Train calls it
snnk.LossWorkspace.Eval: EvalLoss calls it
snnk.Describe: writes what is there
snnk.Objective.Gradients: Minimise calls it
snnk.Objective.Score: Minimise calls it
snnk.Objective.Params: returns what is there
snnk.LayerNormOf: NewLayerNorm calls it
snnk.Trains: looks at flags
snnk.ZeroGrads: writes zeros
snnk.Layer.InIntegers: bundle.Network.InIntegers calls it
snnk/encoder.Config.CheckTexts: changes nothing
snnk/encoder.Model.Config: returns what is there
snnk/encoder.Open: opens a folder for Read
snnk/encoder.Parameters.Write: writes what is there; its package reads it again
snnk/encoder.Parameters.Config: returns what is there
snnk/encoder.ParseConfig: reads what it is given; its package tests that
snnk/encoder.Trainable.Describe: writes what is there
snnk/encoder.Trainable.Masked: returns what is there
snnk/encoder.Trainable.ReplaceFeedForward: puts a module where another was; its package tests that
snnk/encoder.Trainable.ReplacePooler: puts a module where another was; its package tests that
snnk/encoder.Read: Build of what it reads; its package compares that with PyTorch
bundle.Columns.Without: returns what is there
bundle.Elementwise.Function: returns what is there
bundle.Linear.InIntegers: bundle.Network.InIntegers calls it
bundle.Agreement: counts
bundle.Blocks: bundle.Network.Predict goes through it
bundle.Linear.Activation: returns what is there
bundle.Linear.After: bundle.Network.Replace and compress.MonteCarlo call it
bundle.Features.Map: returns what is there
bundle/table.Table.Read: reads what it is given to the bit; its package tests that
bundle.LayerNorm.Beta: returns what is there
bundle.LayerNorm.Epsilon: returns what is there
bundle.LayerNorm.Gamma: returns what is there
bundle.PReLU.Slope: returns what is there
bundle.Hybrid.Map: returns what is there
bundle.Hybrid.Neurons: returns what is there
bundle.Load: opens a file for ReadModel
bundle.Model.Save: WriteTo to a file
bundle.Network.Classify: Labels of what Predict gives
bundle.Network.Predict: Fitness calls it
bundle.Network.PredictUnchecked: Predict calls it
bundle.NewHybrid: compress.Hybrid makes one
bundle.Scale.Factor: returns what is there
bundle.Scale.Mean: returns what is there
bundle/table.Some.Read: Table.Read of some rows
bundle/table.Table.Read: Numbers, or what package npy reads
bundle/table.CSV.Columns: returns numbers of columns
bundle/table.CSV.Inputs: what Schema.Row gives of the same row; its package tests that
bundle/table.CSV.WithValues: returns numbers of rows
bundle/table.Table.Complete: returns numbers of rows
bundle/table.Inputs.Under: the same values
bundle/table.Inputs.Read: what Schema.Row gives of the same row; its package tests that
bundle/table.Inputs.Value: returns what is there
bundle/table.Schema.Row: reads what it is given; its package tests that against numbers
bundle.Model.PredictRow: Network.Predict of Schema.Row
bundle/table.Numbers: reads what it is given to the bit; its package tests that
bundle/checkpoint.Open: opens a file for Read
bundle/fit.Moments.SelectFeatures: compress.Hybrid calls it
bundle/fit.NewFitter: Run makes one
bundle/fit.Options.Bytes: an estimate of memory
bundle/fit.NewMap: Run makes its features with it
bundle/fit.Split: compress.Auto calls it
bundle/fit.Statistics: compress.Hybrid calls it
bundle/fit.UnitScale: compress.Hybrid calls it
bundle/fit.Data.Pick: returns the rows that there are
bundle/fit.Data.Statistics: adds up what Pass.Statistics returns
bundle/fit.Varying: no numbers, a list of columns
bundle/fit.WithoutCopies: compress.Auto calls it
`

// exemptions are the lines of [unfingerprinted].
func exemptions() map[string]string {
	list := map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(unfingerprinted)) {
		name, why, _ := strings.Cut(strings.TrimSpace(line), ": ")
		list[name] = why
	}
	return list
}

// TestFingerprintIsComplete: every exported function or method of the library
// that is numeric is called in a battery of package conformance, itself or through
// an interface, or is exempt for a reason.
func TestFingerprintIsComplete(t *testing.T) {
	pkgs := load(t)
	called := map[string]bool{}
	for _, p := range pkgs {
		if local(p.ImportPath) != "conformance" {
			continue
		}
		for id, obj := range p.info.Uses {
			file := filepath.Base(p.fset.Position(id.Pos()).Filename)
			if f, ok := obj.(*types.Func); ok && f.Pkg() != nil && strings.HasPrefix(file, "battery_") {
				called[nameOf(f)] = true
			}
		}
	}
	if !called["asm.Dot"] {
		t.Fatal("the batteries were not found")
	}
	seen, exempted := map[string]bool{}, exemptions()
	for _, p := range pkgs {
		rel := local(p.ImportPath)
		if !slices.Contains(layers, rel) {
			continue
		}
		for _, f := range exported(p.pkg) {
			name := nameOf(f)
			seen[name] = true
			switch why, exempt := exempted[name]; {
			case !numeric(f):
			case exempt && called[name]:
				t.Errorf("%s is in the battery and exempt (%s)", name, why)
			case !exempt && !called[name] && !throughInterface(pkgs, f, called):
				t.Errorf("%s is in no battery of package conformance: add its results to conformance/battery_%s.go and run\n"+
					"go test ./conformance -run '^TestFingerprint$' -update, or say in unfingerprinted why not", name, rel[strings.LastIndex(rel, "/")+1:])
			}
		}
	}
	for name := range exempted {
		if !seen[name] {
			t.Errorf("%s is exempt and does not exist", name)
		}
	}
}

// nameOf is "mat.Mul" for a function and "mat.Dense.At" for a method.
func nameOf(f *types.Func) string {
	name := local(f.Pkg().Path()) + "."
	if recv := f.Signature().Recv(); recv != nil {
		name += namedOf(recv.Type()).Obj().Name() + "."
	}
	return name + f.Name()
}

func namedOf(t types.Type) *types.Named {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n
	}
	return types.Universe.Lookup("error").Type().(*types.Named) // an unnamed interface
}

// exported lists the functions of a package, the methods of its types and those
// of its interfaces.
func exported(pkg *types.Package) []*types.Func {
	var list []*types.Func
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Func:
			list = append(list, obj)
		case *types.TypeName:
			named, ok := obj.Type().(*types.Named)
			if !ok {
				continue
			}
			for m := range named.Methods() {
				if m.Exported() {
					list = append(list, m)
				}
			}
			if i, ok := named.Underlying().(*types.Interface); ok {
				for m := range i.ExplicitMethods() {
					if m.Exported() {
						list = append(list, m)
					}
				}
			}
		}
	}
	return list
}

// numeric reports whether f computes something: it returns floats or a list of
// integers (indices, classes, words), gets memory that holds them or a function that
// is told them, or is a method that changes the floats behind its receiver.
func numeric(f *types.Func) bool {
	sig := f.Signature()
	for v := range sig.Results().Variables() {
		if floats(v.Type(), 0) || integers(v.Type()) || tells(v.Type()) {
			return true
		}
	}
	for v := range sig.Params().Variables() {
		switch v.Type().Underlying().(type) {
		case *types.Slice, *types.Pointer, *types.Map:
			if floats(v.Type(), 0) || integers(v.Type()) && sig.Results().Len() == 0 {
				return true
			}
		case *types.Signature:
			if tells(v.Type()) {
				return true
			}
		}
	}
	return changes(sig)
}

// integers reports whether t is a list of integers wider than a byte.
func integers(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	b, ok := s.Elem().Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0 && b.Kind() != types.Uint8
}

// tells reports whether t is a function that takes or returns floats.
func tells(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	if !ok {
		return false
	}
	for _, list := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range list.Variables() {
			if floats(v.Type(), 0) {
				return true
			}
		}
	}
	return false
}

// changes reports whether a method of a pointer to floats returns nothing, or an error:
// what it does, it does to them.
func changes(sig *types.Signature) bool {
	recv := sig.Recv()
	if recv == nil {
		return false
	}
	if _, ok := recv.Type().(*types.Pointer); !ok || !floats(recv.Type(), 0) {
		return false
	}
	for v := range sig.Results().Variables() {
		if !types.Identical(v.Type(), types.Universe.Lookup("error").Type()) {
			return false
		}
	}
	return true
}

// floats reports whether values of type t hold floats. A type parameter does.
func floats(t types.Type, depth int) bool {
	if depth > 5 {
		return false
	}
	switch t := t.(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if floats(a, depth+1) {
				return true
			}
		}
		return t.Obj().Pkg() != nil && inModule(t.Obj().Pkg().Path()) && floats(t.Underlying(), depth+1)
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Info()&(types.IsFloat|types.IsComplex) != 0
	case *types.Slice:
		return floats(t.Elem(), depth+1)
	case *types.Array:
		return floats(t.Elem(), depth+1)
	case *types.Pointer:
		return floats(t.Elem(), depth+1)
	case *types.Map:
		return floats(t.Elem(), depth+1)
	case *types.Struct:
		for v := range t.Fields() {
			if floats(v.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// throughInterface reports whether the battery calls a method of this name of an
// interface of the module, all of whose methods f's receiver has.
func throughInterface(pkgs []checked, f *types.Func, called map[string]bool) bool {
	recv := f.Signature().Recv()
	if recv == nil {
		return false
	}
	own := types.NewMethodSet(types.NewPointer(namedOf(recv.Type())))
	for _, p := range pkgs {
		for _, name := range p.pkg.Scope().Names() {
			obj, ok := p.pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !called[local(p.ImportPath)+"."+name+"."+f.Name()] {
				continue
			}
			i, ok := obj.Type().Underlying().(*types.Interface)
			if !ok {
				continue
			}
			has := true
			for m := range i.Methods() {
				has = has && own.Lookup(m.Pkg(), m.Name()) != nil
			}
			if has {
				return true
			}
		}
	}
	return false
}
