package bundle

import (
	"fmt"
	"strconv"

	"nnk/asm"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/urf"
)

// addDiagonals adds the numbers of a map with trained diagonals to a file: N.diagonal0
// [blocks, d], N.diagonal1 … [blocks, p] and N.bias [M], and returns the stage's description, whose
// map is the one that training began from.
func addDiagonals[T asm.Float](f *safetensors.Writer, name string, m *urf.Diagonals[T]) stage {
	diagonals, bias := m.Numbers()
	for r, d := range diagonals {
		safetensors.Add(f, diagonalName(name, r), []int{d.Rows(), d.Cols()}, d.Clone().Data())
	}
	safetensors.Add(f, name+".bias", []int{len(bias)}, bias)
	return stage{Kind: "diagonals", Name: name, Map: m.Start().String()}
}

func diagonalName(stage string, round int) string {
	return stage + ".diagonal" + strconv.Itoa(round)
}

// readDiagonals reads what [addDiagonals] wrote. The shapes follow from the description
// of the map, so that no memory is taken but for tensors that are in the file.
func readDiagonals[T asm.Float](f *safetensors.File, d stage) (Stage[T], int, error) {
	s, err := urf.ParseSpec(d.Map)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: map %.200q: %w", ErrFormat, d.Map, err)
	}
	shapes, biases := urf.DiagonalShapes(s)
	if shapes == nil {
		return nil, 0, fmt.Errorf("%w: stage %s: no trained diagonals can begin from map %.200q", ErrFormat, d.Name, d.Map)
	}
	var diagonals []*mat.Dense[T]
	for r, want := range shapes {
		v, err := readMatrix[T](f, diagonalName(d.Name, r))
		if err != nil {
			return nil, 0, err
		}
		if v.Rows() != want[0] || v.Cols() != want[1] {
			return nil, 0, fmt.Errorf("%w: tensor %q is [%d, %d], want [%d, %d]", ErrFormat, diagonalName(d.Name, r), v.Rows(), v.Cols(), want[0], want[1])
		}
		diagonals = append(diagonals, v)
	}
	bias, err := readVector[T](f, d.Name+".bias", biases)
	if err != nil {
		return nil, 0, err
	}
	m, err := urf.DiagonalsOf(s, diagonals, bias)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: stage %s: %w", ErrFormat, d.Name, err)
	}
	return NewFeatures[T](m), len(shapes) + 1, nil
}
