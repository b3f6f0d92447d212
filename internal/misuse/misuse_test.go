package misuse_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/fft"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// order is the number of rows and columns of all matrices here, a power of two.
const order = 4

// A writer is a function that sets a matrix from another: run(dst, src). Its other
// arguments are its own.
type writer[T asm.Float] struct {
	message string // of the panic where the two overlap
	inPlace bool   // dst may be src
	run     func(dst, src *mat.Dense[T])
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// matrix returns a well-conditioned matrix.
func matrix[T asm.Float]() *mat.Dense[T] {
	a := mat.New[T](order, order)
	for i := range a.Data() {
		a.Data()[i] = T(i%7) / 8
	}
	for i := range order {
		a.Set(i, i, 4)
	}
	return a
}

func matWriters[T asm.Float]() []writer[T] {
	m := matrix[T]()
	lower := must(mat.Cholesky(nil, mat.Gram(nil, m)))
	two := func(name string, f func(dst, a, b *mat.Dense[T]) *mat.Dense[T]) []writer[T] {
		return []writer[T]{
			{"mat." + name + ": dst overlaps a", false, func(dst, src *mat.Dense[T]) { f(dst, src, m) }},
			{"mat." + name + ": dst overlaps b", false, func(dst, src *mat.Dense[T]) { f(dst, m, src) }},
		}
	}
	return slices.Concat(
		two("Mul", mat.Mul[T]), two("MulAdd", mat.MulAdd[T]), two("MulT", mat.MulT[T]),
		two("MulTAdd", mat.MulTAdd[T]), two("TMul", mat.TMul[T]), two("TMulAdd", mat.TMulAdd[T]),
		[]writer[T]{
			{"mat.MulPacked: dst overlaps a", false, func(dst, src *mat.Dense[T]) { mat.MulPacked(dst, src, mat.Pack(m)) }},
			{"mat.MulPackedAdd: dst overlaps a", false, func(dst, src *mat.Dense[T]) { mat.MulPackedAdd(dst, src, mat.Pack(m)) }},
			{"mat.MulQuantisedT: dst overlaps x", false, func(dst, src *mat.Dense[T]) { mat.MulQuantisedT(dst, src, must(mat.Quantise(m, 8))) }},
			{"mat.Gram: dst overlaps a", false, func(dst, src *mat.Dense[T]) { mat.Gram(dst, src) }},
			{"mat.GramAdd: dst overlaps a", false, func(dst, src *mat.Dense[T]) { mat.GramAdd(dst, src) }},
			{"mat.Dense.Copy: a overlaps src", true, func(dst, src *mat.Dense[T]) { dst.Copy(src) }},
			{"mat.Cholesky: dst overlaps a", true, func(dst, src *mat.Dense[T]) { must(mat.Cholesky(dst, src)) }},
			{"mat.SolveLower: dst overlaps l", false, func(dst, src *mat.Dense[T]) { mat.SolveLower(dst, src, m) }},
			{"mat.SolveLower: dst overlaps b", true, func(dst, src *mat.Dense[T]) { mat.SolveLower(dst, lower, src) }},
			{"mat.SolveLowerT: dst overlaps l", false, func(dst, src *mat.Dense[T]) { mat.SolveLowerT(dst, src, m) }},
			{"mat.SolveLowerT: dst overlaps b", true, func(dst, src *mat.Dense[T]) { mat.SolveLowerT(dst, lower, src) }},
			{"mat.SolveLower: dst overlaps b", true, func(dst, src *mat.Dense[T]) { mat.CholeskySolve(dst, lower, src) }},
			{"mat.RidgeSolve: dst overlaps t", true, func(dst, src *mat.Dense[T]) { must(mat.RidgeSolve(dst, mat.Gram(nil, m), src, 1, nil)) }},
			{"mat.SymEigen: vectors overlaps a", true, func(dst, src *mat.Dense[T]) { _, _, err := mat.SymEigen(nil, dst, src); must(0, err) }},
		})
}

func transformWriters[T asm.Float]() []writer[T] {
	writers := []writer[T]{{"fft.FWHT: dst overlaps x", true, func(dst, src *mat.Dense[T]) { fft.FWHT(dst, src) }}}
	for _, kind := range []ortho.Kind{ortho.IID, ortho.Hadamard} {
		g := ortho.Spec{Kind: kind, M: order, D: order}
		p := must(ortho.New[T](g))
		phi := must(urf.New[T](urf.Fourier{Projection: g}))
		towers := must(urf.New[T](urf.ReLU{Projection: g})).(urf.Towers[T])
		m := matrix[T]()
		writers = append(writers,
			writer[T]{"ortho.Projection.Apply: dst overlaps x", false, func(dst, src *mat.Dense[T]) { p.Apply(dst, src, nil) }},
			writer[T]{"ortho.Projection.ApplyT: dst overlaps x", false, func(dst, src *mat.Dense[T]) { p.ApplyT(dst, src, nil) }},
			writer[T]{"urf.Map.Phi: dst overlaps x", false, func(dst, src *mat.Dense[T]) { phi.Phi(dst, src, nil) }},
			writer[T]{"urf.Map.Phi: dst overlaps x", false, func(dst, src *mat.Dense[T]) { towers.Psi(dst, src, nil) }},
			writer[T]{"urf.Gradient.Backward: dx overlaps x", false, func(dst, src *mat.Dense[T]) { phi.(urf.Gradient[T]).Backward(dst, src, m, nil) }},
			writer[T]{"urf.Gradient.Backward: dx overlaps dz", false, func(dst, src *mat.Dense[T]) { phi.(urf.Gradient[T]).Backward(dst, m, src, nil) }},
			writer[T]{"snnk.Layer.Forward: dst overlaps x", false, func(dst, src *mat.Dense[T]) { snnk.New(phi, m, nil).Forward(dst, src, nil) }},
			writer[T]{"bundle.Network.Forward: dst overlaps x", false, func(dst, src *mat.Dense[T]) {
				bundle.NewNetwork[T](bundle.NewFeatures(phi), bundle.NewLinear(m, nil, urf.Activation{})).Forward(dst, src, nil)
			}},
		)
	}
	row, wide := make([]T, order), make([]float64, order)
	for op, s := range map[string]bundle.Stage[T]{
		"Scale": bundle.NewScale[T](wide, wide), "LayerNorm": bundle.NewLayerNorm(row, row, 1), "PReLU": bundle.NewPReLU(row),
		"Elementwise": bundle.NewElementwise[T](order, must(urf.ActivationByName("tanh"))), "Softmax": bundle.NewSoftmax[T](order, false),
	} {
		writers = append(writers, writer[T]{"bundle." + op + ".Forward: dst overlaps x", false, func(dst, src *mat.Dense[T]) { s.Forward(dst, src, nil) }})
	}
	exp := must(urf.New[T](urf.SoftmaxKernel{Projection: ortho.Spec{M: order, D: order}})).(urf.Towers[T])
	diagonals := must(urf.NewDiagonals[T](urf.ReLU{Projection: ortho.Spec{Kind: ortho.Hadamard, M: order, D: order}}))
	return append(writers,
		writer[T]{"urf.Towers.Psi: dst overlaps w", false, func(dst, src *mat.Dense[T]) { exp.Psi(dst, src, nil) }},
		writer[T]{"urf.Diagonals.PhiRecord: dst overlaps x", false, func(dst, src *mat.Dense[T]) { diagonals.PhiRecord(dst, src, new(urf.Record[T])) }},
		writer[T]{"urf.Diagonals.Gradients: dx overlaps dz", false, func(dst, src *mat.Dense[T]) {
			r := new(urf.Record[T])
			diagonals.PhiRecord(nil, matrix[T](), r)
			diagonals.Gradients(dst, src, r, nil, nil)
		}},
		writer[T]{"urf.Diagonals.Gradients: dx overlaps x", false, func(dst, src *mat.Dense[T]) {
			r := new(urf.Record[T])
			diagonals.Gradients(dst, diagonals.PhiRecord(nil, src, r), r, nil, nil)
		}},
		writer[T]{"snnk.Standard.Apply: dst overlaps x", true, func(dst, src *mat.Dense[T]) {
			snnk.StandardOf(matrix[T]()).Apply(dst, src)
		}},
		writer[T]{"snnk.EvalLoss: grad overlaps y", false, func(dst, src *mat.Dense[T]) {
			snnk.EvalLoss(snnk.SquaredError, dst, src, snnk.Targets[T]{Values: matrix[T]()})
		}},
		writer[T]{"snnk.EvalLoss: grad overlaps t.Values", false, func(dst, src *mat.Dense[T]) {
			snnk.EvalLoss(snnk.SquaredError, dst, matrix[T](), snnk.Targets[T]{Values: src})
		}},
	)
}

func moduleWriters[T asm.Float]() []writer[T] {
	var writers []writer[T]
	for name, module := range modules[T]() {
		writers = append(writers,
			writer[T]{"snnk." + name + ".Forward: dst overlaps x", false, func(dst, src *mat.Dense[T]) { module().Forward(dst, src) }},
			writer[T]{"snnk." + name + ".Backward: dx overlaps dy", false, func(dst, src *mat.Dense[T]) {
				m := module()
				m.Forward(nil, matrix[T]())
				m.Backward(dst, src, true)
			}})
	}
	return writers
}

func modules[T asm.Float]() map[string]func() snnk.Module[T] {
	s := rng.New(1)
	features := func() *snnk.Features[T] {
		g := ortho.Spec{Kind: ortho.Hadamard, M: order, D: order}
		return snnk.NewFeatures(must(urf.New[T](urf.Fourier{Projection: g})).(urf.Gradient[T]))
	}
	linear := func() *snnk.Linear[T] {
		return snnk.NewLinear[T]("l", order, order, must(urf.ActivationByName("tanh")), s)
	}
	return map[string]func() snnk.Module[T]{
		"Linear":      func() snnk.Module[T] { return linear() },
		"LoRA":        func() snnk.Module[T] { return snnk.NewLoRA("a", linear(), 2, 1, s) },
		"Features":    func() snnk.Module[T] { return features() },
		"LayerNorm":   func() snnk.Module[T] { return snnk.NewLayerNorm[T]("n", order) },
		"Residual":    func() snnk.Module[T] { return snnk.NewResidual[T](linear()) },
		"Elementwise": func() snnk.Module[T] { return snnk.NewElementwise[T](order, must(urf.ActivationByName("tanh"))) },
		"Adapter":     func() snnk.Module[T] { return snnk.NewAdapter[T]("a", features(), snnk.AdapterOptions{}) },
	}
}

// TestOverlap runs every function that sets a matrix from another, in every way in which
// the two can lie in one array: overlapping ones panic and change nothing; those that lie
// side by side, or are the same where that is allowed, give what separate ones give.
func TestOverlap(t *testing.T) {
	t.Run("float32", testOverlap[float32])
	t.Run("float64", testOverlap[float64])
}

func testOverlap[T asm.Float](t *testing.T) {
	// Where src lies in a frame of 3·order rows and columns whose dst is in the middle.
	const n = order
	for _, w := range slices.Concat(matWriters[T](), transformWriters[T](), moduleWriters[T]()) {
		for i := 0; i <= 2*n; i++ {
			for j := 0; j <= 2*n; j++ {
				frame := mat.New[T](3*n, 3*n)
				dst, src := frame.View(n, n, n, n), frame.View(i, j, n, n)
				input := matrix[T]()
				want := mat.New[T](n, n)
				src.Copy(input)
				want.Copy(dst)
				same, apart := i == n && j == n, max(i-n, n-i) >= n || max(j-n, n-j) >= n
				place := fmt.Sprintf("%s, src at (%d, %d) of dst", w.message, i-n, j-n)
				if apart || (same && w.inPlace) {
					w.run(want, input)
					w.run(dst, src)
					equal(t, place, dst, want)
					continue
				}
				before := frame.Clone()
				if misuse.Panics(t, w.message, func() { w.run(dst, src) }); t.Failed() {
					t.Fatal(place)
				}
				equal(t, place, frame, before)
			}
		}
	}
}

// TestOverlapOfVectors is [TestOverlap] for functions of vectors: dst is in the middle of an
// array, and src begins anywhere.
func TestOverlapOfVectors(t *testing.T) {
	m := matrix[float64]()
	plan, real, cosine := fft.NewPlan[complex128](order), fft.NewRealPlan[float64](order), fft.NewDCTPlan[float64](order)
	half := order/2 + 1
	vectors(t, "fft.Plan.Forward: dst overlaps x", true, order, order, func(dst, src []complex128) { plan.Forward(dst, src, nil) })
	vectors(t, "fft.Plan.Inverse: dst overlaps x", true, order, order, func(dst, src []complex128) { plan.Inverse(dst, src, nil) })
	vectors(t, "fft.DCTPlan.II: dst overlaps x", true, order, order, func(dst, src []float64) { cosine.II(dst, src, nil) })
	vectors(t, "fft.DCTPlan.III: dst overlaps x", true, order, order, func(dst, src []float64) { cosine.III(dst, src, nil) })
	vectors(t, "fft.RealPlan.Forward: re overlaps x", false, half, order, func(dst, src []float64) { real.Forward(dst, nil, src, nil) })
	vectors(t, "fft.RealPlan.Forward: im overlaps x", false, half, order, func(dst, src []float64) { real.Forward(nil, dst, src, nil) })
	vectors(t, "fft.RealPlan.Forward: re overlaps im", false, half, half, func(dst, src []float64) { real.Forward(dst, src, m.Row(0), nil) })
	vectors(t, "fft.RealPlan.Inverse: dst overlaps re", false, order, half, func(dst, src []float64) { real.Inverse(dst, src, make([]float64, half), nil) })
	vectors(t, "fft.RealPlan.Inverse: dst overlaps im", false, order, half, func(dst, src []float64) { real.Inverse(dst, make([]float64, half), src, nil) })
	vectors(t, "mat.MulVec: dst overlaps x", false, order, order, func(dst, src []float64) { mat.MulVec(dst, m, src) })
	vectors(t, "mat.MulVec: dst overlaps a", false, order, order*order, func(dst, src []float64) { mat.MulVec(dst, mat.Of(order, order, src), m.Row(0)) })

	// Rows of matrices, whose capacities end with them.
	misuse.Panics(t, "mat.MulVec: dst overlaps x", func() { mat.MulVec(m.Row(1), matrix[float64](), m.Row(1)) })
	misuse.Panics(t, "mat.MulVec: dst overlaps a", func() { mat.MulVec(m.Row(3), m, make([]float64, order)) })
}

func vectors[E float64 | complex128](t *testing.T, message string, inPlace bool, writes, reads int, run func(dst, src []E)) {
	for at := 0; at <= reads+writes; at++ {
		array := make([]E, reads+writes+reads)
		for i := range array {
			for range i%5 + 1 {
				array[i]++
			}
		}
		dst, src := array[reads:reads+writes], array[at:at+reads]
		before := slices.Clone(array)
		if apart := at == 0 || at == reads+writes; apart || (inPlace && at == reads) {
			want := slices.Clone(dst)
			run(want, slices.Clone(src))
			run(dst, src)
			if !slices.Equal(dst, want) {
				t.Errorf("%s: src at %d of dst: %v, want %v", message, at-reads, dst, want)
			}
			continue
		}
		misuse.Panics(t, message, func() { run(dst, src) })
		if !slices.Equal(array, before) {
			t.Errorf("%s: src at %d of dst: the array is changed before the panic", message, at-reads)
		}
	}
}

func equal[T asm.Float](t *testing.T, place string, got, want *mat.Dense[T]) {
	t.Helper()
	for i := range want.Rows() {
		for j, v := range want.Row(i) {
			if g := got.At(i, j); math.Float64bits(float64(g)) != math.Float64bits(float64(v)) {
				t.Fatalf("%s: element (%d, %d) is %v, want %v", place, i, j, g, v)
			}
		}
	}
}
