//go:build slow

package lint

import (
	"io"
	"os"
	"os/exec"
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

// TestNoUnwantedFusion compiles the library and the command for every target that
// fuses and fails on each fused instruction whose source line does not ask for one:
// there the result would differ from the machines that round twice.
func TestNoUnwantedFusion(t *testing.T) {
	line := sourceLine()
	for _, env := range fusedTargets {
		t.Run(strings.Join(env, ","), func(t *testing.T) {
			bad, asked, err := unwanted(listing(t, env), line)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range bad {
				t.Error(b)
			}
			if asked == 0 {
				t.Error("no fused instruction at all was found: the check does not see this target's mnemonics")
			}
		})
	}
}

// listing returns the compiler's assembly listing. The generic forms are compiled beside
// the assembly, so that no tag is needed that would have the standard library
// compiled again.
func listing(t *testing.T, env []string) io.Reader {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "") // hundreds of megabytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	args := []string{"build", "-o", os.DevNull, "-gcflags=" + module + "/...=-S", module + "/cmd/nnk"}
	for _, l := range layers {
		args = append(args, module+"/"+l)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0"), env...)
	cmd.Stdout, cmd.Stderr = out, out
	if failed := cmd.Run(); failed != nil {
		said, err := os.ReadFile(out.Name())
		t.Fatalf("%v\n%s%v", failed, said[max(0, len(said)-2000):], err)
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return out
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
