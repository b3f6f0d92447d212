package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// label is the name of the method with its size.
func (s summary) label() string {
	if s.size == 0 {
		return s.family.name
	}
	return fmt.Sprintf("%s, %d", s.family.name, s.size)
}

func table(w io.Writer, all []summary, seeds int) {
	fmt.Fprintf(w, "%-22s %9s  %14s  %12s  %6s\n", "", "trained", fmt.Sprintf("accuracy of %d", seeds), "lowest and", "")
	fmt.Fprintf(w, "%-22s %9s  %14s  %12s  %6s\n", "method, size", "parameters", "seeds, %", "highest", "rate")
	for _, s := range all {
		fmt.Fprintf(w, "%-22s %9s  %6.2f ± %5.2f  %5.1f … %4.1f  %6g\n", s.label(), thousands(s.params), s.mean, s.deviation, s.low, s.high, s.rate)
	}
	fmt.Fprintln(w, "\nTrained parameters are those beside the head's 650, which every method trains.")
}

// thousands writes n with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// near is how far below another a mean accuracy may be and count as equal.
const near = 0.5

// verdict compares the adapters in words: with full fine-tuning, and each bottleneck with the
// smallest adapter of random features that is as good.
func verdict(w io.Writer, all []summary) {
	var full float64
	for _, s := range all {
		if s.family.name == "full fine-tuning" {
			full = s.mean
		}
	}
	bottleneck := smallest(all, isBottleneck, full-near)
	random := smallest(all, isSNNK, full-near)
	for _, c := range []struct {
		what string
		s    *summary
		kind func(summary) bool
	}{{"bottleneck", bottleneck, isBottleneck}, {"SNNK", random, isSNNK}} {
		if c.s != nil {
			fmt.Fprintf(w, "The smallest %s adapter within %.1f points of full fine-tuning is %s with %s parameters.\n", c.what, near, c.s.label(), thousands(c.s.params))
			continue
		}
		b := best(all, c.kind)
		fmt.Fprintf(w, "No %s adapter comes within %.1f points of full fine-tuning: the best, %s, is %.1f points below.\n", c.what, near, b.label(), full-b.mean)
	}
	if bottleneck != nil && random != nil {
		fmt.Fprintf(w, "That is %.1f times fewer.\n", float64(bottleneck.params)/float64(random.params))
	}
	fmt.Fprintf(w, "Smallest SNNK adapter whose mean is not below that of a bottleneck adapter:\n")
	for _, b := range all {
		if !isBottleneck(b) {
			continue
		}
		fmt.Fprintf(w, "  %-16s %6s parameters, %.2f %%: ", b.label(), thousands(b.params), b.mean)
		if s := smallest(all, isSNNK, b.mean); s != nil {
			fmt.Fprintf(w, "%s, %s parameters (%.1f×), %.2f %%\n", s.label(), thousands(s.params), float64(b.params)/float64(s.params), s.mean)
		} else {
			fmt.Fprintln(w, "none")
		}
	}
}

func isBottleneck(s summary) bool { return strings.HasPrefix(s.family.name, "bottleneck") }

func isSNNK(s summary) bool { return strings.Contains(s.family.name, "SNNK") }

// smallest returns the summary of a kind with the fewest parameters whose mean is at least
// the given one, of equally many the best; nil if there is none.
func smallest(all []summary, kind func(summary) bool, mean float64) *summary {
	var found *summary
	for i, s := range all {
		if kind(s) && s.mean >= mean && (found == nil || s.params < found.params || (s.params == found.params && s.mean > found.mean)) {
			found = &all[i]
		}
	}
	return found
}

// best returns the summary of a kind with the highest mean, the first of equals.
func best(all []summary, kind func(summary) bool) *summary {
	var found *summary
	for i, s := range all {
		if kind(s) && (found == nil || s.mean > found.mean) {
			found = &all[i]
		}
	}
	return found
}
