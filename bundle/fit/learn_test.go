package fit

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// stripes are n rows of d columns whose class, and target, depend on two directions among them.
func stripes[T asm.Float](seed uint64, n, d int) (*mat.Dense[T], []int, *mat.Dense[T]) {
	x, y, class := mat.New[T](n, d), mat.New[T](n, 1), make([]int, n)
	rng.Normal(rng.New(seed), x.Data(), 0)
	a, b := make([]T, d), make([]T, d)
	rng.Normal(rng.New(991), a, 0)
	rng.Normal(rng.New(992), b, 0)
	for i := range n {
		u, v := asm.Dot(x.Row(i), a), asm.Dot(x.Row(i), b)
		if u > 0 {
			class[i]++
		}
		if v > 2 || v < -2 {
			class[i] += 2
		}
		y.Set(i, 0, max(u, 0)-v/2)
	}
	return x, class, y
}

// Few learned directions classify better than as many that are selected, and what is held out says about how well.
func TestLearnClasses(t *testing.T) {
	x, class, _ := stripes[float32](1, 1200, 12)
	xt, truth, _ := stripes[float32](2, 1000, 12)
	right := func(kind string, learn *Learning) (float64, *Report, *bundle.Model[float32]) {
		model, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), Options{Task: bundle.Classify, Features: 12, Map: kind, Projection: "hadamard", Pool: 48, Learn: learn})
		if err != nil {
			t.Fatal(err)
		}
		y, n := model.Network.Forward(nil, xt, nil), 0
		for i, k := range truth {
			if snnk.Label(y.Row(i)) == k {
				n++
			}
		}
		return float64(n) / float64(len(truth)), report, model
	}
	for _, kind := range MapKinds() {
		selected, _, _ := right(kind, nil)
		learned, report, model := right(kind, &Learning{Atoms: 256, Terms: 4})
		t.Logf("%s: selected %.3f, learned %.3f, held out %.3f, %+v", kind, selected, learned, report.HeldOutAccuracy, *report.Learned)
		if !(learned > selected+0.05) || !(report.HeldOutAccuracy < learned+0.05 && report.HeldOutAccuracy > learned-0.05) {
			t.Errorf("%s: selected %.3f, learned %.3f, held out %.3f", kind, selected, learned, report.HeldOutAccuracy)
		}
		if report.Features != 12 || report.Loss != snnk.CrossEntropy || !report.Converged || report.Standardised || report.Learned.Terms != 4 || !(report.Learned.Lost > 0 && report.Learned.Lost < 0.3) {
			t.Errorf("%+v, %+v", *report, *report.Learned)
		}
		var b bytes.Buffer
		if _, err := model.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		again, err := bundle.ReadModel[float32](bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := again.Network.Forward(nil, xt, nil), model.Network.Forward(nil, xt, nil); got.At(7, 1) != want.At(7, 1) {
			t.Errorf("%s: a model that is read has other outputs", kind)
		}
	}
}

// Targets are learned in their units, and columns of very different spreads are standardised.
func TestLearnTargets(t *testing.T) {
	x, _, y := stripes[float64](3, 900, 6)
	for i := range x.Rows() {
		for j := range 4 {
			x.Row(i)[j] *= 1000
		}
		y.Row(i)[0] = 5e6 + float64(1e4*y.At(i, 0))
	}
	opt := Options{Task: bundle.Regress, Features: 12, Pool: 48, Projection: "hadamard"}
	_, plain, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.Learn = &Learning{Atoms: 64, Terms: 5}
	model, report, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("held out %.4f, without learning %.4f; %+v", report.HeldOut, plain.HeldOut, *report.Learned)
	if !(report.HeldOut < 0.75*plain.HeldOut) || report.Loss != snnk.SquaredError {
		t.Errorf("held out %.4f, without learning %.4f", report.HeldOut, plain.HeldOut)
	}
	fitness, err := model.Network.Fitness(t.Context(), bundle.Matrix(x), bundle.Matrix(y))
	if err != nil || !(1-fitness.R2 < 2*report.HeldOut) {
		t.Errorf("R² %.4f, held out %.4f, error %v", fitness.R2, report.HeldOut, err)
	}
}

// The bits depend on no kernel set.
func TestLearnSameBits(t *testing.T) {
	x, class, _ := stripes[float32](4, 150, 5)
	var want []byte
	kerneltest.Each(t, func(t *testing.T) {
		model, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), Options{Task: bundle.Classify, Features: 6, Pool: 12, Projection: "hadamard", Scale: 0.3, Learn: &Learning{Atoms: 64, Terms: 2}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := model.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = b.Bytes()
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Error("another file")
		}
	})
}

// What was chosen before can be given, with penalties: the model is the same, and no rows are held out.
func TestLearnGiven(t *testing.T) {
	x, class, _ := stripes[float32](6, 150, 5)
	opt := Options{Task: bundle.Classify, Features: 6, Pool: 12, Projection: "hadamard", Scale: 0.3, Standardise: StandardiseNever, Lambda: 0.03, LogitPenalty: 1e-3, Loss: snnk.CrossEntropy, Learn: &Learning{Atoms: 64, Terms: 2}}
	chosen, first, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.Learn = &Learning{Atoms: 64, Terms: 2, Decay: first.Learned.Decay, Noise: first.Learned.Noise}
	given, second, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), opt)
	if err != nil {
		t.Fatal(err)
	}
	if second.HeldOutAccuracy != 0 || !(first.HeldOutAccuracy > 0) || *second.Learned != *first.Learned {
		t.Errorf("%+v, %+v", *second, *second.Learned)
	}
	a, b := chosen.Network.Forward(nil, x, nil), given.Network.Forward(nil, x, nil)
	for i, v := range a.Data() {
		if v != b.Data()[i] {
			t.Fatalf("output %d is %g, given %g", i, v, b.Data()[i])
		}
	}
	for _, bad := range []Learning{{Decay: -1}, {Noise: math.NaN()}, {Decay: math.Inf(1)}} {
		opt.Learn = &bad
		if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), opt); !errors.Is(err, bundle.ErrRange) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
}

func TestLearnErrors(t *testing.T) {
	x, class, y := stripes[float32](5, 60, 5)
	opt := Options{Task: bundle.Classify, Features: 6, Pool: 12, Projection: "hadamard", Scale: 0.3}
	for _, l := range []Learning{{Atoms: 3}, {Terms: 65}, {Atoms: -1}, {Atoms: 2, Terms: 3}} {
		opt.Learn = &l
		if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(class, 4), opt); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%+v: error %v", l, err)
		}
	}
	opt.Learn = &Learning{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Run[float32](ctx, bundle.Matrix(x), bundle.OneHot(class, 4), opt); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	opt.Loss = snnk.CrossEntropy
	if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("the cross-entropy of numbers: error %v", err)
	}
}

// Offsets are written within half a step.
func TestOffsetCodes(t *testing.T) {
	phase, _ := phaseCode(0)
	for v, want := range map[float64]uint8{0: 0, 3.141592653589793: 128, -3.141592653589793: 128, 6.283185307179586: 0, 0.0122: 0, 0.0123: 1, -0.0123: 255, 1e6: 241} {
		if got := phase(v); got != want {
			t.Errorf("phase %g: %d, want %d", v, got, want)
		}
	}
	bias, unit := biasCode(2)
	for v, want := range map[float64]int8{0: 0, 2: 127, -2: -127, 9: 127, -9: -127, 1: 64, 0.0078: 0, -0.008: -1} {
		if got := int8(bias(v)); got != want {
			t.Errorf("bias %g: %d, want %d", v, got, want)
		}
	}
	if got := unit * 127 / 32; got < 1.999999 || got > 2.000001 {
		t.Errorf("the largest bias is %g", got)
	}
}
