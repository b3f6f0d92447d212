// Package digits holds the data of the demonstration: scikit-learn's 1797
// handwritten digits and three networks that scikit-learn trained on the first
// 1297 of them. data/PROVENANCE.md says where every file comes from.
package digits

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"

	"nnk/mat"
)

const (
	// Train is the number of training rows; the rows after them are the test rows.
	Train = 1297
	// Rows is the number of samples.
	Rows = 1797
	// Pixels is the number of columns: 8×8 pixels with values 0 to 16.
	Pixels = 64
	// Classes is the number of classes, 0 to 9.
	Classes = 10
)

//go:embed data/digits.csv.gz
var table []byte

var (
	//go:embed data/teacher.safetensors
	teacher []byte
	//go:embed data/narrow-34.safetensors
	narrow34 []byte
	//go:embed data/narrow-68.safetensors
	narrow68 []byte
)

// Teacher is the safetensors file of the ReLU network 64-256-256-10.
func Teacher() []byte { return teacher }

// Narrow34 is the safetensors file of the ReLU network 64-34-10.
func Narrow34() []byte { return narrow34 }

// Narrow68 is the safetensors file of the ReLU network 64-68-10.
func Narrow68() []byte { return narrow68 }

// Load returns the 1797×64 pixels and the classes of all samples.
func Load() (x *mat.Dense[float32], y []int, err error) {
	z, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return nil, nil, fmt.Errorf("digits: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, nil, fmt.Errorf("digits: %w", err)
	}
	x, y = mat.New[float32](Rows, Pixels), make([]int, Rows)
	i := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if i >= Rows || len(fields) != Pixels+1 {
			return nil, nil, fmt.Errorf("digits: line %d: unexpected shape", i+1)
		}
		for j, field := range fields {
			v, err := strconv.ParseFloat(field, 32)
			if err != nil {
				return nil, nil, fmt.Errorf("digits: line %d: %w", i+1, err)
			}
			if j < Pixels {
				x.Set(i, j, float32(v))
			} else {
				y[i] = int(v)
			}
		}
		i++
	}
	if i != Rows {
		return nil, nil, fmt.Errorf("digits: %d rows, want %d", i, Rows)
	}
	return x, y, nil
}
