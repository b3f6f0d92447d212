package bundle

import (
	"os"
	"strings"
	"testing"

	"nnk/urf"
)

// FORMAT.md has every key and every kind of stage, and its example of a map is one.
func TestFormatPage(t *testing.T) {
	b, err := os.ReadFile("../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, name := range append([]string{kindLinear, kindLayer, kindScale, kindMap, kindHybrid, kindLayerNorm, kindPReLU, kindActivation, kindSoftmax, kindLogSoftmax}, modelKeys...) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("FORMAT.md does not say what %s is", name)
		}
	}
	for line := range strings.Lines(page) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "fourier(") {
			if _, err := urf.ParseMap[float32](text); err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Error("FORMAT.md has no example of a map")
}
