package mat_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/mat"
)

func TestQuantise(t *testing.T) {
	t.Run("float32", testQuantise[float32])
	t.Run("float64", testQuantise[float64])
}

func testQuantise[T asm.Float](t *testing.T) {
	for _, c := range []struct {
		name  string
		bits  int
		row   []T
		scale float32
		codes []int8
	}{
		{"ends and ties to even", 8, []T{127, -127, 0.5, 1.5, -0.5, -2.5, 0}, 1, []int8{127, -127, 0, 2, 0, -2, 0}},
		{"four bits", 4, []T{-14, 14, 3, 5, -1, 0.9}, 2, []int8{-7, 7, 2, 2, 0, 0}},
		{"zeros", 4, []T{0, T(math.Copysign(0, -1))}, 0, []int8{0, 0}},
		{"the smallest scale", 8, []T{127 * 0x1p-126, 0x1p-126}, 0x1p-126, []int8{127, 1}},
		// 1/7 rounds down in float32, and 1/(1/7) must not become 8.
		{"kept within the codes", 4, []T{1, -1}, float32(1.0 / 7), []int8{7, -7}},
	} {
		q, err := mat.Quantise(mat.Of(1, len(c.row), c.row), c.bits)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if q.Rows() != 1 || q.Cols() != len(c.row) || q.Bits() != c.bits || q.Scales()[0] != c.scale || !slices.Equal(q.Codes(), c.codes) {
			t.Errorf("%s: got %v · %v, want %v · %v", c.name, q.Scales(), q.Codes(), c.scale, c.codes)
		}
		got := mat.Dequantise[T](nil, q)
		for j, v := range got.Row(0) {
			if v != T(c.scale)*T(c.codes[j]) {
				t.Errorf("%s: element %d is %v", c.name, j, v)
			}
		}
		again, err := mat.NewQuantised(1, len(c.row), c.bits, c.codes, []float32{c.scale})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		equalBits(t, c.name, mat.Dequantise[T](nil, again), got)
	}
}

func TestQuantisedErrors(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name string
		row  []float64
		want error
	}{
		{"NaN", []float64{1, nan}, mat.ErrNotFinite},
		{"infinity", []float64{-inf, 1}, mat.ErrNotFinite},
		{"a scale that overflows float32", []float64{1e300, 1}, mat.ErrRange},
		{"elements that overflow float32", []float64{0x1p127, 1}, mat.ErrRange},
		{"a scale that is subnormal", []float64{1e-40, 0}, mat.ErrRange},
		{"a scale that underflows", []float64{1e-300}, mat.ErrRange},
	} {
		w := mat.Of(1, len(c.row), c.row)
		if _, err := mat.Quantise(w, 8); !errors.Is(err, c.want) {
			t.Errorf("Quantise, %s: %v", c.name, err)
		}
		if _, _, err := mat.QuantiseGram(w, identity(len(c.row)), 8); !errors.Is(err, c.want) {
			t.Errorf("QuantiseGram, %s: %v", c.name, err)
		}
	}
	w := mat.Of(1, 2, []float64{1, 2})
	for _, c := range []struct {
		name string
		h    []float64
		want error
	}{
		{"NaN in H", []float64{1, 0, nan, 1}, mat.ErrNotFinite},
		{"infinity in H", []float64{inf, 0, 0, 1}, mat.ErrNotFinite},
		{"singular H", []float64{1, 0, 1, 1}, mat.ErrSingular},
		{"a loss that overflows", []float64{math.MaxFloat64, 0, 0, math.MaxFloat64}, mat.ErrNotFinite},
	} {
		if _, _, err := mat.QuantiseGram(mat.Of(1, 2, []float64{1e30, 1.7e29}), mat.Of(2, 2, c.h), 4); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		bits  int
		code  int8
		scale float32
	}{{8, -128, 1}, {4, 8, 1}, {4, -8, 1}, {8, 1, -1}, {8, 1, 0x1p-127}, {8, 1, 0x1.000002p120}, {8, 1, float32(inf)}, {8, 1, float32(nan)}} {
		if _, err := mat.NewQuantised(1, 1, c.bits, []int8{c.code}, []float32{c.scale}); !errors.Is(err, mat.ErrRange) {
			t.Errorf("%v: got %v", c, err)
		}
	}
	for name, f := range map[string]func(){
		"bits":     func() { mat.Quantise(w, 7) },
		"no codes": func() { mat.NewQuantised(1, 2, 8, []int8{1}, []float32{1}) },
		"H":        func() { mat.QuantiseGram(w, identity(3), 8) },
		"no square": func() {
			q, _ := mat.Quantise(w, 8)
			mat.QuantisationLoss(w, q, mat.New[float64](2, 3))
		},
		"another matrix": func() {
			q, _ := mat.Quantise(w, 8)
			mat.QuantisationLoss(mat.New[float64](2, 2), q, identity(2))
		},
	} {
		func() {
			defer func() {
				if _, ok := recover().(error); !ok {
					t.Errorf("%s: no panic with an error", name)
				}
			}()
			f()
		}()
	}
}

func identity(n int) *mat.Dense[float64] {
	h := mat.New[float64](n, n)
	for i := range n {
		h.Set(i, i, 1)
	}
	return h
}

// correlated returns the sums ZᵀZ of inputs that depend on each other, as features do.
func correlated(n int, seed uint64) *mat.Dense[float64] {
	z := mat.Mul(nil, normals[float64](2*n+1, n, seed), normals[float64](n, n, seed+1))
	h := mat.Gram(nil, z)
	for i := range n {
		h.Set(i, i, h.At(i, i)*1.01)
	}
	return h
}

// exactLoss is e·H·eᵀ of a row in 300 bits.
func exactLoss(w []float64, scale float64, codes []int8, h *mat.Dense[float64]) *big.Float {
	e := make([]*big.Float, len(w))
	for j := range e {
		e[j] = bits300.Sub(bigF(w[j]), bits300.Mul(bigF(scale), bigF(float64(codes[j]))))
	}
	sum := bigF(0)
	for i := range e {
		for j := range e {
			sum = bits300.Add(sum, bits300.Prod(e[i], e[j], bigF(h.At(max(i, j), min(i, j)))))
		}
	}
	return sum
}

// The losses that QuantiseGram returns and QuantisationLoss computes are those of the definition.
func TestQuantisationLossExact(t *testing.T) {
	for _, n := range []int{1, 2, 7, 30} {
		for _, bits := range []int{8, 4} {
			w, h := normals[float64](3, n, uint64(n)), correlated(n, 3)
			for i := range n {
				for j := i + 1; j < n; j++ {
					h.Set(i, j, math.NaN()) // not read
				}
			}
			q, loss, err := mat.QuantiseGram(w, h, bits)
			if err != nil {
				t.Fatal(err)
			}
			again := mat.QuantisationLoss(w, q, h)
			for i := range loss {
				want, _ := exactLoss(w.Row(i), float64(q.Scales()[i]), q.Codes()[i*n:(i+1)*n], h).Float64()
				whole, _ := exactLoss(w.Row(i), 0, q.Codes()[i*n:(i+1)*n], h).Float64()
				for _, got := range []float64{loss[i], again[i]} {
					if math.Abs(got-want) > 1e-14*math.Sqrt(want*whole) {
						t.Errorf("n = %d, %d bits, row %d: got %v, want %v", n, bits, i, got, want)
					}
				}
			}
		}
	}
}

// inverseRounding is the method as it is published, in 300 bits: column after column, each error divided by the diagonal of the inverse of what
// is left of H and passed on by its column.
func inverseRounding(w []float64, scale float64, order []int, h *mat.Dense[float64], m float64) []int8 {
	n := len(w)
	left := append([]int{}, order...)
	x := make([]*big.Float, n)
	for j := range x {
		x[j] = bigF(w[j])
	}
	codes := make([]int8, n)
	for len(left) > 0 {
		part := make(exact, len(left))
		unit := make(exact, len(left))
		for a, i := range left {
			for b, j := range left {
				part[a] = append(part[a], bigF(h.At(max(i, j), min(i, j))))
				unit[a] = append(unit[a], bigF(0))
				if a == b {
					unit[a][b] = bigF(1)
				}
			}
		}
		inv := part.solve(unit)
		j := left[0]
		v, _ := bits300.Quo(x[j], bigF(scale)).Float64()
		code := max(-m, min(m, math.RoundToEven(v)))
		codes[j] = int8(code)
		e := bits300.Quo(bits300.Sub(x[j], bigF(scale*code)), inv[0][0])
		for b, k := range left[1:] {
			x[k] = bits300.Sub(x[k], bits300.Mul(e, inv[0][b+1]))
		}
		left = left[1:]
	}
	return codes
}

// The codes are those of the published method with H⁻¹: for the scale that wins before it is refitted, which is among those
// tried here.
func TestQuantiseGramIsTheInverseMethod(t *testing.T) {
	const n = 9
	h := correlated(n, 8)
	order := make([]int, n)
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(math.Copysign(1, h.At(b, b)-h.At(a, a))) })
	for _, bits := range []int{8, 4} {
		m := float64(int(1)<<(bits-1) - 1)
		w := normals[float64](4, n, 5)
		got, loss, err := mat.QuantiseGram(w, h, bits)
		if err != nil {
			t.Fatal(err)
		}
		for i := range w.Rows() {
			row, best, codes := w.Row(i), math.Inf(1), []int8(nil)
			try := func(scale float32) {
				c := inverseRounding(row, float64(scale), order, h, m)
				if v, _ := exactLoss(row, float64(refitExact(row, c, h)), c, h).Float64(); v < best*(1-1e-12) {
					best, codes = v, c
				}
			}
			widest := float32(slices.MaxFunc(row, func(a, b float64) int { return int(math.Copysign(1, math.Abs(a)-math.Abs(b))) }) / m)
			widest = float32(math.Abs(float64(widest)))
			for c := 16; c >= 8; c-- {
				try(widest * (float32(c) / 16))
			}
			for range 2 {
				try(refitExact(row, codes, h))
			}
			plain, err := mat.Quantise(w.View(i, 0, 1, n), bits)
			if err != nil {
				t.Fatal(err)
			}
			if v, _ := exactLoss(row, float64(refitExact(row, plain.Codes(), h)), plain.Codes(), h).Float64(); v < best {
				best, codes = v, plain.Codes()
			}
			if !slices.Equal(got.Codes()[i*n:(i+1)*n], codes) || math.Abs(loss[i]-best) > 1e-11*best {
				t.Errorf("%d bits, row %d: got %v of loss %v, want %v of %v", bits, i, got.Codes()[i*n:(i+1)*n], loss[i], codes, best)
			}
		}
	}
}

// refitExact is the best scale for the codes.
func refitExact(w []float64, codes []int8, h *mat.Dense[float64]) float32 {
	a, b := bigF(0), bigF(0)
	for i := range w {
		for j := range w {
			c := bits300.Mul(bigF(h.At(max(i, j), min(i, j))), bigF(float64(codes[j])))
			a = bits300.Add(a, bits300.Mul(c, bigF(w[i])))
			b = bits300.Add(b, bits300.Mul(c, bigF(float64(codes[i]))))
		}
	}
	s, _ := bits300.Quo(a, b).Float32()
	return s
}

// Against all codes of four bits, each with its best scale: the loss is below what plain rounding leaves, and near the least there is.
func TestQuantiseGramBruteForce(t *testing.T) {
	const n = 3
	ours, theirs, least := 0.0, 0.0, 0.0
	for seed := range uint64(40) {
		w, h := normals[float64](1, n, seed), correlated(n, 100+seed)
		_, loss, err := mat.QuantiseGram(w, h, 4)
		if err != nil {
			t.Fatal(err)
		}
		best := math.Inf(1)
		for k := range 15 * 15 * 15 {
			c := []float64{float64(k%15 - 7), float64(k/15%15 - 7), float64(k/225 - 7)}
			wh, ch := 0.0, 0.0
			for i := range n {
				for j := range n {
					v := h.At(i, j) * c[j]
					wh += float64(v * w.At(0, i))
					ch += float64(v * c[i])
				}
			}
			s := wh / ch
			if !(s > 0) {
				continue
			}
			v := 0.0
			for i := range n {
				for j := range n {
					v += float64((w.At(0, i) - float64(s*c[i])) * h.At(i, j) * (w.At(0, j) - float64(s*c[j])))
				}
			}
			best = min(best, v)
		}
		plain, err := mat.Quantise(w, 4)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs, least = ours+loss[0], theirs+mat.QuantisationLoss(w, plain, h)[0], least+best
		if loss[0] < best*(1-1e-6) {
			t.Errorf("seed %d: loss %v, below the least %v", seed, loss[0], best)
		}
	}
	t.Logf("loss over the least there is, which may take any scale: %.3g, plain rounding %.3g", ours/least, theirs/least)
	if theirs < 2*ours || ours > 2*least {
		t.Errorf("loss %v, the least %v, plain rounding %v", ours, least, theirs)
	}
}

// Inputs that do not depend on each other leave nothing to pass on; else much is gained. Plain rounding is never better.
func TestQuantiseGramBesidePlain(t *testing.T) {
	for _, bits := range []int{8, 4} {
		w := normals[float32](8, 60, 3)
		for _, c := range []struct {
			name  string
			h     *mat.Dense[float64]
			least float64 // plain loss over ours
		}{{"independent", identity(60), 1}, {"correlated", correlated(60, 21), 2}} {
			plain, err := mat.Quantise(w, bits)
			if err != nil {
				t.Fatal(err)
			}
			_, loss, err := mat.QuantiseGram(w, c.h, bits)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := 0.0, 0.0
			for i, v := range mat.QuantisationLoss(w, plain, c.h) {
				ours, theirs = ours+loss[i], theirs+v
				if loss[i] > v*(1+1e-12) {
					t.Errorf("%s, %d bits, row %d: loss %v, plain %v", c.name, bits, i, loss[i], v)
				}
			}
			t.Logf("%s, %d bits: plain rounding loses %.2f times as much", c.name, bits, theirs/ours)
			if theirs < c.least*ours {
				t.Errorf("%s, %d bits: loss %v, plain %v", c.name, bits, ours, theirs)
			}
		}
	}
}

// What is exact stays: codes times a scale come back, also rows of zeros, whatever H is.
func TestQuantiseGramKeepsWhatIsExact(t *testing.T) {
	h := correlated(5, 31)
	w := mat.Of(3, 5, []float64{14, -3, 7, 0, 1, 0, 0, 0, 0, 0, 0.5, 0.25, -1.75, 1.5, 0})
	q, loss, err := mat.QuantiseGram(w, h, 4)
	if err != nil {
		t.Fatal(err)
	}
	if loss[1] != 0 || q.Scales()[1] != 0 || loss[2] > 1e-20 || q.Scales()[2] != 0.25 || !slices.Equal(q.Codes()[10:], []int8{2, 1, -7, 6, 0}) {
		t.Errorf("got %v · %v, losses %v", q.Scales(), q.Codes(), loss)
	}
}

func TestQuantiseGramBits(t *testing.T) {
	const n = 130
	h, w := correlated(n, 41), normals[float32](9, n, 42)
	for _, bits := range []int{8, 4} {
		for _, block := range []int{64, 5, 1000} {
			t.Run(fmt.Sprintf("bits=%d/block=%d", bits, block), func(t *testing.T) {
				defer mat.SmallGramBlock(block)()
				everywhere(t, func() []*mat.Dense[float64] {
					q, loss, err := mat.QuantiseGram(w, h, bits)
					if err != nil {
						t.Fatal(err)
					}
					return []*mat.Dense[float64]{mat.Dequantise[float64](nil, q), mat.Of(1, 9, loss), mat.Of(1, 9, mat.QuantisationLoss(w, q, h))}
				})
			})
		}
	}
	// Neither does the block change them.
	want, _, _ := mat.QuantiseGram(w, h, 8)
	defer mat.SmallGramBlock(7)()
	got, _, _ := mat.QuantiseGram(w, h, 8)
	equalBits(t, "other blocks", mat.Dequantise[float64](nil, got), mat.Dequantise[float64](nil, want))
}

func ExampleQuantiseGram() {
	// Three inputs that are nearly the same: what the first code loses the others take up.
	z := mat.Of(3, 3, []float64{1, 1.1, 0.9, 2, 1.9, 2, -1, -1, -1.2})
	w := mat.Of(1, 3, []float64{1, 0.2, 0.5})
	h := mat.Gram(nil, z)
	plain, _ := mat.Quantise(w, 4)
	q, loss, err := mat.QuantiseGram(w, h, 4)
	fmt.Printf("%v loses %.4f, %v %.4f, %v", plain.Codes(), mat.QuantisationLoss(w, plain, h)[0], q.Codes(), loss[0], err)
	// Output: [7 1 3] loses 0.0998, [7 2 4] 0.0001, <nil>
}
