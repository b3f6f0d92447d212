package fuzz

import (
	"errors"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/impl"
	"nnk/mat"
)

// FuzzQuantise: whatever weights and inputs are, rounding them ends in an error that says why or in codes that lose what they are said to lose,
// never more than the nearest codes; and the codes are the same with every kernel set.
func FuzzQuantise(f *testing.F) {
	for seed := range 12 {
		b := make([]byte, 200)
		for i := range b {
			b[i] = byte(uint32(seed*31+i*i+i*7) * 2654435761 >> 11)
		}
		f.Add(b)
	}
	f.Add([]byte{1, 5, 9, 1, 1, 200, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzQuantise[float32](t, b)
		fuzzQuantise[float64](t, b)
	})
}

func fuzzQuantise[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	bits := 4 + 4*int(r.byte()%2)
	l, n, rows := 1+int(r.byte()%4), 1+r.size(30), 1+r.size(40)
	w := mat.Of(l, n, slice[T](r, l*n))
	h := mat.Gram(nil, mat.Of(rows, n, slice[float64](r, rows*n)))
	for i := range n {
		h.Set(i, i, h.At(i, i)+0.01)
	}
	nearest, err := mat.Quantise(w, bits)
	if err != nil {
		explained(t, err)
		return
	}
	var first *mat.Quantised
	active := impl.Active()
	defer func() {
		if err := impl.Select(active); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range impl.Names() {
		if err := impl.Select(name); err != nil {
			t.Fatal(err)
		}
		q, loss, err := mat.QuantiseGram(w, h, bits)
		if err != nil {
			explained(t, err)
			return
		}
		if _, err := mat.NewQuantised(l, n, bits, q.Codes(), q.Scales()); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = q
			said, plain, whole := mat.QuantisationLoss(w, q, h), mat.QuantisationLoss(w, nearest, h), sizes(t, w, h, bits)
			for i, v := range loss {
				if slack := float64(1e-9 * whole[i]); !(math.Abs(v-said[i]) <= slack) || !(v <= plain[i]+slack) {
					t.Fatalf("row %d: loss %v, of its codes %v, of the nearest %v", i, v, said[i], plain[i])
				}
			}
		}
		for i, c := range q.Codes() {
			if c != first.Codes()[i] || q.Scales()[i/n] != first.Scales()[i/n] {
				t.Fatalf("kernel set %s: code %d is %d, was %d", name, i, c, first.Codes()[i])
			}
		}
	}
}

// sizes are what the rows would lose if all codes were 0.
func sizes[T asm.Float](t *testing.T, w *mat.Dense[T], h *mat.Dense[float64], bits int) []float64 {
	none, err := mat.NewQuantised(w.Rows(), w.Cols(), bits, make([]int8, w.Rows()*w.Cols()), make([]float32, w.Rows()))
	if err != nil {
		t.Fatal(err)
	}
	return mat.QuantisationLoss(w, none, h)
}

func explained(t *testing.T, err error) {
	if !errors.Is(err, mat.ErrNotFinite) && !errors.Is(err, mat.ErrRange) && !errors.Is(err, mat.ErrSingular) {
		t.Fatal(err)
	}
}
