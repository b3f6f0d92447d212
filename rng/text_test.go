package rng_test

import (
	_ "embed"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"nnk/rng"
)

//go:embed doc.go
var packageComment string

// format is float32 or float64, and the numbers of the package comment for it.
type format struct {
	bits              int
	prec              uint
	sqrtHalf          int64
	log, s, c         []float64 // the polynomials
	ln2, quarter, low float64
}

// round rounds a float64 to the format.
func (f format) round(x float64) float64 {
	if f.bits == 32 {
		return float64(float32(x))
	}
	return x
}

// fma rounds once, by arbitrary precision.
func (f format) fma(x, y, z float64) float64 {
	p := new(big.Float).SetPrec(120).Mul(big.NewFloat(x), big.NewFloat(y))
	r, _ := new(big.Float).SetPrec(f.prec).Add(p, big.NewFloat(z)).Float64()
	return r
}

func (f format) poly(z float64, p []float64) float64 {
	v := p[0]
	for _, a := range p[1:] {
		v = f.fma(v, z, a)
	}
	return v
}

// ln follows the steps of the package comment. A product or sum of two float32, rounded
// to float64 and then to float32, is rounded right.
func (f format) ln(u float64) float64 {
	if f.bits == 32 {
		b := int64(math.Float32bits(float32(u))) - f.sqrtHalf
		k, x := float64(b>>23), float64(math.Float32frombits(uint32(b&(1<<23-1)+f.sqrtHalf)))-1
		q := f.fma(k, f.low, f.round(f.poly(x, f.log)*f.round(x*x)))
		return f.fma(k, f.ln2, f.round(x+q))
	}
	b := int64(math.Float64bits(u)) - f.sqrtHalf
	k, x := float64(b>>52), math.Float64frombits(uint64(b&(1<<52-1)+f.sqrtHalf))-1
	s := x / (2 + x)
	z := float64(s * s)
	h := float64(0.5 * x * x)
	v := f.fma(s, f.fma(z, f.poly(z, f.log), h), float64(k*f.low))
	return f.fma(k, f.ln2, x-(h-v))
}

// boxMuller follows the steps of the package comment.
func (f format) boxMuller(n, m uint64) (x, y float64) {
	half := new(big.Float).SetPrec(70).SetUint64(n)
	half.Add(half, big.NewFloat(0.5))
	u, _ := half.SetPrec(f.prec).Float64()
	u = math.Ldexp(u, -f.bits)
	q := (m + 1<<(f.bits-3)) << (64 - f.bits) >> 62
	turn := int64(m<<(64-f.bits)<<2) >> (64 - f.bits)
	a, _ := new(big.Float).SetPrec(f.prec).SetInt64(turn).Float64()
	v := f.round(math.Ldexp(a, -f.bits) * f.quarter)
	z := f.round(v * v)
	s := f.fma(f.round(v*z), f.poly(z, f.s), v)
	c := f.fma(f.round(z*z), f.poly(z, f.c), f.fma(-0.5, z, 1))
	sin := [4]float64{s, c, -s, -c}[q]
	cos := [4]float64{c, -s, -c, s}[q]
	r := f.round(math.Sqrt(-2 * f.ln(u)))
	return f.round(r * cos), f.round(r * sin)
}

// readFormats takes the numbers from the package comment, so that it cannot say others
// than the code has.
func readFormats(t *testing.T) (f32, f64 format) {
	t.Helper()
	_, steps, found := strings.Cut(packageComment, "step by step\n")
	if !found {
		t.Fatal("doc.go has no section of steps")
	}
	var all []float64
	for _, w := range regexp.MustCompile(`-?0x1[.0-9a-f]*p[+-]?\d+|-0\.5\)`).FindAllString(steps, -1) {
		v, err := strconv.ParseFloat(strings.TrimSuffix(w, ")"), 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) != 12+9+7+13 {
		t.Fatalf("doc.go has %d numbers, want 41", len(all))
	}
	take := func(n int) []float64 {
		head := all[:n]
		all = all[n:]
		return head
	}
	one := func() float64 { return take(1)[0] }
	f32 = format{bits: 32, prec: 24, sqrtHalf: 0x3f3504f3, log: take(10), ln2: one(), low: one()}
	f64 = format{bits: 64, prec: 53, sqrtHalf: 0x3fe6a09e667f3bcd, log: take(7), ln2: one(), low: one()}
	f32.quarter, f32.s, f32.c = one(), take(3), take(3)
	f64.quarter, f64.s, f64.c = one(), take(6), take(6)
	return f32, f64
}

// TestTextGivesTheBits: the steps of the package comment, in other arithmetic, give the
// bits of Normal and Exponential.
func TestTextGivesTheBits(t *testing.T) {
	const n = 1 << 14
	f32, f64 := readFormats(t)
	s := rng.New(11).Sub(2)
	w, b := make([]uint32, n), make([]uint64, n)
	s.Words(w, 0)
	s.Bits(b, 0)
	x32, x64 := make([]float32, n), make([]float64, n)
	same := func(name string, i int, got, want float64) {
		t.Helper()
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: element %d is %x, the text gives %x", name, i, got, want)
		}
	}

	rng.Normal(s, x32, 0)
	rng.Normal(s, x64, 0)
	for i := range n {
		if i%32 >= 16 {
			continue // made with element i−16
		}
		x, y := f32.boxMuller(uint64(w[i]), uint64(w[i+16]))
		same("float32 normal", i, float64(x32[i]), x)
		same("float32 normal", i+16, float64(x32[i+16]), y)
		x, y = f64.boxMuller(b[i], b[i+16])
		same("float64 normal", i, x64[i], x)
		same("float64 normal", i+16, x64[i+16], y)
	}

	rng.Exponential(s, x32, 0)
	rng.Exponential(s, x64, 0)
	for i := range n {
		same("float32 exponential", i, float64(x32[i]), float64(float32(-f64.ln((float64(w[i])+0.5)*0x1p-32))))
		u := new(big.Float).SetPrec(70).SetUint64(b[i])
		v, _ := u.Add(u, big.NewFloat(0.5)).SetPrec(53).Float64()
		same("float64 exponential", i, x64[i], -f64.ln(math.Ldexp(v, -64)))
	}
}
