package lint

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// compiled matches an instruction of the compiler's -S listing with the source
// line it comes from; fusedOp the fused multiply-adds among the mnemonics.
var (
	compiled = regexp.MustCompile(`^\s+0x[0-9a-f]+ \d+ \(([^()]+\.go):(\d+)\)\s+([A-Z0-9]+)`)
	fusedOp  = regexp.MustCompile(`^(VF|F|WF)N?M(ADD|SUB)[0-9A-Z]*$`)
)

// unwanted lists the fused instructions on lines that do not contain FMA, and
// counts the others.
func unwanted(out io.Reader, line func(file string, n int) string) (bad []string, asked int, err error) {
	seen := map[string]bool{}
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		if b := scan.Bytes(); !bytes.Contains(b, []byte("MADD")) && !bytes.Contains(b, []byte("MSUB")) {
			continue // the expression takes much longer, on hundreds of megabytes
		}
		m := compiled.FindStringSubmatch(scan.Text())
		if m == nil || !fusedOp.MatchString(m[3]) || strings.Contains(m[1], "/internal/figures/") {
			continue // the figures' places on a page are no results
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		src := line(m[1], n)
		if strings.Contains(src, "FMA(") || strings.Contains(src, "fma32(") {
			asked++
			continue
		}
		if key := m[1] + ":" + m[2]; !seen[key] {
			seen[key] = true
			bad = append(bad, fmt.Sprintf("%s: %s from: %s", key, m[3], strings.TrimSpace(src)))
		}
	}
	return bad, asked, scan.Err()
}

func TestUnwantedSeesFusion(t *testing.T) {
	const out = `	0x0010 00016 (/src/a.go:3)	FMADDD	F0, F1, F2, F3
	0x0014 00020 (/src/a.go:4)	FMADDD	F0, F1, F2, F3
	0x0018 00024 (/src/a.go:5)	FADDD	F0, F1, F2
	0x001c 00028 (/src/a.go:6)	VFMADD231SD	X0, X1, X2
	0x0020 00032 (/src/a.go:7)	FNMSUBS	F0, F1, F2, F3
`
	src := map[int]string{3: "return math.FMA(x, y, z)", 4: "return x*y + z", 5: "x+y", 6: "x*y+z", 7: "z-x*y"}
	bad, asked, err := unwanted(strings.NewReader(out), func(_ string, n int) string { return src[n] })
	if err != nil || len(bad) != 3 || asked != 1 {
		t.Errorf("got %d unwanted (%q) and %d asked, error %v, want 3 and 1", len(bad), bad, asked, err)
	}
}
