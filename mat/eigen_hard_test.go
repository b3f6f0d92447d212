package mat

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nnk/asm"
)

// lapack holds eigenvalues from LAPACK; eigen_lapack.py beside it says how it is made.
//
//go:embed testdata/eigen_lapack.txt
var lapack string

// hashed returns an integer from −2¹⁹ to 2¹⁹ − 1.
func hashed(seed, i, j int) int {
	z := (uint64(seed)<<40 + uint64(i)<<20 + uint64(j)) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z^z>>31)>>44) - 1<<19
}

// products returns the elements of FᵀF for a factor F of integers with rank rows.
func products(n, rank, seed int) func(i, j int) float64 {
	f := make([]int64, rank*n)
	for i := range rank {
		for k := range n {
			f[i*n+k] = int64(hashed(seed, i, k))
		}
	}
	return func(i, j int) float64 {
		s := int64(0)
		for r := range rank {
			s += f[r*n+i] * f[r*n+j]
		}
		return float64(s)
	}
}

// hardFamilies are the kinds of matrices that eigen_lapack.py makes as well.
var hardFamilies = []string{"full", "zero", "ones", "diagonal", "gram", "shifted gram", "kernel", "graded down", "graded up",
	"hill", "shuffled", "wilkinson", "difference", "hilbert", "blocks"}

// hardElement returns element (i, j), j ≤ i, of a symmetric matrix as a function.
// A family may end in a factor, as "full*2^500".
func hardElement(family string, n, seed int) func(i, j int) float64 {
	if base, e, ok := strings.Cut(family, "*2^"); ok {
		of := hardElement(base, n, seed)
		power, err := strconv.Atoi(e)
		if err != nil {
			panic(err)
		}
		return func(i, j int) float64 { return math.Ldexp(of(i, j), power) }
	}
	grade := 1 + seed%9
	full := func(i, j int) float64 { return float64(hashed(seed, i, j)) }
	graded := func(at func(i int) int) func(i, j int) float64 {
		return func(i, j int) float64 { return math.Ldexp(full(i, j), grade*(at(i)+at(j))) }
	}
	banded := func(diagonal func(i int) float64, beside float64) func(i, j int) float64 {
		return func(i, j int) float64 {
			switch i - j {
			case 0:
				return diagonal(i)
			case 1:
				return beside
			}
			return 0
		}
	}
	switch family {
	case "full":
		return full
	case "zero":
		return func(i, j int) float64 { return 0 }
	case "ones":
		return func(i, j int) float64 { return 1 }
	case "diagonal":
		return banded(func(i int) float64 { return full(i, i) }, 0)
	case "gram":
		return products(n, 1+seed%max(n/8, 7), seed)
	case "shifted gram": // one cluster of n−2 values
		g := products(n, 2, seed)
		return func(i, j int) float64 {
			if i == j {
				return math.Ldexp(g(i, j), -74) + 1
			}
			return math.Ldexp(g(i, j), -74)
		}
	case "kernel":
		return func(i, j int) float64 { return math.Ldexp(1, -((i - j) * (i - j) / (1 + seed))) }
	case "graded down":
		return graded(func(i int) int { return -i })
	case "graded up":
		return graded(func(i int) int { return i - n })
	case "hill":
		return graded(func(i int) int { return min(i, n-1-i) - n/2 })
	case "shuffled":
		return graded(func(i int) int { return -(7 * i % n) })
	case "wilkinson":
		return banded(func(i int) float64 { return math.Abs(float64(i) - float64(n-1)/2) }, 1)
	case "difference":
		return banded(func(i int) float64 { return 2 }, -1)
	case "hilbert":
		return func(i, j int) float64 { return 1 / float64(i+j+1) }
	case "blocks":
		return func(i, j int) float64 {
			if i/3 != j/3 {
				return 0
			}
			return math.Ldexp(full(i, j), -300*(i/3))
		}
	}
	panic("unknown family " + family)
}

// hard returns a matrix of a family, and its Frobenius norm divided by 2^e, e being
// the exponent of its largest element.
func hard[T asm.Float](family string, n, seed int) (a *Dense[T], norm float64, e int) {
	of := hardElement(family, n, seed)
	a = New[T](n, n)
	top := 0.0
	for i := range n {
		for j := range i + 1 {
			v := T(of(i, j))
			a.Set(i, j, v)
			a.Set(j, i, v)
			top = max(top, math.Abs(float64(v)))
		}
	}
	_, e = math.Frexp(top)
	for _, v := range a.Data() {
		norm = math.Hypot(norm, math.Ldexp(float64(v), -e))
	}
	return a, norm, e
}

// TestSymEigenAgainstLAPACK compares the values with those of dsyev, which like ours
// are right to about n·ε·‖a‖.
func TestSymEigenAgainstLAPACK(t *testing.T) {
	cases := 0
	for line := range strings.Lines(lapack) {
		f := strings.SplitN(strings.TrimSpace(line), ",", 4)
		n, errN := strconv.Atoi(f[1])
		seed, errSeed := strconv.Atoi(f[2])
		if errN != nil || errSeed != nil {
			t.Fatalf("line %q", line)
		}
		a, norm, e := hard[float64](f[0], n, seed)
		values, _, err := SymEigen(nil, nil, a)
		if err != nil {
			t.Errorf("%s n=%d seed=%d: %v", f[0], n, seed, err)
			continue
		}
		bound := math.Ldexp(float64(n+4)*0x1p-53*norm, e) + 0x1p-1074
		for i, s := range strings.Fields(f[3]) {
			want, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			if d := math.Abs(values[i] - want); !(d <= bound) {
				t.Errorf("%s n=%d seed=%d: value %d is %g, LAPACK has %g; they differ by %g, allowed %g", f[0], n, seed, i, values[i], want, d, bound)
			}
		}
		cases++
	}
	if cases < 50 {
		t.Errorf("only %d cases", cases)
	}
}

// TestSymEigenHard decomposes a thousand matrices that are rank-deficient,
// clustered, graded or badly scaled.
func TestSymEigenHard(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testSymEigenHard[float32](t, []int{0, 0, 0, 80, -90, -150}) })
	t.Run("float64", func(t *testing.T) { testSymEigenHard[float64](t, []int{0, 0, 0, 500, -500, 980, -1060}) })
}

func testSymEigenHard[T asm.Float](t *testing.T, powers []int) {
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 23, 31, 40}
	count := 1000
	if testing.Short() {
		count = 300
	}
	for k := range count {
		family, n := hardFamilies[k%len(hardFamilies)], sizes[k%len(sizes)]
		if e := powers[k%len(powers)]; e != 0 && (e < 0 || n < 20) {
			family += fmt.Sprint("*2^", e)
		}
		checkEigen[T](t, family, n, k)
	}
}

// TestSymEigenLowRank has larger matrices whose values are mostly rounding errors.
func TestSymEigenLowRank(t *testing.T) {
	sizes := []int{64, 90, 128, 200, 256}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for k, n := range sizes {
		for _, family := range []string{"gram", "kernel", "graded down", "graded up", "shuffled"} {
			checkEigen[float32](t, family, n, k)
			checkEigen[float64](t, family, n, k)
		}
	}
	for rank := 1; rank <= 64; rank *= 2 {
		n := min(128, 64*rank)
		a := New[float64](n, n)
		of := products(n, rank, rank)
		for i := range n {
			for j := range n {
				a.Set(i, j, of(i, j)/3)
			}
		}
		values, _, err := SymEigen(nil, nil, a)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values[:n-rank] {
			if math.Abs(v) > 1e-13*values[n-1] {
				t.Errorf("a value of %g beside %g, and rank %d", v, values[n-1], rank)
			}
		}
	}
}

// TestQLSweeps bounds the sweeps for each eigenvalue, of which two or three are
// usual, far below the number that is allowed.
func TestQLSweeps(t *testing.T) {
	const most = 12
	for k := range 600 {
		n := 8 + k%57
		family := hardFamilies[k%len(hardFamilies)]
		a, _, e := hard[float64](family, n, k)
		for i := range a.data {
			a.data[i] = math.Ldexp(a.data[i], -e)
		}
		var h reflectors[float64]
		q := ql[float64]{d: make([]float64, n), e: make([]float64, n), vt: *New[float64](n, n), eps: 0x1p-53}
		tridiagonal(*a, q.d, q.e, &h, make([]float64, 4*n))
		if l := q.run(most); l >= 0 {
			t.Errorf("%s n=%d seed=%d: eigenvalue %d takes more than %d sweeps", family, n, k, l, most)
		}
	}
}

// checkEigen measures ‖A·V − V·Λ‖ and ‖VᵀV − I‖, and that the values ascend. A is
// scaled to a largest element near 1 before products are formed.
func checkEigen[T asm.Float](t *testing.T, family string, n, seed int) {
	t.Helper()
	a, norm, e := hard[T](family, n, seed)
	values, v, err := SymEigen(nil, nil, a)
	if err != nil {
		t.Errorf("%s n=%d seed=%d: %v", family, n, seed, err)
		return
	}
	if !slices.IsSorted(values) || len(values) != n {
		t.Errorf("%s n=%d seed=%d: values are %v", family, n, seed, values)
	}
	scaled := func(x T) float64 { return math.Ldexp(float64(x), -e) }
	wide, vectors := New[float64](n, n), New[float64](n, n)
	for i := range n {
		for j := range n {
			wide.Set(i, j, scaled(a.At(i, j)))
			vectors.Set(i, j, float64(v.At(i, j)))
		}
	}
	residual := Mul(nil, wide, vectors)
	gram := TMul(nil, vectors, vectors)
	worst, skew := 0.0, 0.0
	for i := range n {
		for j := range n {
			worst = max(worst, math.Abs(residual.At(i, j)-vectors.At(i, j)*scaled(values[j])))
			want := 0.0
			if i == j {
				want = 1
			}
			skew = max(skew, math.Abs(gram.At(i, j)-want))
		}
	}
	// Values below the normal numbers are rounded to multiples of the smallest.
	bound := 2*float64(n+4)*float64(epsilon[T]())*norm + math.Ldexp(smallest[T](), -e)
	if !(worst <= bound) {
		t.Errorf("%s n=%d seed=%d: |A·V − V·Λ| = %g, allowed %g", family, n, seed, worst, bound)
	}
	if bound := 2 * float64(n+4) * float64(epsilon[T]()); !(skew <= bound) {
		t.Errorf("%s n=%d seed=%d: |VᵀV − I| = %g, allowed %g", family, n, seed, skew, bound)
	}
}

// smallest returns the smallest number above zero.
func smallest[T asm.Float]() float64 {
	if _, ok := any(T(0)).(float32); ok {
		return math.SmallestNonzeroFloat32
	}
	return math.SmallestNonzeroFloat64
}

// TestSymEigenRange has finite matrices whose eigenvalues are not, and the largest
// ones whose are.
func TestSymEigenRange(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		v := math.Copysign(math.MaxFloat64, sign)
		if _, _, err := SymEigen(nil, nil, Of(2, 2, []float64{v, v, v, v})); !errors.Is(err, ErrRange) {
			t.Errorf("an eigenvalue of twice %g: got %v", v, err)
		}
		w := float32(math.Copysign(math.MaxFloat32, sign))
		if _, _, err := SymEigen(nil, nil, Of(2, 2, []float32{w, w, w, w})); !errors.Is(err, ErrRange) {
			t.Errorf("an eigenvalue of twice %g: got %v", w, err)
		}
		values, _, err := SymEigen(nil, nil, Of(2, 2, []float64{v, 0, 0, v}))
		if err != nil || values[0] != v || values[1] != v {
			t.Errorf("diagonal of %g: got %v, %v", v, values, err)
		}
	}
}
