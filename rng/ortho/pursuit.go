package ortho

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"nnk/asm"
)

// A row of kind Pursuit is written in bits, the least significant of each number first, one row after the other: for each of its
// Terms the index of an atom in log₂ Atoms bits, its sign in one (1 is −) and its exponent in four, and then the eight
// bits of the row's offset. Bits that are left in the last byte are 0.
const (
	exponentBits = 4
	scaleBits    = 1 + exponentBits
	offsetBits   = 8

	maxTerms = 64
	maxBase  = 127 // of Base, in size
)

// codeText is how codes stand in a text.
var codeText = base64.RawURLEncoding

// term is an atom with its factor: ±2^((Base + exponent)/4).
type term struct {
	atom     int
	negative bool
	exponent int
}

// indexBits is the length of an atom's index.
func (s Spec) indexBits() int { return bits.Len(uint(s.Atoms - 1)) }

// CodeBits is the number of bits of a row of kind Pursuit.
func (s Spec) CodeBits() int { return s.Terms*(s.indexBits()+scaleBits) + offsetBits }

// codeBytes is the number of bytes of all rows.
func (s Spec) codeBytes() int64 { return (int64(s.M)*int64(s.CodeBits()) + 7) / 8 }

// Dictionary is the projection of kind Hadamard whose rows are the atoms of kind Pursuit.
func (s Spec) Dictionary() Spec {
	return Spec{Kind: Hadamard, Seed: s.Seed, M: s.Atoms, D: s.D, Norm: Sqrt}
}

// only is s with n rows from the given one on.
func (s Spec) only(first, n int) Spec {
	s.Select = make([]int, n)
	for i := range s.Select {
		s.Select[i] = first + i
	}
	return s
}

// Offset is the offset of row i of kind Pursuit: what maps take where other kinds have a phase or a bias of the row that is drawn.
func (s Spec) Offset(i int) uint8 {
	return uint8(readBits(s.Codes, int64(i+1)*int64(s.CodeBits())-offsetBits, offsetBits))
}

// TermsOf returns the atoms of row i of kind Pursuit, ascending, and their factors.
func (s Spec) TermsOf(i int) (atoms []int, factors []float64) {
	for _, t := range s.terms(nil, i) {
		atoms, factors = append(atoms, t.atom), append(factors, s.factor(t))
	}
	return atoms, factors
}

// terms returns those of row i, in the order of their atoms, in the memory of list.
func (s Spec) terms(list []term, i int) []term {
	list = list[:0]
	at, index := int64(i)*int64(s.CodeBits()), s.indexBits()
	for range s.Terms {
		code := readBits(s.Codes, at, index+scaleBits)
		at += int64(index + scaleBits)
		list = append(list, term{int(code & (1<<index - 1)), code>>index&1 == 1, int(code >> (index + 1))})
	}
	return list
}

// readBits returns n ≤ 32 bits from the given place on.
func readBits(codes []byte, at int64, n int) uint64 {
	v := uint64(0)
	for k := range n {
		v |= uint64(codes[(at+int64(k))/8]>>((at+int64(k))%8)&1) << k
	}
	return v
}

// writeBits writes n bits of v at the given place, which holds zeros.
func writeBits(codes []byte, at int64, n int, v uint64) {
	for k := range n {
		codes[(at+int64(k))/8] |= byte(v>>k&1) << ((at + int64(k)) % 8)
	}
}

// write sets the codes of row i, whose terms are sorted.
func (s Spec) write(i int, terms []term, offset uint8) {
	at, index := int64(i)*int64(s.CodeBits()), s.indexBits()
	for _, t := range terms {
		code := uint64(t.atom) | uint64(t.exponent)<<(index+1)
		if t.negative {
			code |= 1 << index
		}
		writeBits(s.Codes, at, index+scaleBits, code)
		at += int64(index + scaleBits)
	}
	writeBits(s.Codes, at, offsetBits, uint64(offset))
}

// quarterOctaves are 2^(q/4), rounded to the nearest float64.
var quarterOctaves = [4]float64{1, 0x1.306fe0a31b715p+00, math.Sqrt2, 0x1.ae89f995ad3adp+00}

// power is 2^(q/4).
func power(q int) float64 {
	return math.Ldexp(quarterOctaves[q&3], q>>2)
}

// factor is that of t.
func (s Spec) factor(t term) float64 {
	v := power(s.Base + t.exponent)
	if t.negative {
		return -v
	}
	return v
}

// checkPursuit validates what only kind Pursuit has.
func (s Spec) checkPursuit() error {
	if s.Kind != Pursuit {
		if s.Atoms != 0 || s.Terms != 0 || s.Base != 0 || s.Codes != nil {
			return fmt.Errorf("atoms, terms, base or codes of kind %v, which has none: %w", s.Kind, ErrSpec)
		}
		return nil
	}
	if err := s.checkDictionary(); err != nil {
		return err
	}
	switch {
	case s.Base < -maxBase || s.Base > maxBase:
		return fmt.Errorf("base %d, want %d to %d: %w", s.Base, -maxBase, maxBase, ErrSpec)
	case s.Rounds != 0 || s.Norm != Chi || s.Select != nil:
		return fmt.Errorf("rounds, norm or selected rows of kind %v, which has none: %w", s.Kind, ErrSpec)
	case int64(len(s.Codes)) != s.codeBytes():
		return fmt.Errorf("%d bytes of codes for %d rows of %d bits, want %d: %w", len(s.Codes), s.M, s.CodeBits(), s.codeBytes(), ErrSpec)
	}
	var list []term
	for i := range s.M {
		list = s.terms(list, i)
		for k := 1; k < len(list); k++ {
			if list[k].atom <= list[k-1].atom {
				return fmt.Errorf("row %d has atom %d after %d: atoms ascend: %w", i, list[k].atom, list[k-1].atom, ErrSpec)
			}
		}
	}
	if end := int64(s.M) * int64(s.CodeBits()); readBits(s.Codes, end, int(8*s.codeBytes()-end)) != 0 {
		return fmt.Errorf("bits after the last row are not 0: %w", ErrSpec)
	}
	return nil
}

// checkDictionary validates the numbers of atoms and terms.
func (s Spec) checkDictionary() error {
	switch {
	case s.Atoms < 2 || s.Atoms > maxSize || s.Atoms&(s.Atoms-1) != 0:
		return fmt.Errorf("a dictionary of %d atoms, want a power of two from 2 to %d: %w", s.Atoms, maxSize, ErrSpec)
	case s.Terms < 1 || s.Terms > maxTerms || s.Terms > s.Atoms:
		return fmt.Errorf("%d terms of %d atoms, want 1 to %d: %w", s.Terms, s.Atoms, maxTerms, ErrSpec)
	}
	return nil
}

// pursuitDraws is [Spec.Draws] of kind Pursuit: the diagonals of the blocks that have an atom, the rows, and for each term a transform.
func (s Spec) pursuitDraws() (numbers, work int64) {
	d := s.Dictionary()
	p, terms := int64(d.block()), int64(s.M)*int64(s.Terms)
	blocks := min((int64(s.Atoms)+p-1)/p, terms)
	return blocks*int64(d.rounds())*p + int64(s.M)*int64(s.D), terms * int64(d.rounds()) * p
}

// pursuit makes the rows of kind Pursuit: each atom is made once, in ascending order, and added to the rows that have it.
func (p *stored[T]) pursuit() {
	s := p.spec
	type use struct {
		atom, row int
		factor    T
	}
	var uses []use
	var list []term
	for i := range s.M {
		list = s.terms(list, i)
		for _, t := range list {
			uses = append(uses, use{t.atom, i, T(s.factor(t))})
		}
	}
	slices.SortStableFunc(uses, func(a, b use) int { return a.atom - b.atom })
	d, atom := s.Dictionary(), make([]T, s.D)
	var blk *hadamard[T] // of the atom
	for k, u := range uses {
		if k == 0 || u.atom != uses[k-1].atom {
			n := d.block()
			if first := u.atom / n * n; blk == nil || blk.spec.Select[0] != first {
				blk = newHadamard[T](d.only(first, min(n, d.M-first)))
			}
			blk.Row(atom, u.atom%n)
		}
		asm.Axpy(p.g.Row(u.row), u.factor, atom)
	}
}
