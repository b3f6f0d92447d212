package bundle

import (
	"fmt"

	"nnk/internal/safetensors"
	"nnk/mat"
)

// quantised is d of a stage whose weights are made of q, if that is not nil.
func (d description) quantised(q *mat.Quantised) description {
	if q == nil {
		return d
	}
	if d.Bits = int64(q.Bits()); q.Bits() == 4 {
		d.Width = int64(q.Cols())
	}
	return d
}

// addQuantised adds codes and scales. Codes of four bits are two's complement, the first of each pair of columns in the low half of a
// byte; the last half of a row with an odd number of columns is 0.
func addQuantised(f *safetensors.Writer, name string, q *mat.Quantised) {
	if q.Bits() == 8 {
		safetensors.AddBytes(f, name+".weight", []int{q.Rows(), q.Cols()}, q.Codes())
	} else {
		width := (q.Cols() + 1) / 2
		packed := make([]uint8, q.Rows()*width)
		for i := range q.Rows() {
			for j, c := range q.Codes()[i*q.Cols() : (i+1)*q.Cols()] {
				packed[i*width+j/2] |= uint8(c) & 15 << (j % 2 * 4)
			}
		}
		safetensors.AddBytes(f, name+".weight", []int{q.Rows(), width}, packed)
	}
	safetensors.Add(f, name+".scale", []int{q.Rows()}, q.Scales())
}

// readQuantised reads what addQuantised wrote.
func readQuantised(f *safetensors.File, name string, d description) (*mat.Quantised, error) {
	t, err := matrixTensor(f, name+".weight")
	if err != nil {
		return nil, err
	}
	rows, cols, want := int(t.Shape[0]), int(t.Shape[1]), "I8"
	if d.Bits == 4 {
		if d.Width < 1 || (d.Width-1)/2+1 != t.Shape[1] || d.Width > int64(t.Len())*2 {
			return nil, fmt.Errorf("%w: tensor %.200q is %s, want two codes of %d columns in a byte", ErrFormat, t.Name, t, d.Width)
		}
		cols, want = int(d.Width), "U8"
	}
	if t.DType != want {
		return nil, fmt.Errorf("%w: tensor %.200q is %s, want %s for codes of %d bits", ErrFormat, t.Name, t, want, d.Bits)
	}
	stored, err := safetensors.LoadBytes(f, t)
	if err != nil {
		return nil, err
	}
	codes := make([]int8, rows*cols)
	if d.Bits == 8 {
		for i, b := range stored {
			codes[i] = int8(b)
		}
	} else if err := unpackHalves(codes, cols, stored); err != nil {
		return nil, fmt.Errorf("%w: tensor %.200q: %w", ErrFormat, t.Name, err)
	}
	scales, err := readVector[float32](f, name+".scale", rows)
	if err != nil {
		return nil, err
	}
	if s := f.Tensor(name + ".scale"); s.DType != "F32" {
		return nil, fmt.Errorf("%w: tensor %.200q is %s, want F32", ErrFormat, s.Name, s)
	}
	q, err := mat.NewQuantised(rows, cols, int(d.Bits), codes, scales)
	if err != nil {
		return nil, fmt.Errorf("%w: stage %s: %w", ErrFormat, name, err)
	}
	return q, nil
}

// unpackHalves sets codes, in rows of cols, to the halves of the stored bytes.
func unpackHalves(codes []int8, cols int, stored []byte) error {
	width := (cols + 1) / 2
	for i := range len(codes) / cols {
		row, from := codes[i*cols:(i+1)*cols], stored[i*width:(i+1)*width]
		for j := range row {
			row[j] = int8(from[j/2]>>(j%2*4)<<4) >> 4
		}
		if cols%2 == 1 && from[width-1]>>4 != 0 {
			return fmt.Errorf("row %d: the half byte after its last code is not 0", i)
		}
	}
	return nil
}
