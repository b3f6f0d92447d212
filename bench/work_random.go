package main

import (
	"math/rand/v2"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// randomness is random numbers and projections.
func randomness() []work {
	return []work{
		normals(), bits(),
		projection("Hadamard projection 1024×784 → 4096, our dense product beside it", ortho.Hadamard, 1024, 784, 4096),
		blockG(4096, 1024),
	}
}

func normals() work {
	const n = 1 << 16
	return work{name: "normals float32", unit: "G elements/s", amount: n, prepare: func() (runner, []peer) {
		x, s := make([]float32, n), rng.New(1)
		r := rand.New(rand.NewPCG(1, 2))
		theirs := peer{"Go NormFloat64", timed(func() {
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
		})}
		return timed(func() { rng.Normal(s, x, 0) }),
			append(numpy("g = numpy.random.default_rng(1); x = numpy.empty(65536, 'f')", "g.standard_normal(out=x, dtype='f')"), theirs)
	}}
}

func bits() work {
	const n = 1 << 15
	return work{name: "random bits", unit: "GB/s", amount: 8 * n, prepare: func() (runner, []peer) {
		words, x, s := make([]uint32, 2*n), make([]uint64, n), rng.New(1)
		r := rand.NewChaCha8([32]byte{1})
		theirs := peer{"Go ChaCha8", timed(func() {
			for i := range x {
				x[i] = r.Uint64()
			}
		})}
		return timed(func() { s.Words(words, 0) }),
			append(numpy("g = numpy.random.Philox(1)", "g.random_raw(32768)"), theirs)
	}}
}

// projection counts the operations of the dense product that it stands for.
func projection(name string, kind ortho.Kind, n, d, m int) work {
	return work{name: name, unit: "Gflop/s", amount: 2 * float64(n*d*m), prepare: func() (runner, []peer) {
		p, err := ortho.New[float32](ortho.Spec{Kind: kind, Seed: 1, M: m, D: d})
		if err != nil {
			panic(err)
		}
		x, dst, ws := normal[float32](1, n, d, 1), mat.New[float32](n, m), new(ortho.Workspace[float32])
		g := mat.PackT(p.Dense(nil))
		return timed(func() { p.Apply(dst, x, ws) }), []peer{{"our product", timed(func() { mat.MulPacked(dst, x, g) })}}
	}}
}

// blockG makes a block-orthogonal projection: a QR decomposition of m/d random
// d×d matrices, each of 4/3·d³ operations for R and as many for Q.
func blockG(m, d int) work {
	flops := float64(m/d) * 8 / 3 * float64(d*d*d)
	return work{name: "block-orthogonal G 4096×1024 float32, our product beside it", unit: "Gflop/s", amount: flops, prepare: func() (runner, []peer) {
		spec := ortho.Spec{Kind: ortho.Block, Seed: 1, M: m, D: d}
		a, b, c := normal[float32](1, d, d, 1), normal[float32](2, d, d, 1), mat.New[float32](d, d)
		product := timed(func() { mat.Mul(c, a, b) })
		scale := flops / (2 * float64(d*d*d)) // products of as many operations
		return timed(func() {
			if _, err := ortho.New[float32](spec); err != nil {
				panic(err)
			}
		}), []peer{{"our product", func(reps int) float64 { return scale * product(reps) }}}
	}}
}
