package encoder

import (
	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// rowGrain is the number of elements that are worth a goroutine's start.
const rowGrain = 1 << 14

// rowwise is what happens to each row between two products. It is kept in a [Workspace], so that handing it to
// goroutines allocates nothing where there is one.
type rowwise[T asm.Float] struct {
	pass[T]
	body func(lo, hi int)
}

// pass says what: z += bias or f(z + bias); then residual += z; then dst = norm(z, or residual).
type pass[T asm.Float] struct {
	z, residual, dst *mat.Dense[T] // residual and dst nil for none; dst may be either of the others
	bias             []T
	activate         bool
	act              urf.Activation
	norm             scaled[T]
	epsilon          T
}

// run goes over all rows of p.z.
func (r *rowwise[T]) run(p pass[T]) {
	if r.body == nil {
		r.body = r.some
	}
	r.pass = p
	par.For(p.z.Rows(), max(rowGrain/p.z.Cols(), 1), r.body)
	r.pass = pass[T]{}
}

func (r *rowwise[T]) some(lo, hi int) {
	for i := lo; i < hi; i++ {
		v := r.z.Row(i)
		switch {
		case r.activate:
			urf.EvalBias(r.act, v, v, r.bias)
		case r.bias != nil:
			asm.Add(v, v, r.bias)
		}
		if r.residual != nil {
			x := r.residual.Row(i)
			asm.Add(x, x, v)
			v = x
		}
		if r.dst != nil {
			out := r.dst.Row(i)
			snnk.NormaliseRow(out, v, r.epsilon)
			asm.Mul(out, out, r.norm.gamma)
			asm.Add(out, out, r.norm.beta)
		}
	}
}
