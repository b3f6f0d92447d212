package conformance

import (
	"nnk/asm"
	"nnk/rng"
)

// rngCase is asmCase for random numbers.
func rngCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	var fill func(s rng.Stream, dst []T, start uint64)
	switch name {
	case "asm.Philox4x32":
		return func(c *Case) ([]float64, error) {
			var words [6]uint32
			for i, v := range append(c.Floats("counter"), c.Floats("key")...) {
				words[i] = uint32(v)
			}
			b := asm.Philox4x32([4]uint32(words[:4]), [2]uint32(words[4:]))
			return []float64{float64(b[0]), float64(b[1]), float64(b[2]), float64(b[3])}, nil
		}
	case "rng.Stream.Words":
		return func(c *Case) ([]float64, error) {
			w := make([]uint32, c.Int("n"))
			stream(c).Words(w, c.Int("start"))
			out := make([]float64, len(w))
			for i, v := range w {
				out[i] = float64(v)
			}
			return out, nil
		}
	case "rng.Uniform":
		fill = rng.Uniform[T]
	case "rng.Rademacher":
		fill = rng.Rademacher[T]
	case "rng.Normal":
		fill = rng.Normal[T]
	case "rng.Exponential":
		fill = rng.Exponential[T]
	case "rng.Rayleigh":
		fill = rng.Rayleigh[T]
	case "rng.Cauchy":
		fill = rng.Cauchy[T]
	case "rng.Chi":
		return func(c *Case) ([]float64, error) {
			v := make([]T, c.Int("n"))
			rng.Chi(stream(c), v, c.Int("start"), int(c.Int("d")))
			return from(v...), nil
		}
	default:
		return nil
	}
	return func(c *Case) ([]float64, error) {
		v := make([]T, c.Int("n"))
		fill(stream(c), v, c.Int("start"))
		return from(v...), nil
	}
}

func stream(c *Case) rng.Stream { return rng.New(c.Int("seed")).Sub(c.Int("sub")) }
