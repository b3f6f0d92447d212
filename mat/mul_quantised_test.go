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

// The products are those of the definition, bit for bit, whatever the kernel set, the number of goroutines, the batch and where the matrices stand; and
// they are within half a step of every input of the products with the numbers that the codes stand for.
func TestMulQuantised(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testMulQuantised[float32])
		t.Run("float64", testMulQuantised[float64])
	})
}

func testMulQuantised[T asm.Float](t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	r := rand.New(rand.NewPCG(20, 21))
	for _, c := range [][3]int{{0, 3, 4}, {1, 1, 1}, {2, 0, 5}, {3, 31, 2}, {1, 64, 9}, {40, 100, 33}, {2, 1000, 700}} {
		for _, special := range []bool{false, true} {
			n, m, l := c[0], c[1], c[2]
			x, _ := randomView[T](r, n, m, special)
			q := codes(t, r, l, m)
			runtime.GOMAXPROCS(1)
			got, frame := randomView[T](r, n, l, false)
			mat.MulQuantisedT(got, x, q)
			checkMulQuantised(t, fmt.Sprint(c, special), got, x, q)
			expect(t, fmt.Sprint(c, special), got, frame, mat.MulQuantisedT(nil, x, q))
			runtime.GOMAXPROCS(3)
			equalBits(t, fmt.Sprint(c, special, " on three processors"), mat.MulQuantisedT(nil, x, q), got)
			for i := range n {
				equalBits(t, fmt.Sprint(c, special, " row ", i), mat.MulQuantisedT(nil, x.View(i, 0, 1, m), q), got.View(i, 0, 1, l))
			}
		}
	}
}

// codes are random, with rows of the largest code and a row of scale 0.
func codes(t *testing.T, r *rand.Rand, l, m int) *mat.Quantised {
	t.Helper()
	c, scales := make([]int8, l*m), make([]float32, l)
	for i := range scales {
		scales[i] = float32(math.Ldexp(1+r.Float64(), r.IntN(20)-10))
		for j := range m {
			if c[i*m+j] = int8(r.IntN(255) - 127); i%4 == 1 {
				c[i*m+j] = 127
			}
		}
	}
	if l > 2 {
		scales[2] = 0
	}
	q, err := mat.NewQuantised(l, m, 8, c, scales)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func checkMulQuantised[T asm.Float](t *testing.T, what string, got, x *mat.Dense[T], q *mat.Quantised) {
	t.Helper()
	m := x.Cols()
	for i := range x.Rows() {
		largest, finite := 0.0, true
		for _, v := range x.Row(i) {
			largest = max(largest, math.Abs(float64(v)))
			finite = finite && !math.IsInf(float64(v), 0) && v == v
		}
		for j := range q.Rows() {
			sum, exact, reach := 0.0, 0.0, 0.0
			for k, v := range x.Row(i) {
				c, w := 0.0, float64(q.Codes()[j*m+k])
				if largest >= 0x1p-1000 {
					c = math.RoundToEven(float64(v) * (127 / largest))
				}
				sum += float64(c * w) // integers: exact
				exact += float64(float64(v) * w)
				reach += math.Abs(w)
			}
			scale := float64(q.Scales()[j])
			want := T(largest / 127 * scale * sum)
			if !finite {
				want = T(math.NaN())
			}
			if v := got.At(i, j); !same(v, want) {
				t.Fatalf("%s: (%d, %d) is %x, want %x", what, i, j, v, want)
			}
			// Half a step of the inputs for every weight, and what the last rounding and the sum here are off by.
			size := scale * reach * largest
			if !finite || math.IsInf(float64(T(size+reach*largest)), 0) {
				continue // beyond the range of T, or of the sums here
			}
			if e := math.Abs(float64(got.At(i, j)) - float64(scale*exact)); !(e <= float64(size/254)+float64(1e-6*size)+0x1p-149) {
				t.Fatalf("%s: (%d, %d) is off by %g, more than half a step, %g", what, i, j, e, size/254)
			}
		}
	}
}

// Sums of more products than 32 bits hold, and inputs at the ends of their range.
func TestMulQuantisedEnds(t *testing.T) {
	n := 300_001
	c, ones := make([]int8, n), make([]float64, n)
	for i := range c {
		c[i], ones[i] = 127, 1
	}
	q, err := mat.NewQuantised(1, n, 8, c, []float32{1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mat.MulQuantisedT(nil, mat.Of(1, n, ones), q).At(0, 0), 1.0/127*float64(127*127*int64(n)); got != want {
		t.Errorf("%d products of the largest codes give %v, want %v", n, got, want)
	}
	q, err = mat.NewQuantised(1, 2, 8, []int8{127, 1}, []float32{0x1p-100})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]float64{{0x1p-1000, 0}, {0x1p-1074, 0}, {math.MaxFloat64, -math.MaxFloat64}, {0x1p-1000, math.NaN()}} {
		x := mat.Of(1, 2, row)
		checkMulQuantised(t, fmt.Sprint(row), mat.MulQuantisedT(nil, x, q), x, q)
	}
}

func BenchmarkMulQuantisedT(b *testing.B) {
	const m, l = 1024, 512
	q, err := mat.Quantise(mat.New[float32](l, m), 8)
	if err != nil {
		b.Fatal(err)
	}
	packed := mat.PackT(mat.New[float32](l, m))
	for _, n := range []int{1, 16, 256} {
		x, dst := mat.New[float32](n, m), mat.New[float32](n, l)
		for i := range x.Data() {
			x.Data()[i] = float32(i%7) - 3
		}
		b.Run(fmt.Sprintf("n=%d/of=bytes", n), func(b *testing.B) {
			for b.Loop() {
				mat.MulQuantisedT(dst, x, q)
			}
		})
		b.Run(fmt.Sprintf("n=%d/of=float32", n), func(b *testing.B) {
			for b.Loop() {
				mat.MulPacked(dst, x, packed)
			}
		})
	}
}
