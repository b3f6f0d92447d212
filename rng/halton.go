package rng

import (
	"fmt"
	"math/bits"
)

// MaxHalton is the largest number of dimensions of a Halton sequence.
const MaxHalton = 1 << 14

// Halton is a Halton sequence: coordinate j of point i is the number whose digits
// after the point, in the base of the j-th prime, are those of i from the last on. It
// is safe for concurrent use.
//
// With K the largest number for which base^K ≤ 2⁵², a coordinate has K digits: as an
// integer of K digits x it is (x+½)/base^K, which is never 0 or 1. Scrambled, each
// digit t of place k (0 the first after the point) becomes (a·t + c) mod base, a in
// 1 … base−1 and c in 0 … base−1 random for each dimension and place (Matoušek,
// On the L2-discrepancy for anchored boxes, J. Complexity 14, 1998).
type Halton struct {
	dims []haltonDim
}

type haltonDim struct {
	base   uint32
	whole  float64     // base^K
	affine [][2]uint32 // a, c of each place
}

// NewHalton returns the Halton sequence of so many dimensions, not scrambled. The
// error wraps [ErrRange] if dims is not in 1 … [MaxHalton].
func NewHalton(dims int) (*Halton, error) {
	if dims < 1 || dims > MaxHalton {
		return nil, fmt.Errorf("rng.NewHalton: %d dimensions, have 1 to %d: %w", dims, MaxHalton, ErrRange)
	}
	q := &Halton{dims: make([]haltonDim, 0, dims)}
	for n := uint32(2); len(q.dims) < dims; n++ {
		if !q.divides(n) {
			d := haltonDim{base: n}
			whole := uint64(1)
			for whole <= 1<<52/uint64(n) {
				whole *= uint64(n)
				d.affine = append(d.affine, [2]uint32{1, 0})
			}
			d.whole = float64(whole)
			q.dims = append(q.dims, d)
		}
	}
	return q, nil
}

// divides tells whether a prime found so far divides n.
func (q *Halton) divides(n uint32) bool {
	for i := range q.dims {
		p := q.dims[i].base
		if p*p > n {
			return false
		}
		if n%p == 0 {
			return true
		}
	}
	return false
}

// Scramble returns the sequence with random digits: place k of dimension j takes
// the 32-bit numbers w0 = 128j + 2k and w1 = 128j + 2k+1 of the stream, a = 1 +
// ⌊w0·(base−1)/2³²⌋ and c = ⌊w1·base/2³²⌋. Every point is then uniform in the cube.
func (q *Halton) Scramble(s Stream) *Halton {
	r := &Halton{dims: make([]haltonDim, len(q.dims))}
	var words [128]uint32
	for j, d := range q.dims {
		s.Words(words[:2*len(d.affine)], uint64(128*j))
		affine := make([][2]uint32, len(d.affine))
		for k := range affine {
			a, _ := bits.Mul32(words[2*k], d.base-1)
			c, _ := bits.Mul32(words[2*k+1], d.base)
			affine[k] = [2]uint32{1 + a, c}
		}
		r.dims[j] = haltonDim{d.base, d.whole, affine}
	}
	return r
}

// Dims is the number of dimensions.
func (q *Halton) Dims() int { return len(q.dims) }

// Point sets dst, which must have Dims elements, to point i.
func (q *Halton) Point(dst []float64, i uint32) {
	dst = dst[:len(q.dims)]
	for j := range q.dims {
		d := &q.dims[j]
		var x uint64
		base, rest := uint64(d.base), uint64(i)
		for _, f := range d.affine {
			t := rest % base
			rest /= base
			x = x*base + (uint64(f[0])*t+uint64(f[1]))%base
		}
		dst[j] = (float64(x) + 0.5) / d.whole
	}
}
