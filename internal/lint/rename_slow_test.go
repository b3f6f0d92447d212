//go:build slow

package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// renaming is the line that gives a copy of the repository another path; README.md has it.
var renaming = `find . \( -name '*.go' -o -name go.mod \) -exec sed -i -E 's#"` + module + `/#"example.com/copy/#g; s#^(module |replace |\t)` + module + `(/| |$)#\1example.com/copy\2#' {} +`

// TestRename builds a copy of the repository with another path, and runs there what looks at
// paths.
func TestRename(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "    "+renaming+"\n") {
		t.Errorf("README.md does not have the line\n%s", renaming)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		renaming,
		"test -z \"$(gofmt -l .)\"",
		"go build -buildvcs=false ./...",
		"! go list -deps -test ./... | grep '^" + module + "/'",
		"go test . ./internal/lint -run '^(Example|TestImports|TestForbiddenSeesWhatItMust|TestStreams|TestStreamFaults)$'",
	} {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
}
