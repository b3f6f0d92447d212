package fuzz

import (
	"slices"
	"testing"

	"nnk/asm"
)

// FuzzArithmetic: the kernels that add, multiply, scale, turn and transpose.
func FuzzArithmetic(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzArithmetic[float32](t, b)
		fuzzArithmetic[float64](t, b)
	})
}

func fuzzArithmetic[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	n := r.size(600)
	x, y, c := slice[T](r, n), slice[T](r, n), slice[T](r, 2)
	everySet(t, func() []T {
		sum, product, scaled, inPlace := make([]T, n), make([]T, n), make([]T, n), slices.Clone(x)
		asm.Add(sum, x, y)
		asm.Mul(product, x, y)
		asm.Scale(scaled, x, c[0])
		asm.Mul(inPlace, inPlace, y)
		u, v := slices.Clone(x), slices.Clone(y)
		asm.Rotate(u, v, c[0], c[1])
		return slices.Concat(sum, product, scaled, inPlace, u, v, []T{asm.Sum(x), asm.SumSquares(x)})
	})
}

// FuzzTile: tiles, rows times matrices and transposes of any shape and stride, against
// the loops that define them.
func FuzzTile(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{6, 16, 5, 1, 2, 1, 1, 0, 3, 1, 2, 3, 4, 5})
	f.Add([]byte{8, 48, 40, 3, 0, 0, 0, 5, 2, 9, 8, 7})
	f.Add([]byte{1, 23, 0, 0, 0, 1, 4, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzTile[float32](t, b)
		fuzzTile[float64](t, b)
	})
}

func fuzzTile[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	m, n, k := int(r.byte()%30), int(r.byte())%(asm.TileCols[T]()+1), int(r.byte()%60)
	ars, aks := 1+int(r.byte()%4), m*4+1 // A by columns
	if r.byte()%2 == 0 {
		ars, aks = max(k, 1)+int(r.byte()%3), 1 // or by rows
	}
	bs, cs, load := n+int(r.byte()%4), n+int(r.byte()%4), r.byte()%2 == 1
	a, bm, c := slice[T](r, m*ars+k*aks+1), slice[T](r, k*bs+n), slice[T](r, m*cs+n)
	want := slices.Clone(c)
	for i := range m {
		for j := range n {
			var s T
			if load {
				s = c[i*cs+j]
			}
			for q := range k {
				s = asm.FMA(a[i*ars+q*aks], bm[q*bs+j], s)
			}
			want[i*cs+j] = s
		}
	}
	rows := min(k, (len(a)+ars-1)/ars) // AxpyRows goes along A by its stride of rows
	row := slices.Clone(c[:n])
	for q := range rows {
		for j := range row {
			row[j] = asm.FMA(a[q*ars], bm[q*bs+j], row[j])
		}
	}
	depth, panels := min(k, 9), n%6
	wide := slice[T](r, panels*depth*asm.TileCols[T]())
	across := make([]T, panels*asm.TileCols[T]())
	everySet(t, func() []T {
		got := slices.Clone(c)
		asm.Tile(m, n, k, a, ars, aks, bm, bs, got, cs, load)
		equal(t, "Tile", got, want)
		fetching := slices.Clone(c)
		asm.TileAhead(m, n, k, a, ars, aks, bm, bs, fetching, cs, load, a)
		equal(t, "TileAhead", fetching, want)
		copying, panel := slices.Clone(c), make([]T, k*n)
		asm.TileCopy(m, n, k, a, ars, aks, bm, bs, copying, cs, load, panel)
		equal(t, "TileCopy", copying, want)
		asm.TileRow(panels, depth, a, 1, wide, depth*asm.TileCols[T](), across, false)
		dst := slices.Clone(c[:n])
		asm.AxpyRows(dst, rows, a, ars, bm, bs)
		equal(t, "AxpyRows", dst, row)
		turned := make([]T, n*k)
		asm.Transpose(n, k, turned, k, bm, bs)
		for i := range n {
			for j := range k {
				if !same(turned[i*k+j], bm[j*bs+i]) {
					t.Fatalf("Transpose: element %d, %d of %d×%d is %x, want %x", i, j, n, k, turned[i*k+j], bm[j*bs+i])
				}
			}
		}
		return slices.Concat(got, turned, across)
	})
}

func equal[T asm.Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i, w := range want {
		if !same(got[i], w) {
			t.Fatalf("%s %T: element %d of %d is %x, want %x", what, w, i, len(want), got[i], w)
		}
	}
}

// FuzzPhilox: every set makes the words of the blocks one by one, and normals from
// any words, whatever made them.
func FuzzPhilox(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint64(0), byte(1), []byte{})
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), byte(3), []byte{255, 255, 255, 255})
	f.Add(uint64(0x243f6a8885a308d3), uint64(1), uint64(1)<<28-1, byte(2), []byte{0, 0, 0, 128})
	f.Fuzz(func(t *testing.T, seed, stream, group uint64, n byte, b []byte) {
		words := make([]uint32, int(n%9)*asm.PhiloxGroup)
		everySet(t, func() []float64 {
			asm.Philox(words, seed, stream, group)
			all := make([]float64, len(words))
			for i, w := range words {
				block := (group+uint64(i/asm.PhiloxGroup))*16 + uint64(i%16)
				want := asm.Philox4x32([4]uint32{uint32(block), uint32(block >> 32), uint32(stream), uint32(stream >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
				if w != want[i%asm.PhiloxGroup/16] {
					t.Fatalf("word %d is %x, want %x", i, w, want[i%asm.PhiloxGroup/16])
				}
				all[i] = float64(w)
			}
			return all
		})
		for i := range words { // words that no block has
			if len(b) >= 4 {
				words[i] ^= uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
				b = b[1:]
			}
		}
		normals[float32](t, words)
		normals[float64](t, words)
	})
}

// normals are finite, whatever the words.
func normals[T asm.Float](t *testing.T, words []uint32) {
	everySet(t, func() []T {
		v := make([]T, len(words))
		asm.Normal(v, words)
		for i, x := range v {
			if !(x > -10 && x < 10) {
				t.Fatalf("%T: normal %d is %g", x, i, float64(x))
			}
		}
		return v
	})
}

// FuzzPass: single passes of every radix on any values, which plans would not
// give them.
func FuzzPass(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzPass[float32, complex64](t, b)
		fuzzPass[float64, complex128](t, b)
	})
}

func fuzzPass[T asm.Float, C asm.Complex](t *testing.T, b []byte) {
	r := &reader{b}
	radix := []int{2, 3, 4, 5, 7, 8}[r.byte()%6]
	m, s := 1+int(r.byte()%6), 4*(1+int(r.byte()%6)) // the first pass has radix 4
	last, inverse := []int{1, 2, 4}[r.byte()%3], r.byte()%2 == 1
	n := radix * m * s
	xr, xi, tw := slice[T](r, n), slice[T](r, n), slice[T](r, 2*m*(radix-1))
	x, w := make([]C, n), make([]C, n)
	asm.FFTLast(x, xr, xi, 1, 1, false)
	asm.FFTLast(w, xi, xr, 1, 1, false)
	first := slice[T](r, 6*(n/4))
	scale := slice[T](r, 1)[0]
	everySet(t, func() []T {
		yr, yi := make([]T, n), make([]T, n)
		asm.FFTPass(yr, yi, xr, xi, tw, radix, s)
		out := slices.Concat(yr, yi)
		asm.FFTFirst(yr, yi, x, first, inverse)
		out = append(append(out, yr...), yi...)
		y := make([]C, n)
		asm.ComplexMul(y, x, w)
		out = append(out, split[T](y)...)
		asm.FFTLast(y, xr, xi, last, scale, inverse)
		out = append(out, split[T](y)...)
		h := 1 << (bitsOf(n) - 1)
		u := slices.Clone(xr[:h])
		asm.FWHTScaled(u, u[:h-h/3], xi[:h], xr[:h])
		return append(out, u...)
	})
}

// bitsOf is the number of bits of n.
func bitsOf(n int) (k int) {
	for ; n > 0; n >>= 1 {
		k++
	}
	return k
}

func split[T asm.Float, C asm.Complex](y []C) []T {
	v := make([]T, 2*len(y))
	asm.FFTSplit(v[:len(y)], v[len(y):], y, false)
	return v
}
