package fit

import (
	"math"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// What was chosen has the least error of what was tried, and that is the report's.
func TestTried(t *testing.T) {
	x, y := mat.New[float64](300, 3), mat.New[float64](300, 1)
	rng.Normal(rng.New(1), x.Data(), 0)
	for i := range 300 {
		y.Set(i, 0, x.At(i, 0)*x.At(i, 1)+0.1*x.At(i, 2))
	}
	best := map[string]Trial{"scale": {Error: math.Inf(1)}, "final scale": {Error: math.Inf(1)}, "lambda": {Error: math.Inf(1)}}
	count := map[string]int{}
	opt := Options{Task: bundle.Regress, Features: 32, Pool: 128, Linear: LinearNever}
	_, plain, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.Tried = func(c Trial) {
		count[c.What]++
		if c.Error < best[c.What].Error || c.What == "lambda" && c.Error == best[c.What].Error {
			best[c.What] = c
		}
	}
	_, report, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
	if err != nil {
		t.Fatal(err)
	}
	if *report != *plain {
		t.Errorf("watched %+v, else %+v", report, plain)
	}
	if s := best["scale"]; s.Error > 1 || count["scale"] < 2*len(scaleGrid) {
		t.Errorf("best of %d scales %+v", count["scale"], s)
	}
	if s := best["final scale"]; s.Value != report.Scale || s.Projection != report.Projection || s.Standardised != report.Standardised || count["final scale"] < 3 {
		t.Errorf("best of %d final scales %+v, report %+v", count["final scale"], s, report)
	}
	if l := best["lambda"]; l.Value != report.Lambda || l.Error != report.HeldOut || count["lambda"] < len(Lambdas())/2 {
		t.Errorf("best of %d λ %+v, report %+v", count["lambda"], l, report)
	}
}
