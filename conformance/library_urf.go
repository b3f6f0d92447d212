package conformance

import (
	"fmt"
	"strings"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// urfCase is asmCase for feature maps, their moments and spectra.
func urfCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "urf.URF.Phi", "urf.URF estimate", "urf.SoftmaxKernel estimate", "urf.ReLU.Phi", "urf.ArcCos.Phi":
		return func(c *Case) ([]float64, error) { return features[T](name, c) }
	case "urf.URF.Predict", "urf.SoftmaxKernel.Predict", "urf.Fourier.Predict", "urf.ArcCos.Predict":
		return func(c *Case) ([]float64, error) {
			s, err := specOf(name, c)
			if err != nil {
				return nil, err
			}
			p, err := predict(s, urf.Point{X: c.Float("x"), W: c.Float("w"), Dot: c.Float("dot"), B: c.Float("b")})
			return []float64{p.Mean, p.Variance}, err
		}
	case "urf.ExactSpectrum":
		return func(c *Case) ([]float64, error) {
			spectrum, _, err := urf.ExactSpectrum(c.Text("name"), c.Float("a"))
			if err != nil {
				return nil, err
			}
			s := urf.URF{Projection: ortho.Spec{M: 8, D: 4}, Spectrum: spectrum}
			p, err := predict(s, urf.Point{B: c.Float("z")})
			return []float64{p.Mean}, err
		}
	case "urf.Spectrum.Transform":
		return func(c *Case) ([]float64, error) {
			spectrum, _, err := urf.ExactSpectrum(c.Text("name"), c.Float("a"))
			if err != nil {
				return nil, err
			}
			re, im := spectrum.Transform(c.Float("xi"))
			return []float64{re, im}, nil
		}
	case "urf.FitSpectrum":
		return func(c *Case) ([]float64, error) {
			f, err := urf.ActivationByName(c.Text("f"))
			if err != nil {
				return nil, err
			}
			fit, err := urf.FitSpectrum(f, c.Float("lo"), c.Float("hi"), urf.FitOptions{Lambda: c.Float("lambda"), R: c.Float("r"), Harmonics: int(c.Int("harmonics")), Points: int(c.Int("points"))})
			if err != nil {
				return nil, err
			}
			out := []float64{fit.Spectrum.Constant}
			for _, w := range fit.Spectrum.Waves {
				out = append(out, w.Mass, w.Freq, w.Phase)
			}
			return out, nil
		}
	}
	return nil
}

func predict(s urf.Spec, p urf.Point) (urf.Prediction, error) {
	out, err := s.Predict(urf.Activation{}, []urf.Point{p})
	if err != nil {
		return urf.Prediction{}, err
	}
	return out[0], nil
}

// specOf is the map that a case describes. a is a number, or "best".
func specOf(name string, c *Case) (urf.Spec, error) {
	p := ortho.Spec{Kind: ortho.IID, Seed: 7, M: int(c.Int("m")), D: int(c.Int("d"))}
	damping := func() (urf.Damping, float64) {
		if c.Text("a") == "best" {
			return urf.OptimalA, 0
		}
		return urf.GivenA, c.Float("a")
	}
	switch name {
	case "urf.URF.Phi", "urf.URF estimate", "urf.URF.Predict":
		s := urf.URF{Projection: p, Spectrum: urf.Spectrum{Waves: []urf.Wave{{Mass: c.Float("mass"), Freq: c.Float("kappa"), Phase: c.Float("theta")}}},
			Angle: c.Float("angle"), Radius: c.Float("radius"), Typical: urf.Typical{XNorm: c.Float("xnorm"), WNorm: c.Float("wnorm")}}
		s.Damping, s.A = damping()
		return s, nil
	case "urf.SoftmaxKernel estimate", "urf.SoftmaxKernel.Predict":
		s := urf.SoftmaxKernel{Projection: p, Radius: c.Float("radius"), Typical: urf.Typical{XNorm: c.Float("xnorm"), WNorm: c.Float("wnorm")}}
		s.Damping, s.A = damping()
		return s, nil
	case "urf.Fourier.Predict":
		s := urf.Fourier{Projection: p, Scale: c.Float("scaling"), Pairs: c.Text("pairs") == "1"}
		for k := urf.Gaussian; !strings.HasPrefix(k.String(), "Kernel("); k++ {
			if k.String() == c.Text("kernel") {
				s.Kernel = k
				return s, nil
			}
		}
	case "urf.ArcCos.Phi", "urf.ArcCos.Predict":
		return urf.ArcCos{Projection: p, Order: int(c.Int("order"))}, nil
	case "urf.ReLU.Phi":
		return urf.ReLU{Projection: p, Floor: c.Float("floor"), Slope: c.Float("slope")}, nil
	}
	return nil, fmt.Errorf("%s, case %s: %w", name, c.ID, ErrMissing)
}

// features is Φ(x), or the estimate Ψ(w, b)·Φ(x). The projection is made from seed 7;
// column g holds it for implementations that have none.
func features[T asm.Float](name string, c *Case) ([]float64, error) {
	s, err := specOf(name, c)
	if err != nil {
		return nil, err
	}
	m, err := urf.New[T](s)
	if err != nil {
		return nil, err
	}
	phi := m.Phi(nil, mat.Of(1, m.In(), to[T](c.Floats("x"))), nil)
	towers, ok := m.(urf.Towers[T])
	if !ok || name == "urf.URF.Phi" || name == "urf.ReLU.Phi" || name == "urf.ArcCos.Phi" {
		return flat(phi), nil
	}
	psi := towers.Psi(nil, mat.Of(1, m.In(), to[T](c.Floats("w"))), to[T](c.Floats("b")))
	return flat(mat.MulT(nil, phi, psi)), nil
}
