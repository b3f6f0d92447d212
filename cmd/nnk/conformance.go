package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/conformance"
	"nnk/internal/impl"
)

// checked is what one kernel set computed.
type checked struct {
	Kernel      string                   `json:"kernel"`
	Vectors     []conformance.Result     `json:"vectors"`
	Lines       []conformance.Line       `json:"lines"`
	Differences []conformance.Difference `json:"differences"`
	Error       string                   `json:"error,omitempty"`
}

// checkConformance runs the vectors with every kernel set of this machine, and
// compares the fingerprint with the one this version must have.
func checkConformance(c *call) error {
	sets := c.flags.Bool("sets", false, "only list this machine's kernel sets, one a line")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if *sets && c.json {
		return printJSON(c.stdout, map[string]any{"kernels": impl.Names()})
	}
	if *sets {
		fmt.Fprintln(c.stdout, strings.Join(impl.Names(), "\n"))
		return nil
	}
	names := kernelSets()
	defer func(before string) {
		if err := impl.Select(before); err != nil {
			panic(err) // it was in use a moment ago
		}
	}(impl.Active())
	var results []checked
	var failed []string
	p := c.progress("kernel sets")
	defer p.end()
	for i, name := range names {
		if err := impl.Select(name); err != nil {
			return err
		}
		r, err := c.check(name)
		if err != nil {
			return err
		}
		if r.Error != "" {
			failed = append(failed, name+": "+r.Error)
		}
		results = append(results, r)
		p.step(i+1, len(names))
	}
	p.end()
	all := conformance.Sum(results[0].Lines) // what was computed, even if it is wrong
	if c.json {
		if err := printJSON(c.stdout, map[string]any{"arithmetic": asm.ArithmeticVersion, "fingerprint": all, "kernels": results, "ok": failed == nil}); err != nil {
			return err
		}
	} else {
		printVectors(c.stdout, results)
		printLines(c.stdout, results)
		fmt.Fprintf(c.stdout, "\nfingerprint: %s\n", all)
	}
	if failed != nil {
		return errors.New(strings.Join(failed, "; "))
	}
	return nil
}

// check runs everything with the kernel set in use.
func (c *call) check(name string) (checked, error) {
	vectors, err := conformance.Run(conformance.Library{})
	if err == nil {
		err = c.stopped()
	}
	if err != nil {
		return checked{}, err
	}
	lines, err := conformance.Fingerprint(c.ctx)
	if err != nil {
		return checked{}, err
	}
	r := checked{Kernel: name, Vectors: vectors, Lines: lines, Differences: conformance.Differences(lines)}
	var bad []string
	for _, v := range vectors {
		if !v.OK() {
			bad = append(bad, v.Function+" "+v.Type)
		}
	}
	if bad != nil {
		r.Error = fmt.Sprintf("%d sets of vectors fail: %s", len(bad), strings.Join(bad, ", "))
	}
	if err := conformance.Compare(lines); err != nil {
		r.Error = strings.TrimPrefix(r.Error+"; "+err.Error(), "; ")
	}
	return r, nil
}

// printVectors prints a row for each set of vectors: its largest error with any kernel
// set, and for each kernel set whether its bits and errors are as they must be.
func printVectors(w io.Writer, results []checked) {
	t := &listing{}
	head := []string{"function", "type", "cases", "worst", "claim"}
	for _, r := range results {
		head = append(head, r.Kernel)
	}
	t.add(head...)
	for i, v := range results[0].Vectors {
		worst := 0.0
		var verdicts []string
		for _, r := range results {
			v := r.Vectors[i]
			worst = max(worst, v.Worst)
			switch {
			case v.Error != "":
				verdicts = append(verdicts, "FAILS")
			case !v.Accurate():
				verdicts = append(verdicts, "INACCURATE")
			case v.Differ > 0:
				verdicts = append(verdicts, "DIFFERS")
			default:
				verdicts = append(verdicts, "ok")
			}
		}
		span, _, _ := strings.Cut(v.Range, ":")
		name := strings.TrimSpace(v.Function + "  " + span)
		unit := "ulp"
		if v.Unit != unit {
			unit = "of scale"
		}
		t.add(append([]string{name, v.Type, strconv.Itoa(v.Cases), fmt.Sprintf("%.3g", worst), fmt.Sprintf("%g %-8s", v.Claim, unit)}, verdicts...)...)
	}
	t.print(w)
	fmt.Fprintln(w)
}

// printLines prints a row for each package with the number of its functions in the
// fingerprint, and of those that differ with each kernel set, then which they are.
func printLines(w io.Writer, results []checked) {
	t := &listing{}
	head := []string{"package", "functions"}
	for _, r := range results {
		head = append(head, r.Kernel)
	}
	t.add(head...)
	var packages []string
	count := map[string]int{}
	for _, l := range results[0].Lines {
		p := packageOf(l.Function)
		if count[p] == 0 {
			packages = append(packages, p)
		}
		count[p]++
	}
	for _, p := range packages {
		row := []string{p, strconv.Itoa(count[p])}
		for _, r := range results {
			differ := 0
			for _, d := range r.Differences {
				if packageOf(d.Function) == p {
					differ++
				}
			}
			verdict := "ok"
			if differ > 0 {
				verdict = fmt.Sprintf("%d DIFFER", differ)
			}
			row = append(row, verdict)
		}
		t.add(row...)
	}
	t.print(w)
	for _, r := range results {
		for i, d := range r.Differences {
			if i == 0 {
				fmt.Fprintf(w, "\nwith kernels %s, the first to mend first:\n", r.Kernel)
			}
			fmt.Fprintf(w, "  %s\n", d)
		}
	}
}

// packageOf is the package of a line of the fingerprint.
func packageOf(function string) string {
	p, _, _ := strings.Cut(function, ".")
	return p
}

// kernelSets are those to try: the one that NNK_KERNELS asks for, or all of this
// machine.
var kernelSets = func() []string {
	if asm.Kernels().Requested != "" {
		return []string{impl.Active()}
	}
	return impl.Names()
}
