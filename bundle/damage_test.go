package bundle

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"nnk/internal/safetensors"
	"nnk/urf"
)

// A file in which any one bit is another is refused, as model and by what it says of itself, and so is one that is cut.
func TestDamage(t *testing.T) {
	m := &Model[float32]{
		Network: NewNetwork[float32](NewScale[float32]([]float64{1, 2, 3}, []float64{1, 0.5, 2}), NewFeatures(cosines[float32](t, 4, 3, 1)), NewLinear(random[float32](2, 2, 4), []float32{1, 2}, urf.Activation{})),
		Task:    Classify, Classes: []string{"a<b", "größer"}, Provenance: map[string]string{"lambda": "1e-5"},
	}
	for name, file := range map[string][]byte{"model": fileOf(t, m), "diagonals": fileOf(t, &Model[float32]{Network: trainedNetwork[float32](t), Task: Outputs}), "codes": fileOf(t, &Model[float32]{Network: codedNetwork[float32](t, 4), Task: Outputs})} {
		if _, err := readModel(file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range file {
			for bit := range 8 {
				file[i] ^= 1 << bit
				if _, err := readModel(file); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrNotFinite) {
					t.Errorf("%s: bit %d of byte %d (%q) is another: %v", name, bit, i, file[max(i-20, 0):min(i+20, len(file))], err)
				}
				if _, err := ReadInfo(bytes.NewReader(file), int64(len(file))); !errors.Is(err, ErrFormat) {
					t.Errorf("%s: information of a file whose bit %d of byte %d is another: %v", name, bit, i, err)
				}
				file[i] ^= 1 << bit
			}
		}
		for n := range file {
			if _, err := readModel(file[:n]); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: the first %d of %d bytes: %v", name, n, len(file), err)
			}
		}
	}
}

func TestReadInfo(t *testing.T) {
	net := NewNetwork[float64](NewLinear(random[float64](1, 3, 5), nil, urf.Activation{}))
	file := fileOf(t, &Model[float64]{Network: net, Task: Classify, Classes: []string{"x", "y", "z"}, Provenance: map[string]string{"rows": "12"}})
	info, err := ReadInfo(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Type != "float64" || info.Task != Classify || strings.Join(info.Classes, " ") != "x y z" || info.Inputs != 5 || info.Outputs != 3 || info.Provenance["rows"] != "12" {
		t.Errorf("%+v", info)
	}
	if _, err := readModel(file); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "a model of type float64 read as float32") {
		t.Errorf("read as another type: %v", err)
	}
	unknown := editNetwork(t, trainedNetwork[float32](t), nil)
	unknown = bytes.Replace(unknown, []byte(`"nnk.task"`), []byte(`"nnk.tusk"`), 1)
	if _, err := readModel(safetensors.Sealed(unknown, keyDigest)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `unknown metadata "nnk.tusk"`) {
		t.Errorf("a key of another program: %v", err)
	}
}
