package rng

import (
	"encoding/base64"
	"fmt"
	"math/bits"
	"sync"
)

// MaxSobol is the number of dimensions for which there are direction numbers.
const MaxSobol = 1111

// Sobol is a Sobol sequence of 2³² points in the unit cube: any 2^k points from a
// multiple of 2^k on are evenly spread. It is safe for concurrent use.
//
// Coordinate j of point i has the bits x = XOR of the directions V[j][b] for which
// bit b of i is set (natural order, no Gray code), then scrambled if that was asked
// for, and is (x+½)·2⁻³², which is never 0 or 1. The directions are those of S. Joe
// and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional
// projections, SIAM J. Sci. Comput. 30 (2008): V[j][b] = m_{b+1}·2^{31−b}. Their table is new-joe-kuo-6;
// sobol_table.go has it in a form that is described there.
type Sobol struct {
	v    []directions
	keys []uint32 // 8 of each dimension; nil: not scrambled
}

// NewSobol returns the Sobol sequence of so many dimensions, not scrambled. The
// error wraps [ErrRange] if dims is not in 1 … [MaxSobol].
func NewSobol(dims int) (*Sobol, error) {
	if dims < 1 || dims > MaxSobol {
		return nil, fmt.Errorf("rng.NewSobol: %d dimensions, have 1 to %d: %w", dims, MaxSobol, ErrRange)
	}
	return &Sobol{v: table()[:dims]}, nil
}

// directions are those of one dimension.
type directions [32]uint32

// Scramble returns the sequence with every dimension scrambled by an independent
// random permutation that keeps the spread (nested, as Owen's): each bit is
// flipped or not by a hash of the bits above it. Every point is then uniform in the
// cube, and averages over 2^k points have a smaller error than those of independent
// points.
//
// Dimension j takes the 32-bit numbers 8j … 8j+7 of the stream, w_0 … w_7. With the bits of x in the
// other order, for r = 0 … 3, all modulo 2³²:
//
//	x += w_2r;  x *= w_(2r+1) | 1;  x ^= x·c_r
//
// with c = 0x487ed510, 0x0b4611a6, 0x2633145c, 0x06e0e688; then the bits are put back in their order.
func (q *Sobol) Scramble(s Stream) *Sobol {
	keys := make([]uint32, 8*len(q.v))
	s.Words(keys, 0)
	return &Sobol{v: q.v, keys: keys}
}

// Shuffle returns the sequence with its first 2^k points, and each further 2^k from a
// multiple of 2^k on, in another order: the last k bits of i become those of a·i in the field
// of 2^k elements, with a = 1 + ⌊b·(2^k−1)/2⁶⁴⌋ and b the 64-bit number 0 of the stream. Two
// different points are then any two of the 2^k with equal probability, so that sequences
// shuffled by different streams can be used side by side as if they had been one of more
// dimensions, though their mutual spread is that of independent points; and fewer than 2^k points
// are a sample of them in which no pair is kept together. (In the natural order points 2i
// and 2i+1 lie in opposite halves of every dimension.) k is from 1 to 32.
//
// The field's elements are polynomials over the field of 2 elements, bit b being the coefficient of
// z^b, modulo the first irreducible one of degree k: the one whose coefficients are the smallest number.
func (q *Sobol) Shuffle(s Stream, k int) *Sobol {
	var b [1]uint64
	s.Bits(b[:], 0)
	a, _ := bits.Mul64(b[0], 1<<k-1)
	a++
	v := make([]directions, len(q.v))
	for bit := range 32 {
		if bit >= k {
			for j := range v {
				v[j][bit] = q.v[j][bit]
			}
			continue
		}
		for j := range v {
			v[j][bit] = q.v[j].at(uint32(a))
		}
		if a <<= 1; a>>k == 1 {
			a ^= 1<<k | uint64(irreducible[k-1])
		}
	}
	return &Sobol{v: v, keys: q.keys}
}

// irreducible are the coefficients, but for the first, of the first irreducible polynomials of
// degrees 1 to 32; a test finds them again.
var irreducible = [32]uint8{
	0x0, 0x3, 0x3, 0x3, 0x5, 0x3, 0x3, 0x1b, 0x3, 0x9, 0x5, 0x9, 0x1b, 0x21, 0x3, 0x2b,
	0x9, 0x9, 0x27, 0x9, 0x5, 0x3, 0x21, 0x1b, 0x9, 0x1b, 0x27, 0x3, 0x5, 0x3, 0x9, 0x8d,
}

// Dims is the number of dimensions.
func (q *Sobol) Dims() int { return len(q.v) }

// Point sets dst, which must have Dims elements, to point i.
func (q *Sobol) Point(dst []float64, i uint32) {
	dst = dst[:len(q.v)]
	for j := range q.v {
		x := q.v[j].at(i)
		if q.keys != nil {
			x = scramble(x, q.keys[8*j:8*j+8])
		}
		dst[j] = (float64(x) + 0.5) * 0x1p-32
	}
}

// at is the XOR of the directions for the bits of i.
func (v *directions) at(i uint32) (x uint32) {
	for ; i != 0; i &= i - 1 {
		x ^= v[bits.TrailingZeros32(i)]
	}
	return x
}

// scramble permutes the 32-bit numbers so that bit k of the result is bit k of x,
// flipped or not depending on the bits above k: on the reversed bits, where
// dependence runs upwards as carries do, by four rounds with two key words each and
// an even constant. (Laine and Karras, Stratified sampling for stochastic
// transparency, 2011, found that such hashes scramble.)
func scramble(x uint32, key []uint32) uint32 {
	x = bits.Reverse32(x)
	for r := 0; r < 8; r += 2 {
		x += key[r]
		x *= key[r+1] | 1
		x ^= x * scrambleConstants[r/2]
	}
	return bits.Reverse32(x)
}

// scrambleConstants are the first digits of π's fraction in base 2³², doubled, so
// that they are even.
var scrambleConstants = [4]uint32{0x487ed510, 0x0b4611a6, 0x2633145c, 0x06e0e688}

// unpacked is the table when the first sequence needs it; a sync.OnceValue would be
// memory that every program takes when it starts.
var unpacked struct {
	once sync.Once
	v    []directions
}

func table() []directions {
	unpacked.once.Do(func() { unpacked.v = unpack() })
	return unpacked.v
}

func unpack() []directions {
	packed, err := base64.StdEncoding.DecodeString(sobolTable)
	if err != nil {
		panic(err) // the table is a constant; a test unpacks it
	}
	at := 0
	take := func(n int) (x uint32) {
		for range n {
			x = x<<1 | uint32(packed[at/8]>>(7-at%8)&1)
			at++
		}
		return x
	}
	v := make([]directions, 1, MaxSobol)
	for b := range v[0] {
		v[0][b] = 1 << (31 - b)
	}
	for degree, count := range sobolDegrees {
		for range count {
			v = append(v, direction(degree, take))
		}
	}
	return v
}

// direction reads the inner coefficients of a primitive polynomial and the
// initial numbers m_1 … m_degree, odd and below 2^i, whose last bits are left out, and
// continues them by the polynomial's recurrence.
func direction(degree int, take func(n int) uint32) (v directions) {
	a := take(degree - 1)
	for b := range degree {
		v[b] = (take(b)<<1 | 1) << (31 - b)
	}
	for b := degree; b < 32; b++ {
		v[b] = v[b-degree] ^ v[b-degree]>>degree
		for k := 1; k < degree; k++ {
			if a>>(degree-1-k)&1 == 1 {
				v[b] ^= v[b-k]
			}
		}
	}
	return v
}
