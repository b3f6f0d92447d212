package fft

import "nnk/asm"

// RealPlan is the discrete Fourier transform of real vectors of one length. It is
// immutable: any number of goroutines may use it, each with its own Workspace.
type RealPlan[T asm.Float] struct {
	n      int
	single *realEngine[float32, complex64]  // one of the two is set
	double *realEngine[float64, complex128] // according to T
}

// NewRealPlan returns the plan for vectors of n ≥ 1 elements. An even length costs
// little more than a complex transform of n/2, an odd one as much as one of n.
func NewRealPlan[T asm.Float](n int) *RealPlan[T] {
	if n < 1 {
		panic(tooShort("fft.NewRealPlan", n))
	}
	p := &RealPlan[T]{n: n}
	switch any(*new(T)).(type) {
	case float32:
		p.single = newRealEngine[float32, complex64](n)
	case float64:
		p.double = newRealEngine[float64, complex128](n)
	}
	return p
}

// Len returns the length n.
func (p *RealPlan[T]) Len() int { return p.n }

// Forward sets re and im to the real and imaginary parts of the elements
// 0 … ⌊n/2⌋ of the transform of x,
//
//	re[k] + i·im[k] = Σ x[j]·exp(−2πi·jk/n),  j = 0 … n−1
//
// and returns them; element n−k is the conjugate of element k. im[0], and im[n/2]
// for an even length, are 0. re and im have ⌊n/2⌋+1 elements or are nil, which
// allocates; they must not overlap x or each other. ws may be nil, which allocates.
func (p *RealPlan[T]) Forward(re, im, x []T, ws *Workspace) (_, _ []T) {
	const op = "fft.RealPlan.Forward"
	h := p.n/2 + 1
	mustHave(op, p.n, "x", len(x))
	re, im = output(op, "re", h, re), output(op, "im", h, im)
	mustBeApart(op, "re", re, "im", im)
	mustBeApart(op, "re", re, "x", x)
	mustBeApart(op, "im", im, "x", x)
	if ws == nil {
		ws = new(Workspace)
	}
	switch x := any(x).(type) {
	case []float32:
		p.single.forward(any(re).([]float32), any(im).([]float32), x, &ws.single)
	case []float64:
		p.double.forward(any(re).([]float64), any(im).([]float64), x, &ws.double)
	}
	return re, im
}

// Inverse sets dst to the x that Forward takes to re and im, and returns it. The
// imaginary parts that Forward makes 0 are not read. The rules are those of
// Forward; dst has n elements or is nil.
func (p *RealPlan[T]) Inverse(dst, re, im []T, ws *Workspace) []T {
	const op = "fft.RealPlan.Inverse"
	h := p.n/2 + 1
	mustHave(op, h, "re", len(re))
	mustHave(op, h, "im", len(im))
	dst = output(op, "dst", p.n, dst)
	mustBeApart(op, "dst", dst, "re", re)
	mustBeApart(op, "dst", dst, "im", im)
	if ws == nil {
		ws = new(Workspace)
	}
	switch dst := any(dst).(type) {
	case []float32:
		p.single.inverse(dst, any(re).([]float32), any(im).([]float32), 1/float32(p.n), &ws.single)
	case []float64:
		p.double.inverse(dst, any(re).([]float64), any(im).([]float64), 1/float64(p.n), &ws.double)
	}
	return dst
}

// realEngine packs the even and the odd elements of an even number of reals into
// the parts of half as many complex numbers z. With Z the transform of z and h = n/2,
// E = (Z[k] + conj Z[h−k])/2 and O = (Z[k] − conj Z[h−k])/2i are the transforms of
// the even and the odd elements, and element k of the whole is E + exp(−2πi·k/n)·O.
type realEngine[T asm.Float, C asm.Complex] struct {
	n      int
	inner  *engine[T, C] // of length n/2, or n if that is odd
	wr, wi []T           // exp(−2πi·k/n), k ≤ n/4
}

func newRealEngine[T asm.Float, C asm.Complex](n int) *realEngine[T, C] {
	if n%2 == 1 {
		return &realEngine[T, C]{n: n, inner: newEngine[T, C](n)}
	}
	e := &realEngine[T, C]{n: n, inner: newEngine[T, C](n / 2)}
	r := newRoots(n)
	for k := range n/4 + 1 {
		re, im := r.at(k)
		e.wr, e.wi = append(e.wr, T(re)), append(e.wi, T(im))
	}
	return e
}

func (e *realEngine[T, C]) forward(re, im, x []T, b *buffers[T, C]) {
	z := grow(&b.packed, e.inner.n)
	if e.n%2 == 1 {
		half := grow(&b.half, 2*e.n)
		clear(half[:e.n])
		asm.FFTLast(z, x, half[:e.n], 1, 1, false)
		e.inner.transform(z, z, 1, false, b)
		asm.FFTSplit(re, im, z[:len(re)], false)
		im[0] = 0
		return
	}
	pack(z, x)
	e.inner.transform(z, z, 1, false, b)
	h := e.n / 2
	asm.FFTSplit(re[:h], im[:h], z, false)
	z0r, z0i := re[0], im[0]
	re[0], re[h] = z0r+z0i, z0r-z0i
	im[0], im[h] = 0, 0
	for k := 1; k <= h-k; k++ {
		// Converted: the compiler halves by a product, which it would fuse into a sum.
		er, ei := T((re[k]+re[h-k])/2), T((im[k]-im[h-k])/2)
		or, oi := T((im[k]+im[h-k])/2), T((re[h-k]-re[k])/2)
		wr, wi := e.wr[k], e.wi[k]
		pr, pi := asm.FMA(wr, or, -T(wi*oi)), asm.FMA(wr, oi, T(wi*or))
		re[k], im[k] = er+pr, ei+pi
		re[h-k], im[h-k] = er-pr, pi-ei
	}
}

// inverse sets x to scale·n times the inverse transform.
func (e *realEngine[T, C]) inverse(x, re, im []T, scale T, b *buffers[T, C]) {
	n, z := e.inner.n, grow(&b.packed, e.inner.n)
	half := grow(&b.half, 2*n)
	zr, zi := half[:n], half[n:]
	if e.n%2 == 1 {
		zr[0], zi[0] = re[0], 0
		for k := 1; k <= n/2; k++ {
			zr[k], zi[k] = re[k], im[k]
			zr[n-k], zi[n-k] = re[k], -im[k]
		}
		asm.FFTLast(z, zr, zi, 1, 1, false)
		e.inner.transform(z, z, scale, true, b)
		asm.FFTSplit(x, zi, z, false)
		return
	}
	h := n
	zr[0], zi[0] = (re[0]+re[h])/2, (re[0]-re[h])/2
	for k := 1; k <= h-k; k++ {
		er, ei := T((re[k]+re[h-k])/2), T((im[k]-im[h-k])/2)
		pr, pi := T((re[k]-re[h-k])/2), T((im[k]+im[h-k])/2)
		wr, wi := e.wr[k], e.wi[k]
		or, oi := asm.FMA(wr, pr, T(wi*pi)), asm.FMA(wr, pi, -T(wi*pr))
		zr[k], zi[k] = er-oi, ei+or
		zr[h-k], zi[h-k] = er+oi, or-ei
	}
	asm.FFTLast(z, zr, zi, 1, 1, false)
	e.inner.transform(z, z, 2*scale, true, b)
	unpack(x, z)
}

// pack sets z[j] to x[2j] + i·x[2j+1].
func pack[T asm.Float, C asm.Complex](z []C, x []T) {
	switch z := any(z).(type) {
	case []complex64:
		x := any(x).([]float32)[:2*len(z)]
		for j := range z {
			z[j] = complex(x[2*j], x[2*j+1])
		}
	case []complex128:
		x := any(x).([]float64)[:2*len(z)]
		for j := range z {
			z[j] = complex(x[2*j], x[2*j+1])
		}
	}
}

// unpack sets x[2j] and x[2j+1] to the parts of z[j].
func unpack[T asm.Float, C asm.Complex](x []T, z []C) {
	switch z := any(z).(type) {
	case []complex64:
		x := any(x).([]float32)[:2*len(z)]
		for j, v := range z {
			x[2*j], x[2*j+1] = real(v), imag(v)
		}
	case []complex128:
		x := any(x).([]float64)[:2*len(z)]
		for j, v := range z {
			x[2*j], x[2*j+1] = real(v), imag(v)
		}
	}
}
