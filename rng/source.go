package rng

// Source hands out the 64-bit numbers of a stream one after the other. It is a
// Source of math/rand/v2: rand.New(s.Source()) gives that package's functions these
// numbers. (What they make of them may differ between architectures.) One
// goroutine at a time may use it.
type Source struct {
	s    Stream
	next uint64
	buf  [32]uint64
}

// Source returns a source that begins with 64-bit number 0.
func (s Stream) Source() *Source { return &Source{s: s} }

// Uint64 returns the next number.
func (r *Source) Uint64() uint64 {
	at := r.next % uint64(len(r.buf))
	if at == 0 {
		r.s.Bits(r.buf[:], r.next)
	}
	r.next++
	return r.buf[at]
}
