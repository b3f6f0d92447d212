//go:build slow

package main

import (
	"regexp"
	"testing"
)

// The demonstration, and what it is to show: fewer bytes at the teacher's
// accuracy, and better accuracy at few bytes.
func TestDemo(t *testing.T) {
	var d struct {
		Rows        []demoRow
		Summary     string
		Fingerprint string
	}
	decode(t, ok(t, "demo", "-json"), &d)
	rows := map[string]demoRow{}
	for _, r := range d.Rows {
		rows[r.Model] = r
		if r.Params <= 0 || r.Bytes <= 0 || r.Accuracy <= 0 || r.Agreement <= 0 || r.MACs <= 0 || r.NsB1 <= 0 || r.NsB256 <= 0 || r.Family == "" {
			t.Errorf("row %+v", r)
		}
	}
	teacher := rows["teacher"]
	if teacher.Params != 85002 || teacher.Accuracy != 0.932 || teacher.Agreement != 1 {
		t.Errorf("teacher: %+v", teacher)
	}
	for _, c := range []struct {
		model        string
		ratio, ahead float64
	}{
		{"bundle-256", 30, 0}, {"bundle-512", 15, 0.01}, {"selected-128", 54, 0}, {"selected-256", 28, 0.015},
		{"logistic-64", 100, -0.005}, {"logistic-128", 54, 0.01}, {"logistic-256", 28, 0.015}, {"learned-48", 200, 0.01}, {"learned-96", 130, 0.015},
	} {
		r := rows[c.model]
		if r.Ratio < c.ratio || r.Accuracy < teacher.Accuracy+c.ahead-1e-9 { // both are of 500 digits
			t.Errorf("%s: %.1f times fewer bytes at accuracy %.3f, want %.0f at %.3f", c.model, r.Ratio, r.Accuracy, c.ratio, teacher.Accuracy+c.ahead)
		}
		if s := r.Spread; s == nil || s.Seeds != 5 || s.Min > r.Accuracy || s.Max < r.Accuracy || s.Mean < s.Min || s.Mean > s.Max {
			t.Errorf("%s: spread %+v around %v", c.model, s, r.Accuracy)
		}
	}
	for _, name := range []string{"bundle-64", "bundle-128", "bundle-1024", "lowrank-4x", "lowrank-8x", "lowrank-16x", "narrow-64-34-10", "narrow-64-68-10", "narrow-64-34-10-8", "narrow-64-68-10-8"} {
		if _, ok := rows[name]; !ok {
			t.Errorf("no row %s", name)
		}
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(d.Fingerprint) {
		t.Errorf("fingerprint %q", d.Fingerprint)
	}
	if d.Summary != sentence(d.Rows) {
		t.Errorf("summary %q", d.Summary)
	}
}
