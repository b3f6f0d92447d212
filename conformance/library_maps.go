package conformance

import (
	"strings"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// mapCase is asmCase for projections and maps from their texts.
func mapCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "ortho.Rows", "ortho.Projection.Apply":
		return func(c *Case) ([]float64, error) {
			s, err := ortho.ParseSpec(c.Text("spec"))
			if err != nil {
				return nil, err
			}
			g, err := ortho.New[T](s)
			if err != nil {
				return nil, err
			}
			if name == "ortho.Rows" {
				return flat(g.Dense(nil)), nil
			}
			return flat(g.Apply(nil, mat.Of(1, s.D, to[T](c.Floats("x"))), nil)), nil
		}
	case "urf.Map.Phi":
		return func(c *Case) ([]float64, error) {
			m, err := mapOf[T](c)
			if err != nil {
				return nil, err
			}
			return flat(m.Phi(nil, mat.Of(1, m.In(), to[T](c.Floats("x"))), nil)), nil
		}
	case "urf.Towers.Psi", "urf.SeriesTowers.PsiSeries":
		return func(c *Case) ([]float64, error) {
			m, err := mapOf[T](c)
			if err != nil {
				return nil, err
			}
			towers, ok := m.(urf.SeriesTowers[T])
			if !ok {
				return nil, ErrMissing
			}
			w := mat.Of(1, m.In(), to[T](c.Floats("w")))
			if name == "urf.Towers.Psi" {
				return flat(towers.Psi(nil, w, to[T](c.Floats("b")))), nil
			}
			series := c.Floats("series")
			return flat(towers.PsiSeries(nil, w, mat.Of(1, len(series), series))), nil
		}
	}
	return nil
}

// mapOf is the map of the text in column map, which has ~ for blanks.
func mapOf[T asm.Float](c *Case) (urf.Map[T], error) {
	return urf.ParseMap[T](strings.ReplaceAll(c.Text("map"), "~", " "))
}
