package main

import (
	"os"
	"strings"
	"testing"
)

// A budget of bytes is kept, by the best of what was compared; what was given is not chosen; what is too small is refused with the least.
func TestBytes(t *testing.T) {
	f := newFolder(t)
	args := []string{"fit", "-quiet", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-o", f.path("m"), "-features", "24"}
	var made fitted
	decode(t, ok(t, append(args, "-bytes", "1400", "-json")...), &made)
	info, err := os.Stat(f.path("m"))
	if err != nil {
		t.Fatal(err)
	}
	chosen, least := 0, 2.0
	for _, k := range made.Candidates {
		if k.Chosen {
			chosen++
			least = min(least, k.HeldOut)
		}
	}
	if len(made.Candidates) != 9 || chosen != 1 || info.Size() > 1400 || made.Bytes != info.Size() {
		t.Errorf("%d candidates, %d chosen, %d bytes, said %d", len(made.Candidates), chosen, info.Size(), made.Bytes)
	}
	for _, k := range made.Candidates {
		if k.HeldOut < least {
			t.Errorf("%+v is better than what was chosen", k)
		}
	}
	text := ok(t, append(args, "-bytes", "1400", "-directions", "random", "-bits", "8")...)
	if !strings.Contains(text, "bits of a weight") || strings.Contains(text, "chosen") {
		t.Errorf("one candidate:\n%s", text)
	}
	if r := nnk(append(args, "-bytes", "300")...); r.code != 1 || !strings.Contains(r.stderr, "the least is ") {
		t.Errorf("300 bytes: %+v", r)
	}
	for _, flags := range []string{"-bytes 0", "-directions auto", "-bytes 4000 -pool none", "-bytes 4000 -report r.html", "-bytes 4000 -bits 5", "-bytes 4000 -directions few"} {
		if r := nnk(append(args, strings.Fields(flags)...)...); r.code != 2 {
			t.Errorf("%s: exit %d, %s", flags, r.code, r.stderr)
		}
	}
}
