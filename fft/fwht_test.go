package fft

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
)

// TestFWHTDirect compares with the matrix itself, on integers, where every sum is
// exact: H·x, and H·H·x = n·x.
func TestFWHTDirect(t *testing.T) {
	t.Run("float32", testFWHTDirect[float32])
	t.Run("float64", testFWHTDirect[float64])
}

func testFWHTDirect[T asm.Float](t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for n := 1; n <= 512; n *= 2 {
			x := mat.New[T](3, n+2).View(0, 1, 3, n)
			for i := range 3 {
				for j := range n {
					x.Set(i, j, T(r.IntN(201)-100))
				}
			}
			y := FWHT(nil, x)
			z := FWHT(nil, y)
			for i := range 3 {
				for j := range n {
					want := T(0)
					for k := range n {
						if bits.OnesCount(uint(j&k))%2 == 0 {
							want += x.At(i, k)
						} else {
							want -= x.At(i, k)
						}
					}
					if y.At(i, j) != want {
						t.Fatalf("n = %d: row %d, element %d is %v, want %v", n, i, j, y.At(i, j), want)
					}
					if z.At(i, j) != T(n)*x.At(i, j) {
						t.Fatalf("n = %d: twice is %v at %d, want n·%v", n, z.At(i, j), j, x.At(i, j))
					}
				}
			}
			FWHT(x, x)
			for j := range n {
				if x.At(2, j) != y.At(2, j) {
					t.Fatalf("n = %d: in place differs at %d", n, j)
				}
			}
		}
	})
}

// TestFWHTParallel has enough rows for goroutines, each of which must do its own.
func TestFWHTParallel(t *testing.T) {
	x := mat.New[float32](300, 1024)
	for i, d := 0, x.Data(); i < len(d); i++ {
		d[i] = float32(i%17 - 8)
	}
	y := FWHT(nil, x)
	for i := range x.Rows() {
		want := append([]float32{}, x.Row(i)...)
		asm.FWHT(want)
		for j, v := range y.Row(i) {
			if v != want[j] {
				t.Fatalf("row %d, element %d is %v, want %v", i, j, v, want[j])
			}
		}
	}
}

func TestFWHTNoAllocation(t *testing.T) {
	x := mat.New[float32](4, 256)
	if a := testing.AllocsPerRun(5, func() { FWHT(x, x) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestFWHTRefuses(t *testing.T) {
	misuse.Panics(t, "fft.FWHT: x is 2×3; the number of columns is not a power of two", func() { FWHT(nil, mat.New[float64](2, 3)) })
	misuse.Panics(t, "fft.FWHT: 2×8 and 2×4: shapes differ", func() { FWHT(mat.New[float64](2, 8), mat.New[float64](2, 4)) })
}
