package asm_test

import (
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/guardmem"
	"nnk/internal/kerneltest"
)

func TestTileRow(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testTileRow[float32])
		t.Run("float64", testTileRow[float64])
	})
}

// testTileRow compares rows with the loop of the definition, panel by panel; the
// last panel and row end at a protected page.
func testTileRow[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := asm.TileCols[T]()
	for panels := range 10 {
		for _, k := range []int{0, 1, 2, 7, 30} {
			as, ps, load := 1+r.IntN(3), k*w+r.IntN(2)*5, r.IntN(2) == 0
			sizeA, sizeB := 0, 0
			if panels > 0 && k > 0 {
				sizeA, sizeB = (k-1)*as+1, (panels-1)*ps+k*w
			}
			a, b, c := guardmem.AtEnd[T](t, sizeA), guardmem.AtEnd[T](t, sizeB), guardmem.AtEnd[T](t, panels*w)
			for _, x := range [][]T{a, b, c} {
				random(r, x, k == 7)
			}
			want := append([]T(nil), c...)
			for i := range want {
				if !load {
					want[i] = 0
				}
				for q := range k {
					want[i] = asm.FMA(a[q*as], b[i/w*ps+q*w+i%w], want[i])
				}
			}
			asm.TileRow(panels, k, a, as, b, ps, c, load)
			for i := range c {
				if !same(c[i], want[i]) {
					t.Fatalf("panels=%d k=%d load=%v: column %d is %x, want %x", panels, k, load, i, c[i], want[i])
				}
			}
		}
	}
}

func TestTileRowRefusesWhatReachesOutside(t *testing.T) {
	w := asm.TileCols[float32]()
	for _, c := range []struct {
		name             string
		alen, blen, clen int
	}{
		{"a", 2, 6 * w, 2 * w},
		{"b", 3, 6*w - 1, 2 * w},
		{"c", 3, 6 * w, 2*w - 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			asm.TileRow(2, 3, make([]float32, c.alen), 1, make([]float32, c.blen), 3*w, make([]float32, c.clen), false)
		})
	}
}
