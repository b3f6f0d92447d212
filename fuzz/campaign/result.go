package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// result collects what a case computed, to the bit; NaNs are equal to each other.
type result struct {
	h    hash.Hash
	errs []error
}

func newResult() *result { return &result{h: sha256.New()} }

// String is a digest of everything.
func (r *result) String() string { return hex.EncodeToString(r.h.Sum(nil)[:12]) }

// add takes numbers.
func add[T asm.Float](r *result, values ...T) {
	b := make([]byte, 0, 8*len(values))
	for _, v := range values {
		bits := math.Float64bits(float64(v))
		if v != v {
			bits = math.Float64bits(math.NaN())
		}
		b = binary.LittleEndian.AppendUint64(b, bits)
	}
	r.h.Write(b)
}

func addMatrix[T asm.Float](r *result, m *mat.Dense[T]) {
	fmt.Fprintf(r.h, "%d×%d", m.Rows(), m.Cols())
	for i := range m.Rows() {
		add(r, m.Row(i)...)
	}
}

func addInts(r *result, values ...int) { fmt.Fprintln(r.h, values) }

// failed takes an error, whose text is part of the result, and reports whether there is one.
func failed(r *result, err error) bool {
	if err != nil {
		fmt.Fprintln(r.h, err)
		r.errs = append(r.errs, err)
	}
	return err != nil
}
