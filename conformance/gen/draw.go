package main

import (
	"math"
	"strconv"

	"nnk/asm"
	"nnk/rng"
)

// pool gives nothing-up-my-sleeve numbers: Philox with a seed of digits of π and a
// stream for each use.
type pool struct {
	s   rng.Stream
	at  uint64
	typ string
}

func draw(typ string, use uint64) *pool {
	return &pool{s: rng.New(0xa4093822299f31d0).Sub(use), typ: typ}
}

// uniform is n numbers in [lo, hi).
func (d *pool) uniform(n int, lo, hi float64) []float64 {
	v := make([]float64, n)
	rng.Uniform(d.s, v, d.at)
	d.at += uint64(n)
	for i, u := range v {
		v[i] = in(d.typ, lo+float64(u*(hi-lo)))
	}
	return v
}

// wide is n numbers of random sign and with exponents from lo to hi.
func (d *pool) wide(n int, lo, hi float64) []float64 {
	u := d.uniform(n, 0, 1)
	e := d.uniform(n, lo, hi)
	s := d.uniform(n, -1, 1)
	for i := range u {
		u[i] = in(d.typ, math.Copysign(math.Ldexp(1+u[i], int(math.Floor(e[i]))), s[i]))
	}
	return u
}

func itoa(n int) string { return strconv.Itoa(n) }

// unit is the unit roundoff of a type.
func unitOf(typ string) float64 {
	if typ == "float32" {
		return 0x1p-24
	}
	return 0x1p-53
}

// lanes are those of asm.Dot.
func lanes(typ string) int {
	if typ == "float32" {
		return asm.L32
	}
	return asm.L64
}
