package main

import (
	"encoding/json"
	"strings"
	"testing"

	"nnk/conformance"
	"nnk/internal/impl"
)

// TestConformance: every kernel set passes, both ways of printing say so, and the set in
// use is the same afterwards.
func TestConformance(t *testing.T) {
	sets := kernelSets()
	if len(sets) > 2 {
		sets = []string{sets[0], sets[len(sets)-1]} // package conformance tries the others, TestConformanceSlow this command with all
	}
	checkConformanceOf(t, sets)
}

// checkConformanceOf runs the command with the given kernel sets, and holds what it prints of them to what is stored.
func checkConformanceOf(t *testing.T, sets []string) {
	defer func(all func() []string) { kernelSets = all }(kernelSets)
	kernelSets = func() []string { return sets }
	before := impl.Active()
	var got struct {
		OK      bool      `json:"ok"`
		Print   string    `json:"fingerprint"`
		Kernels []checked `json:"kernels"`
	}
	if err := json.Unmarshal([]byte(ok(t, "conformance", "-json")), &got); err != nil {
		t.Fatal(err)
	}
	stored := conformance.Stored()
	if want := conformance.Sum(stored); !got.OK || got.Print != want || len(got.Kernels) != len(sets) {
		t.Fatalf("ok %v, fingerprint %s, want %s, %d kernel sets", got.OK, got.Print, want, len(got.Kernels))
	}
	for _, k := range got.Kernels {
		if len(k.Vectors) < 100 || len(k.Lines) != len(stored) || len(k.Differences) > 0 || k.Error != "" {
			t.Errorf("%s: %d sets of vectors, %d lines, %d differences, error %q", k.Kernel, len(k.Vectors), len(k.Lines), len(k.Differences), k.Error)
		}
	}
	if impl.Active() != before {
		t.Errorf("kernel set is %s, was %s", impl.Active(), before)
	}
	var text strings.Builder
	printLines(&text, got.Kernels)
	if s := text.String(); !strings.Contains(s, "rng/ortho") || strings.Contains(s, "DIFFER") || strings.Contains(s, "mend") {
		t.Errorf("the table of right lines:\n%s", s)
	}
	text.Reset()
	printVectors(&text, got.Kernels)
	for _, want := range []string{"function", "worst", "asm.Exp", "2.5 ulp", "compress.MonteCarlo"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
	wrong := got.Kernels[:1]
	wrong[0].Vectors[0].Worst = 2 * wrong[0].Vectors[0].Claim
	wrong[0].Vectors[1].Differ = 1
	wrong[0].Vectors[2].Error = "missing"
	text.Reset()
	printVectors(&text, wrong)
	for _, want := range []string{"INACCURATE", "DIFFERS", "FAILS"} {
		if strings.Count(text.String(), want) != 1 {
			t.Errorf("the table of wrong results does not say %s once:\n%s", want, text.String())
		}
	}
	wrong[0].Differences = []conformance.Difference{{Function: "asm.Exp float32", Got: "12", Want: "34"}, {Function: "asm.Old float32", Want: "56"}}
	text.Reset()
	printLines(&text, wrong)
	for _, want := range []string{"2 DIFFER", "with kernels " + wrong[0].Kernel, "asm.Exp float32 is 12, want 34", "asm.Old float32 has no results"} {
		if strings.Count(text.String(), want) != 1 {
			t.Errorf("the table of wrong lines does not say %q once:\n%s", want, text.String())
		}
	}
}
