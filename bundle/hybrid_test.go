package bundle

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"nnk/internal/safetensors"
	"nnk/urf"
)

// A file whose neurons and features do not fit together is refused.
func TestHostileHybrids(t *testing.T) {
	m := cosines[float32](t, 9, 3, 1)
	net := NewNetwork[float32](NewHybrid(NewLinear(random[float32](1, 4, 3), nil, urf.Activation{}), m), NewLinear(random[float32](2, 2, 13), nil, urf.Activation{}))
	file := fileOf(t, &Model[float32]{Network: net, Task: Outputs})
	if _, err := readModel(file); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"m=9,d=3", "m=9,d=4", "neurons of stage 0 read 3 numbers, its features 4"},
		{"m=9,d=3", "m=8,d=3", "stage 1 reads 13 numbers, but the one before gives 12"},
		{"hybrid", "hybrjd", "unknown kind"},
		{"hadamard", "hadamarq", "hadamarq"},
	} {
		if bad := safetensors.Sealed(bytes.Replace(file, []byte(c.old), []byte(c.new), 1), keyDigest); bytes.Equal(bad, file) {
			t.Errorf("the file has no %s", c.old)
		} else if _, err := readModel(bad); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: error %v, want one that says %q", c.new, c.old, err, c.want)
		}
	}
	for n := range file {
		if _, err := readModel(file[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", n, len(file), err)
		}
	}
}
