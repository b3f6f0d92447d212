package bundle

import (
	"os"
	"strings"
	"testing"

	"nnk/bundle/table"
	"nnk/urf"
)

// FORMAT.md has every key, every kind of stage and of column, and every text that is a gap; its examples of a map and of a schema are some.
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
	for _, kind := range []table.Kind{table.Number, table.Boolean, table.Date, table.Text} {
		if !strings.Contains(page, "| `"+string(kind)+"` |") {
			t.Errorf("FORMAT.md does not say what a column of kind %s is", kind)
		}
	}
	_, gaps, _ := strings.Cut(page, "In a gap (")
	gaps, _, _ = strings.Cut(gaps, ")")
	listed := 0
	for i, text := range strings.Split(gaps, "`") {
		if i%2 == 1 {
			if listed++; !table.Missing(text) {
				t.Errorf("FORMAT.md says that %q is a gap", text)
			}
		}
	}
	if listed < 20 {
		t.Errorf("FORMAT.md lists %d texts that are gaps", listed)
	}
	maps, schemas := 0, 0
	for line := range strings.Lines(page) {
		var err error
		switch text := strings.TrimSpace(line); {
		case strings.HasPrefix(text, "fourier("):
			maps++
			_, err = urf.ParseMap[float32](text)
		case strings.HasPrefix(text, `{"columns"`):
			schemas++
			_, err = table.ParseSchema(text)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if maps == 0 || schemas == 0 {
		t.Errorf("FORMAT.md has %d examples of maps and %d of schemas", maps, schemas)
	}
}
