package rng

import "nnk/asm"

// Stream is an endless sequence of random numbers, addressed by index. It is a
// small value without state: copy it freely, use it from many goroutines.
type Stream struct{ seed, id uint64 }

// New returns the root stream of a seed.
func New(seed uint64) Stream { return Stream{seed: seed} }

// subKey separates the key under which substreams are numbered from the key of
// their numbers: the letters "nnk.subs".
const subKey = 0x6e6e6b2e73756273

// Sub returns substream id of s, independent of s and of its other substreams. Two
// of n substreams coincide with probability n²/2⁶⁵.
func (s Stream) Sub(id uint64) Stream {
	key := s.seed ^ subKey
	c := asm.Philox4x32([4]uint32{uint32(id), uint32(id >> 32), uint32(s.id), uint32(s.id >> 32)}, [2]uint32{uint32(key), uint32(key >> 32)})
	return Stream{s.seed, uint64(c[1])<<32 | uint64(c[0])}
}

// Use is the number of a substream that the library draws from a seed of its caller's;
// the package comment lists them. Constants of this type, each in one place of the code, keep two
// uses of a seed from having the same numbers.
type Use uint64

// Of returns the substream of a seed.
func (u Use) Of(seed uint64) Stream { return New(seed).Sub(uint64(u)) }

// chunk is the number of words made at a time, on the stack.
const chunk = 8 * asm.PhiloxGroup

// walk goes through the groups of words that hold the elements start, start+1, … of
// a kind of which a group holds per.
type walk struct {
	s     Stream
	per   int
	start uint64 // of what is left
	left  int
	// What next has made: elements lo … hi−1 of the words are wanted, the first of
	// them being element at of the call's.
	lo, hi, at int
}

func (s Stream) walk(per int, start uint64, n int) walk {
	return walk{s: s, per: per, start: start, left: n}
}

// next returns the next groups, made in buf, and false at the end.
func (k *walk) next(buf *[chunk]uint32) (words []uint32, ok bool) {
	if k.left == 0 {
		return nil, false
	}
	k.at += k.hi - k.lo
	k.lo = int(k.start % uint64(k.per))
	groups := min((k.lo+k.left+k.per-1)/k.per, chunk/asm.PhiloxGroup)
	k.hi = min(groups*k.per, k.lo+k.left)
	words = buf[:groups*asm.PhiloxGroup]
	asm.Philox(words, k.s.seed, k.s.id, k.start/uint64(k.per))
	k.start += uint64(k.hi - k.lo)
	k.left -= k.hi - k.lo
	return words, true
}

// Bits sets dst[i] to 64-bit number start+i.
func (s Stream) Bits(dst []uint64, start uint64) {
	var buf [chunk]uint32
	for k := s.walk(32, start, len(dst)); ; {
		w, ok := k.next(&buf)
		if !ok {
			return
		}
		for i := range dst[k.at : k.at+k.hi-k.lo] {
			dst[k.at+i] = number64(w, k.lo+i)
		}
	}
}

// Words sets dst[i] to 32-bit number start+i.
func (s Stream) Words(dst []uint32, start uint64) {
	if start%asm.PhiloxGroup == 0 {
		n := len(dst) / asm.PhiloxGroup * asm.PhiloxGroup
		asm.Philox(dst[:n], s.seed, s.id, start/asm.PhiloxGroup)
		dst, start = dst[n:], start+uint64(n)
	}
	var buf [chunk]uint32
	for k := s.walk(64, start, len(dst)); ; {
		w, ok := k.next(&buf)
		if !ok {
			return
		}
		copy(dst[k.at:], w[k.lo:k.hi])
	}
}

// number64 is 64-bit number i of some groups.
func number64(w []uint32, i int) uint64 {
	j := i/32*64 + i%32/16*32 + i%16
	return uint64(w[j+16])<<32 | uint64(w[j])
}
