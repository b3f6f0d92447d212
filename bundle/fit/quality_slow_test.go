//go:build slow

package fit

import (
	"testing"

	"nnk/bundle"
	"nnk/examples/digits"
	"nnk/snnk"
)

// TestFitAutomaticSlow: as TestFitAutomatic, with the whole grid.
func TestFitAutomaticSlow(t *testing.T) {
	testFitAutomatic(t, scaleGrid, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1)
}

// Selection makes up for parameters, means of ten seeds, each at the scale that is chosen for it. Of a pool of 4·M, M features are half way from M to
// 2·M that are not selected; of the default pool, 16·M, they leave as little held-out error as 2·M, to a hundredth of it, and classify as
// many test rows, to the half point that 500 rows can show. With the loss that labels get by default they classify more.
func TestSelectionHalves(t *testing.T) {
	const seeds = 10
	for _, m := range []int{64, 128} {
		mean := func(opt Options) (accuracy, held float64, pool int) {
			opt.Projection, opt.Standardise = "hadamard", StandardiseNever
			_, r := accuracyOf(t, Options{Features: opt.Features, Pool: opt.Pool, Projection: opt.Projection, Standardise: opt.Standardise, Loss: snnk.SquaredError})
			opt.Scale = r.Scale // for selected features another one than for others
			for opt.Seed = range seeds {
				a, r := accuracyOf(t, opt)
				accuracy += a / float64(seeds)
				held += r.HeldOut / float64(seeds)
				opt.Loss, opt.LogitPenalty, pool = r.Loss, r.LogitPenalty, r.Pool
				if r.Loss == snnk.CrossEntropy {
					opt.Lambda = r.Lambda
				}
			}
			return accuracy, held, pool
		}
		one, heldOne, _ := mean(Options{Features: m, Pool: m, Loss: snnk.SquaredError})
		two, heldTwo, _ := mean(Options{Features: 2 * m, Pool: 2 * m, Loss: snnk.SquaredError})
		four, heldFour, _ := mean(Options{Features: m, Pool: 4 * m, Loss: snnk.SquaredError})
		auto, heldAuto, pool := mean(Options{Features: m, Loss: snnk.SquaredError})
		t.Logf("%d features %.4f (held-out error %.4f), selected of %d %.4f (%.4f), of %d %.4f (%.4f); %d features %.4f (%.4f)",
			m, one, heldOne, 4*m, four, heldFour, pool, auto, heldAuto, 2*m, two, heldTwo)
		if four < (one+two)/2-0.005 || heldFour > (heldOne+heldTwo)/2 {
			t.Errorf("%d of %d: accuracy %.4f, held-out error %.4f", m, 4*m, four, heldFour)
		}
		if pool != 16*m || auto < two-0.005 || heldAuto > 1.01*heldTwo {
			t.Errorf("%d of %d: accuracy %.4f, held-out error %.4f", m, pool, auto, heldAuto)
		}
		logistic, _, _ := mean(Options{Features: m})
		t.Logf("%d features by default %.4f", m, logistic)
		if logistic < two {
			t.Errorf("%d features by default: accuracy %.4f, %d unselected %.4f", m, logistic, 2*m, two)
		}
	}
}

// Accuracy on the digits of other writers, ten seeds, selected from 1024 with scale and
// penalties chosen by the first: with few features the logistic loss is worth
// more than half of the parameters. The log holds the table.
func TestDigitsLogistic(t *testing.T) {
	a, labels, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	x, y := bundle.Matrix(a.View(0, 0, digits.Train, digits.Pixels)), bundle.OneHot(labels[:digits.Train], digits.Classes)
	test, truth := bundle.Matrix(a.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels)), labels[digits.Train:]
	mean := func(loss snnk.Loss, features int) float64 {
		opt := Options{Task: bundle.Classify, Features: features, Pool: 1024, Standardise: StandardiseNever, Loss: loss}
		sum := 0.0
		for opt.Seed = range 10 {
			m, r := fitLoss(t, x, y, opt)
			opt.Scale, opt.Lambda, opt.LogitPenalty = r.Scale, r.Lambda, r.LogitPenalty
			says, err := m.Network.Classify(t.Context(), test)
			if err != nil {
				t.Fatal(err)
			}
			sum += bundle.Agreement(says, truth)
		}
		return sum / 10
	}
	t.Log("features  parameters  squared %  logistic %")
	for _, m := range []int{64, 128} {
		s, l := mean(snnk.SquaredError, m), mean(snnk.CrossEntropy, m)
		t.Logf("%8d %11d %10.1f %11.1f", m, 10*(m+1), 100*s, 100*l)
		if l < s {
			t.Errorf("%d features: squared %.4f, logistic %.4f", m, s, l)
		}
		if m == 64 && l < 0.93 { // as the narrow network of four times as many parameters has
			t.Errorf("64 features: logistic %.4f, want 0.93", l)
		}
	}
}
