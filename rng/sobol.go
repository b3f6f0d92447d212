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
// projections, SIAM J. Sci. Comput. 30 (2008): V[j][b] = m_{b+1}·2^{31−b}.
type Sobol struct {
	v     [][32]uint32
	keys  []uint32 // 8 of each dimension; nil: not scrambled
	order []uint32 // 8 keys of the points' order; nil: natural
}

// NewSobol returns the Sobol sequence of so many dimensions, not scrambled. The
// error wraps [ErrRange] if dims is not in 1 … [MaxSobol].
func NewSobol(dims int) (*Sobol, error) {
	if dims < 1 || dims > MaxSobol {
		return nil, fmt.Errorf("rng.NewSobol: %d dimensions, have 1 to %d: %w", dims, MaxSobol, ErrRange)
	}
	return &Sobol{v: directions()[:dims]}, nil
}

// Scramble returns the sequence with every dimension scrambled by an independent
// random permutation that keeps the spread (nested, as Owen's): each bit is
// flipped or not by a hash of the bits above it. Every point is then uniform in the
// cube, and averages over 2^k points have a smaller error than those of independent
// points. Dimension j takes the 32-bit numbers 8j … 8j+7 of the stream; see scramble.
func (q *Sobol) Scramble(s Stream) *Sobol {
	keys := make([]uint32, 8*len(q.v))
	s.Words(keys, 0)
	return &Sobol{v: q.v, keys: keys, order: q.order}
}

// Shuffle returns the sequence with its points in another order, in which 2^k
// points from a multiple of 2^k on are still such a set of the sequence: point i is
// point scramble(i) of q, with the 32-bit numbers 0 … 7 of the stream. Two sequences
// shuffled by different streams can be used side by side as if they had been one
// of more dimensions, though their mutual spread is that of independent points.
func (q *Sobol) Shuffle(s Stream) *Sobol {
	order := make([]uint32, 8)
	s.Words(order, 0)
	return &Sobol{v: q.v, keys: q.keys, order: order}
}

// Dims is the number of dimensions.
func (q *Sobol) Dims() int { return len(q.v) }

// Point sets dst, which must have Dims elements, to point i.
func (q *Sobol) Point(dst []float64, i uint32) {
	dst = dst[:len(q.v)]
	if q.order != nil {
		i = scramble(i, q.order)
	}
	for j := range q.v {
		v := &q.v[j]
		var x uint32
		for k := i; k != 0; k &= k - 1 {
			x ^= v[bits.TrailingZeros32(k)]
		}
		if q.keys != nil {
			x = scramble(x, q.keys[8*j:8*j+8])
		}
		dst[j] = (float64(x) + 0.5) * 0x1p-32
	}
}

// scramble permutes the 32-bit numbers so that bit k of the result is bit k of x,
// flipped or not depending on the bits above k. On the reversed bits, where
// dependence runs upwards as carries do, it runs four rounds with the key words a, b:
//
//	x += a;  x *= b|1;  x ^= x·c
//
// with an even constant c. (Laine and Karras, Stratified sampling for stochastic
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
	v    [][32]uint32
}

func directions() [][32]uint32 {
	unpacked.once.Do(func() { unpacked.v = unpack() })
	return unpacked.v
}

func unpack() [][32]uint32 {
	table, err := base64.StdEncoding.DecodeString(sobolTable)
	if err != nil {
		panic(err) // the table is a constant; a test unpacks it
	}
	at := 0
	take := func(n int) (x uint32) {
		for range n {
			x = x<<1 | uint32(table[at/8]>>(7-at%8)&1)
			at++
		}
		return x
	}
	v := make([][32]uint32, 1, MaxSobol)
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
func direction(degree int, take func(n int) uint32) (v [32]uint32) {
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
