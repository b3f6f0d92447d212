package encoder

import (
	"fmt"
	"strings"

	"nnk/asm"
	"nnk/rng"
)

// initialDeviation is that of the first weights, which BERT and ViT were trained from.
const initialDeviation = 0.02

// Initial makes the parameters that training begins with: matrices and tables are normal with a standard deviation of 0.02, biases 0, the γ of norms 1. Errors
// wrap [ErrRange].
func Initial[T asm.Float](c Config, seed uint64) (*Parameters[T], error) {
	return Build(c, initial[T](seed))
}

// initial returns first values by the number of the call.
func initial[T asm.Float](seed uint64) func(name string, shape ...int) ([]T, error) {
	calls := uint64(0)
	return func(name string, shape ...int) ([]T, error) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		v := make([]T, n)
		isNorm := strings.Contains(strings.ToLower(name), "norm")
		switch {
		case strings.HasSuffix(name, "bias"):
		case isNorm:
			for i := range v {
				v[i] = 1
			}
		default:
			rng.Normal(streamInitial.Of(seed).Sub(calls), v, 0)
			asm.Scale(v, v, T(initialDeviation))
		}
		calls++
		return v, nil
	}
}

// WithHeads returns parameters of shape c, which differs from that of p in its heads alone: [Config.Pooler], [Config.Classes] and [Config.Masked]. The tensors of p are
// shared, where c has them with the same shape; others are those of [Initial]. Errors wrap [ErrRange].
func (p *Parameters[T]) WithHeads(c Config, seed uint64) (*Parameters[T], error) {
	same := c
	same.Pooler, same.Classes, same.Masked, same.tokenHead = p.config.Pooler, p.config.Classes, p.config.Masked, p.config.tokenHead
	if same != p.config {
		return nil, fmt.Errorf("encoder: parameters of another shape, not only with other heads: %w", ErrRange)
	}
	first := initial[T](seed)
	return Build(c, func(name string, shape ...int) ([]T, error) {
		fresh, err := first(name, shape...)
		if err != nil {
			return nil, err
		}
		for _, t := range p.tensors {
			if t.name == name && len(t.m.Data()) == len(fresh) {
				return t.m.Data(), nil
			}
		}
		return fresh, nil
	})
}
