package asm

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// neonWords is what LLVM's assembler (llvm-mc -arch=aarch64 -show-encoding) makes of
// every instruction in neon_arm64.h, with registers that show where each number goes.
var neonWords = []struct {
	call, text string
	word       uint32
}{
	{"CMLT2D(0, 0)", "cmlt v0.2d, v0.2d, #0", 0x4ee0a800},
	{"CMLT2D(31, 0)", "cmlt v0.2d, v31.2d, #0", 0x4ee0abe0},
	{"CMLT2D(0, 31)", "cmlt v31.2d, v0.2d, #0", 0x4ee0a81f},
	{"CMLT2D(10, 19)", "cmlt v19.2d, v10.2d, #0", 0x4ee0a953},
	{"CMLT4S(0, 0)", "cmlt v0.4s, v0.4s, #0", 0x4ea0a800},
	{"CMLT4S(31, 0)", "cmlt v0.4s, v31.4s, #0", 0x4ea0abe0},
	{"CMLT4S(0, 31)", "cmlt v31.4s, v0.4s, #0", 0x4ea0a81f},
	{"CMLT4S(10, 19)", "cmlt v19.4s, v10.4s, #0", 0x4ea0a953},
	{"FADD2D(0, 0, 0)", "fadd v0.2d, v0.2d, v0.2d", 0x4e60d400},
	{"FADD2D(31, 0, 0)", "fadd v0.2d, v0.2d, v31.2d", 0x4e7fd400},
	{"FADD2D(0, 31, 0)", "fadd v0.2d, v31.2d, v0.2d", 0x4e60d7e0},
	{"FADD2D(0, 0, 31)", "fadd v31.2d, v0.2d, v0.2d", 0x4e60d41f},
	{"FADD2D(21, 10, 19)", "fadd v19.2d, v10.2d, v21.2d", 0x4e75d553},
	{"FADD4S(0, 0, 0)", "fadd v0.4s, v0.4s, v0.4s", 0x4e20d400},
	{"FADD4S(31, 0, 0)", "fadd v0.4s, v0.4s, v31.4s", 0x4e3fd400},
	{"FADD4S(0, 31, 0)", "fadd v0.4s, v31.4s, v0.4s", 0x4e20d7e0},
	{"FADD4S(0, 0, 31)", "fadd v31.4s, v0.4s, v0.4s", 0x4e20d41f},
	{"FADD4S(21, 10, 19)", "fadd v19.4s, v10.4s, v21.4s", 0x4e35d553},
	{"FCMEQ2D(0, 0, 0)", "fcmeq v0.2d, v0.2d, v0.2d", 0x4e60e400},
	{"FCMEQ2D(31, 0, 0)", "fcmeq v0.2d, v0.2d, v31.2d", 0x4e7fe400},
	{"FCMEQ2D(0, 31, 0)", "fcmeq v0.2d, v31.2d, v0.2d", 0x4e60e7e0},
	{"FCMEQ2D(0, 0, 31)", "fcmeq v31.2d, v0.2d, v0.2d", 0x4e60e41f},
	{"FCMEQ2D(21, 10, 19)", "fcmeq v19.2d, v10.2d, v21.2d", 0x4e75e553},
	{"FCMEQ4S(0, 0, 0)", "fcmeq v0.4s, v0.4s, v0.4s", 0x4e20e400},
	{"FCMEQ4S(31, 0, 0)", "fcmeq v0.4s, v0.4s, v31.4s", 0x4e3fe400},
	{"FCMEQ4S(0, 31, 0)", "fcmeq v0.4s, v31.4s, v0.4s", 0x4e20e7e0},
	{"FCMEQ4S(0, 0, 31)", "fcmeq v31.4s, v0.4s, v0.4s", 0x4e20e41f},
	{"FCMEQ4S(21, 10, 19)", "fcmeq v19.4s, v10.4s, v21.4s", 0x4e35e553},
	{"FCMGE2D(0, 0, 0)", "fcmge v0.2d, v0.2d, v0.2d", 0x6e60e400},
	{"FCMGE2D(31, 0, 0)", "fcmge v0.2d, v0.2d, v31.2d", 0x6e7fe400},
	{"FCMGE2D(0, 31, 0)", "fcmge v0.2d, v31.2d, v0.2d", 0x6e60e7e0},
	{"FCMGE2D(0, 0, 31)", "fcmge v31.2d, v0.2d, v0.2d", 0x6e60e41f},
	{"FCMGE2D(21, 10, 19)", "fcmge v19.2d, v10.2d, v21.2d", 0x6e75e553},
	{"FCMGE4S(0, 0, 0)", "fcmge v0.4s, v0.4s, v0.4s", 0x6e20e400},
	{"FCMGE4S(31, 0, 0)", "fcmge v0.4s, v0.4s, v31.4s", 0x6e3fe400},
	{"FCMGE4S(0, 31, 0)", "fcmge v0.4s, v31.4s, v0.4s", 0x6e20e7e0},
	{"FCMGE4S(0, 0, 31)", "fcmge v31.4s, v0.4s, v0.4s", 0x6e20e41f},
	{"FCMGE4S(21, 10, 19)", "fcmge v19.4s, v10.4s, v21.4s", 0x6e35e553},
	{"FCMGT2D(0, 0, 0)", "fcmgt v0.2d, v0.2d, v0.2d", 0x6ee0e400},
	{"FCMGT2D(31, 0, 0)", "fcmgt v0.2d, v0.2d, v31.2d", 0x6effe400},
	{"FCMGT2D(0, 31, 0)", "fcmgt v0.2d, v31.2d, v0.2d", 0x6ee0e7e0},
	{"FCMGT2D(0, 0, 31)", "fcmgt v31.2d, v0.2d, v0.2d", 0x6ee0e41f},
	{"FCMGT2D(21, 10, 19)", "fcmgt v19.2d, v10.2d, v21.2d", 0x6ef5e553},
	{"FCMGT4S(0, 0, 0)", "fcmgt v0.4s, v0.4s, v0.4s", 0x6ea0e400},
	{"FCMGT4S(31, 0, 0)", "fcmgt v0.4s, v0.4s, v31.4s", 0x6ebfe400},
	{"FCMGT4S(0, 31, 0)", "fcmgt v0.4s, v31.4s, v0.4s", 0x6ea0e7e0},
	{"FCMGT4S(0, 0, 31)", "fcmgt v31.4s, v0.4s, v0.4s", 0x6ea0e41f},
	{"FCMGT4S(21, 10, 19)", "fcmgt v19.4s, v10.4s, v21.4s", 0x6eb5e553},
	{"FDIV2D(0, 0, 0)", "fdiv v0.2d, v0.2d, v0.2d", 0x6e60fc00},
	{"FDIV2D(31, 0, 0)", "fdiv v0.2d, v0.2d, v31.2d", 0x6e7ffc00},
	{"FDIV2D(0, 31, 0)", "fdiv v0.2d, v31.2d, v0.2d", 0x6e60ffe0},
	{"FDIV2D(0, 0, 31)", "fdiv v31.2d, v0.2d, v0.2d", 0x6e60fc1f},
	{"FDIV2D(21, 10, 19)", "fdiv v19.2d, v10.2d, v21.2d", 0x6e75fd53},
	{"FDIV4S(0, 0, 0)", "fdiv v0.4s, v0.4s, v0.4s", 0x6e20fc00},
	{"FDIV4S(31, 0, 0)", "fdiv v0.4s, v0.4s, v31.4s", 0x6e3ffc00},
	{"FDIV4S(0, 31, 0)", "fdiv v0.4s, v31.4s, v0.4s", 0x6e20ffe0},
	{"FDIV4S(0, 0, 31)", "fdiv v31.4s, v0.4s, v0.4s", 0x6e20fc1f},
	{"FDIV4S(21, 10, 19)", "fdiv v19.4s, v10.4s, v21.4s", 0x6e35fd53},
	{"FMUL2D(0, 0, 0)", "fmul v0.2d, v0.2d, v0.2d", 0x6e60dc00},
	{"FMUL2D(31, 0, 0)", "fmul v0.2d, v0.2d, v31.2d", 0x6e7fdc00},
	{"FMUL2D(0, 31, 0)", "fmul v0.2d, v31.2d, v0.2d", 0x6e60dfe0},
	{"FMUL2D(0, 0, 31)", "fmul v31.2d, v0.2d, v0.2d", 0x6e60dc1f},
	{"FMUL2D(21, 10, 19)", "fmul v19.2d, v10.2d, v21.2d", 0x6e75dd53},
	{"FMUL4S(0, 0, 0)", "fmul v0.4s, v0.4s, v0.4s", 0x6e20dc00},
	{"FMUL4S(31, 0, 0)", "fmul v0.4s, v0.4s, v31.4s", 0x6e3fdc00},
	{"FMUL4S(0, 31, 0)", "fmul v0.4s, v31.4s, v0.4s", 0x6e20dfe0},
	{"FMUL4S(0, 0, 31)", "fmul v31.4s, v0.4s, v0.4s", 0x6e20dc1f},
	{"FMUL4S(21, 10, 19)", "fmul v19.4s, v10.4s, v21.4s", 0x6e35dd53},
	{"FNEG2D(0, 0)", "fneg v0.2d, v0.2d", 0x6ee0f800},
	{"FNEG2D(31, 0)", "fneg v0.2d, v31.2d", 0x6ee0fbe0},
	{"FNEG2D(0, 31)", "fneg v31.2d, v0.2d", 0x6ee0f81f},
	{"FNEG2D(10, 19)", "fneg v19.2d, v10.2d", 0x6ee0f953},
	{"FNEG4S(0, 0)", "fneg v0.4s, v0.4s", 0x6ea0f800},
	{"FNEG4S(31, 0)", "fneg v0.4s, v31.4s", 0x6ea0fbe0},
	{"FNEG4S(0, 31)", "fneg v31.4s, v0.4s", 0x6ea0f81f},
	{"FNEG4S(10, 19)", "fneg v19.4s, v10.4s", 0x6ea0f953},
	{"FSUB2D(0, 0, 0)", "fsub v0.2d, v0.2d, v0.2d", 0x4ee0d400},
	{"FSUB2D(31, 0, 0)", "fsub v0.2d, v0.2d, v31.2d", 0x4effd400},
	{"FSUB2D(0, 31, 0)", "fsub v0.2d, v31.2d, v0.2d", 0x4ee0d7e0},
	{"FSUB2D(0, 0, 31)", "fsub v31.2d, v0.2d, v0.2d", 0x4ee0d41f},
	{"FSUB2D(21, 10, 19)", "fsub v19.2d, v10.2d, v21.2d", 0x4ef5d553},
	{"FSUB4S(0, 0, 0)", "fsub v0.4s, v0.4s, v0.4s", 0x4ea0d400},
	{"FSUB4S(31, 0, 0)", "fsub v0.4s, v0.4s, v31.4s", 0x4ebfd400},
	{"FSUB4S(0, 31, 0)", "fsub v0.4s, v31.4s, v0.4s", 0x4ea0d7e0},
	{"FSUB4S(0, 0, 31)", "fsub v31.4s, v0.4s, v0.4s", 0x4ea0d41f},
	{"FSUB4S(21, 10, 19)", "fsub v19.4s, v10.4s, v21.4s", 0x4eb5d553},
	{"NOT16B(0, 0)", "mvn v0.16b, v0.16b", 0x6e205800},
	{"NOT16B(31, 0)", "mvn v0.16b, v31.16b", 0x6e205be0},
	{"NOT16B(0, 31)", "mvn v31.16b, v0.16b", 0x6e20581f},
	{"NOT16B(10, 19)", "mvn v19.16b, v10.16b", 0x6e205953},
	{"FSQRT2D(0, 0)", "fsqrt v0.2d, v0.2d", 0x6ee1f800},
	{"FSQRT2D(31, 0)", "fsqrt v0.2d, v31.2d", 0x6ee1fbe0},
	{"FSQRT2D(0, 31)", "fsqrt v31.2d, v0.2d", 0x6ee1f81f},
	{"FSQRT2D(10, 19)", "fsqrt v19.2d, v10.2d", 0x6ee1f953},
	{"FSQRT4S(0, 0)", "fsqrt v0.4s, v0.4s", 0x6ea1f800},
	{"FSQRT4S(31, 0)", "fsqrt v0.4s, v31.4s", 0x6ea1fbe0},
	{"FSQRT4S(0, 31)", "fsqrt v31.4s, v0.4s", 0x6ea1f81f},
	{"FSQRT4S(10, 19)", "fsqrt v19.4s, v10.4s", 0x6ea1f953},
	{"SADALP8H(0, 0)", "sadalp v0.4s, v0.8h", 0x4e606800},
	{"SADALP8H(31, 0)", "sadalp v0.4s, v31.8h", 0x4e606be0},
	{"SADALP8H(0, 31)", "sadalp v31.4s, v0.8h", 0x4e60681f},
	{"SADALP8H(10, 19)", "sadalp v19.4s, v10.8h", 0x4e606953},
	{"SCVTF4S(0, 0)", "scvtf v0.4s, v0.4s", 0x4e21d800},
	{"SCVTF4S(31, 0)", "scvtf v0.4s, v31.4s", 0x4e21dbe0},
	{"SCVTF4S(0, 31)", "scvtf v31.4s, v0.4s", 0x4e21d81f},
	{"SCVTF4S(10, 19)", "scvtf v19.4s, v10.4s", 0x4e21d953},
	{"SMULL16B(0, 0, 0)", "smull2 v0.8h, v0.16b, v0.16b", 0x4e20c000},
	{"SMULL16B(31, 0, 0)", "smull2 v0.8h, v0.16b, v31.16b", 0x4e3fc000},
	{"SMULL16B(0, 31, 0)", "smull2 v0.8h, v31.16b, v0.16b", 0x4e20c3e0},
	{"SMULL16B(0, 0, 31)", "smull2 v31.8h, v0.16b, v0.16b", 0x4e20c01f},
	{"SMULL16B(21, 10, 19)", "smull2 v19.8h, v10.16b, v21.16b", 0x4e35c153},
	{"SMULL8B(0, 0, 0)", "smull v0.8h, v0.8b, v0.8b", 0x0e20c000},
	{"SMULL8B(31, 0, 0)", "smull v0.8h, v0.8b, v31.8b", 0x0e3fc000},
	{"SMULL8B(0, 31, 0)", "smull v0.8h, v31.8b, v0.8b", 0x0e20c3e0},
	{"SMULL8B(0, 0, 31)", "smull v31.8h, v0.8b, v0.8b", 0x0e20c01f},
	{"SMULL8B(21, 10, 19)", "smull v19.8h, v10.8b, v21.8b", 0x0e35c153},
	{"UMULL2S(0, 0, 0)", "umull v0.2d, v0.2s, v0.2s", 0x2ea0c000},
	{"UMULL2S(31, 0, 0)", "umull v0.2d, v0.2s, v31.2s", 0x2ebfc000},
	{"UMULL2S(0, 31, 0)", "umull v0.2d, v31.2s, v0.2s", 0x2ea0c3e0},
	{"UMULL2S(0, 0, 31)", "umull v31.2d, v0.2s, v0.2s", 0x2ea0c01f},
	{"UMULL2S(21, 10, 19)", "umull v19.2d, v10.2s, v21.2s", 0x2eb5c153},
	{"UMULL4S(0, 0, 0)", "umull2 v0.2d, v0.4s, v0.4s", 0x6ea0c000},
	{"UMULL4S(31, 0, 0)", "umull2 v0.2d, v0.4s, v31.4s", 0x6ebfc000},
	{"UMULL4S(0, 31, 0)", "umull2 v0.2d, v31.4s, v0.4s", 0x6ea0c3e0},
	{"UMULL4S(0, 0, 31)", "umull2 v31.2d, v0.4s, v0.4s", 0x6ea0c01f},
	{"UMULL4S(21, 10, 19)", "umull2 v19.2d, v10.4s, v21.4s", 0x6eb5c153},
}

// TestNEONWords compares the macros of neon_arm64.h with LLVM's words.
func TestNEONWords(t *testing.T) {
	header, err := os.ReadFile("neon_arm64.h")
	if err != nil {
		t.Fatal(err)
	}
	type macro struct {
		params       []string
		terms, words []string
	}
	macros := map[string]macro{}
	define := regexp.MustCompile(`(?m)^#define (\w+)\(([a-z, ]+)\) WORD \$\(([^\n]*)\) // (.*)$`)
	for _, m := range define.FindAllStringSubmatch(string(header), -1) {
		macros[m[1]] = macro{strings.Split(m[2], ", "), strings.Split(m[3], " | "), strings.Fields(m[4])}
	}
	if n := strings.Count(string(header), "#define "); n != len(macros) {
		t.Errorf("%d of %d macros have the usual form", len(macros), n)
	}
	tested := map[string]bool{}
	for _, c := range neonWords {
		name, args, _ := strings.Cut(strings.TrimSuffix(c.call, ")"), "(")
		m, ok := macros[name]
		regs := strings.Split(args, ", ")
		if !ok || len(regs) != len(m.params) {
			t.Errorf("%s: no such macro", c.call)
			continue
		}
		tested[name] = true
		var word uint64
		text := strings.Join(m.words, " ")
		for _, term := range m.terms {
			for i, p := range m.params {
				term = strings.ReplaceAll(term, "("+p+")", regs[i])
			}
			v, shift, _ := strings.Cut(term, "<<")
			n, err := strconv.ParseUint(v, 0, 32)
			if err != nil {
				t.Fatalf("%s: term %s: %v", c.call, term, err)
			}
			if shift != "" {
				s, err := strconv.Atoi(shift)
				if err != nil {
					t.Fatalf("%s: term %s: %v", c.call, term, err)
				}
				n <<= s
			}
			word |= n
		}
		for i, p := range m.params {
			text = strings.ReplaceAll(text, "v"+strings.ToUpper(p)+".", fmt.Sprintf("v%s.", regs[i]))
		}
		if word != uint64(c.word) {
			t.Errorf("%s is %#x, LLVM makes %#x of %s", c.call, word, c.word, c.text)
		}
		if text != c.text {
			t.Errorf("%s: the comment says %q, tested was %q", c.call, text, c.text)
		}
	}
	for name := range macros {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}
