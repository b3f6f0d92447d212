package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/conformance"
	"nnk/internal/impl"
)

// checkConformance computes the fingerprint with every kernel set of this
// machine and compares it with the one this version must have.
func checkConformance(c *call) error {
	sets := c.flags.Bool("sets", false, "only list this machine's kernel sets, one a line")
	if err := c.parse(0); err != nil {
		return err
	}
	names := impl.Names()
	if *sets {
		fmt.Fprintln(c.stdout, strings.Join(names, "\n"))
		return nil
	}
	if asm.Kernels().Requested != "" {
		names = []string{impl.Active()} // the user asked for one
	}
	defer func(before string) {
		if err := impl.Select(before); err != nil {
			panic(err) // it was in use a moment ago
		}
	}(impl.Active())
	type result struct {
		Kernel string             `json:"kernel"`
		Parts  []conformance.Part `json:"parts"`
		Error  string             `json:"error,omitempty"`
	}
	var results []result
	var failed []string
	p := c.progress("kernel sets")
	for i, name := range names {
		if err := impl.Select(name); err != nil {
			return err
		}
		r := result{Kernel: name, Parts: conformance.Fingerprint()}
		if err := conformance.Compare(r.Parts); err != nil {
			r.Error = err.Error()
			failed = append(failed, name+": "+r.Error)
		}
		results = append(results, r)
		p.step(i+1, len(names))
	}
	p.end()
	stored := conformance.Stored()
	parts := results[0].Parts
	all := parts[len(parts)-1].Digest // what was computed, even if it is wrong
	if c.json {
		if err := printJSON(c.stdout, map[string]any{"arithmetic": asm.ArithmeticVersion, "fingerprint": all, "kernels": results, "ok": failed == nil}); err != nil {
			return err
		}
	} else {
		t := &table{}
		head := []string{"package"}
		for _, r := range results {
			head = append(head, r.Kernel)
		}
		t.add(head...)
		for i, part := range parts {
			row := []string{part.Name}
			for _, r := range results {
				verdict := "ok"
				if j := slices.IndexFunc(stored, func(p conformance.Part) bool { return p.Name == part.Name }); j < 0 || stored[j].Digest != r.Parts[i].Digest {
					verdict = "DIFFERS"
				}
				row = append(row, verdict)
			}
			t.add(row...)
		}
		t.print(c.stdout)
		fmt.Fprintf(c.stdout, "\nfingerprint: %s\n", all)
	}
	if failed != nil {
		return errors.New(strings.Join(failed, "; "))
	}
	return nil
}
