package mat_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"nnk/mat"
)

// halfBits squared is 0 in the arithmetic of an int.
const halfBits = 1 << (strconv.IntSize / 2)

// TestPanics calls functions with arguments that do not fit, which is a mistake of
// the program: each panics with an error that names the function and says what is wrong.
func TestPanics(t *testing.T) {
	m := func(r, c int) *mat.Dense[float64] { return mat.New[float64](r, c) }
	for _, c := range []struct {
		want string
		call func()
	}{
		{"mat.New: -1×2 is no size", func() { m(-1, 2) }},
		{fmt.Sprintf("mat.New: %[1]d×%[1]d is more than memory can hold", halfBits), func() { m(halfBits, halfBits) }},
		{fmt.Sprintf("mat.New: 1×%d is more than memory can hold", math.MaxInt), func() { m(1, math.MaxInt) }},
		{fmt.Sprintf("mat.Of: %[1]d×%[1]d with rows %[1]d apart do not fit 0 elements", halfBits), func() { mat.Of[float64](halfBits, halfBits, nil) }},
		{fmt.Sprintf("mat.NewQuantised: 0 codes and 4 scales for 4×%d", math.MaxInt/2+1), func() { mat.NewQuantised(4, math.MaxInt/2+1, 8, nil, make([]float32, 4)) }},
		{"mat.Of: 2×3 with rows 3 apart do not fit 5 elements", func() { mat.Of(2, 3, make([]float64, 5)) }},
		{"mat.OfStride: 2×3 with rows 2 apart do not fit 9 elements", func() { mat.OfStride(2, 3, 2, make([]float64, 9)) }},
		{"mat.Dense.Row: there is no row 3 in 3×4", func() { m(3, 4).Row(3) }},
		{"mat.Dense.At: there is no element (-1, 0) in 3×4", func() { m(3, 4).At(-1, 0) }},
		{"mat.Dense.At: there is no element (0, 4) in 3×4", func() { m(3, 4).At(0, 4) }},
		{"mat.Dense.Set: there is no element (3, 0) in 3×4", func() { m(3, 4).Set(3, 0, 1) }},
		{"mat.Dense.Set: there is no element (1, -1) in 3×4", func() { m(3, 4).Set(1, -1, 1) }},
		{"mat.Dense.View: 2×2 from (2, 0) on reach outside of 3×4", func() { m(3, 4).View(2, 0, 2, 2) }},
		{fmt.Sprintf("mat.Dense.View: %d×1 from (1, 0) on reach outside of 3×4", math.MaxInt), func() { m(3, 4).View(1, 0, math.MaxInt, 1) }},
		{"mat.Dense.Copy: 3×4 and 4×3: shapes differ", func() { m(3, 4).Copy(m(4, 3)) }},
		{"mat.Mul: 3×4 and 5×6: inner dimensions differ", func() { mat.Mul(nil, m(3, 4), m(5, 6)) }},
		{"mat.Mul: 0×0 and 5×6: inner dimensions differ", func() { mat.Mul(nil, m(0, 0), m(5, 6)) }},
		{"mat.MulAdd: 3×7 and 3×6: dst has the wrong shape", func() { mat.MulAdd(m(3, 7), m(3, 4), m(4, 6)) }},
		{"mat.MulQuantisedT: 3×4 and 5×6: inner dimensions differ", func() {
			q, _ := mat.Quantise(m(5, 6), 8)
			mat.MulQuantisedT(nil, m(3, 4), q)
		}},
		{"mat.MulT: 3×4 and 5×6: inner dimensions differ", func() { mat.MulT(nil, m(3, 4), m(5, 6)) }},
		{"mat.MulTAdd: 3×4 and 5×6: inner dimensions differ", func() { mat.MulTAdd(nil, m(3, 4), m(5, 6)) }},
		{"mat.TMul: 3×4 and 5×6: inner dimensions differ", func() { mat.TMul(nil, m(3, 4), m(5, 6)) }},
		{"mat.TMulAdd: 3×4 and 5×6: inner dimensions differ", func() { mat.TMulAdd(nil, m(3, 4), m(5, 6)) }},
		{"mat.MulPacked: 3×4 and 5×6: inner dimensions differ", func() { mat.MulPacked(nil, m(3, 4), mat.Pack(m(5, 6))) }},
		{"mat.MulPackedAdd: 3×4 and 6×5: inner dimensions differ", func() { mat.MulPackedAdd(nil, m(3, 4), mat.PackT(m(5, 6))) }},
		{"mat.MulPacked: 2×6 and 3×6: dst has the wrong shape", func() { mat.MulPacked(m(2, 6), m(3, 4), mat.Pack(m(4, 6))) }},
		{"mat.MulVec: 3×4 and 3×1: inner dimensions differ", func() { mat.MulVec(nil, m(3, 4), make([]float64, 3)) }},
		{"mat.MulVec: dst has 2 elements, want 3", func() { mat.MulVec(make([]float64, 2), m(3, 4), make([]float64, 4)) }},
		{"mat.Gram: 5×6 and 4×4: dst has the wrong shape", func() { mat.Gram(m(5, 6), m(3, 4)) }},
		{"mat.GramAdd: 5×6 and 4×4: dst has the wrong shape", func() { mat.GramAdd(m(5, 6), m(3, 4)) }},
		{"mat.Cholesky: a matrix of 2×3 is not square", func() { mat.Cholesky(nil, m(2, 3)) }},
		{"mat.Cholesky: 2×2 and 3×3: dst has the wrong shape", func() { mat.Cholesky(m(2, 2), m(3, 3)) }},
		{"mat.SolveLower: 3×3 and 2×1: row counts differ", func() { mat.CholeskySolve(nil, m(3, 3), m(2, 1)) }},
		{"mat.SolveLower: a matrix of 2×3 is not square", func() { mat.SolveLower(nil, m(2, 3), m(3, 3)) }},
		{"mat.SolveLowerT: a matrix of 2×3 is not square", func() { mat.SolveLowerT(nil, m(2, 3), m(3, 3)) }},
		{"mat.PivotRatio: a matrix of 2×3 is not square", func() { mat.PivotRatio(m(2, 3)) }},
		{"mat.RidgeSolve: 3×3 and 2×1: row counts differ", func() { mat.RidgeSolve(nil, m(3, 3), m(2, 1), 0, nil) }},
		{"mat.RidgeSolve: 2 weights for 3 rows", func() { mat.RidgeSolve(nil, m(3, 3), m(3, 1), 0, make([]float64, 2)) }},
		{"mat.RidgeWithConstant: 3×3 and 2×1: want as many rows, and the constant", func() { mat.RidgeWithConstant(nil, m(3, 3), m(2, 1), 0) }},
		{"mat.RidgeWithConstant: 2×2 and 3×3: factor has the wrong shape", func() { mat.RidgeWithConstant(m(2, 2), m(3, 3), m(3, 1), 0) }},
		{"mat.RidgeUnit: a matrix of 2×3 is not square", func() { mat.RidgeUnit(m(2, 3)) }},
		{"mat.SelectOLS: 3 of 2 features, 0 of them given", func() { mat.SelectOLS(m(2, 2), m(2, 1), 3, mat.SelectOptions[float64]{}) }},
		{"mat.SymEigen: a matrix of 2×3 is not square", func() { mat.SymEigen(nil, nil, m(2, 3)) }},
		{"mat.SymEigen: room for 2 values of a matrix of 3×3", func() { mat.SymEigen(make([]float64, 2), nil, m(3, 3)) }},
		{"mat.SymEigen: 2×2 and 3×3: dst has the wrong shape", func() { mat.SymEigen(nil, m(2, 2), m(3, 3)) }},
		{"mat.QR.Factor: a is 2×3, with more columns than rows", func() { new(mat.QR[float64]).Factor(m(2, 3)) }},
		{"mat.QR.Q: 2×2 and 0×0: dst has the wrong shape", func() { new(mat.QR[float64]).Q(m(2, 2)) }},
		{"mat.QR.Solve: 6×3 and 5×1: row counts differ", func() { mat.LeastSquares(nil, normals[float64](6, 3, 1), m(5, 1)) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				if err, ok := recover().(error); !ok || err.Error() != c.want {
					t.Errorf("got %v", err)
				}
			}()
			c.call()
		})
	}
}

// TestOverlaps compares Overlaps with the sets of elements of random views.
func TestOverlaps(t *testing.T) {
	data := make([]float64, 60)
	var views []*mat.Dense[float64]
	for stride := 3; stride <= 10; stride += 3 {
		for rows := range 4 {
			for cols := range min(stride, 5) {
				for _, at := range []int{0, 1, 2, 7, 13, 20} {
					if need := max(0, (rows-1)*stride+cols); at+need <= len(data) && (stride > cols || rows < 2) {
						views = append(views, mat.OfStride(rows, cols, stride, data[at:at+need+1]))
					}
				}
			}
		}
	}
	elements := func(a *mat.Dense[float64]) map[*float64]bool {
		s := map[*float64]bool{}
		for i := range a.Rows() {
			for j := range a.Cols() {
				s[&a.Row(i)[j]] = true
			}
		}
		return s
	}
	sets := make([]map[*float64]bool, len(views))
	for i, v := range views {
		sets[i] = elements(v)
	}
	met := 0
	for i, a := range views {
		for j, b := range views {
			want := false
			for p := range sets[i] {
				want = want || sets[j][p]
			}
			if want {
				met++
			}
			if got := a.Overlaps(b); got != want {
				t.Fatalf("%s and %s: Overlaps is %v", place(a, data), place(b, data), got)
			}
			if got := a.Same(b); got && want != (len(sets[i]) > 0) {
				t.Fatalf("%s and %s: Same is %v", place(a, data), place(b, data), got)
			}
		}
	}
	if met < 1000 || met > len(views)*len(views)/2 {
		t.Errorf("%d of %d pairs overlap", met, len(views)*len(views))
	}

	// What is made of rows is cut at their ends.
	a := mat.New[float64](3, 4)
	row := mat.Of(1, 4, a.Row(1))
	if !row.Overlaps(a) || !a.Overlaps(row) || !mat.Of(1, 2, a.Row(1)[2:]).Overlaps(a) || !mat.Of(2, 2, a.Row(2)).Overlaps(a) {
		t.Error("a row is not found in its matrix")
	}
	if row.Overlaps(mat.Of(1, 4, a.Row(2))) || row.Overlaps(mat.New[float64](3, 4)) || row.Overlaps(a.View(2, 0, 1, 4)) {
		t.Error("a row is found where it is not")
	}
}

// place describes a view.
func place(a *mat.Dense[float64], data []float64) string {
	return fmt.Sprintf("%d×%d with stride %d at %d", a.Rows(), a.Cols(), a.Stride(), cap(data)-cap(a.Data()))
}
