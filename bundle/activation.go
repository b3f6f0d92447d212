package bundle

import (
	"fmt"

	"nnk/asm"
)

// Activation is the function of a dense layer.
type Activation interface{ Name() string }

type namedActivation string

func (a namedActivation) Name() string { return string(a) }

func activationByName(name string) (Activation, error) {
	switch name {
	case "none", "relu":
		return namedActivation(name), nil
	}
	return nil, fmt.Errorf("bundle: no activation %q: %w", name, ErrRange)
}

func evaluate[T asm.Float](a Activation, x []T) {
	if a.Name() == "relu" {
		for i, v := range x {
			x[i] = max(v, 0)
		}
	}
}

var identity Activation = namedActivation("none")
