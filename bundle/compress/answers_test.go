package compress

import (
	"math"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/examples/digits"
	"nnk/mat"
)

// shared returns the classifier with one function of its last hidden layer added to the scores of all classes, which changes no answer.
func shared(net *bundle.Network[float32], size float32) *bundle.Network[float32] {
	stages := append([]bundle.Stage[float32]{}, net.Stages()...)
	last := stages[len(stages)-1].(*bundle.Linear[float32])
	common, weight := random[float32](90, 1, last.In()).Row(0), last.Weight().Clone()
	for i := range weight.Rows() {
		for j, v := range common {
			weight.Set(i, j, weight.At(i, j)+float32(v*size))
		}
	}
	stages[len(stages)-1] = bundle.NewLinear(weight, last.Bias(), last.Activation())
	return bundle.NewNetwork(stages...)
}

// The answers are distributions, and those of the scores without what all classes share.
func TestAnswers(t *testing.T) {
	net := teacher(t)
	x := random[float32](91, 50, digits.Pixels)
	want, got := mat.New[float64](50, digits.Classes), mat.New[float64](50, digits.Classes)
	if err := Answers(net, bundle.Matrix(x)).Read(want, 0); err != nil {
		t.Fatal(err)
	}
	other := shared(net, 0.1)
	if err := Answers(centred(other), bundle.Matrix(x)).Read(got, 0); err != nil {
		t.Fatal(err)
	}
	scores := centred(other).Forward(nil, x, nil)
	for i := range 50 {
		sum, mean := 0.0, 0.0
		for j, v := range want.Row(i) {
			sum += v
			mean += float64(scores.At(i, j)) / digits.Classes
			if e := math.Abs(v - got.At(i, j)); e > 1e-4 {
				t.Errorf("row %d class %d: %g, of other scores %g", i, j, v, got.At(i, j))
			}
		}
		if math.Abs(sum-1) > 1e-6 || math.Abs(mean) > 1e-4 {
			t.Errorf("row %d: sum %g, mean score %g", i, sum, mean)
		}
	}
}

// Without labels a classifier is imitated in its answers: what all its scores share changes neither what is chosen nor how good that is. On
// rows apart the winner is measured as it is returned.
func TestAutoAnswers(t *testing.T) {
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows, apart := bundle.Matrix(x.View(0, 0, 400, digits.Pixels)), bundle.Matrix(x.View(400, 0, 300, digits.Pixels))
	options := AutoOptions{Budget: 1200, ValX: apart, Fit: fit.Options{Task: bundle.Classify, Standardise: fit.StandardiseNever, Lambda: 1e-4, LogitPenalty: 1e-3, Scale: 0.02}}
	var plain []Candidate
	for _, size := range []float32{0, 0.5} {
		net := shared(teacher(t), size)
		model, candidates, err := Auto(t.Context(), net, rows, nil, options)
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			plain = candidates
		}
		for i, c := range candidates {
			p := plain[i]
			if c.Problem == "" && (c.HeldOut != 0 || !(c.LogLoss > 0)) || c.Chosen != p.Chosen || math.Abs(c.Accuracy-p.Accuracy) > 0.02 || math.Abs(c.LogLoss-p.LogLoss) > 0.05*p.LogLoss {
				t.Errorf("shared scores of size %g: %+v, without %+v", size, c, p)
			}
			if !c.Chosen {
				continue
			}
			says, err := model.Network.Classify(t.Context(), apart)
			if err != nil {
				t.Fatal(err)
			}
			said, err := net.Classify(t.Context(), apart)
			if err != nil {
				t.Fatal(err)
			}
			if got := bundle.Agreement(says, said); got != c.Accuracy || got < 0.85 || !strings.Contains(c.Family, "features") {
				t.Errorf("%s: agreement %g, said to be %g", c.Family, got, c.Accuracy)
			}
		}
	}
	// Labels of the rows apart are what counts there.
	options.ValY = bundle.OneHot(y[400:700], digits.Classes)
	model, candidates, err := Auto(t.Context(), teacher(t), rows, nil, options)
	if err != nil {
		t.Fatal(err)
	}
	says, err := model.Network.Classify(t.Context(), apart)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range candidates {
		if got := bundle.Agreement(says, y[400:700]); c.Chosen && got != c.Accuracy {
			t.Errorf("%s: accuracy %g, said to be %g", c.Family, got, c.Accuracy)
		}
	}
	options.ValY = bundle.OneHot(y[400:600], digits.Classes)
	if _, _, err := Auto(t.Context(), teacher(t), rows, nil, options); err == nil || !strings.Contains(err.Error(), "300×64 inputs and 200×10 targets to compare on") {
		t.Errorf("fewer labels than rows: %v", err)
	}
}
