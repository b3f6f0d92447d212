package bundle

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"nnk/internal/safetensors"
	"nnk/urf"
)

// The parameters of a hybrid are the numbers in its file that came from data or training: those of trained diagonals too.
func TestHybridParams(t *testing.T) {
	trained := trainedNetwork[float32](t).Stages()[1].(*Features[float32]).Map()
	for name, m := range map[string]urf.Map[float32]{"drawn": cosines[float32](t, 70, 5, 1), "trained": trained} {
		h := NewHybrid(NewLinear(random[float32](1, 4, 5), make([]float32, 4), urf.Activation{}), m)
		model := &Model[float32]{Network: NewNetwork[float32](h), Task: Outputs}
		file := fileOf(t, model)
		f, err := safetensors.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		numbers := 0
		for _, tensor := range f.Tensors {
			n := 1
			for _, k := range tensor.Shape {
				n *= int(k)
			}
			numbers += n
		}
		if h.Params() != numbers || (name == "trained") != (numbers > 4*6) {
			t.Errorf("%s map: %d parameters, %d numbers in the file", name, h.Params(), numbers)
		}
		if size, err := model.Bytes(); err != nil || size != int64(len(file)) {
			t.Errorf("%s map: %d bytes, error %v, want %d", name, size, err, len(file))
		}
		again, err := readModel(file)
		if err != nil || again.Network.Params() != h.Params() {
			t.Errorf("%s map: read from its file: error %v", name, err)
		}
	}
}

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
