package main

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// stream is any.
func stream(d *draw) rng.Stream { return rng.New(d.values.Uint64()).Sub(d.values.Uint64()) }

func choose(s rng.Stream, dst []int, start uint64, cumulative []float64) {
	if rng.Choice(s, dst, start, cumulative) != nil {
		clear(dst) // weights that are all 0
	}
}

func drawWords(d *draw, r *result, s rng.Stream, n int) {
	addInts(r, rng.Permutation(s, n)...)
	bits, start := make([]uint64, n), d.values.Uint64()>>20
	d.parts(n, func(lo, hi int) { s.Bits(bits[lo:hi], start+uint64(lo)) })
	source := s.Source()
	for _, b := range bits {
		add(r, float64(b>>32), float64(uint32(b)), float64(source.Uint64()>>11))
	}
}

// lowDiscrepancy draws points of both sequences, scrambled and not.
func lowDiscrepancy(d *draw, r *result) {
	dims := d.size(200)
	sobol, err := rng.NewSobol(dims)
	if failed(r, err) {
		return
	}
	halton, err := rng.NewHalton(dims)
	if failed(r, err) {
		return
	}
	s, point := stream(d), make([]float64, dims)
	for range 5 {
		i := d.values.Uint32() >> d.upTo(0, 31)
		sobol.Point(point, i)
		add(r, point...)
		sobol.Scramble(s).Point(point, i)
		add(r, point...)
		halton.Point(point, i)
		add(r, point...)
		halton.Scramble(s).Point(point, i)
		add(r, point...)
	}
}

// random are the distributions, drawn in parts, and projections.
func random[T asm.Float]() []call {
	var list []call
	for _, f := range []struct {
		name string
		run  func(s rng.Stream, dst []T, start uint64)
	}{
		{"Normal", rng.Normal[T]}, {"Uniform", rng.Uniform[T]}, {"Exponential", rng.Exponential[T]}, {"Cauchy", rng.Cauchy[T]}, {"Rayleigh", rng.Rayleigh[T]}, {"Rademacher", rng.Rademacher[T]},
		{"Chi", func(s rng.Stream, dst []T, start uint64) { rng.Chi(s, dst, start, 1+int(start%20)) }},
	} {
		list = append(list, call{"rng." + f.name, func(d *draw, r *result) {
			s, v, start := stream(d), make([]T, d.size(1000)), d.values.Uint64()>>20
			if f.name == "Chi" { // start says which
				f.run(s, v, start)
			} else {
				d.parts(len(v), func(lo, hi int) { f.run(s, v[lo:hi], start+uint64(lo)) })
			}
			add(r, v...)
		}})
	}
	return append(list,
		call{"ortho.Pursue", func(d *draw, r *result) {
			rows, cols, terms := d.size(9), d.size(40), d.upTo(1, 4)
			w := matrix[float64](d, rows, cols, d.contents(uneven))
			sigma := mat.Gram(nil, matrix[float64](d, cols+1, cols, d.contents(uneven)))
			s, lost, err := ortho.Pursue(context.Background(), ortho.Spec{Seed: d.values.Uint64(), Atoms: 1 << d.upTo(2, 8), Terms: terms}, w, sigma, nil)
			if failed(r, err) {
				return
			}
			add(r, lost...)
			for _, b := range s.Codes {
				add(r, float64(b))
			}
		}},
		call{"rng.NormalQuantile", func(d *draw, r *result) {
			p := vector[T](d, d.size(1000), d.contents(extreme))
			dst := make([]T, len(p))
			rng.NormalQuantile(dst, p)
			add(r, dst...)
		}},
		call{"ortho.Projection", func(d *draw, r *result) {
			s, err := ortho.ParseSpec(projection(d, d.size(100), d.size(100)))
			if failed(r, err) {
				return
			}
			p, err := ortho.New[T](s)
			if failed(r, err) {
				return
			}
			x := matrix[T](d, d.size(20), s.D, d.contents(uneven))
			addMatrix(r, byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return p.Apply(nil, x, nil) }))
			y := matrix[T](d, d.size(20), p.Rows(), d.contents(uneven))
			addMatrix(r, byRows(d, y, func(y *mat.Dense[T]) *mat.Dense[T] { return p.ApplyT(nil, y, nil) }))
			addMatrix(r, p.Dense(nil))
			add(r, p.Row(nil, d.upTo(0, p.Rows()-1))...)
		}})
}

// projection is the text of one from dims to m numbers.
func projection(d *draw, m, dims int) string {
	kind := []string{"iid", "hadamard", "block", "sobol", "halton", "simplex", "sparse"}[d.values.IntN(7)]
	if kind == "simplex" {
		dims = max(dims, 2)
	}
	more := ""
	if kind == "hadamard" {
		more = fmt.Sprintf(",rounds=%d", d.upTo(1, 3))
	}
	return fmt.Sprintf("%s(seed=%d,m=%d,d=%d%s)", kind, d.values.Uint64()>>12, m, dims, more)
}
