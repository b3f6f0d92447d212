package conformance

import (
	"context"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

func rngBattery(d *digest) {
	var bits [100]uint64
	rng.New(1).Sub(2).Bits(bits[:], 3)
	for _, b := range bits {
		add(d, "Bits", float64(b>>32), float64(uint32(b)))
	}
	var chosen [100]int
	must(d, "Choice", rng.Choice(rng.New(1).Sub(3), chosen[:], 7, []float64{1, 1, 4, 4.5}))
	for _, k := range chosen {
		add(d, "Choice", float64(k))
	}
	for _, k := range rng.Permutation(rng.New(1).Sub(4), 200) {
		add(d, "Permutation", float64(k))
	}
	source := rng.New(1).Source()
	for range 40 {
		add(d, "Source", float64(source.Uint64()>>11))
	}
	var point [70]float64
	sobol, err := rng.NewSobol(len(point))
	must(d, "NewSobol", err)
	halton, err := rng.NewHalton(len(point))
	must(d, "NewHalton", err)
	for i := range uint32(20) {
		sobol.Point(point[:], i*i*i*i*i)
		add(d, "Sobol", point[:]...)
		sobol.Scramble(rng.New(1).Sub(5)).Shuffle(rng.New(1).Sub(6), 6).Point(point[:], i)
		add(d, "Sobol scrambled", point[:]...)
		halton.Point(point[:], i*i*i*i*i)
		add(d, "Halton", point[:]...)
		halton.Scramble(rng.New(1).Sub(7)).Point(point[:], i)
		add(d, "Halton scrambled", point[:]...)
	}
	both(d, rngPart[float32], rngPart[float64])
}

func rngPart[T asm.Float](d *digest) {
	s := rng.New(0x243f6a8885a308d3).Sub(1 << 40)
	v := make([]T, 3000)
	rng.Uniform(s, v, 5)
	add(d, "Uniform", v...)
	rng.Normal(s, v, 5)
	add(d, "Normal", v...)
	rng.Rademacher(s, v, 5)
	add(d, "Rademacher", v...)
	rng.Chi(s, v[:50], 5, 17)
	add(d, "Chi", v[:50]...)
	rng.Exponential(s, v[:300], 5)
	add(d, "Exponential", v[:300]...)
	rng.Rayleigh(s, v[:300], 5)
	add(d, "Rayleigh", v[:300]...)
	rng.Cauchy(s, v[:300], 5)
	add(d, "Cauchy", v[:300]...)
	rng.Uniform(s, v[:300], 5)
	rng.NormalQuantile(v[:300], v[:300])
	add(d, "NormalQuantile", v[:300]...)
}

func orthoBattery(d *digest) {
	both(d, orthoPart[float32], orthoPart[float64])
	pursuitPart(d)
}

func orthoPart[T asm.Float](d *digest) {
	for _, text := range []string{
		"iid(seed=1,m=40,d=20)",
		"iid(seed=1,m=40,d=20,select=1+17+39)",
		"hadamard(seed=2,m=100,d=20)",
		"hadamard(seed=2,m=140,d=70)",
		"hadamard(seed=3,m=64,d=64,rounds=2,norm=sqrt)",
		"hadamard(seed=3,m=64,d=33,rounds=1,select=0+63)",
		"block(seed=4,m=70,d=40)",
		"block(seed=4,m=70,d=30,norm=sqrt,select=1+65)",
		"sobol(seed=5,m=20,d=10)",
		"sobol(seed=5,m=70,d=10)",
		"sobol(seed=5,m=3,d=1030)",
		"halton(seed=6,m=20,d=10)",
		"simplex(seed=7,m=40,d=21)",
		"simplex(seed=7,m=5,d=2)",
		"sparse(seed=8,m=21,d=9)",
		"sparse(seed=8,m=21,d=2,select=0+1+4+20)",
		"pursuit(seed=1,m=3,d=5,atoms=128,terms=2,base=-9,codes=OGeUcpO8a1Ww-MVM)",
		"pursuit(seed=2,m=5,d=70,atoms=64,terms=3,base=-9,codes=WNmQGLmrZFJ-tSgTwr_5HdO6eLpIfe6emhw)",
	} {
		s, err := ortho.ParseSpec(text)
		must(d, text, err)
		p, err := ortho.New[T](s)
		must(d, text, err)
		addMatrix(d, "Dense "+text, p.Dense(nil))
		add(d, "Row "+text, p.Row(nil, p.Rows()-1)...)
		addMatrix(d, "Apply "+text, p.Apply(nil, matrix[T](31, 7, s.D), nil))
		addMatrix(d, "ApplyT "+text, p.ApplyT(nil, matrix[T](32, 3, p.Rows()), nil))
	}
}

// pursuitPart covers the search for atoms.
func pursuitPart(d *digest) {
	w, sigma := matrix[float64](33, 10, 20), mat.Gram(nil, matrix[float64](34, 30, 20))
	for _, terms := range []int{1, 4} {
		s, lost, err := ortho.Pursue(context.Background(), ortho.Spec{Seed: 9, Atoms: 256, Terms: terms}, w, sigma, nil)
		must(d, "Pursue", err)
		add(d, "Pursue", float64(s.Base))
		add(d, "Pursue", lost...)
		for _, b := range s.Codes {
			add(d, "Pursue", float64(b))
		}
		atoms, factors := s.TermsOf(7)
		add(d, "TermsOf", float64(atoms[0]))
		add(d, "TermsOf", factors...)
		asm.Axpy(w.Data(), 0.1, matrix[float64](35, 10, 20).Data())
		again, _, err := ortho.Pursue(context.Background(), s, w, sigma, nil)
		must(d, "Pursue", err)
		for _, b := range again.Codes {
			add(d, "Pursue from codes", float64(b))
		}
	}
}
