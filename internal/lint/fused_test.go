package lint

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// fusedTargets are the targets whose compiler turns x*y+z into one instruction.
var fusedTargets = [][]string{
	{"GOARCH=amd64", "GOAMD64=v3"},
	{"GOARCH=arm64"},
	{"GOARCH=riscv64"},
	{"GOARCH=ppc64le"},
	{"GOARCH=s390x"},
	{"GOARCH=loong64"},
}

// compiled matches an instruction of the compiler's -S listing with the source
// line it comes from; fusedOp the fused multiply-adds among the mnemonics.
var (
	compiled = regexp.MustCompile(`^\s+0x[0-9a-f]+ \d+ \(([^()]+\.go):(\d+)\)\s+([A-Z0-9]+)`)
	fusedOp  = regexp.MustCompile(`^(VF|F|WF)N?M(ADD|SUB)[0-9A-Z]*$`)
)

// TestNoUnwantedFusion compiles the library for every target that fuses and
// fails on each fused instruction whose source line does not ask for one: there
// the result would differ from the machines that round twice.
func TestNoUnwantedFusion(t *testing.T) {
	if testing.Short() {
		t.Log("compiles for six targets; .ci/run runs it")
		return
	}
	for _, env := range fusedTargets {
		t.Run(strings.Join(env, ","), func(t *testing.T) {
			out := listing(t, env, "./...")
			bad, asked := unwanted(out, sourceLine())
			for _, b := range bad {
				t.Error(b)
			}
			if asked == 0 {
				t.Error("no fused instruction at all was found: the check does not see this target's mnemonics")
			}
		})
	}
}

// listing returns the compiler's assembly listing of the module's packages.
func listing(t *testing.T, env []string, pkgs string) []byte {
	t.Helper()
	cmd := exec.Command("go", "build", "-tags=purego", "-gcflags=nnk/...=-S", pkgs)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0"), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
	}
	return out
}

// unwanted lists the fused instructions on lines that do not contain FMA, and
// counts the others.
func unwanted(out []byte, line func(file string, n int) string) (bad []string, asked int) {
	seen := map[string]bool{}
	scan := bufio.NewScanner(bytes.NewReader(out))
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
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
	return bad, asked
}

// sourceLine returns a function that reads source files and remembers them.
func sourceLine() func(file string, n int) string {
	files := map[string][]string{}
	return func(file string, n int) string {
		if _, ok := files[file]; !ok {
			b, err := os.ReadFile(file)
			if err != nil {
				b = nil // the listing names a file that is not on disk: its line stays empty and is reported
			}
			files[file] = strings.Split(string(b), "\n")
		}
		if n < 1 || n > len(files[file]) {
			return ""
		}
		return files[file][n-1]
	}
}

func TestUnwantedSeesFusion(t *testing.T) {
	const out = `	0x0010 00016 (/src/a.go:3)	FMADDD	F0, F1, F2, F3
	0x0014 00020 (/src/a.go:4)	FMADDD	F0, F1, F2, F3
	0x0018 00024 (/src/a.go:5)	FADDD	F0, F1, F2
	0x001c 00028 (/src/a.go:6)	VFMADD231SD	X0, X1, X2
	0x0020 00032 (/src/a.go:7)	FNMSUBS	F0, F1, F2, F3
`
	src := map[int]string{3: "return math.FMA(x, y, z)", 4: "return x*y + z", 5: "x+y", 6: "x*y+z", 7: "z-x*y"}
	bad, asked := unwanted([]byte(out), func(_ string, n int) string { return src[n] })
	if len(bad) != 3 || asked != 1 {
		t.Errorf("got %d unwanted (%q) and %d asked, want 3 and 1", len(bad), bad, asked)
	}
}
