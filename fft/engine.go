package fft

import "nnk/asm"

// engine is the transform of one length in one type. T is the type of C's parts.
//
// A length whose prime factors are 2, 3, 5 and 7 runs as Stockham's transform, one
// pass over memory per factor; the first and the last pass convert between complex
// numbers and vectors with their parts apart. Other lengths go through bluestein.
type engine[T asm.Float, C asm.Complex] struct {
	n      int
	first  []T // twiddles of the first pass if its radix is 4; nil: the parts are only taken apart
	passes []pass[T]
	last   int // radix of the last pass: 1 (parts are only joined), 2 or 4
	chirp  *bluestein[T, C]
}

type pass[T asm.Float] struct {
	radix, s int
	tw       []T // as asm.FFTPass wants them
}

func newEngine[T asm.Float, C asm.Complex](n int) *engine[T, C] {
	e := &engine[T, C]{n: n, last: 1}
	if n == 1 {
		return e
	}
	radices, ok := e.factor()
	if !ok {
		e.chirp = newBluestein[T, C](n)
		return e
	}
	r := newRoots(n)
	s := 1
	if n%4 == 0 {
		m := n / 4
		e.first = make([]T, 0, 6*m)
		for k := 1; k < 4; k++ {
			for p := range m {
				re, im := r.at(p * k)
				e.first = append(e.first, T(re), T(im))
			}
		}
		s = 4
	}
	for _, radix := range radices {
		m := n / (radix * s)
		tw := make([]T, 0, 2*m*(radix-1))
		for j := range m {
			for k := 1; k < radix; k++ {
				re, im := r.at(s * j * k)
				tw = append(tw, T(re), T(im))
			}
		}
		e.passes = append(e.passes, pass[T]{radix, s, tw})
		s *= radix
	}
	return e
}

// factor sets the radix of the last pass and returns those of the passes between
// it and the first one, which has radix 4 if that divides n. It reports whether n
// has no other prime factors than 2, 3, 5 and 7.
func (e *engine[T, C]) factor() (radices []int, ok bool) {
	rest := e.n
	if rest%4 == 0 {
		rest /= 4
	}
	for e.last < 4 && rest%2 == 0 {
		rest /= 2
		e.last *= 2
	}
	for _, radix := range []int{7, 5, 3} {
		for rest%radix == 0 {
			radices = append(radices, radix)
			rest /= radix
		}
	}
	// Powers of two: eights, which need the fewest passes, after what is left of them,
	// as the second pass has only 4 columns.
	eights := 0
	for rest%8 == 0 && rest != 16 {
		rest /= 8
		eights++
	}
	for _, radix := range []int{4, 2} {
		for rest%radix == 0 {
			radices = append(radices, radix)
			rest /= radix
		}
	}
	for range eights {
		radices = append(radices, 8)
	}
	return radices, rest == 1
}

// pad is the number of elements between the vectors of a workspace. Without it
// lengths that are powers of two put their elements into the same sets of a cache.
const pad = 48

// transform sets dst, which may be x, to scale times the transform of x, forward
// or inverse. The inverse exchanges real and imaginary parts before and after.
func (e *engine[T, C]) transform(dst, x []C, scale T, inverse bool, b *buffers[T, C]) {
	if e.chirp != nil {
		e.chirp.transform(dst, x, scale, inverse, b)
		return
	}
	n := e.n
	room := n + pad
	buf := grow(&b.split, 4*room)
	xr, xi, yr, yi := buf[:n], buf[room:room+n], buf[2*room:2*room+n], buf[3*room:3*room+n]
	if e.first != nil {
		asm.FFTFirst(xr, xi, x, e.first, inverse)
	} else {
		asm.FFTSplit(xr, xi, x, inverse)
	}
	for i := range e.passes {
		p := &e.passes[i]
		asm.FFTPass(yr, yi, xr, xi, p.tw, p.radix, p.s)
		xr, xi, yr, yi = yr, yi, xr, xi
	}
	asm.FFTLast(dst, xr, xi, e.last, scale, inverse)
}
