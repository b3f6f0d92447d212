package main

import (
	"os"
	"strconv"
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

// compress keeps to a budget too, with the layers that stay, and takes learned directions without one.
func TestCompressBytes(t *testing.T) {
	f := newFolder(t)
	ok(t, "train", "-quiet", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "12,10", "-epochs", "2", "-o", f.path("net"))
	args := []string{"compress", "-quiet", "-model", f.path("net"), "-x", f.path("x.npy"), "-features", "24", "-o", f.path("m")}
	for _, c := range []struct {
		part, bytes string
		candidates  int
	}{{"all -directions random", "1600", 3}, {":2 -directions selected -bits 8", "1900", 1}, {"1:2 -directions random -bits 4", "5200", 1}} {
		var made struct {
			Bytes int64 `json:"file_bytes"`
			Sizes []struct {
				Chosen bool
			} `json:"candidates_within_bytes"`
		}
		decode(t, ok(t, append(args, strings.Fields("-json -bytes "+c.bytes+" -bundle "+c.part)...)...), &made)
		info, err := os.Stat(f.path("m"))
		if err != nil {
			t.Fatal(err)
		}
		most, _ := strconv.ParseInt(c.bytes, 10, 64)
		chosen := 0
		for _, k := range made.Sizes {
			if k.Chosen {
				chosen++
			}
		}
		if len(made.Sizes) != c.candidates || chosen != 1 || info.Size() > most || made.Bytes != info.Size() {
			t.Errorf("-bundle %s in %s bytes: %d candidates, %d chosen, %d bytes, said %d", c.part, c.bytes, len(made.Sizes), chosen, info.Size(), made.Bytes)
		}
		ok(t, "predict", "-model", f.path("m"), "-x", f.path("x.npy"), "-o", f.path("p.npy"))
	}
	if text := ok(t, append(args, "-directions", "learned", "-features", "6")...); !strings.Contains(text, "directions learned") {
		t.Errorf("learned:\n%s", text)
	}
	for flags, code := range map[string]int{
		"-bytes 0": 2, "-directions auto": 2, "-bytes 3000 -uptrain 1": 2, "-directions learned -uptrain 1": 2, "-bytes 3000 -method auto -budget 100": 2,
		"-directions learned -method montecarlo": 2, "-bundle 0:1 -bytes 500": 1,
	} {
		if r := nnk(append(args, strings.Fields(flags)...)...); r.code != code {
			t.Errorf("%s: exit %d, %s", flags, r.code, r.stderr)
		}
	}
}
