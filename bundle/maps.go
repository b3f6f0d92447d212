package bundle

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/urf"
)

// codesKey is where the codes of a projection of kind Pursuit begin in a map's text, of which they are the end. A file holds them as the
// tensor N.phi.codes, a quarter shorter, and the text without them.
const codesKey = ",codes="

// onPursuit is in the text of a map on such a projection.
const onPursuit = " on pursuit("

func codesName(stage string) string { return stage + ".phi.codes" }

// completed is d with the codes that the file holds apart in its text again, and counts the tensors for them.
func (d description) completed(f *safetensors.File, name string) (description, int, error) {
	if !strings.Contains(d.Map, onPursuit) || strings.Contains(d.Map, codesKey) {
		return d, 0, nil
	}
	t := f.Tensor(codesName(name))
	if t == nil || t.DType != "U8" || len(t.Shape) != 1 {
		return d, 0, fmt.Errorf("%w: no tensor %.200q that is U8 [bytes]", ErrFormat, codesName(name))
	}
	codes, err := safetensors.LoadBytes(f, t)
	if err != nil {
		return d, 0, err
	}
	head, ok := strings.CutSuffix(d.Map, ")")
	if !ok {
		return d, 0, fmt.Errorf("%w: stage %s: map %.200q with codes apart", ErrFormat, name, d.Map)
	}
	d.Map = head + codesKey + base64.RawURLEncoding.EncodeToString(codes) + ")"
	return d, 1, nil
}

// addMap describes a stage with a feature map. Of a map with trained diagonals, which is described by the one that training
// began from, it adds the numbers: N.phi.diagonal0 [blocks, ⌊p/d⌋·d], N.phi.diagonal1 … [blocks, p] and N.phi.bias [M].
func addMap[T asm.Float](f *safetensors.Writer, name, kind string, m urf.Map[T]) description {
	trained, ok := m.(*urf.Diagonals[T])
	if !ok {
		text := m.Spec()
		if head, tail, ok := strings.Cut(text, codesKey); ok {
			if codes, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(tail, ")")); err == nil {
				safetensors.AddBytes(f, codesName(name), []int{len(codes)}, codes)
				return description{Kind: kind, Map: head + ")"}
			}
		}
		return description{Kind: kind, Map: text}
	}
	diagonals, bias := trained.Numbers()
	for r, d := range diagonals {
		safetensors.Add(f, diagonalName(name, r), []int{d.Rows(), d.Cols()}, d.Clone().Data())
	}
	safetensors.Add(f, phaseName(name), []int{len(bias)}, bias)
	return description{Kind: kind, Map: trained.Start().String(), Diagonals: true}
}

func diagonalName(stage string, round int) string {
	return stage + ".phi.diagonal" + strconv.Itoa(round)
}

func phaseName(stage string) string { return stage + ".phi.bias" }

// readMap makes the map that d describes, and counts the tensors that it uses.
func readMap[T asm.Float](f *safetensors.File, name string, d description) (urf.Map[T], int, error) {
	if d.Diagonals {
		return readDiagonals[T](f, name, d.Map)
	}
	m, err := urf.ParseMap[T](d.Map)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: map %.200q: %w", ErrFormat, d.Map, err)
	}
	return m, 0, nil
}

// readDiagonals reads what [addMap] wrote of trained diagonals. The shapes follow from the description
// of the map, so that no memory is taken but for tensors that are in the file.
func readDiagonals[T asm.Float](f *safetensors.File, name, start string) (urf.Map[T], int, error) {
	s, err := urf.ParseSpec(start)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: map %.200q: %w", ErrFormat, start, err)
	}
	shapes, biases := urf.DiagonalShapes(s)
	if shapes == nil {
		return nil, 0, fmt.Errorf("%w: stage %s: no trained diagonals can begin from map %.200q", ErrFormat, name, start)
	}
	var diagonals []*mat.Dense[T]
	for r, want := range shapes {
		v, err := readMatrix[T](f, diagonalName(name, r))
		if err != nil {
			return nil, 0, err
		}
		if v.Rows() != want[0] || v.Cols() != want[1] {
			return nil, 0, fmt.Errorf("%w: tensor %q is [%d, %d], want [%d, %d]", ErrFormat, diagonalName(name, r), v.Rows(), v.Cols(), want[0], want[1])
		}
		diagonals = append(diagonals, v)
	}
	bias, err := readVector[T](f, phaseName(name), biases)
	if err != nil {
		return nil, 0, err
	}
	m, err := urf.DiagonalsOf(s, diagonals, bias)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: stage %s: %w", ErrFormat, name, err)
	}
	return m, len(shapes) + 1, nil
}
