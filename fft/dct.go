package fft

import "nnk/asm"

// DCTPlan holds the cosine transforms of types II and III of one length. It is
// immutable: any number of goroutines may use it, each with its own Workspace.
type DCTPlan[T asm.Float] struct {
	n      int
	single *cosineEngine[float32, complex64]  // one of the two is set
	double *cosineEngine[float64, complex128] // according to T
}

// NewDCTPlan returns the plan for vectors of n ≥ 1 elements. A transform costs little
// more than a real Fourier transform of n.
func NewDCTPlan[T asm.Float](n int) *DCTPlan[T] {
	if n < 1 {
		panic(tooShort("fft.NewDCTPlan", n))
	}
	p := &DCTPlan[T]{n: n}
	switch any(*new(T)).(type) {
	case float32:
		p.single = newCosineEngine[float32, complex64](n)
	case float64:
		p.double = newCosineEngine[float64, complex128](n)
	}
	return p
}

// Len returns the length n.
func (p *DCTPlan[T]) Len() int { return p.n }

// II sets dst to the cosine transform of type II of x, not normalised,
//
//	dst[k] = Σ x[j]·cos(π·(2j+1)·k/2n),  j, k = 0 … n−1
//
// and returns it. x and dst have n elements; dst is x or does not overlap it, and nil allocates. ws may
// be nil, which allocates.
func (p *DCTPlan[T]) II(dst, x []T, ws *Workspace) []T {
	const op = "fft.DCTPlan.II"
	mustHave(op, p.n, "x", len(x))
	dst = inPlace(op, p.n, dst, x)
	if ws == nil {
		ws = new(Workspace)
	}
	switch x := any(x).(type) {
	case []float32:
		p.single.second(any(dst).([]float32), x, &ws.single)
	case []float64:
		p.double.second(any(dst).([]float64), x, &ws.double)
	}
	return dst
}

// III sets dst to the cosine transform of type III of x, not normalised,
//
//	dst[j] = x[0]/2 + Σ x[k]·cos(π·(2j+1)·k/2n),  k = 1 … n−1,  j = 0 … n−1
//
// under the rules of II. III of II of x is n/2·x.
func (p *DCTPlan[T]) III(dst, x []T, ws *Workspace) []T {
	const op = "fft.DCTPlan.III"
	mustHave(op, p.n, "x", len(x))
	dst = inPlace(op, p.n, dst, x)
	if ws == nil {
		ws = new(Workspace)
	}
	switch x := any(x).(type) {
	case []float32:
		p.single.third(any(dst).([]float32), x, &ws.single)
	case []float64:
		p.double.third(any(dst).([]float64), x, &ws.double)
	}
	return dst
}

// cosineEngine takes the even elements in order, then the odd ones backwards, as v
// (J. Makhoul, A fast cosine transform in one and two dimensions, 1980). With V the
// Fourier transform of v and w = exp(−πi·k/2n)·V[k], elements k and n−k of type II
// are the real and the negative imaginary part of w.
type cosineEngine[T asm.Float, C asm.Complex] struct {
	n      int
	inner  *realEngine[T, C]
	wr, wi []T // exp(−πi·k/2n), k ≤ n/2
}

func newCosineEngine[T asm.Float, C asm.Complex](n int) *cosineEngine[T, C] {
	e := &cosineEngine[T, C]{n: n, inner: newRealEngine[T, C](n)}
	r := newRoots(4 * n)
	for k := range n/2 + 1 {
		re, im := r.at(k)
		e.wr, e.wi = append(e.wr, T(re)), append(e.wi, T(im))
	}
	return e
}

// buffers returns v and the parts of its spectrum.
func (e *cosineEngine[T, C]) buffers(b *buffers[T, C]) (v, re, im []T) {
	n, h := e.n, e.n/2+1
	buf := grow(&b.cosine, n+2*h)
	return buf[:n], buf[n : n+h], buf[n+h:]
}

func (e *cosineEngine[T, C]) second(dst, x []T, b *buffers[T, C]) {
	n := e.n
	v, re, im := e.buffers(b)
	for j := range (n + 1) / 2 {
		v[j] = x[2*j]
	}
	for j := range n / 2 {
		v[n-1-j] = x[2*j+1]
	}
	e.inner.forward(re, im, v, b)
	dst[0] = re[0]
	for k := 1; k <= n/2; k++ {
		wr, wi := e.wr[k], e.wi[k]
		a := asm.FMA(wr, re[k], -T(wi*im[k]))
		c := asm.FMA(wr, im[k], T(wi*re[k]))
		dst[n-k] = -c
		dst[k] = a // after n−k, which is the same for k = n/2 but for rounding
	}
}

func (e *cosineEngine[T, C]) third(dst, x []T, b *buffers[T, C]) {
	n := e.n
	v, re, im := e.buffers(b)
	re[0], im[0] = x[0], 0
	for k := 1; k <= n/2; k++ {
		wr, wi := e.wr[k], e.wi[k]
		p, q := x[k], x[n-k] // (p − i·q)·conj(w)
		re[k] = asm.FMA(wr, p, -T(wi*q))
		im[k] = -asm.FMA(wr, q, T(wi*p))
	}
	e.inner.inverse(v, re, im, 0.5, b)
	for j := range (n + 1) / 2 {
		dst[2*j] = v[j]
	}
	for j := range n / 2 {
		dst[2*j+1] = v[n-1-j]
	}
}
