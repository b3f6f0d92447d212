package bundle

import (
	"fmt"

	"nnk/asm"
)

// Activation is the function of a dense layer, applied to every output. Values
// of the same name are equal.
type Activation struct{ name string }

// None is the identity, the activation of a linear layer.
var None = Activation{"none"}

// ActivationByName returns the activation of that name: none or relu. The error
// wraps [ErrRange].
func ActivationByName(name string) (Activation, error) {
	switch name {
	case "none", "relu":
		return Activation{name}, nil
	}
	return Activation{}, fmt.Errorf("bundle: no activation %q, known are none and relu: %w", name, ErrRange)
}

// Name is the activation's name.
func (a Activation) Name() string { return a.name }

// evaluate applies the activation to x + bias, where a nil bias adds nothing.
func evaluate[T asm.Float](a Activation, x, bias []T) {
	if a.name == "relu" {
		asm.BiasReLU(x, x, bias, 0, 1)
		return
	}
	for j, b := range bias {
		x[j] += b
	}
}
