package bundle

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/mat"
	"nnk/urf"
)

func TestLabels(t *testing.T) {
	nan := math.NaN()
	scores := mat.Of(7, 3, []float64{1, 2, 0, 3, 3, 1, -1, -2, -3, nan, 1, 2, 1, nan, 2, 2, 1, nan, 0, math.Inf(1), 1})
	want := []int{1, 0, 0, -1, -1, -1, 1}
	for i, got := range Labels(nil, scores) {
		if got != want[i] {
			t.Errorf("row %d: class %d, want %d", i, got, want[i])
		}
	}
	// A single output is a logit: of a binary network one class is on either side of 0.
	if got := Labels(nil, mat.Of(6, 1, []float64{-2, 3, 0, nan, math.Copysign(0, -1), 1e-300})); !slices.Equal(got, []int{0, 1, 0, -1, 0, 1}) {
		t.Errorf("one output: classes %v", got)
	}
	if a, b, c := ClassCount(1), ClassCount(2), ClassCount(7); a != 2 || b != 2 || c != 7 {
		t.Errorf("%d, %d and %d classes", a, b, c)
	}
	if got := Agreement([]int{1, 2, 3, 4}, []int{1, 0, 3, 0}); got != 0.5 {
		t.Errorf("agreement %v, want 0.5", got)
	}
}

// R² and RMSE against their definitions.
func TestFitness(t *testing.T) {
	one := NewNetwork(NewLinear(mat.Of(1, 1, []float64{2}), []float64{1}, urf.Activation{}))
	x, y := mat.Of(4, 1, []float64{0, 1, 2, 3}), mat.Of(4, 1, []float64{1, 3, 4, 8})
	f, err := one.Fitness(t.Context(), Matrix(x), Matrix(y)) // outputs 1 3 5 7: errors 0 0 1 −1; variance 26
	if err != nil || f.R2 != 1-2.0/26 || f.RMSE != math.Sqrt(0.5) {
		t.Errorf("%+v, %v; want R² %v, RMSE %v", f, err, 1-2.0/26, math.Sqrt(0.5))
	}
	if _, err := one.Fitness(t.Context(), Matrix(x), Matrix(mat.New[float64](4, 2))); !errors.Is(err, ErrFormat) {
		t.Errorf("targets of the wrong width: %v", err)
	}
	if _, err := one.Classify(t.Context(), Matrix(mat.New[float64](4, 2))); !errors.Is(err, ErrFormat) {
		t.Errorf("inputs of the wrong width: %v", err)
	}
}

// Outputs that are no numbers are an error that names the row, unless they are wanted.
func TestPredictUnchecked(t *testing.T) {
	one := NewNetwork(NewLinear(mat.Of(1, 1, []float64{2}), []float64{1}, urf.Activation{}))
	x := Matrix(mat.Of(3, 1, []float64{1, 1e308, 2}))
	var got []float64
	keep := func(block *mat.Dense[float64], _ int) error {
		got = append(got, block.Data()...)
		return nil
	}
	if err := one.Predict(t.Context(), x, keep); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "outputs: row 1 ") || got != nil {
		t.Errorf("error %v, outputs %v", err, got)
	}
	if _, err := one.Classify(t.Context(), x); !errors.Is(err, ErrNotFinite) {
		t.Errorf("classes of it: %v", err)
	}
	if err := one.PredictUnchecked(t.Context(), x, keep); err != nil || !slices.Equal(got, []float64{3, math.Inf(1), 5}) {
		t.Errorf("error %v, outputs %v", err, got)
	}
	if err := one.PredictUnchecked(t.Context(), Matrix(mat.Of(1, 1, []float64{math.NaN()})), keep); !errors.Is(err, ErrNotFinite) {
		t.Errorf("an input that is NaN: %v", err)
	}
}

// Of each target by itself: one with large numbers does not hide another.
func TestFitnessOfTargets(t *testing.T) {
	net := NewNetwork[float64](NewLinear(mat.Of(2, 1, []float64{1e6, 1}), nil, urf.Activation{}))
	x := mat.Of(4, 1, []float64{-3, -1, 1, 3})
	y := mat.Of(4, 2, []float64{-3e6, 1, -1e6, -1, 1e6, 1, 3e6, -1})
	f, err := net.Fitness(t.Context(), Matrix(x), Matrix(y))
	if err != nil {
		t.Fatal(err)
	}
	// Outputs −3, −1, 1, 3 for 1, −1, 1, −1: 16 + 0 + 0 + 16 squared, of a variance of 4.
	want := []TargetFitness{{1, 0}, {1 - 32.0/4, math.Sqrt(8)}}
	if !slices.Equal(f.Targets, want) || f.R2 < 0.999 {
		t.Errorf("%+v, want %+v and 1 for both together", f, want)
	}
}
