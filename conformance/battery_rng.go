package conformance

import (
	"nnk/asm"
	"nnk/rng"
	"nnk/rng/ortho"
)

func rngBattery(d *digest) {
	var bits [100]uint64
	rng.New(1).Sub(2).Bits(bits[:], 3)
	for _, b := range bits {
		add(d, "Bits", float64(b>>32), float64(uint32(b)))
	}
	rngPart[float32](d)
	rngPart[float64](d)
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
}

func orthoBattery(d *digest) {
	orthoPart[float32](d)
	orthoPart[float64](d)
}

func orthoPart[T asm.Float](d *digest) {
	for _, text := range []string{
		"iid(seed=1,m=40,d=20)",
		"iid(seed=1,m=40,d=20,select=1+17+39)",
		"hadamard(seed=2,m=100,d=20)",
		"hadamard(seed=3,m=64,d=64,rounds=2,norm=sqrt)",
		"hadamard(seed=3,m=64,d=33,rounds=1,select=0+63)",
	} {
		s, err := ortho.ParseSpec(text)
		must(d, text, err)
		p, err := ortho.New[T](s)
		must(d, text, err)
		addMatrix(d, text, p.Dense(nil))
		addMatrix(d, text, p.Apply(nil, matrix[T](31, 7, s.D), nil))
	}
}
