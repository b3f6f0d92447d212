package asm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/guardmem"
	"nnk/internal/kerneltest"
)

// tileSpecials are mixed into random data: what a wrong lane, a wrong order or
// a second rounding would show.
var tileSpecials = []float64{0, math.Copysign(0, -1), 1, -1, 0x1p-149, -0x1p-140, 0x1p-1074, 0x1.8p+127, -0x1.fffffep+127,
	0x1p+1023, math.Inf(1), math.Inf(-1), math.NaN()}

// random fills x with normal values; if special, one in eight is special.
func random[T asm.Float](r *rand.Rand, x []T, special bool) {
	for i := range x {
		x[i] = T(r.NormFloat64())
		if special && r.IntN(8) == 0 {
			x[i] = T(tileSpecials[r.IntN(len(tileSpecials))])
		}
	}
}

// same reports equal bits, all NaN being equal.
func same[T asm.Float](x, y T) bool {
	if x != x || y != y {
		return x != x && y != y
	}
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

func TestTile(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testTile[float32])
		t.Run("float64", testTile[float64])
	})
}

func testTile[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ms, ks := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 17, 25}, []int{0, 1, 2, 3, 9, 70}
	if testing.Short() {
		ms, ks = []int{0, 1, 3, 6, 7, 17}, []int{0, 1, 5}
	}
	for n := 0; n <= asm.TileCols[T](); n++ {
		for _, m := range ms {
			for _, k := range ks {
				for layout := range 4 {
					checkTile[T](t, r, m, n, k, layout)
				}
			}
		}
	}
}

// checkTile compares one tile with the loop of its definition: A by rows,
// by columns, packed, or between protected pages; C inside a canary frame.
func checkTile[T asm.Float](t *testing.T, r *rand.Rand, m, n, k, layout int) {
	ars, aks, bs, cs := k, 1, n, n+3
	switch layout {
	case 1:
		ars, aks, bs = 1, m+r.IntN(3), n+r.IntN(20)
	case 2:
		ars, aks, bs = 1, m, asm.TileCols[T]()
	}
	var a, b []T
	sizeA, sizeB := 0, 0
	if m > 0 && n > 0 && k > 0 {
		sizeA, sizeB = (m-1)*ars+(k-1)*aks+1, (k-1)*bs+n
	}
	if layout == 3 && n%5 == 0 {
		a, b = guardmem.AtEnd[T](t, sizeA), guardmem.AtEnd[T](t, sizeB)
	} else {
		a, b = make([]T, sizeA), make([]T, sizeB)
	}
	special := r.IntN(2) == 0
	random(r, a, special)
	random(r, b, special)
	c := make([]T, 5+m*cs)
	random(r, c, special)
	want := append([]T(nil), c...)
	load := r.IntN(2) == 0
	for i := range m {
		for j := range n {
			s := want[5+i*cs+j]
			if !load {
				s = 0
			}
			for q := range k {
				s = asm.FMA(a[i*ars+q*aks], b[q*bs+j], s)
			}
			want[5+i*cs+j] = s
		}
	}
	switch r.IntN(3) {
	case 0:
		asm.Tile(m, n, k, a, ars, aks, b, bs, c[5:], cs, load)
	case 1: // the lines that follow a short slice need not exist
		asm.TileAhead(m, n, k, a, ars, aks, b, bs, c[5:], cs, load, b[:min(len(b), 1)])
	case 2:
		panel := make([]T, n*k)
		if n%8 == 0 { // as wide as the kernels that copy
			panel = guardmem.AtEnd[T](t, n*k)
		}
		asm.TileCopy(m, n, k, a, ars, aks, b, bs, c[5:], cs, load, panel)
		for i, v := range panel {
			if m > 0 && !same(v, b[i/n*bs+i%n]) {
				t.Fatalf("m=%d n=%d k=%d layout=%d: element %d of the copy is %x, want %x", m, n, k, layout, i, v, b[i/n*bs+i%n])
			}
		}
	}
	for i := range c {
		if !same(c[i], want[i]) {
			t.Fatalf("m=%d n=%d k=%d layout=%d load=%v: row %d column %d is %x, want %x", m, n, k, layout, load, (i-5)/cs, (i-5)%cs, c[i], want[i])
		}
	}
}

func TestTileRefusesWhatReachesOutside(t *testing.T) {
	x := make([]float32, 100)
	for _, c := range []struct {
		name            string
		m, n, k         int
		alen, blen, cap int
	}{
		{"a", 2, 2, 3, 5, 6, 4},
		{"b", 2, 2, 3, 6, 5, 4},
		{"c", 2, 2, 3, 6, 6, 3},
		{"columns", 1, asm.TileCols32 + 1, 1, 1, 49, 49},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			asm.Tile(c.m, c.n, c.k, x[:c.alen], c.k, 1, x[:c.blen], c.n, x[50:50+c.cap], c.n, false)
		})
	}
	t.Run("panel", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("did not panic")
			}
		}()
		asm.TileCopy(2, 2, 3, x[:6], 3, 1, x[:6], 2, x[50:54], 2, false, x[60:65])
	})
}

func BenchmarkTile(b *testing.B) {
	b.Run("type=float32", benchTile[float32])
	b.Run("type=float64", benchTile[float64])
}

// benchTile runs a tile of whole panels on operands in L1: what the FMA units
// can do.
func benchTile[T asm.Float](b *testing.B) {
	const m, k = 24, 64
	n := asm.TileCols[T]()
	x, y, c := make([]T, m*k), make([]T, k*n), make([]T, m*n)
	kerneltest.Sets(b, func(b *testing.B, name string) {
		b.Run(fmt.Sprintf("m=%d,k=%d,n=%d/kernel=%s", m, k, n, name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				asm.Tile(m, n, k, x, k, 1, y, n, c, n, false)
			}
			b.ReportMetric(2*float64(m*k*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "Gflop/s")
		})
	})
}
