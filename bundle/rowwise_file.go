package bundle

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/internal/safetensors"
)

// addRowwise adds the tensors of a stage without a matrix and returns its description.
func addRowwise[T asm.Float](f *safetensors.Writer, name string, s Stage[T]) (description, error) {
	switch s := s.(type) {
	case *Columns[T]:
		d := description{Kind: kindColumns, Width: int64(s.in)}
		for _, j := range s.without {
			d.Without = append(d.Without, int64(j))
		}
		return d, nil
	case *LayerNorm[T]:
		safetensors.Add(f, name+".weight", []int{s.In()}, s.gamma)
		safetensors.Add(f, name+".bias", []int{s.In()}, s.beta)
		return description{Kind: kindLayerNorm, Epsilon: float64(s.epsilon)}, nil
	case *PReLU[T]:
		safetensors.Add(f, name+".slope", []int{s.In()}, s.slope)
		return description{Kind: kindPReLU}, nil
	case *Elementwise[T]:
		return description{Kind: kindActivation, Activation: s.f.Name(), Width: int64(s.width)}, savable(name, s.f)
	case *Softmax[T]:
		kind := kindSoftmax
		if s.log {
			kind = kindLogSoftmax
		}
		return description{Kind: kind, Width: int64(s.width)}, nil
	}
	return description{}, fmt.Errorf("bundle: a stage of type %T cannot be saved: %w", s, ErrFormat)
}

func readScale[T asm.Float](f *safetensors.File, name string) (Stage[T], error) {
	mean, err := readWidth[float64](f, name, ".mean")
	if err != nil {
		return nil, err
	}
	factor, err := readVector[float64](f, name+".factor", len(mean))
	if err != nil {
		return nil, err
	}
	return NewScale[T](mean, factor), nil
}

func readColumns[T asm.Float](name string, d description) (Stage[T], error) {
	if why := checkColumns(d.Width, d.Without); why != "" || d.Width > math.MaxInt32 {
		return nil, fmt.Errorf("%w: stage %s: %s", ErrFormat, name, why)
	}
	without := make([]int, len(d.Without))
	for i, j := range d.Without {
		without[i] = int(j)
	}
	return NewColumns[T](int(d.Width), without), nil
}

func readLayerNorm[T asm.Float](f *safetensors.File, name string, epsilon float64) (Stage[T], error) {
	gamma, err := readWidth[T](f, name, ".weight")
	if err != nil {
		return nil, err
	}
	beta, err := readVector[T](f, name+".bias", len(gamma))
	if err != nil {
		return nil, err
	}
	if !(epsilon >= 0 && epsilon < 1) {
		return nil, fmt.Errorf("%w: stage %s: epsilon %v", ErrFormat, name, epsilon)
	}
	return NewLayerNorm(gamma, beta, T(epsilon)), nil
}

func readPReLU[T asm.Float](f *safetensors.File, name string) (Stage[T], error) {
	slope, err := readWidth[T](f, name, ".slope")
	if err != nil {
		return nil, err
	}
	return NewPReLU(slope), nil
}

// checkWidth refuses the width of a stage that has no tensors to say it.
func checkWidth(name string, width int64) error {
	if width < 1 || width > math.MaxInt32 {
		return fmt.Errorf("%w: stage %s: width %d", ErrFormat, name, width)
	}
	return nil
}

// readWidth reads a vector of any length but 0.
func readWidth[T asm.Float](f *safetensors.File, name, tensor string) ([]T, error) {
	t := f.Tensor(name + tensor)
	if t == nil || len(t.Shape) != 1 || t.Shape[0] == 0 {
		return nil, fmt.Errorf("%w: stage %s: no vector %s%s", ErrFormat, name, name, tensor)
	}
	return readTensor[T](f, t)
}
