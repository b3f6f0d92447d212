//go:build amd64 && !purego

package asm

import (
	"golang.org/x/sys/cpu"

	"nnk/internal/impl"
)

// Which instruction sets the kernels may use now. x/sys/cpu reports a set only
// if the operating system saves its registers. Only combinations that the tests
// run are offered: AVX2 with FMA, and AVX-512 F+DQ+VL+BW on top of it.
var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW

	useAVX2, useAVX512 bool
)

func registerKernels() {
	if hasAVX512 {
		impl.Register("avx512", func() { useAVX2, useAVX512 = true, true })
	}
	if hasAVX2 {
		impl.Register("avx2", func() { useAVX2, useAVX512 = true, false })
	}
	impl.Register("generic", func() { useAVX2, useAVX512 = false, false })
}

func dot32(x, y []float32) float32 {
	if useAVX512 {
		return dot32AVX512(x, y)
	}
	if useAVX2 {
		return dot32AVX2(x, y)
	}
	return dotGeneric32(x, y)
}

func dot64(x, y []float64) float64 {
	if useAVX512 {
		return dot64AVX512(x, y)
	}
	if useAVX2 {
		return dot64AVX2(x, y)
	}
	return dotGeneric64(x, y)
}

func axpy32(dst []float32, a float32, x []float32) {
	if useAVX512 {
		axpy32AVX512(dst, a, x)
	} else if useAVX2 {
		axpy32AVX2(dst, a, x)
	} else {
		axpyGeneric32(dst, a, x)
	}
}

func axpy64(dst []float64, a float64, x []float64) {
	if useAVX512 {
		axpy64AVX512(dst, a, x)
	} else if useAVX2 {
		axpy64AVX2(dst, a, x)
	} else {
		axpyGeneric64(dst, a, x)
	}
}

func sum32(x []float32) float32 {
	if useAVX512 {
		return sum32AVX512(x)
	}
	if useAVX2 {
		return sum32AVX2(x)
	}
	return sumGeneric32(x)
}

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, ahead []float32, step int, near bool) {
	if useAVX512 {
		mask := uint64(0xffff) >> (-n & 15)
		switch {
		case n == 48:
			tile32x3FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n == 32:
			tile32x2FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 32:
			tile32x3AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 16:
			tile32x2AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		default:
			tile32x1AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		}
		return
	}
	if useAVX2 {
		for j := 0; j < n; j += 16 {
			mask := &first32[32-(1+(n-1-j)&7)]
			switch w := n - j; {
			case w >= 16:
				tile32FullAVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			case w > 8:
				tile32x2AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			default:
				tile32x1AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			}
		}
		return
	}
	tileGeneric32(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

// tileCopy32 does rows of TileCopy, and returns how many. The AVX2 tiles have no such
// form: three of them pass over a panel, and each would bring a third of a line.
func tileCopy32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, panel []float32) int {
	if !useAVX512 || m < 8 {
		return 0
	}
	switch n {
	case 48:
		tile32x3CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 192, false)
	case 32:
		tile32x2CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 128, false)
	default:
		return 0
	}
	return 8
}

// tileCopy64 does rows of TileCopy, and returns how many. The AVX2 tiles have no such
// form: three of them pass over a panel, and each would bring a third of a line.
func tileCopy64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, panel []float64) int {
	if !useAVX512 || m < 8 {
		return 0
	}
	switch n {
	case 24:
		tile64x3CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 192, false)
	case 16:
		tile64x2CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 128, false)
	default:
		return 0
	}
	return 8
}

// tileRow32 adds to whole groups of TileRow's panels, and returns how many panels.
func tileRow32(panels, k int, a []float32, as int, b []float32, ps int, c []float32) int {
	s := 0
	if useAVX512 {
		for ; s+4 <= panels; s += 4 {
			tileRow32AVX512(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols32])
		}
	} else if useAVX2 {
		for ; s+2 <= panels; s += 2 {
			tileRow32AVX2(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols32])
		}
	}
	return s
}

// tileRow64 adds to whole groups of TileRow's panels, and returns how many panels.
func tileRow64(panels, k int, a []float64, as int, b []float64, ps int, c []float64) int {
	s := 0
	if useAVX512 {
		for ; s+4 <= panels; s += 4 {
			tileRow64AVX512(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols64])
		}
	} else if useAVX2 {
		for ; s+2 <= panels; s += 2 {
			tileRow64AVX2(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols64])
		}
	}
	return s
}

func sum64(x []float64) float64 {
	if useAVX512 {
		return sum64AVX512(x)
	}
	if useAVX2 {
		return sum64AVX2(x)
	}
	return sumGeneric64(x)
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, ahead []float64, step int, near bool) {
	if useAVX512 {
		mask := uint64(0xff) >> (-n & 7)
		switch {
		case n == 24:
			tile64x3FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n == 16:
			tile64x2FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 16:
			tile64x3AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 8:
			tile64x2AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		default:
			tile64x1AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		}
		return
	}
	if useAVX2 {
		for j := 0; j < n; j += 8 {
			mask := &first64[16-(1+(n-1-j)&3)]
			switch w := n - j; {
			case w >= 8:
				tile64FullAVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			case w > 4:
				tile64x2AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			default:
				tile64x1AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			}
		}
		return
	}
	tileGeneric64(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

// Masks for AVX2: what starts at first32[32-n] or first64[16-n] has n lanes set.
var first32, first64 = func() (a [64]int32, b [32]int64) {
	for i := range 32 {
		a[i] = -1
	}
	for i := range 16 {
		b[i] = -1
	}
	return a, b
}()

func tileRows() int {
	switch {
	case useAVX512:
		return 8
	case useAVX2:
		return 6
	}
	return 4
}

//go:noescape
func tile32x1AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x2AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x2FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x3FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x3AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x2CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)

//go:noescape
func tile32x3CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)

//go:noescape
func tile64x2CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)

//go:noescape
func tile64x3CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)

//go:noescape
func tile32FullAVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tile32x1AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tile32x2AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tileRow32AVX2(k int, a *float32, as int, b *float32, ps int, c *float32)

//go:noescape
func tileRow32AVX512(k int, a *float32, as int, b *float32, ps int, c *float32)

//go:noescape
func tileRow64AVX2(k int, a *float64, as int, b *float64, ps int, c *float64)

//go:noescape
func tileRow64AVX512(k int, a *float64, as int, b *float64, ps int, c *float64)

//go:noescape
func tile64x1AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x2AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x2FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x3FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x3AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64FullAVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)

//go:noescape
func tile64x1AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)

//go:noescape
func tile64x2AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)

func rotate32(x, y []float32, t, s float32) {
	if useAVX512 {
		rotate32AVX512(x, y, t, s)
	} else if useAVX2 {
		rotate32AVX2(x, y, t, s)
	} else {
		rotateGeneric32(x, y, t, s)
	}
}

func rotate64(x, y []float64, t, s float64) {
	if useAVX512 {
		rotate64AVX512(x, y, t, s)
	} else if useAVX2 {
		rotate64AVX2(x, y, t, s)
	} else {
		rotateGeneric64(x, y, t, s)
	}
}

func philox(dst []uint32, seed, stream, group uint64) {
	if useAVX512 {
		philoxAVX512(dst, seed, stream, group)
	} else if useAVX2 {
		philoxAVX2(dst, seed, stream, group)
	} else {
		philoxGeneric(dst, seed, stream, group)
	}
}

func mul32(dst, x, y []float32) {
	if useAVX512 {
		mul32AVX512(dst, x, y)
	} else if useAVX2 {
		mul32AVX2(dst, x, y)
	} else {
		mulGeneric(dst, x, y)
	}
}

func mul64(dst, x, y []float64) {
	if useAVX512 {
		mul64AVX512(dst, x, y)
	} else if useAVX2 {
		mul64AVX2(dst, x, y)
	} else {
		mulGeneric(dst, x, y)
	}
}

func normal32(dst []float32, words []uint32) {
	switch n := len(words) / 2; {
	case n == 0:
	case useAVX512:
		normal32AVX512(&dst[0], &words[0], n)
	case useAVX2:
		normal32AVX2(&dst[0], &words[0], n)
	default:
		normalGeneric32(dst, words)
	}
}

func normal64(dst []float64, words []uint32) {
	switch n := len(words) / 4; {
	case n == 0:
	case useAVX512:
		normal64AVX512(&dst[0], &words[0], n)
	case useAVX2:
		normal64AVX2(&dst[0], &words[0], n)
	default:
		normalGeneric64(dst, words)
	}
}

//go:noescape
func axpy32AVX2(dst []float32, a float32, x []float32)

//go:noescape
func dot32AVX2(x, y []float32) float32

//go:noescape
func sum32AVX2(x []float32) float32

//go:noescape
func axpy32AVX512(dst []float32, a float32, x []float32)

//go:noescape
func dot32AVX512(x, y []float32) float32

//go:noescape
func sum32AVX512(x []float32) float32

//go:noescape
func axpy64AVX2(dst []float64, a float64, x []float64)

//go:noescape
func dot64AVX2(x, y []float64) float64

//go:noescape
func sum64AVX2(x []float64) float64

//go:noescape
func axpy64AVX512(dst []float64, a float64, x []float64)

//go:noescape
func dot64AVX512(x, y []float64) float64

//go:noescape
func sum64AVX512(x []float64) float64

// fwhtWidth32 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth32(n int) int {
	switch {
	case useAVX512 && n >= 128:
		return 128
	case useAVX2 && n >= 64:
		return 64
	}
	return 0
}

func fwhtBase32(width int, dst, x, f []float32) {
	switch {
	case width == 128 && f == nil:
		fwhtBase32AVX512(&dst[0], &x[0], len(x))
	case width == 128:
		fwhtScaled32AVX512(&dst[0], &x[0], &f[0], len(x))
	case f == nil:
		fwhtBase32AVX2(&dst[0], &x[0], len(x))
	default:
		fwhtScaled32AVX2(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass32(x []float32, h, stages int) {
	switch {
	case useAVX512 && h >= 16:
		switch stages {
		case 1:
			fwhtPass2x32AVX512(&x[0], len(x), h)
		case 2:
			fwhtPass4x32AVX512(&x[0], len(x), h)
		case 3:
			fwhtPass8x32AVX512(&x[0], len(x), h)
		}
	case useAVX2 && h >= 8:
		switch stages {
		case 1:
			fwhtPass2x32AVX2(&x[0], len(x), h)
		case 2:
			fwhtPass4x32AVX2(&x[0], len(x), h)
		case 3:
			fwhtPass8x32AVX2(&x[0], len(x), h)
		}
	default:
		fwhtPassGeneric(x, h, stages)
	}
}

func fwhtLast32(x []float32, h, stages int, g []float32) bool {
	switch {
	case useAVX512 && h >= 16 && stages == 2:
		fwhtLast4x32AVX512(&x[0], len(x), h, &g[0])
	case useAVX512 && h >= 16 && stages == 3:
		fwhtLast8x32AVX512(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 8 && stages == 2:
		fwhtLast4x32AVX2(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 8 && stages == 3:
		fwhtLast8x32AVX2(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

// fwhtWidth64 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth64(n int) int {
	switch {
	case useAVX512 && n >= 64:
		return 64
	case useAVX2 && n >= 32:
		return 32
	}
	return 0
}

func fwhtBase64(width int, dst, x, f []float64) {
	switch {
	case width == 64 && f == nil:
		fwhtBase64AVX512(&dst[0], &x[0], len(x))
	case width == 64:
		fwhtScaled64AVX512(&dst[0], &x[0], &f[0], len(x))
	case f == nil:
		fwhtBase64AVX2(&dst[0], &x[0], len(x))
	default:
		fwhtScaled64AVX2(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass64(x []float64, h, stages int) {
	switch {
	case useAVX512 && h >= 8:
		switch stages {
		case 1:
			fwhtPass2x64AVX512(&x[0], len(x), h)
		case 2:
			fwhtPass4x64AVX512(&x[0], len(x), h)
		case 3:
			fwhtPass8x64AVX512(&x[0], len(x), h)
		}
	case useAVX2 && h >= 4:
		switch stages {
		case 1:
			fwhtPass2x64AVX2(&x[0], len(x), h)
		case 2:
			fwhtPass4x64AVX2(&x[0], len(x), h)
		case 3:
			fwhtPass8x64AVX2(&x[0], len(x), h)
		}
	default:
		fwhtPassGeneric(x, h, stages)
	}
}

func fwhtLast64(x []float64, h, stages int, g []float64) bool {
	switch {
	case useAVX512 && h >= 8 && stages == 2:
		fwhtLast4x64AVX512(&x[0], len(x), h, &g[0])
	case useAVX512 && h >= 8 && stages == 3:
		fwhtLast8x64AVX512(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 4 && stages == 2:
		fwhtLast4x64AVX2(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 4 && stages == 3:
		fwhtLast8x64AVX2(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

//go:noescape
func fwhtLast4x32AVX2(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32AVX2(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase32AVX2(dst, x *float32, n int)

//go:noescape
func fwhtScaled32AVX2(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtPass4x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtPass8x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtLast4x32AVX512(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32AVX512(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase32AVX512(dst, x *float32, n int)

//go:noescape
func fwhtScaled32AVX512(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtPass4x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtPass8x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtLast4x64AVX2(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64AVX2(x *float64, n, h int, last *float64)

//go:noescape
func fwhtBase64AVX2(dst, x *float64, n int)

//go:noescape
func fwhtScaled64AVX2(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtPass4x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtPass8x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtLast4x64AVX512(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64AVX512(x *float64, n, h int, last *float64)

//go:noescape
func fwhtBase64AVX512(dst, x *float64, n int)

//go:noescape
func fwhtScaled64AVX512(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64AVX512(x *float64, n, h int)

//go:noescape
func fwhtPass4x64AVX512(x *float64, n, h int)

//go:noescape
func fwhtPass8x64AVX512(x *float64, n, h int)

// axpyRows32 does the rows and columns that its kernels can, and returns how many.
func axpyRows32(dst []float32, k int, a []float32, as int, b []float32, bs int) (cols, rows int) {
	cols, rows = len(dst)&^15, k&^7
	if !useAVX2 {
		return len(dst), 0
	}
	if cols == 0 {
		return 0, 0
	}
	for q := 0; q < rows; q += 8 {
		if useAVX512 {
			axpyRows32AVX512(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		} else {
			axpyRows32AVX2(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		}
	}
	return cols, rows
}

// transpose32 does the squares of 8 by 8, and returns the part they cover.
func transpose32(m, n int, dst []float32, ds int, src []float32, ss int) (mm, nn int) {
	if mm, nn = m&^7, n&^7; mm == 0 || !useAVX2 {
		return 0, 0
	}
	for j := 0; j < nn; j += 8 {
		transpose32AVX2(mm/8, &dst[j], ds, &src[j*ss], ss)
	}
	return mm, nn
}

//go:noescape
func axpyRows32AVX2(n int, dst *float32, a *float32, as int, b *float32, bs int)

//go:noescape
func axpyRows32AVX512(n int, dst *float32, a *float32, as int, b *float32, bs int)

//go:noescape
func transpose32AVX2(squares int, dst *float32, ds int, src *float32, ss int)

// axpyRows64 does the rows and columns that its kernels can, and returns how many.
func axpyRows64(dst []float64, k int, a []float64, as int, b []float64, bs int) (cols, rows int) {
	cols, rows = len(dst)&^7, k&^7
	if !useAVX2 {
		return len(dst), 0
	}
	if cols == 0 {
		return 0, 0
	}
	for q := 0; q < rows; q += 8 {
		if useAVX512 {
			axpyRows64AVX512(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		} else {
			axpyRows64AVX2(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		}
	}
	return cols, rows
}

// transpose64 does the squares of 4 by 4, and returns the part they cover.
func transpose64(m, n int, dst []float64, ds int, src []float64, ss int) (mm, nn int) {
	if mm, nn = m&^3, n&^3; mm == 0 || !useAVX2 {
		return 0, 0
	}
	for j := 0; j < nn; j += 4 {
		transpose64AVX2(mm/4, &dst[j], ds, &src[j*ss], ss)
	}
	return mm, nn
}

//go:noescape
func axpyRows64AVX2(n int, dst *float64, a *float64, as int, b *float64, bs int)

//go:noescape
func axpyRows64AVX512(n int, dst *float64, a *float64, as int, b *float64, bs int)

//go:noescape
func transpose64AVX2(squares int, dst *float64, ds int, src *float64, ss int)

//go:noescape
func rotate32AVX2(x, y []float32, t, s float32)

//go:noescape
func rotate32AVX512(x, y []float32, t, s float32)

//go:noescape
func rotate64AVX2(x, y []float64, t, s float64)

//go:noescape
func rotate64AVX512(x, y []float64, t, s float64)
func complexMul32(dst, x, w []complex64) {
	const lanes = 4
	v := 0
	if useAVX2 {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul32AVX2(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric32(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst32(yr, yi []float32, x []complex64, tw []float32, inverse bool) {
	const lanes = 8
	m := len(yr) / 4
	v := 0
	if useAVX2 {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse32AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst32AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast32(y []complex64, xr, xi []float32, radix int, scale float32, inverse bool) {
	const lanes = 8
	s := len(y) / radix
	v := 0
	if useAVX2 && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass32(yr, yi, xr, xi, tw []float32, radix, s int) {
	m := len(yr) / (radix * s)
	done := 0
	switch {
	case radix == 7:
	case useAVX512 && s >= 16 && s%16 == 0:
		done = s
		fftPass32AVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/16, 0)
	case useAVX512 && s == 4 && radix == 4 && m >= 4 && m%4 == 0:
		done = s
		fftPass4x32RowsAVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], m/4)
	case useAVX2 && s%8 == 4:
		done = s
		fftPass32X4AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/4, 0)
	case useAVX2 && s >= 8:
		done = s - s%8
		fftPass32AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/8, s%8*4)
	}
	if done < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, done)
	}
}

func complexMul64(dst, x, w []complex128) {
	const lanes = 2
	v := 0
	if useAVX2 {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul64AVX2(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric64(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst64(yr, yi []float64, x []complex128, tw []float64, inverse bool) {
	const lanes = 4
	m := len(yr) / 4
	v := 0
	if useAVX2 {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse64AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst64AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast64(y []complex128, xr, xi []float64, radix int, scale float64, inverse bool) {
	const lanes = 4
	s := len(y) / radix
	v := 0
	if useAVX2 && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass64(yr, yi, xr, xi, tw []float64, radix, s int) {
	m := len(yr) / (radix * s)
	done := 0
	switch {
	case radix == 7:
	case useAVX512 && s >= 8 && s%8 == 0:
		done = s
		fftPass64AVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/8, 0)
	case useAVX2 && s >= 4:
		done = s - s%4
		fftPass64AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/4, s%4*8)
	}
	if done < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, done)
	}
}

func fftPass32X4AVX2(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass32AVX2(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass32AVX512(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass64AVX2(yr, yi, xr, xi, tw *float64, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass64AVX512(yr, yi, xr, xi, tw *float64, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

//go:noescape
func fftPass4x32RowsAVX512(yr, yi, xr, xi, tw *float32, groups int)

//go:noescape
func fftPass2x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass3x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass4x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass5x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass8x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass2x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass3x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass4x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass5x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass8x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func complexMul32AVX2(dst, x, w *complex64, v int)

//go:noescape
func fftFirst32AVX2(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLast2x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLast4x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftFirstInverse32AVX2(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLastInverse2x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLastInverse4x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func complexMul64AVX2(dst, x, w *complex128, v int)

//go:noescape
func fftFirst64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLast2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLast4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftFirstInverse64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLastInverse2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLastInverse4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func mul32AVX2(dst, x, y []float32)

//go:noescape
func mul32AVX512(dst, x, y []float32)

//go:noescape
func mul64AVX2(dst, x, y []float64)

//go:noescape
func mul64AVX512(dst, x, y []float64)

//go:noescape
func philoxAVX2(dst []uint32, seed, stream, group uint64)

//go:noescape
func philoxAVX512(dst []uint32, seed, stream, group uint64)
