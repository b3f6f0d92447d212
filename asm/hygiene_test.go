package asm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The rules that every assembly file keeps, so that the next one can be read as
// easily as this one. CONTRIBUTING.md says them in words.

var (
	textLine   = regexp.MustCompile(`^TEXT ·(\w+)\(SB\), NOSPLIT(?:\|NOFRAME)?, (\$[\w-]+)`)
	noescape   = regexp.MustCompile(`(?m)^//go:noescape\nfunc (\w+)\(`)
	legacySSE  = regexp.MustCompile(`^\s+(MOV[AU]PS|MOV[AU]PD|MOVS[SD]|ADDP[SD]|MULP[SD]|SUBP[SD]|XORP[SD]|ADDS[SD]|MULS[SD]|SUBS[SD])\b`)
	rawWord    = regexp.MustCompile(`^\s+(WORD|BYTE)\b`)
	vectorReg  = regexp.MustCompile(`\b[YZ]\d+\b`)
	forbidden  = regexp.MustCompile(`,\s*(BP|R18|R18_PLATFORM|R28|g|R29)\s*$`)
	generated  = "// Code generated"
	longestRun = 75 // lines of a hand-written TEXT
)

// fault is one breach of a rule.
type fault struct {
	file string
	line int
	what string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.what) }

// hygiene checks one assembly file. declared holds the functions with a
// //go:noescape declaration for its architecture.
func hygiene(name, src string, declared map[string]bool) []fault {
	var out []fault
	isGenerated := strings.HasPrefix(src, generated)
	lines := strings.Split(src, "\n")
	var comment []string // the comment block directly above
	var fn string
	start, vector, cleared := 0, false, false
	finish := func(end int) {
		if fn != "" && !isGenerated && end-start > longestRun {
			out = append(out, fault{name, start + 1, fmt.Sprintf("%s has %d lines, more than %d", fn, end-start, longestRun)})
		}
	}
	for i, l := range lines {
		report := func(format string, args ...any) {
			out = append(out, fault{name, i + 1, fmt.Sprintf(format, args...)})
		}
		code, _, _ := strings.Cut(l, "//")
		switch m := textLine.FindStringSubmatch(l); {
		case m != nil:
			finish(i)
			fn, start, vector, cleared = m[1], i, false, false
			head := strings.Join(comment, "\n")
			for _, want := range []string{"func " + fn + "(", "equires"} {
				if !strings.Contains(head, want) {
					report("%s: the comment above has no %q", fn, want)
				}
			}
			if !declared[fn] {
				report("%s has no //go:noescape declaration", fn)
			}
			if !strings.HasPrefix(m[2], "$0") && !strings.Contains(head, "frame") {
				report("%s has a frame of %s and does not say why", fn, m[2])
			}
		case strings.HasPrefix(l, "TEXT"):
			report("a TEXT line of another form: %s", l)
		case strings.HasPrefix(l, "//"):
			comment = append(comment, l)
			continue
		}
		comment = nil
		if strings.Contains(name, "_amd64") {
			vector = vector || vectorReg.MatchString(code)
			cleared = cleared || strings.Contains(code, "VZEROUPPER")
			if legacySSE.MatchString(code) {
				report("legacy SSE instruction beside VEX ones: %s", strings.TrimSpace(code))
			}
			if strings.TrimSpace(code) == "RET" && vector && !cleared {
				report("%s: RET without VZEROUPPER", fn)
			}
		}
		if rawWord.MatchString(code) {
			report("raw instruction words belong into neon_arm64.h")
		}
		if forbidden.MatchString(code) {
			report("writes to a reserved register: %s", strings.TrimSpace(code))
		}
	}
	finish(len(lines))
	return out
}

func TestAssemblyHygiene(t *testing.T) {
	files, err := filepath.Glob("*.s")
	if err != nil {
		t.Fatal(err)
	}
	called := readAll(t, "*.go")
	for _, arch := range []string{"amd64", "arm64"} {
		dispatch := readAll(t, "dispatch_"+arch+".go") + generatedDispatch(t, arch)
		declared := map[string]bool{}
		for _, m := range noescape.FindAllStringSubmatch(dispatch, -1) {
			declared[m[1]] = true
		}
		defined := map[string]bool{}
		for _, name := range files {
			if !strings.HasSuffix(name, "_"+arch+".s") {
				continue
			}
			src := readAll(t, name)
			for _, f := range hygiene(name, src, declared) {
				t.Error(f)
			}
			for l := range strings.Lines(src) {
				if m := textLine.FindStringSubmatch(l); m != nil {
					defined[m[1]] = true
				}
			}
		}
		for fn := range declared {
			if !defined[fn] {
				t.Errorf("a dispatch file of %s declares %s, which no assembly file defines", arch, fn)
			}
			if strings.Count(called, fn+"(") < 2 {
				t.Errorf("%s has no caller", fn)
			}
		}
	}
}

// generatedDispatch is the dispatch file that the generator writes, if the
// architecture has one.
func generatedDispatch(t *testing.T, arch string) string {
	if _, err := os.Stat("elementwise_" + arch + ".go"); err != nil {
		return ""
	}
	return readAll(t, "elementwise_"+arch+".go")
}

func readAll(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	var b strings.Builder
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(src)
	}
	return b.String()
}

func TestHygieneSeesWhatItMust(t *testing.T) {
	const head = "// func fAVX2(x []float64)\n// Requires AVX2.\nTEXT ·fAVX2(SB), NOSPLIT, $0-24\n"
	for _, c := range []struct {
		name, src string
		want      int
	}{
		{"good", head + "\tVADDPD Y0, Y1, Y2\n\tVZEROUPPER\n\tRET\n", 0},
		{"no VZEROUPPER", head + "\tVADDPD Y0, Y1, Y2\n\tRET\n", 1},
		{"no comment", "TEXT ·fAVX2(SB), NOSPLIT, $0-24\n\tRET\n", 2},
		{"not declared", strings.ReplaceAll(head, "fAVX2", "gAVX2") + "\tRET\n", 1},
		{"legacy SSE", head + "\tMOVUPS (SI), X0\n\tRET\n", 1},
		{"raw word", head + "\tWORD $0x4e20d400\n\tRET\n", 1},
		{"reserved register", head + "\tMOVQ AX, BP\n\tRET\n", 1},
		{"frame", strings.Replace(head, "$0-24", "$64-24", 1) + "\tRET\n", 1},
		{"too long", head + strings.Repeat("\tINCQ AX\n", longestRun) + "\tRET\n", 1},
	} {
		if got := hygiene("x_amd64.s", c.src, map[string]bool{"fAVX2": true}); len(got) != c.want {
			t.Errorf("%s: got %v, want %d faults", c.name, got, c.want)
		}
	}
}
