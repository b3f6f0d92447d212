package main

import (
	"fmt"
	"io"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/fit"
)

// budget is the flag that says how large the file may be.
type budget struct{ bytes int64 }

func (b *budget) register(c *call) {
	c.flags.Int64Var(&b.bytes, "bytes", 0, "`size` that the file may have: directions, bits and number of features (at most -features, or 1024) are then those that leave least error on a fifth of the rows, which no candidate is fitted to; -directions and -bits, if given, are not chosen. It takes up to ten times as long")
}

// check is to be called before the other flags are.
func (b *budget) check(c *call, f *features, how *directions, report string) error {
	given := c.given()
	if !given["bytes"] {
		if how.how == "auto" {
			return usagef("-directions auto is for -bytes: without a size to keep, more of all is better")
		}
		return nil
	}
	if b.bytes < 1 {
		return usagef("-bytes %d: want the size of a file", b.bytes)
	}
	if f.pool == "none" {
		return usagef("-pool none is not for -bytes: take -directions random")
	}
	if report != "" {
		return usagef("-report is not for -bytes: fit what that chooses again, with -features, -directions and -bits")
	}
	if !given["features"] {
		f.opt.Features = 1024
	}
	if !given["directions"] {
		how.how = "auto"
	}
	return nil
}

// fit fits features to x and y in so many bytes, with progress.
func (b *budget) fit(c *call, f *features, x, y bundle.Source, bytes int64, how string, bits int, finish func(*bundle.Model[float32])) (*bundle.Model[float32], *fit.BudgetReport, error) {
	if err := f.checkLoss(); err != nil {
		return nil, nil, err
	}
	p := c.progress(c.name)
	defer p.end()
	most := fit.Budget[float32]{Bytes: bytes, Finish: finish}
	if how != "auto" {
		most.Directions = []fit.Directions{fit.Directions(how)}
	}
	if c.given()["bits"] {
		most.Bits = []int{bits}
	}
	done := "comparing models"
	most.Tried = func(k fit.Candidate) {
		done = fmt.Sprintf("%s directions, %d bits: %s", k.Directions, k.Bits, outcome(k))
		p.note(done)
	}
	opt := f.opt
	opt.Progress = func(int, int) { p.note(done) }
	opt.Logistic.Progress = func(int, float64) { p.note(done) }
	return fit.WithinBytes[float32](c.ctx, x, y, opt, most)
}

// roundingOf says how the weights of what was chosen are kept, nil if as they are.
func roundingOf(r *fit.BudgetReport) *rounding {
	if r.Rounded == nil {
		return nil
	}
	return &rounding{Bits: r.Bits, Matrices: r.Rounded}
}

// outcome says what became of a candidate.
func outcome(k fit.Candidate) string {
	if k.Problem != "" {
		return k.Problem
	}
	return fmt.Sprintf("%s features, %s bytes, held-out error %s", thousands(k.Features), thousands(int(k.Bytes)), strconv.FormatFloat(k.HeldOut, 'g', 3, 64))
}

// printCandidates lists what was compared.
func printCandidates(w io.Writer, list []fit.Candidate) {
	if len(list) < 2 {
		return
	}
	t := &listing{}
	t.add("directions", "bits", "features", "file bytes", "held-out error")
	for _, k := range list {
		name := string(k.Directions)
		if k.Chosen {
			name += " (chosen)"
		}
		if k.Problem != "" {
			t.add(name, strconv.Itoa(k.Bits), "", "", k.Problem)
			continue
		}
		t.add(name, strconv.Itoa(k.Bits), thousands(k.Features), thousands(int(k.Bytes)), strconv.FormatFloat(k.HeldOut, 'g', 3, 64))
	}
	t.print(w)
	fmt.Fprintln(w)
}
