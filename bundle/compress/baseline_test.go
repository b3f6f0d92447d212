package compress

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/fit"
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/urf"
)

// random fills a matrix with normal numbers of PCG(seed, 1).
func random[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(r.NormFloat64())
	}
	return a
}

func teacher(t testing.TB) *bundle.Network[float32] {
	t.Helper()
	file := digits.Teacher()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Network
}

func fileOf(t testing.TB, m *bundle.Model[float32]) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readModel(b []byte) (*bundle.Model[float32], error) {
	return bundle.ReadModel[float32](bytes.NewReader(b), int64(len(b)))
}

// bundledNetwork is one that does not consist of dense layers alone.
func bundledNetwork(t testing.TB) *bundle.Network[float32] {
	t.Helper()
	m, err := fit.NewMap[float32](fit.MapSpec{Kind: "cos", Projection: "hadamard", M: 6, D: 5, Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	return bundle.NewNetwork[float32](bundle.NewFeatures(m), bundle.NewLinear(random[float32](22, 9, 6), nil, urf.Activation{}), bundle.NewLinear(random[float32](24, 3, 9), nil, urf.Activation{}))
}

// Low rank and chosen neurons keep the budget and most of the network's answers;
// with all it had, the network itself.
func TestBaselines(t *testing.T) {
	net := teacher(t)
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows := bundle.Matrix(x.View(0, 0, 600, digits.Pixels))
	says, err := net.Classify(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	agreement := func(n *bundle.Network[float32]) float64 {
		got, err := n.Classify(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		return bundle.Agreement(got, says)
	}
	last := 1.0
	for _, ratio := range []int{1, 4, 8, 16} {
		low, err := LowRank(t.Context(), net, rows, net.Params()/ratio)
		if err != nil {
			t.Fatal(err)
		}
		got := agreement(low)
		if low.Params() > net.Params()/ratio || low.Params() < net.Params()/ratio-512 {
			t.Errorf("low rank at %d×: %d parameters of %d", ratio, low.Params(), net.Params()/ratio)
		}
		if got > last || ratio <= 4 && got < 0.98 || ratio == 1 && got != 1 {
			t.Errorf("low rank at %d×: agreement %v after %v", ratio, got, last)
		}
		last = got
	}
	if _, err := LowRank(t.Context(), net, rows, 1000); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("budget below rank 1: %v", err)
	}
	narrow, err := Narrow(t.Context(), net, rows, []int{64, 64})
	if err != nil {
		t.Fatal(err)
	}
	if got := agreement(narrow); narrow.Params() != 64*64+64+64*64+64+640+10 || got < 0.97 {
		t.Errorf("64 chosen neurons in each layer: %d parameters, agreement %v", narrow.Params(), got)
	}
	if _, err := Narrow(t.Context(), net, rows, []int{64}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("one width for two layers: %v", err)
	}
	if _, err := Narrow(t.Context(), net, rows, []int{64, 257}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("more neurons than there are: %v", err)
	}
	bundled, _, err := fit.Run[float32](t.Context(), rows, bundle.OneHot(y[:600], digits.Classes), fit.Options{Features: 16, Pool: 16})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LowRank(t.Context(), bundled.Network, rows, 1000); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("low rank of a bundle: %v", err)
	}
}

func TestNarrowWidths(t *testing.T) {
	net := teacher(t)
	for _, budget := range []int{200, 2600, 20000, 85002, 1 << 20} {
		w, err := NarrowWidths(net, budget)
		if err != nil {
			t.Fatal(err)
		}
		if p := 65*w[0] + (w[0]+1)*w[1] + (w[1]+1)*10; p > budget || budget > p+600 && p < 85002 {
			t.Errorf("budget %d: widths %v take %d", budget, w, p)
		}
	}
	if _, err := NarrowWidths(net, 70); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("budget 70: %v", err)
	}
}
