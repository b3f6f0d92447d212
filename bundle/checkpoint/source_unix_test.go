//go:build unix && !wasip1

package checkpoint

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that an index names is refused at once: to open it would wait for who writes to it.
func TestPipeForShard(t *testing.T) {
	dir := write(t, map[string][]byte{"model.safetensors.index.json": []byte(`{"weight_map": {"x": "pipe"}}`)})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open[float32](filepath.Join(dir, "model.safetensors.index.json"), Options{}); err == nil || !strings.Contains(err.Error(), `"pipe" is no regular file`) {
		t.Errorf("error %v", err)
	}
}
