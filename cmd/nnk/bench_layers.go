package main

import (
	"fmt"
	"strings"
	"sync"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// timedLayer is a layer whose forward pass is timed.
type timedLayer[T asm.Float] struct {
	macs, outputs int
	forward       func(dst, x *mat.Dense[T])
}

// layers are the benchmarks of whole layers: feature maps of each kind, an SNNK layer
// and, beside it, the dense layer of the same inputs and outputs. Their work is 2
// operations for each multiply-add or addition that they report. A layer is built when
// it is asked for.
func layers[T asm.Float](typ string) []benchmark {
	const d, m, l = 768, 1024, 256
	var list []benchmark
	add := func(name, shape string, rows int, build func() timedLayer[T]) {
		build = sync.OnceValue(build)
		list = append(list, benchmark{
			name: fmt.Sprintf("%s/type=%s/%s/rows=%d", name, typ, shape, rows),
			work: func() float64 { return 2 * float64(build().macs) * float64(rows) },
			unit: "Gflop/s",
			setup: func() func() {
				layer := build()
				x, dst := mat.New[T](rows, d), mat.New[T](rows, layer.outputs)
				rng.Normal(benchData(1), x.Data(), 0)
				for i := range rows {
					asm.Scale(x.Row(i), x.Row(i), 1.0/32) // rows of a norm near 1
				}
				return func() { layer.forward(dst, x) }
			},
		})
	}
	parse := func(kind string) urf.Map[T] {
		phi, err := urf.ParseMap[T](fmt.Sprintf("%s on hadamard(seed=1,m=%d,d=%d)", kind, m, d))
		if err != nil {
			panic(err) // the text is a constant
		}
		return phi
	}
	for _, kind := range []string{"relu()", "fourier()", "softmax()", "urf(spectrum=0.5 0.3:1:0.1 0.2:2:-1)"} {
		name, _, _ := strings.Cut(kind, "(")
		add("Features", "map="+name, 64, func() timedLayer[T] {
			phi := parse(kind)
			var ws urf.Workspace[T]
			return timedLayer[T]{phi.MACs(), phi.Out(), func(dst, x *mat.Dense[T]) { phi.Phi(dst, x, &ws) }}
		})
	}
	weights := func(cols int) *mat.Dense[T] {
		w := mat.New[T](l, cols)
		rng.Normal(benchData(2), w.Data(), 0)
		return w
	}
	for _, rows := range []int{1, 64} {
		add("SNNK", fmt.Sprintf("d=%d/m=%d/l=%d", d, m, l), rows, func() timedLayer[T] {
			layer := snnk.New(parse("relu()"), weights(m), nil)
			var ws snnk.Workspace[T]
			return timedLayer[T]{layer.MACs(), l, func(dst, x *mat.Dense[T]) { layer.Forward(dst, x, &ws) }}
		})
		add("DenseReLU", fmt.Sprintf("d=%d/l=%d", d, l), rows, func() timedLayer[T] {
			relu, err := urf.ActivationByName("relu")
			if err != nil {
				panic(err) // the name is a constant
			}
			net := bundle.NewNetwork[T](bundle.NewLinear(weights(d), nil, relu))
			var ws bundle.Workspace[T]
			return timedLayer[T]{net.MACs(), l, func(dst, x *mat.Dense[T]) { net.Forward(dst, x, &ws) }}
		})
	}
	return list
}

// limits are what the kernels are measured against: fused multiply-adds on operands in
// the L1 cache, and reading from each level of memory.
func limits[T asm.Float](typ string) []benchmark {
	size := 4
	if typ == "float64" {
		size = 8
	}
	const k = 512                 // so long that the start and the end of a tile do not count
	m, n := 42, asm.TileCols[T]() // multiples of every kernel's tile
	tile := func() func() {
		a, b, c := make([]T, m*k), make([]T, n), make([]T, m*n)
		return func() { asm.Tile(m, n, k, a, 1, 0, b, 0, c, n, false) }
	}
	list := []benchmark{{"LimitFMA/type=" + typ + "/level=L1", units(2 * float64(m*n*k)), "Gflop/s", tile}}
	for _, level := range []struct {
		name  string
		bytes int
	}{{"L1", 16 << 10}, {"L2", 256 << 10}, {"memory", 256 << 20}} {
		list = append(list, benchmark{"LimitRead/type=" + typ + "/level=" + level.name, units(float64(level.bytes)), "GB/s", func() func() {
			x := make([]T, level.bytes/size)
			for i := range x {
				x[i] = 1 // else all pages are one
			}
			return func() { keep(float64(asm.Sum(x))) }
		}})
	}
	return list
}
