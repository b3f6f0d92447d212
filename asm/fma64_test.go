package asm

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSoftFMA compares softFMA with math.FMA: numbers of all exponents, of few bits (so
// that sums are midpoints between two results), sums that cancel, and addends about
// half a unit of the product or of its error.
func TestSoftFMA(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1, -1, 3, 1 + 0x1p-52, 1 - 0x1p-53, 0x1p-1074, -0x1p-1074, 0x1.fffffffffffffp-1023, 0x1p-1022,
		0x1p-959, 0x1p-960, 0x1p959, 0x1p960, 0x1p-450, 0x1p450, 0x1.fffffffffffffp449, 0x1p976, 0x1p977, 0x1p978, -0x1p1000, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}
	check := func(x, y, z float64) {
		got, want := softFMA(x, y, z), math.FMA(x, y, z)
		if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
			t.Fatalf("%x·%x + %x: got %x, want %x", x, y, z, got, want)
		}
	}
	for _, x := range special {
		for _, y := range special {
			for _, z := range special {
				check(x, y, z)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	number := func(exponents int) float64 {
		b := r.Uint64() & (1<<52 - 1)
		switch r.IntN(4) {
		case 0:
			b &= ^uint64(0) << r.IntN(53) // few bits
		case 1:
			b |= 1<<r.IntN(53) - 1 // ending in ones
		}
		e := uint64(1023 + r.IntN(2*exponents+1) - exponents)
		return math.Float64frombits(b&(1<<52-1) | e<<52 | r.Uint64()&(1<<63))
	}
	n := 20_000_000
	if testing.Short() {
		n = 300_000
	}
	for range n {
		x, y := number(30), number(30)
		switch r.IntN(8) {
		case 0:
			x, y = number(1022), number(1022)
		case 1:
			x, y = number(500), number(500)
		}
		z := number(100)
		p := x * y
		switch r.IntN(8) {
		case 0:
			z = -p
		case 1:
			z = math.Nextafter(-p, float64(r.IntN(3)-1)*math.MaxFloat64)
		case 2: // near half a unit of the product
			z = p * 0x1p-53 * (1 + float64(r.IntN(5)-2)*0x1p-52)
		case 3: // the product lies half a unit from the sum, and its error decides
			z = p * float64(int64(1)<<r.IntN(60)) * number(0)
		case 4: // in the size of the product's error
			z = p * 0x1p-106 * number(3)
		case 5: // minus the error
			z = -math.FMA(x, y, -p)
		case 6:
			z = number(1022)
		}
		check(x, y, z)
	}
}

func BenchmarkFMA64(b *testing.B) {
	x, y, z := 1.1, 0.9, 0.3
	for _, f := range []struct {
		name string
		fma  func(x, y, z float64) float64
	}{{"soft", softFMA}, {"math", math.FMA}} {
		b.Run("form="+f.name, func(b *testing.B) {
			s := z
			for b.Loop() {
				s = f.fma(x, y, s*0x1p-2)
			}
			kept = s
		})
	}
}

var kept float64
