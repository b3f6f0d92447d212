package fft

import (
	"fmt"

	"nnk/asm"
	"nnk/internal/alias"
	"nnk/mat"
)

// Plan is the discrete Fourier transform of one length in one type. It is
// immutable: any number of goroutines may use it, each with its own Workspace.
type Plan[C asm.Complex] struct {
	n      int
	single *engine[float32, complex64]  // one of the two is set
	double *engine[float64, complex128] // according to C
}

// NewPlan returns the plan for vectors of n ≥ 1 elements. It costs as much as
// 10 to 40 transforms, and memory for 2n complex numbers (7n or so if n has a prime
// factor above 7).
func NewPlan[C asm.Complex](n int) *Plan[C] {
	if n < 1 {
		panic(tooShort("fft.NewPlan", n))
	}
	p := &Plan[C]{n: n}
	switch any(*new(C)).(type) {
	case complex64:
		p.single = newEngine[float32, complex64](n)
	case complex128:
		p.double = newEngine[float64, complex128](n)
	}
	return p
}

// Len returns the length n.
func (p *Plan[C]) Len() int { return p.n }

// Forward sets dst to the transform of x,
//
//	dst[k] = Σ x[j]·exp(−2πi·jk/n),  j, k = 0 … n−1
//
// and returns it. x and dst have n elements; dst is x or does not overlap it, and nil allocates. ws
// may be nil, which allocates.
func (p *Plan[C]) Forward(dst, x []C, ws *Workspace) []C {
	return p.transform("fft.Plan.Forward", dst, x, false, ws)
}

// Inverse sets dst to the x that Forward takes to y,
//
//	dst[j] = 1/n·Σ y[k]·exp(2πi·jk/n),  j, k = 0 … n−1
//
// under the rules of Forward.
func (p *Plan[C]) Inverse(dst, y []C, ws *Workspace) []C {
	return p.transform("fft.Plan.Inverse", dst, y, true, ws)
}

func (p *Plan[C]) transform(op string, dst, x []C, inverse bool, ws *Workspace) []C {
	mustHave(op, p.n, "x", len(x))
	dst = inPlace(op, p.n, dst, x)
	if ws == nil {
		ws = new(Workspace)
	}
	switch x := any(x).(type) {
	case []complex64:
		scale := float32(1)
		if inverse {
			scale = 1 / float32(p.n)
		}
		p.single.transform(any(dst).([]complex64), x, scale, inverse, &ws.single)
	case []complex128:
		scale := 1.0
		if inverse {
			scale = 1 / float64(p.n)
		}
		p.double.transform(any(dst).([]complex128), x, scale, inverse, &ws.double)
	}
	return dst
}

// output returns dst, or n new elements if it is nil.
func output[E any](op, name string, n int, dst []E) []E {
	if dst == nil {
		return make([]E, n)
	}
	mustHave(op, n, name, len(dst))
	return dst
}

// inPlace is output for a dst that may be x but not overlap it otherwise.
func inPlace[E any](op string, n int, dst, x []E) []E {
	dst = output(op, "dst", n, dst)
	if &dst[0] != &x[0] && alias.Overlap(dst, x) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	return dst
}

// mustBeApart panics if two vectors overlap.
func mustBeApart[E any](op, dstName string, dst []E, srcName string, src []E) {
	if alias.Overlap(dst, src) {
		panic(&mat.OverlapError{Op: op, Dst: dstName, Src: srcName})
	}
}

// mustHave panics if a vector does not have n elements.
func mustHave(op string, n int, name string, got int) {
	if got != n {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("%s has %d elements, want %d", name, got, n)})
	}
}

// tooShort is what a constructor panics with for n < 1.
func tooShort(op string, n int) *mat.ArgumentError {
	return &mat.ArgumentError{Op: op, Why: fmt.Sprintf("a transform has at least one element, not %d", n)}
}
