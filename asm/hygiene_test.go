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
	generated  = "// Code generated"
	longestRun = 75 // lines of a hand-written TEXT
)

// rules are what the assembly of one architecture keeps beyond the rules of all.
type rules struct {
	reserved *regexp.Regexp // last operands that Go keeps for itself
	vex      bool           // no legacy SSE beside VEX, and VZEROUPPER after wide registers
	words    string         // the header that may hold raw instruction words, if any
}

var ruleSets = map[string]rules{
	"amd64":   {reserved: lastOperand("BP"), vex: true},
	"arm64":   {reserved: lastOperand("R18|R18_PLATFORM|R28|g|R29"), words: "neon_arm64.h"},
	"riscv64": {reserved: lastOperand("X[12348]|X27|X31|RA|SP|GP|TP|g|TMP")},
}

func lastOperand(registers string) *regexp.Regexp {
	return regexp.MustCompile(`,\s*(` + registers + `)\s*$`)
}

// ruleSet is the one of the architecture that the name of an assembly file or header ends
// with.
func ruleSet(name string) (arch string, r rules, err error) {
	base := strings.TrimSuffix(name, filepath.Ext(name))
	arch = base[strings.LastIndexByte(base, '_')+1:]
	r, ok := ruleSets[arch]
	if !ok {
		return "", r, fmt.Errorf("%s: no rules for an architecture %q: enter it in ruleSets", name, arch)
	}
	return arch, r, nil
}

// fault is one breach of a rule.
type fault struct {
	file string
	line int
	what string
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.what) }

// hygiene checks one assembly file. declared holds the functions with a
// //go:noescape declaration for its architecture.
func hygiene(name, src string, r rules, declared map[string]bool) []fault {
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
		code = strings.TrimRight(code, "\\; \t")
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
		if r.vex {
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
			report("raw instruction words belong into a header of their own, with a test")
		}
		if r.reserved.MatchString(code) {
			report("writes to a reserved register: %s", strings.TrimSpace(code))
		}
	}
	finish(len(lines))
	return out
}

func TestAssemblyHygiene(t *testing.T) {
	files, err := filepath.Glob("*.[sh]")
	if err != nil {
		t.Fatal(err)
	}
	declared, defined := map[string]map[string]bool{}, map[string]map[string]bool{}
	for arch := range ruleSets {
		declared[arch], defined[arch] = map[string]bool{}, map[string]bool{}
		for _, m := range noescape.FindAllStringSubmatch(readAll(t, "*_"+arch+".go"), -1) {
			declared[arch][m[1]] = true
		}
	}
	for _, name := range files {
		arch, r, err := ruleSet(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if name == r.words {
			continue
		}
		src := readAll(t, name)
		for _, f := range hygiene(name, src, r, declared[arch]) {
			t.Error(f)
		}
		for l := range strings.Lines(src) {
			if m := textLine.FindStringSubmatch(l); m != nil {
				defined[arch][m[1]] = true
			}
		}
	}
	called := readAll(t, "*.go")
	for arch := range ruleSets {
		for fn := range declared[arch] {
			if !defined[arch][fn] {
				t.Errorf("a Go file of %s declares %s, which no assembly file defines", arch, fn)
			}
			if strings.Count(called, fn+"(") < 2 {
				t.Errorf("%s has no caller", fn)
			}
		}
	}
}

// TestUnknownArchitecture: a file that no rule set belongs to is not passed over.
func TestUnknownArchitecture(t *testing.T) {
	for _, name := range []string{"dot_mips64.s", "dot.s", "lanes_mips64.h", "amd64_dot.s"} {
		if _, _, err := ruleSet(name); err == nil {
			t.Errorf("%s: found rules", name)
		}
	}
	for arch := range ruleSets {
		if got, _, err := ruleSet("dot_avx_" + arch + ".s"); got != arch || err != nil {
			t.Errorf("%s: %q, %v", arch, got, err)
		}
	}
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
	head := func(set string) string {
		return "// func f" + set + "(x []float64)\n// Requires " + set + ".\nTEXT ·f" + set + "(SB), NOSPLIT, $0-24\n"
	}
	avx, neon := head("AVX2"), head("NEON")
	for _, c := range []struct {
		name, arch, src string
		want            int
	}{
		{"good", "amd64", avx + "\tVADDPD Y0, Y1, Y2\n\tVZEROUPPER\n\tRET\n", 0},
		{"no VZEROUPPER", "amd64", avx + "\tVADDPD Y0, Y1, Y2\n\tRET\n", 1},
		{"no comment", "amd64", "TEXT ·fAVX2(SB), NOSPLIT, $0-24\n\tRET\n", 2},
		{"not declared", "amd64", strings.ReplaceAll(avx, "fAVX2", "gAVX2") + "\tRET\n", 1},
		{"legacy SSE", "amd64", avx + "\tMOVUPS (SI), X0\n\tRET\n", 1},
		{"legacy SSE in a macro", "amd64", "#define M \\\n\tMOVUPS (SI), X0\n", 1},
		{"raw word", "arm64", neon + "\tWORD $0x4e20d400\n\tRET\n", 1},
		{"reserved register", "amd64", avx + "\tMOVQ AX, BP\n\tRET\n", 1},
		{"reserved register in a macro", "amd64", "#define M \\\n\tMOVQ AX, BP \\\n\tRET\n", 1},
		{"register of another architecture", "arm64", neon + "\tMOVD R0, BP\n\tRET\n", 0},
		{"reserved register, arm64", "arm64", neon + "\tMOVD R0, R28\n\tRET\n", 1},
		{"frame", "amd64", strings.Replace(avx, "$0-24", "$64-24", 1) + "\tRET\n", 1},
		{"too long", "amd64", avx + strings.Repeat("\tINCQ AX\n", longestRun) + "\tRET\n", 1},
	} {
		if got := hygiene("x_"+c.arch+".s", c.src, ruleSets[c.arch], map[string]bool{"fAVX2": true, "fNEON": true}); len(got) != c.want {
			t.Errorf("%s: got %v, want %d faults", c.name, got, c.want)
		}
	}
}
