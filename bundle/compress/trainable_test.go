package compress

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/snnk/gradcheck"
	"nnk/urf"
)

// trainableNet has every kind of stage.
func trainableNet(t testing.TB, phi string) *bundle.Network[float64] {
	t.Helper()
	m, err := urf.ParseMap[float64](phi)
	if err != nil {
		t.Fatal(err)
	}
	gelu, err := urf.ActivationByName("gelu")
	if err != nil {
		t.Fatal(err)
	}
	w, b, psi := mat.New[float64](5, 4), make([]float64, 5), mat.New[float64](2, m.Out())
	rng.Normal(rng.New(1), w.Data(), 0)
	rng.Normal(rng.New(2), b, 0)
	rng.Normal(rng.New(3), psi.Data(), 0)
	return bundle.NewNetwork[float64](bundle.NewScale[float64]([]float64{1, 2, 3, 4}, []float64{0.5, 2, 1, 0}), bundle.NewLinear(w, b, gelu), bundle.NewFeatures(m), bundle.NewLinear(psi, nil, urf.Activation{}))
}

// A network that is made a module and a network again has the same outputs; gradients
// are those of differences.
func TestTrainable(t *testing.T) {
	x := mat.New[float64](20, 4)
	rng.Normal(rng.New(4), x.Data(), 0)
	for _, c := range []struct {
		phi       string
		diagonals bool
		params    int
	}{
		{"fourier(scale=0.5) on hadamard(seed=5,m=12,d=5)", false, 25 + 24},
		{"fourier(scale=0.5) on iid(seed=5,m=12,d=5)", false, 25 + 24},
		{"fourier(scale=0.5) on hadamard(seed=5,m=12,d=5)", true, 25 + 24 + (60 + 3*64) + 12},
		{"arccos(order=1,bias=1) on hadamard(seed=5,m=12,d=5)", true, 25 + 24 + (60 + 3*64) + 12},
	} {
		net := trainableNet(t, c.phi)
		m, err := Trainable(net, c.diagonals)
		if err != nil {
			t.Fatal(err)
		}
		if n := snnk.ParamCount[float64](m); n != c.params {
			t.Errorf("%s, diagonals %t: %d parameters, want %d", c.phi, c.diagonals, n, c.params)
		}
		want := net.Forward(nil, x, nil)
		back, err := Trained(m)
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]*mat.Dense[float64]{"the module": m.Forward(nil, x), "the network of the module": back.Forward(nil, x, nil)} {
			for i, v := range want.Data() {
				if got.Data()[i] != v {
					t.Fatalf("%s, diagonals %t: output %d of %s is %v, want %v", c.phi, c.diagonals, i, what, got.Data()[i], v)
				}
			}
		}
		var list []gradcheck.Tensor
		for _, p := range m.Params() {
			list = append(list, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad})
		}
		gradcheck.Gradients(t, gradcheck.Map{
			Forward:  func(x *mat.Dense[float64]) *mat.Dense[float64] { return m.Forward(nil, x) },
			Backward: func(dy *mat.Dense[float64]) *mat.Dense[float64] { return m.Backward(nil, dy, true) },
			Params:   list,
		}, x.View(0, 0, 5, 4).Clone(), 1e-5)
	}
}

// Neurons beside features are trained and come back as they went in.
func TestTrainableHybrid(t *testing.T) {
	net := trainableNet(t, "fourier(scale=0.5) on hadamard(seed=5,m=12,d=5)")
	gelu := net.Stages()[1].(*bundle.Linear[float64]).Activation()
	w, psi := mat.New[float64](3, 5), mat.New[float64](2, 15)
	rng.Normal(rng.New(6), w.Data(), 0)
	rng.Normal(rng.New(7), psi.Data(), 0)
	hybrid := bundle.NewHybrid(bundle.NewLinear(w, []float64{1, 2, 3}, gelu), net.Stages()[2].(*bundle.Features[float64]).Map())
	net = bundle.NewNetwork[float64](net.Stages()[0], net.Stages()[1], hybrid, bundle.NewLinear(psi, nil, urf.Activation{}))
	m, err := Trainable(net, false)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.New[float64](6, 4)
	rng.Normal(rng.New(4), x.Data(), 0)
	back, err := Trained(m)
	if err != nil {
		t.Fatal(err)
	}
	want := net.Forward(nil, x, nil)
	for what, got := range map[string]*mat.Dense[float64]{"the module": m.Forward(nil, x), "the network of the module": back.Forward(nil, x, nil)} {
		for i, v := range want.Data() {
			if math.Float64bits(got.Data()[i]) != math.Float64bits(v) {
				t.Fatalf("output %d of %s is %v, want %v", i, what, got.Data()[i], v)
			}
		}
	}
	if n := snnk.ParamCount[float64](m); n != 25+18+30 {
		t.Errorf("%d parameters", n)
	}
	var list []gradcheck.Tensor
	for _, p := range m.Params() {
		list = append(list, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad})
	}
	gradcheck.Gradients(t, gradcheck.Map{
		Forward:  func(x *mat.Dense[float64]) *mat.Dense[float64] { return m.Forward(nil, x) },
		Backward: func(dy *mat.Dense[float64]) *mat.Dense[float64] { return m.Backward(nil, dy, true) },
		Params:   list,
	}, x, 1e-5)
	if _, err := Trainable(net, true); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("diagonals beside neurons: error %v, want %v", err, bundle.ErrRange)
	}
}

// Training changes a copy; the trained network goes through a file.
func TestTrained(t *testing.T) {
	net := trainableNet(t, "fourier(scale=0.5) on hadamard(seed=5,m=12,d=5)")
	x, y := mat.New[float64](60, 4), mat.New[float64](60, 2)
	rng.Normal(rng.New(4), x.Data(), 0)
	rng.Normal(rng.New(5), y.Data(), 0)
	before := net.Forward(nil, x, nil)
	m, err := Trainable(net, true)
	if err != nil {
		t.Fatal(err)
	}
	report, err := snnk.Train(t.Context(), m, x, snnk.Targets[float64]{Values: y}, snnk.TrainOptions{Epochs: 60, Rate: 1e-2})
	if err != nil || !(report.Trained.Loss < 0.7*report.History[0].Loss) {
		t.Fatalf("loss from %g to %g, error %v", report.History[0].Loss, report.Trained.Loss, err)
	}
	for i, v := range net.Forward(nil, x, nil).Data() {
		if v != before.Data()[i] {
			t.Fatal("training changed the network that it began from")
		}
	}
	trained, err := Trained(m)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := (&bundle.Model[float64]{Network: trained, Task: bundle.Regress}).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	read, err := bundle.ReadModel[float64](bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	want := m.Forward(nil, x)
	for i, v := range read.Network.Forward(nil, x, nil).Data() {
		if math.Float64bits(v) != math.Float64bits(want.Data()[i]) {
			t.Fatalf("output %d of the file's network is %v, of the module %v", i, v, want.Data()[i])
		}
	}
}

// Tempering finds the power of two that a search by hand finds, and changes no label.
func TestTemper(t *testing.T) {
	net := trainableNet(t, "fourier(scale=0.5) on hadamard(seed=5,m=12,d=5)")
	x, labels := mat.New[float64](50, 4), make([]int, 50)
	rng.Normal(rng.New(4), x.Data(), 0)
	y := net.Forward(nil, x, nil)
	for i := range labels {
		labels[i] = snnk.Label(y.Row(i))
	}
	for i := range 5 {
		labels[i] = 1 - labels[i] // so that outputs can be too large
	}
	targets := snnk.Targets[float64]{Labels: labels}
	got, err := Temper(t.Context(), net, x, targets, snnk.AutoLoss)
	if err != nil {
		t.Fatal(err)
	}
	best, least := 0.0, math.Inf(1)
	for f := 1.0; f <= 1024; f *= 2 {
		scaled := y.Clone()
		for i, v := range y.Data() {
			scaled.Data()[i] = f * v
		}
		if v := snnk.EvalLoss(snnk.CrossEntropy, nil, scaled, targets); v < least {
			best, least = f, v
		}
	}
	if best < 2 || best > 512 {
		t.Fatalf("the best factor %g is at the end of the range: the test shows nothing", best)
	}
	for i, v := range got.Forward(nil, x, nil).Data() {
		if v != best*y.Data()[i] {
			t.Fatalf("output %d is %v, want %g·%v", i, v, best, y.Data()[i])
		}
	}
	if _, err := Temper(t.Context(), bundle.NewNetwork(net.Stages()[:3]...), x, targets, snnk.AutoLoss); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("without a dense layer at the end: error %v, want %v", err, bundle.ErrRange)
	}
}

func TestTrainableErrors(t *testing.T) {
	for phi, diagonals := range map[string]bool{
		"fourier(scale=0.5) on iid(seed=5,m=12,d=5)":                          true,
		"fourier(scale=0.5) on hadamard(seed=5,m=12,d=5,select=0+2+3)":        true,
		"maclaurin(coefficients=1 1 0.5) on iid(seed=5,m=12,d=5)":             false,
		"maclaurin(coefficients=1 1 0.5) on hadamard(seed=5,m=12,d=5)":        true,
		"fourier(scale=0.5,pairs=true) on hadamard(seed=5,m=12,d=5,rounds=3)": true,
	} {
		m, err := urf.ParseMap[float64](phi)
		if err != nil {
			t.Errorf("%s: %v", phi, err)
			continue
		}
		if _, err := Trainable(bundle.NewNetwork[float64](bundle.NewFeatures(m)), diagonals); !errors.Is(err, bundle.ErrRange) {
			t.Errorf("%s, diagonals %t: error %v, want %v", phi, diagonals, err, bundle.ErrRange)
		}
	}
	if _, err := Trained(snnk.NewSequence[float64](snnk.NewLayerNorm[float64]("0", 3))); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("layer norm: error %v, want %v", err, bundle.ErrRange)
	}
}
