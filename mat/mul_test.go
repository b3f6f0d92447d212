package mat_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

var specials = []float64{0, math.Copysign(0, -1), 1, -1, 0x1p-149, -0x1p-140, 0x1p-1074, 0x1.8p+127, -0x1.fffffep+127,
	0x1p+1023, math.Inf(1), math.Inf(-1), math.NaN()}

const frameValue = 12345

// randomView returns a rows×cols view inside a larger matrix of canaries.
func randomView[T asm.Float](r *rand.Rand, rows, cols int, special bool) (view, frame *mat.Dense[T]) {
	frame = mat.New[T](rows+2, cols+1+r.IntN(4))
	for i := range frame.Data() {
		frame.Data()[i] = frameValue
	}
	view = frame.View(1, 1, rows, cols)
	for i := range rows {
		for j := range cols {
			v := r.NormFloat64()
			if special && r.IntN(8) == 0 {
				v = specials[r.IntN(len(specials))]
			}
			view.Set(i, j, T(v))
		}
	}
	return view, frame
}

func same[T asm.Float](x, y T) bool {
	if x != x || y != y {
		return x != x && y != y
	}
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// chain is the definition of the product: dst += a·b or, if !load, dst = a·b.
func chain[T asm.Float](dst, a, b *mat.Dense[T], load bool) *mat.Dense[T] {
	dst = dst.Clone()
	for i := range dst.Rows() {
		for j := range dst.Cols() {
			s := dst.At(i, j)
			if !load {
				s = 0
			}
			for k := range a.Cols() {
				s = asm.FMA(a.At(i, k), b.At(k, j), s)
			}
			dst.Set(i, j, s)
		}
	}
	return dst
}

// expect compares got, a view inside frame, with want, and frame with canaries.
func expect[T asm.Float](t *testing.T, what string, got, frame, want *mat.Dense[T]) {
	t.Helper()
	for i := range want.Rows() {
		for j := range want.Cols() {
			if g, w := got.At(i, j), want.At(i, j); !same(g, w) {
				t.Fatalf("%s: element (%d, %d) is %x, want %x", what, i, j, g, w)
			}
		}
	}
	for i := range frame.Rows() {
		for j, v := range frame.Row(i) {
			inside := i > 0 && i <= want.Rows() && j > 0 && j <= want.Cols()
			if !inside && v != frameValue {
				t.Fatalf("%s: wrote outside the result, at (%d, %d)", what, i-1, j-1)
			}
		}
	}
}

// checkProducts runs every product of the package on one shape.
func checkProducts[T asm.Float](t *testing.T, r *rand.Rand, m, k, n int) {
	t.Helper()
	special := r.IntN(3) == 0
	a, _ := randomView[T](r, m, k, special)
	b, _ := randomView[T](r, k, n, special)
	at, bt := a.T(), b.T()
	for _, p := range []struct {
		name string
		load bool
		run  func(dst *mat.Dense[T]) *mat.Dense[T]
	}{
		{"Mul", false, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.Mul(dst, a, b) }},
		{"MulAdd", true, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.MulAdd(dst, a, b) }},
		{"MulT", false, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.MulT(dst, a, bt) }},
		{"MulTAdd", true, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.MulTAdd(dst, a, bt) }},
		{"TMul", false, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.TMul(dst, at, b) }},
		{"TMulAdd", true, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.TMulAdd(dst, at, b) }},
		{"MulPacked", false, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.MulPacked(dst, a, mat.Pack(b)) }},
		{"MulPackedAdd", true, func(dst *mat.Dense[T]) *mat.Dense[T] { return mat.MulPackedAdd(dst, a, mat.PackT(bt)) }},
	} {
		dst, frame := randomView[T](r, m, n, special)
		want := chain(dst, a, b, p.load)
		if got := p.run(dst); got != dst {
			t.Fatalf("%s did not return dst", p.name)
		}
		expect(t, fmt.Sprintf("%s m=%d k=%d n=%d special=%v", p.name, m, k, n, special), dst, frame, want)
	}
}

func TestProducts(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testProducts[float32])
		t.Run("float64", testProducts[float64])
	})
}

func testProducts[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	small := []int{0, 1, 2, 3, 5, 8, 9, 13, 20}
	w := asm.TileCols[T]()
	shapes := [][3]int{{1, 40, 6*w + 1}, {2, 33, 4 * w}, {9, 5, w - 1}, {7, 5, w}, {6, 4, w + 1}, {3, 3, 2*w - 1}, {3, 2, 3*w + 5}, {1, 390, 3}, {5, 770, 9}}
	if testing.Short() {
		small = []int{0, 1, 9}
		shapes = [][3]int{{1, 20, 5*w + 1}, {2, 390, 3}}
	}
	for _, m := range small {
		for _, k := range small {
			for _, n := range small {
				checkProducts[T](t, r, m, k, n)
			}
		}
	}
	for _, s := range shapes {
		checkProducts[T](t, r, s[0], s[1], s[2])
	}
}

// TestProductsBlocked runs products as large ones are run: packed, cut into blocks
// of k and split among goroutines, on every number of processors.
func TestProductsBlocked(t *testing.T) {
	defer mat.SmallTuning()()
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testBlocked[float32])
		t.Run("float64", testBlocked[float64])
	})
}

func testBlocked[T asm.Float](t *testing.T) {
	shapes := [][3]int{{70, 121, 201}, {20, 73, 300}, {131, 26, 49}, {8, 200, 39}, {1, 50, 300}, {37, 11, 400}, {131, 26, 9}, {300, 70, 1}}
	if testing.Short() {
		shapes = [][3]int{{25, 60, 110}, {110, 60, 5}}
	}
	for _, s := range shapes {
		m, k, n := s[0], s[1], s[2]
		r := rand.New(rand.NewPCG(5, uint64(m)))
		a, _ := randomView[T](r, m, k, false)
		b, _ := randomView[T](r, k, n, false)
		at, bt := a.T(), b.T()
		want := chain(mat.New[T](m, n), a, b, false)
		gram := chain(mat.New[T](k, k), at, a, false)
		for _, procs := range []int{1, 2, 8} {
			withProcs(procs, func() {
				name := fmt.Sprintf("m=%d k=%d n=%d GOMAXPROCS=%d ", m, k, n, procs)
				for what, run := range map[string]func(dst *mat.Dense[T]){
					"Mul":       func(dst *mat.Dense[T]) { mat.Mul(dst, a, b) },
					"MulT":      func(dst *mat.Dense[T]) { mat.MulT(dst, a, bt) },
					"TMul":      func(dst *mat.Dense[T]) { mat.TMul(dst, at, b) },
					"MulPacked": func(dst *mat.Dense[T]) { mat.MulPacked(dst, a, mat.Pack(b)) },
					"MulAdd in two halves": func(dst *mat.Dense[T]) {
						h := k/2 + 1
						mat.Mul(dst, a.View(0, 0, m, h), b.View(0, 0, h, n))
						mat.MulAdd(dst, a.View(0, h, m, k-h), b.View(h, 0, k-h, n))
					},
				} {
					dst, frame := randomView[T](r, m, n, false)
					run(dst)
					expect(t, name+what, dst, frame, want)
				}
				dst, frame := randomView[T](r, k, k, false)
				mat.Gram(dst, a)
				expect(t, name+"Gram", dst, frame, gram)
				h := m / 3
				mat.Gram(dst, a.View(0, 0, h, k))
				mat.GramAdd(dst, a.View(h, 0, m-h, k))
				expect(t, name+"GramAdd", dst, frame, gram)
			})
		}
	}
}

// TestPageRows: rows of B that are pages apart, for which smaller products pack.
func TestPageRows(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		rows, cols := []int{16, 17, 21}, []int{1024, 1000}
		if testing.Short() {
			rows, cols = rows[1:2], cols[:1]
		}
		for _, m := range rows {
			a, _ := randomView[float32](r, m, 140, false)
			wide, _ := randomView[float32](r, 140, 1024, false)
			b := mat.New[float32](140, 1024)
			for i := range b.Rows() {
				copy(b.Row(i), wide.Row(i))
			}
			for _, n := range cols {
				b := b.View(0, 0, 140, n)
				dst, frame := randomView[float32](r, m, n, false)
				mat.Mul(dst, a, b)
				expect(t, fmt.Sprintf("Mul m=%d n=%d", m, n), dst, frame, chain(mat.New[float32](m, n), a, b, false))
			}
		}
	})
}

func withProcs(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

func TestGram(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testGram[float32])
		t.Run("float64", testGram[float64])
	})
}

func testGram[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for _, n := range []int{0, 1, 5, 40} {
		for _, d := range []int{0, 1, 2, 7, 23, 24, 25, 47, 48, 49, 97} {
			if testing.Short() && (d > 25 || n > 5) {
				continue
			}
			a, _ := randomView[T](r, n, d, n == 5)
			dst, frame := randomView[T](r, d, d, false)
			mat.Gram(dst, a)
			expect(t, fmt.Sprintf("Gram of %d×%d", n, d), dst, frame, chain(dst, a.T(), a, false))
			b, _ := randomView[T](r, 3, d, false)
			want := chain(dst, b.T(), b, true)
			mat.GramAdd(dst, b)
			expect(t, fmt.Sprintf("GramAdd of 3×%d", d), dst, frame, want)
		}
	}
}

func TestMulVec(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(8, 9))
		for _, rows := range []int{0, 1, 3, 17, 50, 100} {
			for _, cols := range []int{0, 1, 5, 33, 400} {
				a, _ := randomView[float32](r, rows, cols, false)
				x, _ := randomView[float32](r, cols, 1, false)
				want := chain(mat.New[float32](rows, 1), a, x, false)
				got := mat.MulVec(nil, a, x.T().Data())
				for i, g := range got {
					if !same(g, want.At(i, 0)) {
						t.Fatalf("%d×%d: element %d is %x, want %x", rows, cols, i, g, want.At(i, 0))
					}
				}
			}
		}
	})
}

func TestProductsDoNotAllocate(t *testing.T) {
	withProcs(1, func() {
		a, b, c := mat.New[float32](21, 30), mat.New[float32](30, 50), mat.New[float32](21, 50)
		bt, g, p := b.T(), mat.New[float32](30, 30), mat.Pack(b)
		x, y := make([]float32, 30), make([]float32, 21)
		q, err := mat.Quantise(bt, 8)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(){
			"Mul":           func() { mat.Mul(c, a, b) },
			"MulT":          func() { mat.MulT(c, a, bt) },
			"MulPacked":     func() { mat.MulPacked(c, a, p) },
			"MulQuantisedT": func() { mat.MulQuantisedT(c, a, q) },
			"Gram":          func() { mat.Gram(g, a) },
			"MulVec":        func() { mat.MulVec(y, a, x) },
		} {
			kerneltest.NoAllocs(t, name, f)
		}
	})
}
