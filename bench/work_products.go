package main

import (
	"fmt"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"nnk/asm"
	"nnk/mat"
)

// products are matrix products, Gram matrices and dot products.
func products() []work {
	var all []work
	for _, s := range [][3]int{{64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
		{1, 4096, 4096}, {1, 768, 3072}, {32, 768, 3072}, {256, 64, 512}, {1024, 784, 256}} {
		all = append(all, gemm[float32]("sgemm", s[0], s[1], s[2]), gemm[float64]("dgemm", s[0], s[1], s[2]))
	}
	for _, s := range [][3]int{{1, 768, 3072}, {1, 4096, 4096}, {32, 768, 3072}} {
		all = append(all, packed[float32]("sgemm", s[0], s[1], s[2]), packed[float64]("dgemm", s[0], s[1], s[2]))
	}
	all = append(all, syrk[float32]("ssyrk", 4096, 1024), syrk[float64]("dsyrk", 4096, 1024))
	for _, n := range []int{64, 1024, 65536, 1 << 22} {
		all = append(all, dot[float32]("sdot", n), dot[float64]("ddot", n))
	}
	return all
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

// packed multiplies by weights that were laid out beforehand.
func packed[T asm.Float](name string, m, k, n int) work {
	return work{name: fmt.Sprintf("%s %d×%d×%d, ours packed", name, m, k, n), unit: "Gflop/s", amount: 2 * float64(m*k*n),
		prepare: func() (runner, []peer) {
			a, b, c := values[T](m*k), values[T](k*n), values[T](m*n)
			peers := gemmPeers(m, k, n, a, b, c)
			if m == 1 {
				peers = gemvPeers(k, n, a, b, c)
			}
			dst, x, packed := mat.Of(m, n, c), mat.Of(m, k, a), mat.Pack(mat.Of(k, n, b))
			return timed(func() { mat.MulPacked(dst, x, packed) }), peers
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
