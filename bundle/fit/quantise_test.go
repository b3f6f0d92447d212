package fit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// plainly rounds all weights of a network to their nearest codes.
func plainly[T asm.Float](t *testing.T, net *bundle.Network[T], bits int) *bundle.Network[T] {
	t.Helper()
	var stages []bundle.Stage[T]
	for _, s := range net.Stages() {
		if m := matrixOf(s); m != nil {
			q, err := mat.Quantise(m.weight, bits)
			if err != nil {
				t.Fatal(err)
			}
			s = m.made(q, m.bias)
		}
		stages = append(stages, s)
	}
	return bundle.NewNetwork(stages...)
}

// outputsOf are those for all rows of x.
func outputsOf[T asm.Float](t *testing.T, net *bundle.Network[T], x *mat.Dense[T]) *mat.Dense[float64] {
	t.Helper()
	y := mat.New[float64](x.Rows(), net.Out())
	if err := bundle.OutputsOf(net, bundle.Matrix(x)).Read(y, 0); err != nil {
		t.Fatal(err)
	}
	return y
}

// change is the squared difference of y from want over the variance of want.
func change(y, want *mat.Dense[float64]) float64 {
	squares, variance := 0.0, 0.0
	for j := range want.Cols() {
		mean := 0.0
		for i := range want.Rows() {
			mean += want.At(i, j) / float64(want.Rows())
		}
		for i := range want.Rows() {
			d, v := y.At(i, j)-want.At(i, j), want.At(i, j)-mean
			squares = math.FMA(d, d, squares)
			variance = math.FMA(v, v, variance)
		}
	}
	return squares / variance
}

// Rounded by the sums of their inputs, weights change the outputs for test digits less than half as much as rounded to the nearest codes, and about as much
// as is predicted: those of features that fit chooses, and those of networks that another tool trained.
func TestQuantiseDigits(t *testing.T) {
	x, test, y, want := digitRows(t)
	m, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(y, digits.Classes), Options{Task: bundle.Classify, Features: 128, Pool: 512})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		net  *bundle.Network[float32]
	}{{"fit, 128 features", m.Network}, {"narrow, 64-34-10", shipped(t, digits.Narrow34())}} {
		before := outputsOf(t, c.net, test)
		accuracy := func(n *bundle.Network[float32]) float64 {
			says, err := n.Classify(t.Context(), bundle.Matrix(test))
			if err != nil {
				t.Fatal(err)
			}
			return 100 * bundle.Agreement(says, want)
		}
		t.Logf("%s, float32: accuracy %.1f %%", c.name, accuracy(c.net))
		for _, bits := range []int{8, 4} {
			q, report, err := Quantise(t.Context(), c.net, bundle.Matrix(x), bits)
			if err != nil {
				t.Fatal(err)
			}
			plain := plainly(t, c.net, bits)
			ours, theirs := change(outputsOf(t, q, test), before), change(outputsOf(t, plain, test), before)
			t.Logf("%s, %d bits: accuracy %.1f %%, outputs change by %.2g of their variance; rounded to the nearest codes %.1f %%, %.2g", c.name, bits, accuracy(q), ours, accuracy(plain), theirs)
			if ours > theirs/2 || accuracy(q) < accuracy(c.net)-1 {
				t.Errorf("%s, %d bits: outputs change by %v, rounded to the nearest codes %v", c.name, bits, ours, theirs)
			}
			if last := report[len(report)-1]; len(report) == 1 && (ours > 2*last.Loss || ours < last.Loss/2 || theirs > 2*last.Plain || theirs < last.Plain/2) {
				t.Errorf("%s, %d bits: predicted %v and %v, was %v and %v", c.name, bits, last.Loss, last.Plain, ours, theirs)
			}
		}
	}
}

// Of few rows nothing can be told of how inputs go together: weights are rounded to the nearest codes where that loses less.
func TestQuantiseByFewRows(t *testing.T) {
	nearest := 0
	for seed := range uint64(8) {
		net := bundle.NewNetwork[float32](bundle.NewLinear(normal[float32](2*seed, 3, 12), make([]float32, 3), urf.Activation{}))
		x, fresh := normal[float32](2*seed+1, 6, 12), normal[float32](100+seed, 500, 12)
		before := outputsOf(t, net, fresh)
		q, report, err := Quantise(t.Context(), net, bundle.Matrix(x), 4)
		if err != nil {
			t.Fatal(err)
		}
		if report[0].Nearest {
			nearest++
		}
		if ours, plain := change(outputsOf(t, q, fresh), before), change(outputsOf(t, plainly(t, net, 4), fresh), before); ours > 3*plain {
			t.Errorf("seed %d: outputs change by %v of their variance, rounded to the nearest codes by %v", seed, ours, plain)
		}
	}
	if nearest == 0 {
		t.Error("the nearest codes were never taken")
	}
}

// shipped is a network of another tool.
func shipped(t *testing.T, file []byte) *bundle.Network[float32] {
	t.Helper()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Network
}

// sampleOfAll is a network with every kind of stage that has weights, and others.
func sampleOfAll[T asm.Float](t *testing.T) *bundle.Network[T] {
	t.Helper()
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		t.Fatal(err)
	}
	phi := func(in, m int) urf.Map[T] {
		p, err := urf.ParseMap[T](fmt.Sprintf("fourier(scale=0.4) on hadamard(seed=3,m=%d,d=%d)", m, in))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	return bundle.NewNetwork[T](
		bundle.NewScale[T]([]float64{1, 2, 3, 4}, []float64{1, 0.5, 2, 1}),
		bundle.NewLinear(normal[T](1, 6, 4), normal[T](2, 1, 6).Data(), relu),
		bundle.NewHybrid(bundle.NewLinear(normal[T](3, 5, 6), nil, relu), phi(6, 20)),
		bundle.NewSoftmax[T](25, false),
		snnk.New(phi(25, 30), normal[T](4, 3, 30), normal[T](5, 1, 3).Data()),
	)
}

func normal[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	r := rand.New(rand.NewPCG(seed, 5))
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(r.NormFloat64())
	}
	return a
}

func TestQuantiseStages(t *testing.T) {
	t.Run("float32", testQuantiseStages[float32])
	t.Run("float64", testQuantiseStages[float64])
}

func testQuantiseStages[T asm.Float](t *testing.T) {
	net, x := sampleOfAll[T](t), normal[T](9, 700, 4)
	for _, bits := range []int{8, 4} {
		got, report, err := Quantise(t.Context(), net, bundle.Matrix(x), bits)
		if err != nil {
			t.Fatal(err)
		}
		var at []int
		for _, q := range report {
			at = append(at, q.Stage)
			if q.Bits != bits || !(q.Loss > 0) || !(q.Loss < q.Plain) || !slices.Contains(roundingPenalties, q.Penalty) {
				t.Errorf("%+v", q)
			}
		}
		if !slices.Equal(at, []int{1, 2, 4}) || report[1].Inputs != 6 || report[1].Outputs != 5 || report[2].Inputs != 30 {
			t.Errorf("rounded %+v", report)
		}
		for i, s := range got.Stages() {
			if m := matrixOf(s); m != nil {
				t.Errorf("stage %d is not rounded", i)
			}
		}
		if d := change(outputsOf(t, got, x), outputsOf(t, net, x)); d > map[int]float64{8: 1e-3, 4: 0.2}[bits] {
			t.Errorf("%d bits: outputs change by %v", bits, d)
		}
		// What is rounded stays so.
		again, none, err := Quantise(t.Context(), got, bundle.Matrix(x), 12-bits)
		if err != nil || len(none) != 0 || again.Stages()[1] != got.Stages()[1] {
			t.Errorf("rounded again: %+v, %v", none, err)
		}
	}
}

// The bias takes up what the mean of the inputs loses: over the rows the mean output stays.
func TestQuantiseKeepsTheMean(t *testing.T) {
	x := normal[float64](1, 300, 8)
	for i := range x.Rows() {
		for j := range 8 {
			x.Set(i, j, x.At(i, j)+100)
		}
	}
	net := bundle.NewNetwork[float64](bundle.NewLinear(normal[float64](2, 3, 8), []float64{1, 2, 3}, urf.Activation{}))
	q, _, err := Quantise(t.Context(), net, bundle.Matrix(x), 4)
	if err != nil {
		t.Fatal(err)
	}
	before, after := outputsOf(t, net, x), outputsOf(t, q, x)
	for j := range 3 {
		a, b := 0.0, 0.0
		for i := range x.Rows() {
			a, b = a+before.At(i, j), b+after.At(i, j)
		}
		if math.Abs(a-b) > 1e-9*300*100 {
			t.Errorf("output %d: mean %v, was %v", j, b/300, a/300)
		}
	}
}

// Neither goroutines nor columns that never vary or the fewest rows make a difference.
func TestQuantiseBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	net, x := sampleOfAll[float32](t), normal[float32](9, 1100, 4)
	var want *mat.Dense[float64]
	for _, procs := range []int{1, 3} {
		runtime.GOMAXPROCS(procs)
		q, _, err := Quantise(t.Context(), net, bundle.Matrix(x), 4)
		if err != nil {
			t.Fatal(err)
		}
		y := outputsOf(t, q, x)
		if want == nil {
			want = y
		}
		for i, v := range y.Data() {
			if v != want.Data()[i] {
				t.Fatalf("%d goroutines: output %d is %v, was %v", procs, i, v, want.Data()[i])
			}
		}
	}
	for _, rows := range []int{2, 3, 9} {
		few := x.View(0, 0, rows, 4).Clone()
		for i := range rows {
			few.Set(i, 2, 7)
		}
		if _, _, err := Quantise(t.Context(), net, bundle.Matrix(few), 8); err != nil {
			t.Errorf("%d rows: %v", rows, err)
		}
	}
}

func TestQuantiseErrors(t *testing.T) {
	net := sampleOfAll[float32](t)
	ended, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	bad := normal[float32](1, 20, 4)
	bad.Set(7, 2, float32(math.NaN()))
	huge := bundle.NewNetwork[float32](bundle.NewLinear(mat.Of(1, 1, []float32{0x1p127}), nil, urf.Activation{}))
	for _, c := range []struct {
		name string
		ctx  context.Context
		net  *bundle.Network[float32]
		x    *mat.Dense[float32]
		want error
	}{
		{"one row", t.Context(), net, normal[float32](1, 1, 4), bundle.ErrRange},
		{"other columns", t.Context(), net, normal[float32](1, 9, 5), bundle.ErrFormat},
		{"NaN", t.Context(), net, bad, bundle.ErrNotFinite},
		{"ended", ended, net, normal[float32](1, 9, 4), why},
		{"a weight too large", t.Context(), huge, normal[float32](1, 9, 1), bundle.ErrRange},
	} {
		if _, _, err := Quantise(c.ctx, c.net, bundle.Matrix(c.x), 8); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
