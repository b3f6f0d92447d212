package fit

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
)

// exactRidge solves (S + λ·D)·A = T in rational arithmetic, D the identity but
// for a 0 in its last place.
func exactRidge(m *Moments, lambda float64) [][]*big.Rat {
	p, l := m.ZZ.Rows(), m.ZY.Cols()
	a := make([][]*big.Rat, p)
	for i := range a {
		a[i] = make([]*big.Rat, p+l)
		for j := range p {
			a[i][j] = new(big.Rat).SetFloat64(m.ZZ.At(i, j))
		}
		if i < p-1 {
			a[i][i].Add(a[i][i], new(big.Rat).SetFloat64(lambda))
		}
		for j := range l {
			a[i][p+j] = new(big.Rat).SetFloat64(m.ZY.At(i, j))
		}
	}
	for k := range p {
		for i := range p {
			if i == k {
				continue
			}
			f := new(big.Rat).Quo(a[i][k], a[k][k])
			for j := k; j < p+l; j++ {
				a[i][j].Sub(a[i][j], new(big.Rat).Mul(f, a[k][j]))
			}
		}
	}
	x := make([][]*big.Rat, p)
	for i := range x {
		for j := range l {
			x[i] = append(x[i], new(big.Rat).Quo(a[i][p+j], a[i][i]))
		}
	}
	return x
}

// The closed form is the rational solution to 1e-10, and the squared error from the
// sums that of the residuals.
func TestRidgeExact(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		z, y := random[float64](40, 60, 6), random[float64](41, 60, 2)
		s := newStats(t, z, y, Folds{})
		addRows(t, s, z, y, 0, 60)
		m := total(t, s)
		for _, lambda := range []float64{0, 1e-6, 0.5} {
			got, err := m.Ridge(lambda)
			if err != nil {
				t.Fatal(err)
			}
			want := exactRidge(m, float64(lambda*m.scale()))
			for i := range want {
				for j := range want[i] {
					w, _ := want[i][j].Float64()
					if d := math.Abs(got.At(i, j) - w); d > 1e-10 {
						t.Errorf("λ = %g: A[%d,%d] is %v, want %v", lambda, i, j, got.At(i, j), w)
					}
				}
			}
			sum := 0.0
			for i := range 60 {
				for j := range 2 {
					v := got.At(6, j)
					for k := range 6 {
						v += z.At(i, k) * got.At(k, j)
					}
					sum += (v - y.At(i, j)) * (v - y.At(i, j))
				}
			}
			if got := m.SquaredError(got); math.Abs(got-sum) > 1e-11*sum {
				t.Errorf("λ = %g: squared error %v, want %v", lambda, got, sum)
			}
		}
	})
}

func TestVariance(t *testing.T) {
	z, y := random[float64](42, 50, 2), random[float64](43, 50, 3)
	s := newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, 50)
	want := 0.0
	for j := range 3 {
		mean := 0.0
		for i := range 50 {
			mean += y.At(i, j) / 50
		}
		for i := range 50 {
			want += (y.At(i, j) - mean) * (y.At(i, j) - mean)
		}
	}
	if got := total(t, s).Variance(); math.Abs(got-want) > 1e-12*want {
		t.Errorf("variance %v, want %v", got, want)
	}
}

// The dot-product losses have the minima that their formulas say: no other matrix of
// a sample does better.
func TestDotProductLoss(t *testing.T) {
	z, y := random[float64](44, 50, 4), random[float64](45, 50, 2)
	s := newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, 50)
	m := total(t, s)
	dot := func(a, b *mat.Dense[float64]) float64 {
		sum := 0.0
		for i := range a.Rows() {
			for j, v := range a.Row(i) {
				sum += v * b.At(i, j)
			}
		}
		return sum
	}
	const tau, lambda = 3.0, 0.7
	bounded, err := m.DotProduct(tau)
	if err != nil {
		t.Fatal(err)
	}
	if got := math.Sqrt(dot(bounded, bounded)); math.Abs(got-tau) > 1e-12 {
		t.Errorf("norm %v, want %v", got, tau)
	}
	penalised := m.DotProductRidge(lambda)
	loss := func(a *mat.Dense[float64]) float64 { return -dot(a, m.ZY) + lambda/2*dot(a, a) }
	for seed := range uint64(20) {
		other := random[float64](100+seed, 5, 2)
		norm := math.Sqrt(dot(other, other))
		if -dot(other, m.ZY)*tau/norm < -dot(bounded, m.ZY) {
			t.Errorf("matrix %d on the sphere has a lower loss", seed)
		}
		near := penalised.Clone()
		for i := range near.Data() {
			near.Data()[i] += 1e-3 * other.Data()[i]
		}
		if loss(near) <= loss(penalised) {
			t.Errorf("matrix %d has a lower penalised loss", seed)
		}
	}
	empty := &Moments{ZY: mat.New[float64](2, 1)}
	if _, err := empty.DotProduct(1); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("ZᵀY = 0: %v", err)
	}
}

// The held-out error from the sums is that of fits without each fold, and the λ
// chosen is the best of the grid when all of it is tried.
func TestChooseLambda(t *testing.T) {
	n, p := 200, 12
	z, y := random[float64](46, n, p), mat.New[float64](n, 1)
	noise := random[float64](47, n, 1)
	for i := range n {
		y.Set(i, 0, z.At(i, 0)+0.5*z.At(i, 1)+3*noise.At(i, 0))
	}
	opt := Folds{Count: 4, Block: 5}
	s := newStats(t, z, y, opt)
	addRows(t, s, z, y, 0, n)
	lambdas := []float64{1e-3, 0.03, 0.3, 1, 3}
	errs := make([]float64, len(lambdas))
	for i, lambda := range lambdas {
		for k := range 4 {
			train := newStats(t, z, y, Folds{Count: 1})
			var held []int
			for r := range n {
				if r/5%4 == k {
					held = append(held, r)
				} else {
					addRows(t, train, z, y, r, r+1)
				}
			}
			a, err := total(t, train).Ridge(lambda)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range held {
				v := a.At(p, 0)
				for j := range p {
					v += z.At(r, j) * a.At(j, 0)
				}
				errs[i] += (v - y.At(r, 0)) * (v - y.At(r, 0))
			}
		}
		errs[i] /= total(t, s).Variance()
		one, err := s.ChooseLambda(t.Context(), lambdas[i:i+1], nil)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(one.Error-errs[i]) > 1e-9*errs[i] {
			t.Errorf("λ = %g: held-out error %v, want %v", lambda, one.Error, errs[i])
		}
	}
	choice, err := s.ChooseLambda(t.Context(), lambdas, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Min(errs); math.Abs(choice.Error-want) > 1e-9*want {
		t.Errorf("chose λ = %g with %v, the least is %v of %v", choice.Lambda, choice.Error, want, errs)
	}
}

// With more features than rows every small λ is singular or useless; the choice
// passes over the former, and says so if nothing is left.
func TestChooseLambdaSingular(t *testing.T) {
	z, y := random[float64](48, 10, 30), random[float64](49, 10, 1)
	s := newStats(t, z, y, Folds{Count: 2, Block: 1})
	addRows(t, s, z, y, 0, 10)
	choice, err := s.ChooseLambda(t.Context(), []float64{0, 0, 0.1}, nil)
	if err != nil || choice.Lambda != 0.1 {
		t.Errorf("λ = %g, %v; want 0.1", choice.Lambda, err)
	}
	if _, err := s.ChooseLambda(t.Context(), []float64{0}, nil); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("only singular systems: %v", err)
	}
}

// Selection is the greedy choice by brute force: fit every candidate beside those
// chosen, take the best.
func TestSelectFeatures(t *testing.T) {
	n, p := 80, 9
	z, y := random[float64](50, n, p), random[float64](51, n, 2)
	for i := range n {
		z.Set(i, 4, z.At(i, 2)+0.1*z.At(i, 4)) // two that compete
		y.Set(i, 0, y.At(i, 0)+2*z.At(i, 2)-z.At(i, 7))
	}
	s := newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, n)
	m := total(t, s)
	var want []int
	for len(want) < 4 {
		best, least := -1, math.Inf(1)
		for j := range p {
			if slices.Contains(want, j) {
				continue
			}
			part := m.Keep(append(slices.Clone(want), j))
			a, err := part.Ridge(0)
			if err != nil {
				t.Fatal(err)
			}
			if e := part.SquaredError(a); e < least {
				best, least = j, e
			}
		}
		want = append(want, best)
		got, err := m.SelectFeatures(Selection{Least: len(want), Most: len(want)})
		if err != nil {
			t.Fatal(err)
		}
		if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(got, sorted) {
			t.Errorf("%d features: got %v, want %v", len(want), got, sorted)
		}
	}
	for i := range n {
		z.Set(i, 1, z.At(i, 0))
	}
	s = newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, n)
	if _, err := total(t, s).SelectFeatures(Selection{Least: p, Most: p}); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("two equal features: %v, want %v", err, mat.ErrSingular)
	}
}

// With many rows λ is chosen on so many folds as hold 4096 of them, here the first, with the bits that the
// exported parts give.
func TestChooseLambdaManyRows(t *testing.T) {
	const n = 20500
	z, y := product[float32](67, n)
	for i := range n {
		y.Row(i)[0] += z.Row(i)[1] / 2
	}
	s := newStats(t, z, y, Folds{})
	addRows(t, s, z, y, 0, n)
	grid := []float64{1e-3, 0.1, 10}
	got, err := s.ChooseLambda(t.Context(), grid, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := total(t, s)
	fold, err := s.Fold(0)
	if err != nil {
		t.Fatal(err)
	}
	if fold.N < choiceRows {
		t.Fatalf("%d rows in the first fold", fold.N)
	}
	want := HeldOutLambda{Error: math.Inf(1)}
	for _, lambda := range grid {
		a, err := all.Sub(fold).Ridge(lambda)
		if err != nil {
			t.Fatal(err)
		}
		if e := fold.SquaredError(a) / (all.Variance() * (float64(fold.N) / n)); e < want.Error {
			want = HeldOutLambda{lambda, e}
		}
	}
	if got != want {
		t.Errorf("chosen %+v, want %+v", got, want)
	}
	every := func(*Moments) ([]int, error) { return []int{0, 1, 2}, nil }
	if got, err := s.ChooseLambda(t.Context(), grid, every); err != nil || got != want {
		t.Errorf("with all features kept: chosen %+v, %v, want %+v", got, err, want)
	}
	a, err := all.Ridge(0.1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := new(workspace).ridge(all, nil, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Data(), b.Data()) {
		t.Error("a ridge in the workspace differs")
	}
}

// The error of rows that are hit exactly is rounding, from sums, of either sign: held-out errors are not below 0.
func TestHeldOutNotNegative(t *testing.T) {
	negative := 0
	for seed := range uint64(12) {
		z, y := mat.New[float64](60, 6), mat.New[float64](60, 1)
		rng.Normal(rng.New(seed), z.Data(), 0)
		for i := range 60 {
			y.Set(i, 0, float64(3*z.At(i, 0))-z.At(i, 5))
		}
		s, err := NewStats(z, y, Folds{Block: 4})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(z, y); err != nil {
			t.Fatal(err)
		}
		total, err := s.Total()
		if err != nil {
			t.Fatal(err)
		}
		fold, err := s.Fold(0)
		if err != nil {
			t.Fatal(err)
		}
		a, err := total.Sub(fold).Ridge(1e-14)
		if err != nil {
			t.Fatal(err)
		}
		if fold.SquaredError(a) < 0 {
			negative++
		}
		choice, err := s.ChooseLambda(t.Context(), []float64{1e-14}, nil)
		if err != nil || !(choice.Error >= 0) || choice.Error > 1e-12 {
			t.Errorf("seed %d: %+v, %v", seed, choice, err)
		}
	}
	if negative == 0 {
		t.Error("no sum of squares is rounded below 0: the test shows nothing")
	}
}
