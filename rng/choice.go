package rng

import (
	"fmt"
	"math"
	"math/bits"
	"sort"
)

// Choice sets dst[i] to element start+i of the distribution on 0 … n−1 in which k
// has a probability proportional to cumulative[k] − cumulative[k−1] (cumulative[−1]
// being 0): the first k with cumulative[k] > u·cumulative[n−1], u the float64 [Uniform]
// of the same index. It returns an error that wraps [ErrRange] if the cumulative
// weights are empty, decrease, are not finite or end in 0. Cost O(log n) each.
func Choice(s Stream, dst []int, start uint64, cumulative []float64) error {
	last := 0.0
	for k, c := range cumulative {
		if !(c >= last && c <= math.MaxFloat64) {
			return fmt.Errorf("rng.Choice: cumulative weight %d is %g after %g: %w", k, c, last, ErrRange)
		}
		last = c
	}
	if last == 0 {
		return fmt.Errorf("rng.Choice: the weights add up to nothing: %w", ErrRange)
	}
	// The product may round up to the total: the last k of positive weight is meant.
	top := sort.SearchFloat64s(cumulative, last)
	var u [64]float64
	for len(dst) > 0 {
		n := min(len(dst), len(u))
		Uniform(s, u[:n], start)
		for i, v := range u[:n] {
			v *= last
			dst[i] = min(top, sort.Search(len(cumulative), func(k int) bool { return cumulative[k] > v }))
		}
		dst, start = dst[n:], start+uint64(n)
	}
	return nil
}

// Permutation returns a random order of 0 … n−1: for i = n−1, …, 1 it exchanges
// places i and ⌊b·(i+1)/2⁶⁴⌋, b the 64-bit number i of the stream (Fisher and Yates).
// The probabilities differ from 1/n! by less than one part in 2⁶⁴/n².
func Permutation(s Stream, n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var numbers [64]uint64
	for i := n - 1; i > 0; i-- {
		if at := i % len(numbers); at == len(numbers)-1 || i == n-1 {
			s.Bits(numbers[:at+1], uint64(i-at))
		}
		j, _ := bits.Mul64(numbers[i%len(numbers)], uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}
