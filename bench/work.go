package main

import (
	"fmt"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/dsp/fourier"

	"nnk/asm"
	"nnk/fft"
	"nnk/mat"
)

func allWork() []work {
	all := limits()
	for _, s := range [][3]int{{64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
		{1, 4096, 4096}, {1, 768, 3072}, {32, 768, 3072}, {256, 64, 512}, {1024, 784, 256}} {
		all = append(all, gemm[float32]("sgemm", s[0], s[1], s[2]), gemm[float64]("dgemm", s[0], s[1], s[2]))
	}
	for _, s := range [][2]int{{768, 3072}, {4096, 4096}} {
		all = append(all, packedRow[float32]("sgemm", s[0], s[1]), packedRow[float64]("dgemm", s[0], s[1]))
	}
	all = append(all, syrk[float32]("ssyrk", 4096, 1024), syrk[float64]("dsyrk", 4096, 1024))
	for _, n := range []int{64, 1024, 65536, 1 << 22} {
		all = append(all, dot[float32]("sdot", n), dot[float64]("ddot", n))
	}
	for _, set := range []struct {
		kernel string
		width  int
	}{{"avx2", 256}, {"avx512", 512}} {
		all = append(all, functions[float32]("float32", set.kernel, set.width)...)
		all = append(all, functions[float64]("float64", set.kernel, set.width)...)
	}
	for n := 256; n <= 65536; n *= 4 {
		all = append(all, hadamard(n))
	}
	for _, n := range []int{1024, 65536} {
		all = append(all, transform(n))
	}
	return all
}

// fill returns n small values at an address that is a multiple of 64.
func fill[T any](n int, value func(i int) T) []T {
	size := int(unsafe.Sizeof(*new(T)))
	s := make([]T, n+64/size)
	skip := 0
	for uintptr(unsafe.Pointer(&s[skip]))%64 != 0 {
		skip++
	}
	s = s[skip : skip+n : skip+n]
	for i := range s {
		s[i] = value(i)
	}
	return s
}

func values[T asm.Float](n int) []T {
	return fill(n, func(i int) T { return T(i%15-7) / 8 })
}

// limits are what this core can do at most, measured with kernels of ours.
func limits() []work {
	var all []work
	for _, l := range []struct {
		name  string
		bytes int
	}{{"L1", 16 << 10}, {"L2", 256 << 10}, {"L3", 8 << 20}, {"DRAM", 256 << 20}} {
		all = append(all, work{name: "limit: read " + l.name, unit: "GB/s", amount: float64(l.bytes), prepare: func() (runner, []peer) {
			x := values[float32](l.bytes / 4)
			return timed(func() { asm.Dot(x[:len(x)/2], x[len(x)/2:]) }), nil
		}})
	}
	return append(all, peak[float32]("float32"), peak[float64]("float64"))
}

// peak multiplies a tile whose operands do not leave the L1 cache.
func peak[T asm.Float](typ string) work {
	const k = 512
	m, n := asm.TileRows(), asm.TileCols[T]()
	return work{name: "limit: multiply-add " + typ, unit: "Gflop/s", amount: 2 * float64(m*n*k), prepare: func() (runner, []peer) {
		x, y, c := values[T](m*k), values[T](n), values[T](m*n)
		return timed(func() { asm.Tile(m, n, k, x, 1, m, y, 0, c, n, false) }), nil
	}}
}

func gemm[T asm.Float](name string, m, k, n int) work {
	return work{name: fmt.Sprintf("%s %d×%d×%d", name, m, k, n), unit: "Gflop/s", amount: 2 * float64(m*k*n), parallel: m >= 512,
		prepare: func() (runner, []peer) {
			a, b, c := values[T](m*k), values[T](k*n), values[T](m*n)
			peers := gemmPeers(m, k, n, a, b, c)
			if m == 1 {
				peers = append(peers, gemvPeers(k, n, a, b, c)...)
			}
			dst, x, y := mat.Of(m, n, c), mat.Of(m, k, a), mat.Of(k, n, b)
			return timed(func() { mat.Mul(dst, x, y) }), append(peers, gonumGemm(m, k, n, a, b, c))
		}}
}

// packedRow multiplies one row by weights that were laid out beforehand.
func packedRow[T asm.Float](name string, k, n int) work {
	return work{name: fmt.Sprintf("%s 1×%d×%d, ours packed", name, k, n), unit: "Gflop/s", amount: 2 * float64(k*n),
		prepare: func() (runner, []peer) {
			a, b, c := values[T](k), values[T](k*n), values[T](n)
			dst, x, packed := mat.Of(1, n, c), mat.Of(1, k, a), mat.Pack(mat.Of(k, n, b))
			return timed(func() { mat.MulPacked(dst, x, packed) }), gemvPeers(k, n, a, b, c)
		}}
}

// syrk is the Gram matrix of a k×n matrix, counted as its upper triangle. Ours
// fills both triangles.
func syrk[T asm.Float](name string, k, n int) work {
	return work{name: fmt.Sprintf("%s %d×%d", name, k, n), unit: "Gflop/s", amount: float64(k) * float64(n) * float64(n+1), parallel: true,
		prepare: func() (runner, []peer) {
			a, c := values[T](k*n), values[T](n*n)
			dst, x := mat.Of(n, n, c), mat.Of(k, n, a)
			return timed(func() { mat.Gram(dst, x) }), syrkPeers(k, n, a, c)
		}}
}

func dot[T asm.Float](name string, n int) work {
	size := int(unsafe.Sizeof(T(0)))
	return work{name: fmt.Sprintf("%s %d", name, n), unit: "GB/s", amount: float64(2 * n * size), prepare: func() (runner, []peer) {
		x, y := values[T](n), values[T](n)
		return timed(func() { asm.Dot(x, y) }), append(dotPeers(x, y), gonumDot(x, y))
	}}
}

func gonumGemm[T asm.Float](m, k, n int, a, b, c []T) peer {
	impl := gonum.Implementation{}
	if a, ok := any(a).([]float32); ok {
		b, c := any(b).([]float32), any(c).([]float32)
		return peer{"Gonum", timed(func() { impl.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, n, 0, c, n) })}
	}
	ad, bd, cd := any(a).([]float64), any(b).([]float64), any(c).([]float64)
	return peer{"Gonum", timed(func() { impl.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, ad, k, bd, n, 0, cd, n) })}
}

func gonumDot[T asm.Float](x, y []T) peer {
	impl := gonum.Implementation{}
	if x, ok := any(x).([]float32); ok {
		y := any(y).([]float32)
		return peer{"Gonum", timed(func() { impl.Sdot(len(x), x, 1, y, 1) })}
	}
	xd, yd := any(x).([]float64), any(y).([]float64)
	return peer{"Gonum", timed(func() { impl.Ddot(len(xd), xd, 1, yd, 1) })}
}

// functions are elementwise functions over 4096 arguments in [−8, 8), against
// SLEEF at 1 ulp with vectors of the same width.
func functions[T asm.Float](typ, kernel string, width int) []work {
	const n = 4096
	line := func(name string, ours func(y, z, x []T)) work {
		return work{name: fmt.Sprintf("%s %s %s", name, typ, kernel), unit: "G elements/s", amount: n, kernel: kernel, prepare: func() (runner, []peer) {
			x := fill(n, func(i int) T { return T(i-n/2) / (n / 16) })
			if name == "log" {
				x = fill(n, func(i int) T { return T(i+1) / (n / 16) })
			}
			y, z := values[T](n), values[T](n)
			return timed(func() { ours(y, z, x) }), sleefPeers(name, width, x, y, z)
		}}
	}
	return []work{
		line("exp", func(y, _, x []T) { asm.Exp(y, x) }),
		line("log", func(y, _, x []T) { asm.Log(y, x) }),
		line("tanh", func(y, _, x []T) { asm.Tanh(y, x) }),
		line("erf", func(y, _, x []T) { asm.Erf(y, x) }),
		line("sincos", func(y, z, x []T) { asm.Sincos(y, z, x) }),
	}
}

// hadamard is a Walsh–Hadamard transform in place; FFTW does it as a real
// transform of size 2 in each of log₂(n) dimensions.
func hadamard(n int) work {
	return work{name: fmt.Sprintf("Walsh-Hadamard float32 %d", n), unit: "GB/s", amount: float64(8 * n), prepare: func() (runner, []peer) {
		x, y := fill(n, func(int) float32 { return 0 }), values[float32](n)
		return timed(func() { asm.FWHT(x) }), whtPeers(y)
	}}
}

// transform is a forward complex transform; 5 n log₂ n operations.
func transform(n int) work {
	log2 := 0
	for 1<<log2 < n {
		log2++
	}
	return work{name: fmt.Sprintf("fft complex128 %d", n), unit: "Gflop/s", amount: float64(5 * n * log2), prepare: func() (runner, []peer) {
		x := fill(n, func(i int) complex128 { return complex(float64(i%15-7), float64(i%7-3)) })
		y := fill(n, func(int) complex128 { return 0 })
		plan, ws, theirs := fft.NewPlan[complex128](n), new(fft.Workspace), fourier.NewCmplxFFT(n)
		return timed(func() { plan.Forward(y, x, ws) }), append(fftPeers(x), peer{"Gonum", timed(func() { theirs.Coefficients(y, x) })})
	}}
}
