package fit

import (
	"bytes"
	"math"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/snnk"
)

// digitRows are the training and the test rows of the digits.
func digitRows(t testing.TB) (x, test *mat.Dense[float32], y, want []int) {
	t.Helper()
	all, class, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all.View(0, 0, digits.Train, digits.Pixels), all.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels), class[:digits.Train], class[digits.Train:]
}

// accuracyOf fits the digits and returns the share of test rows that are right.
func accuracyOf(t *testing.T, opt Options) (float64, *Report) {
	t.Helper()
	x, test, y, want := digitRows(t)
	opt.Task = bundle.Classify
	m, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(y, digits.Classes), opt)
	if err != nil {
		t.Fatal(err)
	}
	says, err := m.Network.Classify(t.Context(), bundle.Matrix(test))
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Agreement(says, want), report
}

// Rectified features that hardly any row of a small sample makes positive are no obstacle.
func TestFitRareFeatures(t *testing.T) {
	if a, _ := accuracyOf(t, Options{Map: "arccos", Features: 64, Pool: 1024, Scale: 0.08, Lambda: 1e-3, Standardise: StandardiseNever, Loss: snnk.SquaredError}); a < 0.85 {
		t.Errorf("accuracy %v", a)
	}
}

// Selected features leave less held-out error than as many that are not, the more so the larger the pool.
func TestSelectionHelps(t *testing.T) {
	const m = 64
	_, none := accuracyOf(t, Options{Features: m, Pool: m, Standardise: StandardiseNever, Loss: snnk.SquaredError})
	_, four := accuracyOf(t, Options{Features: m, Pool: 4 * m, Scale: none.Scale, Standardise: StandardiseNever, Loss: snnk.SquaredError})
	_, auto := accuracyOf(t, Options{Features: m, Scale: none.Scale, Standardise: StandardiseNever, Loss: snnk.SquaredError})
	if auto.Pool != 16*m || !(auto.HeldOut < four.HeldOut && four.HeldOut < none.HeldOut) {
		t.Errorf("held-out error %v unselected, %v of %d, %v of %d", none.HeldOut, four.HeldOut, 4*m, auto.HeldOut, auto.Pool)
	}
}

// With everything chosen from the training rows, Fit is within a point of the best accuracy on the test rows of a full
// grid of scales, penalties and standardisation, and of the logistic loss.
func TestFitAutomatic(t *testing.T) { testFitAutomatic(t, scaleGrid[2:4], 1e-2) }

func testFitAutomatic(t *testing.T, scales []float64, lambdas ...float64) {
	const m = 128
	x, _, _, _ := digitRows(t)
	got, report := accuracyOf(t, Options{Features: m, Pool: 4 * m})
	best, at := 0.0, Options{}
	columns, err := survey(bundle.Matrix(x))
	if err != nil {
		t.Fatal(err)
	}
	for _, standard := range []Standardisation{StandardiseNever, StandardiseAlways} {
		p := preparation[float32]{}
		if standard == StandardiseAlways {
			p.units = bundle.NewScale[float32](standardise(columns))
		}
		for _, c := range scales {
			for _, lambda := range lambdas {
				opt := Options{Features: m, Pool: 4 * m, Standardise: standard, Scale: c * p.unit(columns), Lambda: lambda, Loss: snnk.SquaredError}
				if a, _ := accuracyOf(t, opt); a > best {
					best, at = a, opt
				}
			}
		}
	}
	if a, _ := accuracyOf(t, Options{Features: m, Pool: 4 * m, Loss: snnk.CrossEntropy}); a > best {
		best, at = a, Options{Loss: snnk.CrossEntropy}
	}
	t.Logf("automatic %.4f (%+v); best of the grid %.4f (standard %d, scale %.4g, λ %g)", got, *report, best, at.Standardise, at.Scale, at.Lambda)
	if got < best-0.01 {
		t.Errorf("accuracy %.4f, the best of the grid is %.4f", got, best)
	}
}

// Gradient descent on the same features and loss, until it stands still, does not get below the closed form.
func TestClosedFormBeatsDescent(t *testing.T) {
	x, _, y, _ := digitRows(t)
	m, err := NewMap[float32](MapSpec{Kind: "cos", Projection: "hadamard", M: 64, D: digits.Pixels, Scale: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	sums := moments[float32](t, bundle.OutputsOf(bundle.NewNetwork[float32](bundle.NewFeatures(m)), bundle.Matrix(x)), bundle.OneHot(y, digits.Classes))
	const lambda = 1e-4
	penalty := lambda * sums.scale()
	objective := func(a *mat.Dense[float64]) float64 {
		e := sums.SquaredError(a)
		for i := range a.Rows() - 1 {
			e += penalty * asm.SumSquares(a.Row(i))
		}
		return e
	}
	exact, err := sums.Ridge(lambda)
	if err != nil {
		t.Fatal(err)
	}
	want, values := objective(exact), []float64(nil)
	if values, _, err = mat.SymEigen(nil, nil, sums.ZZ); err != nil {
		t.Fatal(err)
	}
	step := 1 / (values[len(values)-1] + penalty)
	// Nesterov's accelerated descent of A − step·(ZᵀZ·A − ZᵀY + λ·A).
	a, last := mat.New[float64](65, 10), mat.New[float64](65, 10)
	steps := 0
	for steps = 1; steps < 5000; steps++ {
		momentum := float64(steps-1) / float64(steps+2)
		look := mat.New[float64](65, 10)
		for i := range look.Data() {
			look.Data()[i] = a.Data()[i] + momentum*(a.Data()[i]-last.Data()[i])
		}
		g, moved := mat.Mul(nil, sums.ZZ, look), 0.0
		next := mat.New[float64](65, 10)
		for i := range 65 {
			for j := range 10 {
				d := g.At(i, j) - sums.ZY.At(i, j)
				if i < 64 {
					d += penalty * look.At(i, j)
				}
				next.Set(i, j, look.At(i, j)-step*d)
				moved = max(moved, math.Abs(next.At(i, j)-a.At(i, j)))
			}
		}
		a, last = next, a
		if moved < 1e-10 {
			break
		}
	}
	got := objective(a)
	t.Logf("closed form %.10g; descent %.10g after %d steps", want, got, steps)
	if want > got*(1+1e-12) || got > want*1.01 {
		t.Errorf("closed form has the objective %v, descent %v after %d steps", want, got, steps)
	}
}

// Two machines that each see half of the rows make the file that one makes of all: the statistics of each half,
// sent as bytes, merge to the same bits.
func TestShardsMakeTheSameModel(t *testing.T) {
	x, _, y, _ := digitRows(t)
	m, err := NewMap[float32](MapSpec{Kind: "cos", Projection: "hadamard", M: 96, D: digits.Pixels, Scale: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	z, targets := m.Phi(nil, x, nil), mat.New[float32](x.Rows(), digits.Classes)
	if err := bundle.Read(targets, bundle.OneHot(y, digits.Classes), 0); err != nil {
		t.Fatal(err)
	}
	begin, err := NewStats(z.View(0, 0, 200, 96), targets.View(0, 0, 200, 10), Folds{Count: 2, Block: 16})
	if err != nil {
		t.Fatal(err)
	}
	half := int(begin.Period())
	if half >= x.Rows() {
		t.Fatalf("the period, %d rows, is more than the data", half)
	}
	gathered := func(lo, hi int) []byte {
		s := begin.Empty()
		addRows(t, s, z, targets, lo, hi)
		return s.Marshal()
	}
	model := func(shards ...[]byte) []byte {
		sum := begin.Empty()
		for _, b := range shards {
			s, err := UnmarshalStats[float32](b)
			if err != nil {
				t.Fatal(err)
			}
			if err := sum.Merge(s); err != nil {
				t.Fatal(err)
			}
		}
		keep := func(m *Moments) ([]int, error) {
			return m.SelectFeatures(Selection{Least: 24, Most: 24, Lambda: SelectLambda})
		}
		choice, err := sum.ChooseLambda(t.Context(), Lambdas(), keep)
		if err != nil {
			t.Fatal(err)
		}
		moments := total(t, sum)
		chosen, err := keep(moments)
		if err != nil {
			t.Fatal(err)
		}
		a, err := moments.Keep(chosen).Ridge(choice.Lambda)
		if err != nil {
			t.Fatal(err)
		}
		phi, err := NewMap[float32](MapSpec{Kind: "cos", Projection: "hadamard", M: 96, D: digits.Pixels, Scale: 0.02, Select: chosen})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		psi, b := snnk.Weights[float32](a)
		if _, err := (&bundle.Model[float32]{Network: bundle.NewNetwork[float32](snnk.New(phi, psi, b)), Task: bundle.Classify}).WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		return file.Bytes()
	}
	one := model(gathered(0, x.Rows()))
	if two := model(gathered(0, half), gathered(half, x.Rows())); !bytes.Equal(one, two) {
		t.Error("two shards give another file than one pass")
	}
	if two := model(gathered(half, x.Rows()), gathered(0, half)); !bytes.Equal(one, two) {
		t.Error("shards merged in the other order give another file")
	}
}
