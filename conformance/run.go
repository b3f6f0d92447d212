package conformance

import (
	"errors"
	"fmt"
	"math"

	"nnk/asm"
)

// ErrMissing is returned by an implementation that does not have a function.
var ErrMissing = errors.New("function is not implemented")

// An Implementation computes what the vectors demand: this library with a kernel
// set ([Library]), or a port of it.
type Implementation interface {
	// Results returns the results of every case of the set, in its order. It is given
	// all cases at once, so that functions of slices can be tried on long ones.
	Results(s *Set) ([][]float64, error)
}

// A Result is how an implementation did on one set.
type Result struct {
	Function string  `json:"function"`
	Type     string  `json:"type"`
	Range    string  `json:"range,omitempty"`
	Cases    int     `json:"cases"`
	Worst    float64 `json:"worst"` // error in Unit; MaxFloat64 if not finite
	WorstAt  string  `json:"worst_at,omitempty"`
	Claim    float64 `json:"claim"`
	Unit     string  `json:"unit"`
	Differ   int     `json:"differ"` // cases whose bits differ
	DifferAt string  `json:"differ_at,omitempty"`
	Error    string  `json:"error,omitempty"` // why nothing was computed
}

// Accurate reports whether every error is within the claim.
func (r Result) Accurate() bool { return r.Error == "" && r.Worst <= r.Claim }

// OK reports whether both claims hold: the errors are within the stated one, and
// all bits are equal.
func (r Result) OK() bool { return r.Accurate() && r.Differ == 0 }

// Run gives impl all vectors that are compiled in. The error says that the vectors
// are damaged; what impl does wrong stands in the results.
func Run(impl Implementation) ([]Result, error) {
	sets, err := Vectors()
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(sets))
	for i, s := range sets {
		results[i] = RunSet(impl, s)
	}
	return results, nil
}

// RunSet gives impl one set.
func RunSet(impl Implementation, s *Set) Result {
	r := Result{Function: s.Function, Type: s.Type, Range: s.Range, Cases: len(s.Cases), Claim: s.Claim, Unit: s.Unit}
	got, err := impl.Results(s)
	if err == nil && len(got) != len(s.Cases) {
		err = fmt.Errorf("%d results for %d cases", len(got), len(s.Cases))
	}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if e := min(c.Error(got[i]), math.MaxFloat64); e > r.Worst {
			r.Worst, r.WorstAt = e, c.ID
		}
		if !sameBits(got[i], c.Bits) {
			if r.Differ == 0 {
				r.DifferAt = c.ID
			}
			r.Differ++
		}
	}
	return r
}

// Library is the implementation in this module, with the kernel set in use.
type Library struct{}

// Results computes the set with the function that it names.
func (Library) Results(s *Set) ([][]float64, error) {
	if s.Type == "float32" {
		return results[float32](s)
	}
	return results[float64](s)
}

// results tries the kinds of functions; each knows its own.
func results[T asm.Float](s *Set) ([][]float64, error) {
	if f := Elementwise[T](s.Function); f != nil {
		return onSlice(s, f), nil
	}
	for _, find := range []func(string) func(*Case) ([]float64, error){asmCase[T], matCase[T], fftCase[T], rngCase[T], urfCase[T], mapCase[T], planCase, bundleCase[T], fileCase[T]} {
		f := find(s.Function)
		if f == nil {
			continue
		}
		out := make([][]float64, len(s.Cases))
		for i := range s.Cases {
			var err error
			if out[i], err = f(&s.Cases[i]); err != nil {
				return nil, fmt.Errorf("%s, case %s: %w", s.Function, s.Cases[i].ID, err)
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s: %w", s.Function, ErrMissing)
}

// onSlice computes a function of one number for all cases in one call.
func onSlice[T asm.Float](s *Set, f func(dst, x []T)) [][]float64 {
	x := make([]T, len(s.Cases))
	for i := range s.Cases {
		x[i] = T(s.Cases[i].Float("x"))
	}
	f(x, x)
	out := make([][]float64, len(x))
	for i, v := range x {
		out[i] = []float64{float64(v)}
	}
	return out
}

// to returns v in type T, which holds it exactly.
func to[T asm.Float](v []float64) []T {
	out := make([]T, len(v))
	for i, x := range v {
		out[i] = T(x)
	}
	return out
}

// from returns v as float64.
func from[T asm.Float](v ...T) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
