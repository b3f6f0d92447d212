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

// chunk is the number of words made at a time, on the stack.
const chunk = 8 * asm.PhiloxGroup

// groups calls use with the words of whole groups that cover the elements start …
// start+n−1 of a kind of which a group holds per, and with the part of those
// elements that they hold: elements [lo, hi) of the call's, to be stored at at.
func (s Stream) groups(per int, start uint64, n int, use func(words []uint32, lo, hi, at int)) {
	var words [chunk]uint32
	for at := 0; at < n; {
		group, lo := start/uint64(per), int(start%uint64(per))
		count := min((lo+n-at+per-1)/per, chunk/asm.PhiloxGroup)
		w := words[:count*asm.PhiloxGroup]
		asm.Philox(w, s.seed, s.id, group)
		hi := min(count*per, lo+n-at)
		use(w, lo, hi, at)
		at += hi - lo
		start += uint64(hi - lo)
	}
}

// Bits sets dst[i] to 64-bit number start+i.
func (s Stream) Bits(dst []uint64, start uint64) {
	s.groups(32, start, len(dst), func(w []uint32, lo, hi, at int) {
		for i := lo; i < hi; i++ {
			dst[at+i-lo] = number64(w, i)
		}
	})
}

// Words sets dst[i] to 32-bit number start+i.
func (s Stream) Words(dst []uint32, start uint64) {
	s.groups(64, start, len(dst), func(w []uint32, lo, hi, at int) { copy(dst[at:], w[lo:hi]) })
}

// number64 is 64-bit number i of some groups.
func number64(w []uint32, i int) uint64 {
	j := i/32*64 + i%32/16*32 + i%16
	return uint64(w[j+16])<<32 | uint64(w[j])
}
