package bundle

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/internal/safetensors"
	"nnk/urf"
)

// describe returns the description of a stage without a matrix, and adds its tensors.
func describe[T asm.Float](f *safetensors.Writer, name string, s Stage[T]) (stage, error) {
	d := stage{Name: name, Width: s.In()}
	switch s := s.(type) {
	case *LayerNorm[T]:
		d.Kind, d.Width, d.Epsilon = "layernorm", 0, float64(s.epsilon)
		safetensors.Add(f, name+".weight", []int{s.In()}, s.gamma)
		safetensors.Add(f, name+".bias", []int{s.In()}, s.beta)
	case *PReLU[T]:
		d.Kind, d.Width = "prelu", 0
		safetensors.Add(f, name+".slope", []int{s.In()}, s.slope)
	case *Activation[T]:
		if _, err := urf.ActivationByName(s.f.Name()); err != nil {
			return d, fmt.Errorf("bundle: stage %s cannot be saved: %w", name, err)
		}
		d.Kind, d.Act = "activation", s.f.Name()
	case *Softmax[T]:
		d.Kind = "softmax"
		if s.log {
			d.Kind = "log-softmax"
		}
	default:
		return d, fmt.Errorf("bundle: a stage of type %T cannot be saved: %w", s, ErrFormat)
	}
	return d, nil
}

// readRowwise makes a stage that [describe] described, and counts its tensors.
func readRowwise[T asm.Float](f *safetensors.File, d stage) (Stage[T], int, error) {
	switch d.Kind {
	case "layernorm":
		gamma, err := readColumns[T](f, d.Name, ".weight")
		if err != nil {
			return nil, 0, err
		}
		beta, err := readVector[T](f, d.Name+".bias", len(gamma))
		if err != nil {
			return nil, 0, err
		}
		if !(d.Epsilon >= 0 && d.Epsilon < 1) {
			return nil, 0, fmt.Errorf("%w: stage %s: epsilon %v", ErrFormat, d.Name, d.Epsilon)
		}
		return NewLayerNorm(gamma, beta, T(d.Epsilon)), 2, nil
	case "prelu":
		slope, err := readColumns[T](f, d.Name, ".slope")
		if err != nil {
			return nil, 0, err
		}
		return NewPReLU(slope), 1, nil
	}
	act, err := urf.ActivationByName(d.Act)
	switch {
	case d.Kind != "activation" && d.Kind != "softmax" && d.Kind != "log-softmax":
		return nil, 0, fmt.Errorf("%w: unknown kind of stage %q", ErrFormat, d.Kind)
	case d.Width < 1 || d.Width > math.MaxInt32:
		return nil, 0, fmt.Errorf("%w: stage %s: width %d", ErrFormat, d.Name, d.Width)
	case d.Kind != "activation":
		return NewSoftmax[T](d.Width, d.Kind == "log-softmax"), 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("%w: stage %s: %w", ErrFormat, d.Name, err)
	}
	return NewActivation[T](d.Width, act), 0, nil
}

// readColumns reads a vector of any length but 0.
func readColumns[T asm.Float](f *safetensors.File, name, tensor string) ([]T, error) {
	t := f.Tensor(name + tensor)
	if t == nil || len(t.Shape) != 1 || t.Shape[0] == 0 {
		return nil, fmt.Errorf("%w: stage %s: no vector %s%s", ErrFormat, name, name, tensor)
	}
	return readTensor[T](f, t)
}
