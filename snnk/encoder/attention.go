package encoder

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"nnk/asm"
	"nnk/mat"
)

// queryRows is the number of queries whose products with all keys are in memory at a time.
const queryRows = 256

// attention mixes the values of each text: of each head, each on its columns.
type attention[T asm.Float] struct {
	heads, width int // width of a head
	scale        T
	qkv, dst     *mat.Dense[T] // rows×3·heads·width and rows×heads·width
	lengths      []int
	starts       []int // row of each text

	kept     *memory[T]    // what going back needs, nil for a pass without
	backward *gradients[T] // nil but when going back

	next   atomic.Int64
	works  []*mixer[T]
	others sync.WaitGroup
}

// mixer is the memory of one goroutine.
type mixer[T asm.Float] struct {
	scores     mat.Buffer[T]
	q, k, v, o mat.Dense[T]
	inverse    [queryRows]T // 1/Σe of each query

	dMixed                 mat.Buffer[T]
	kept, dq, dk, dv, from mat.Dense[T]
}

// run sets dst to the mixed values, or goes back, on as many goroutines as there are processors and heads.
func (a *attention[T]) run() {
	a.starts = a.starts[:0]
	at := 0
	for _, n := range a.lengths {
		a.starts = append(a.starts, at)
		at += n
	}
	a.next.Store(0)
	workers := min(runtime.GOMAXPROCS(0), len(a.lengths)*a.heads)
	for len(a.works) < workers {
		a.works = append(a.works, &mixer[T]{})
	}
	for _, w := range a.works[1:max(workers, 1)] {
		a.others.Go(func() { a.work(w) })
	}
	a.work(a.works[0])
	a.others.Wait()
	a.qkv, a.dst, a.kept, a.backward = nil, nil, nil, nil
}

// work takes heads of texts until none is left.
func (a *attention[T]) work(w *mixer[T]) {
	for {
		i := int(a.next.Add(1)) - 1
		if i >= len(a.lengths)*a.heads {
			return
		}
		text, head := i/a.heads, i%a.heads
		if a.backward != nil {
			a.back(w, text, head)
			continue
		}
		for lo := 0; lo < a.lengths[text]; lo += queryRows {
			a.mix(w, text, head, lo, min(queryRows, a.lengths[text]-lo))
		}
	}
}

// mix does queries lo to lo+rows of one head of one text.
func (a *attention[T]) mix(w *mixer[T], text, head, lo, rows int) {
	start, n := a.starts[text], a.lengths[text]
	a.views(w, text, head, lo, rows)
	s := &w.kept
	if a.kept == nil {
		s = w.scores.Shape(rows, n)
	} else {
		a.kept.weights.ViewInto(s, start+lo, head*a.kept.longest, rows, n)
	}
	mat.MulT(s, &w.q, &w.k)
	for i := range rows {
		w.inverse[i] = exponentials(s.Row(i), a.scale)
	}
	if a.kept != nil {
		copy(a.kept.inverse.Row(head)[start+lo:], w.inverse[:rows])
	}
	mat.Mul(&w.o, s, &w.v)
	for i := range rows {
		o := w.o.Row(i)
		asm.Scale(o, o, w.inverse[i])
	}
}

// views sets q and o to those of queries lo to lo+rows of one head of one text, k and v to those of all its keys.
func (a *attention[T]) views(w *mixer[T], text, head, lo, rows int) {
	start, n := a.starts[text], a.lengths[text]
	col, all := head*a.width, a.heads*a.width
	a.qkv.ViewInto(&w.q, start+lo, col, rows, a.width)
	a.qkv.ViewInto(&w.k, start, all+col, n, a.width)
	a.qkv.ViewInto(&w.v, start, 2*all+col, n, a.width)
	a.dst.ViewInto(&w.o, start+lo, col, rows, a.width)
}

// exponentials replaces s by e^((s − max s)·scale) and returns 1 over their sum, which is at least 1.
func exponentials[T asm.Float](s []T, scale T) T {
	top := s[0]
	for _, v := range s[1:] {
		if v > top {
			top = v
		}
	}
	for i, v := range s {
		s[i] = (v - top) * scale
	}
	asm.Exp(s, s)
	return 1 / asm.Sum(s)
}

// headScale is 1/√width, rounded once.
func headScale[T asm.Float](width int) T { return T(1 / math.Sqrt(float64(width))) }
