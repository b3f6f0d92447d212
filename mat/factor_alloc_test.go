package mat_test

import (
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// TestFactorAllocs: with dst given, repeated calls of one size do not allocate.
func TestFactorAllocs(t *testing.T) {
	t.Run("float32", testFactorAllocs[float32])
	t.Run("float64", testFactorAllocs[float64])
}

func testFactorAllocs[T asm.Float](t *testing.T) {
	const n = 100
	a, b := spd[T](n, 1), normals[T](n, 10, 2)
	l, x, q := mat.New[T](n, n), mat.New[T](n, 10), mat.New[T](n, n)
	var f mat.QR[T]
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"Cholesky", func() error { _, err := mat.Cholesky(l, a); return err }},
		{"CholeskySolve", func() error { mat.CholeskySolve(x, l, b); return nil }},
		{"SolveLower", func() error { mat.SolveLower(x, l, b); return nil }},
		{"SolveLowerT", func() error { mat.SolveLowerT(x, l, b); return nil }},
		{"RidgeSolve", func() error { _, err := mat.RidgeSolve(x, a, b, 1, nil); return err }},
		{"QR.Factor", func() error { return f.Factor(a) }},
		{"QR.Q", func() error { f.Q(q); return nil }},
		{"QR.R", func() error { f.R(q); return nil }},
		{"QR.Solve", func() error { _, err := f.Solve(x, b); return err }},
	} {
		if err := c.f(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		kerneltest.NoAllocs(t, c.name, func() { c.f() })
	}
}
