package fit

import "math"

// A grid holds sums of numbers without rounding error, so that their order does
// not matter. The numbers of an element whose factors have sizes a and b (powers of two)
// are rounded to multiples of the quantum q = 2⁻²⁰·a·b before they are added; float64 adds
// such multiples exactly while sums stay below 2⁵²·q = 2³²·a·b, that is for
// about four billion samples. A second number keeps what the first rounds off, on a grid that is 2⁴⁰ times finer.
type grid struct {
	hi, lo []float64
}

const (
	// carryEvery is the number of additions after which lo is carried into hi. Each adds at
	// most q/2 to lo, which is exact below 2¹²·q.
	carryEvery = 2048
	fine       = 0x1p-40
)

func newGrid(n int) grid { return grid{make([]float64, n), make([]float64, n)} }

// rounder returns the number c for which (v+c)−c rounds v to a multiple of the
// quantum of sizes a and b: one whose own last place is the quantum.
func rounder(a, b float64) float64 { return float64(1.5 * 0x1p32 * a * b) }

// add adds src to the elements from at on. Their factors have the size a and
// those in b.
func (g *grid) add(at int, src []float64, a float64, b []float64, carry bool) {
	hi, lo := g.hi[at:at+len(src)], g.lo[at:at+len(src)]
	b = b[:len(src)]
	for j, v := range src {
		c := rounder(a, b[j])
		r := (v + c) - c
		hi[j] += r
		d := float64(c * fine)
		lo[j] += ((v - r) + d) - d
		if carry {
			hi[j], lo[j] = carried(hi[j], lo[j], c)
		}
	}
}

// carried moves the multiple of the quantum in lo to hi; their sum is unchanged.
func carried(hi, lo, c float64) (float64, float64) {
	r := (lo + c) - c
	return hi + r, lo - r
}

// merge adds n elements of o from at on.
func (g *grid) merge(o *grid, at, n int, a float64, b []float64) {
	for j := range n {
		g.hi[at+j] += o.hi[at+j]
		c := rounder(a, b[j])
		hi, lo := carried(g.hi[at+j], g.lo[at+j], c)
		hi2, lo2 := carried(0, o.lo[at+j], c)
		g.hi[at+j], g.lo[at+j] = carried(hi+hi2, lo+lo2, c)
	}
}

// canonical returns the numbers by which a sum of factors of sizes a and b is written: hi is a multiple of the quantum q, and lo
// above −q/2 and at most q/2.
func canonical(hi, lo, a, b float64) (float64, float64) {
	hi, lo = carried(hi, lo, rounder(a, b))
	if q := float64(0x1p-20 * a * b); lo == -q/2 {
		hi, lo = hi-q, q/2
	}
	return hi + 0, lo + 0 // neither is −0
}

// settle makes n elements from at on canonical, and reports whether one was not.
func (g *grid) settle(at, n int, a float64, b []float64) bool {
	changed := false
	for j := range n {
		hi, lo := canonical(g.hi[at+j], g.lo[at+j], a, b[j])
		changed = changed || math.Float64bits(hi) != math.Float64bits(g.hi[at+j]) || math.Float64bits(lo) != math.Float64bits(g.lo[at+j])
		g.hi[at+j], g.lo[at+j] = hi, lo
	}
	return changed
}

// addTo adds the elements from at on to dst, rounding once.
func (g *grid) addTo(dst []float64, at int) {
	for j := range dst {
		dst[j] += g.hi[at+j] + g.lo[at+j]
	}
}

// inGrid reports whether a sum of squares of size a was exact. By Cauchy and
// Schwarz the mixed sums then were.
func inGrid(sum, a float64) bool { return math.Abs(sum) < 0x1p31*a*a }
