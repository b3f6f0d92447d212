// Command figures draws the pictures of urf/README.md into a folder:
//
//	go run ./urf/internal/figures urf/figures
package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: figures FOLDER")
		os.Exit(2)
	}
	for name, draw := range map[string]func() (*chart, error){
		"error-against-m.svg": errorAgainstM, "projections.svg": projections, "angles.svg": angles, "predicted.svg": predicted, "frontier.svg": frontier,
	} {
		c, err := draw()
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], name), c.svg(), 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "figures: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

const dims = 16

// vectors are x and w of the given norms with xᵀw = cosine·X·W.
func vectors(xn, wn, cosine float64) (x, w *mat.Dense[float64]) {
	x, w = mat.New[float64](1, dims), mat.New[float64](1, dims)
	for j := range dims { // two orthogonal directions with no zeros
		s := 1.0
		if j%2 == 1 {
			s = -1
		}
		x.Set(0, j, xn/4)
		w.Set(0, j, wn/4*(cosine+s*math.Sqrt(1-cosine*cosine)))
	}
	return x, w
}

// measured is the root mean square error of spec over seeds, at z = xᵀw + b.
func measured(spec urf.URF, x, w *mat.Dense[float64], b, want float64, seeds int) (float64, error) {
	sum := 0.0
	for seed := range seeds {
		spec.Projection.Seed = uint64(seed + 1)
		m, err := urf.New[float64](spec)
		if err != nil {
			return 0, err
		}
		y := mat.MulT(nil, m.Phi(nil, x, nil), m.(urf.Towers[float64]).Psi(nil, w, []float64{b})).At(0, 0)
		sum += (y - want) * (y - want)
	}
	return math.Sqrt(sum / float64(seeds)), nil
}

// spectrum of an activation: exact for cos, else fitted on [−2, 2] for ‖x‖‖w‖ = 1.
func spectrum(name string) (urf.Spectrum, urf.Activation, error) {
	a, err := urf.ActivationByName(name)
	if err != nil {
		return urf.Spectrum{}, a, err
	}
	if name == "cos" {
		s, _, err := urf.ExactSpectrum("cos", 1)
		return s, a, err
	}
	fit, err := urf.FitSpectrum(a, -2, 2, urf.FitOptions{Lambda: 1e-4, R: 1, Harmonics: 100})
	if err != nil {
		return urf.Spectrum{}, a, err
	}
	return fit.Spectrum, a, nil
}

func errorAgainstM() (*chart, error) {
	c := &chart{title: "Error of one output at xᵀw + b = 0.8, ‖x‖ = ‖w‖ = 1", x: axis{"features m", 16, 4096, true}, y: axis{"root mean square error", 0.005, 2, true}}
	x, w := vectors(1, 1, 0.4)
	for _, name := range []string{"relu", "gelu", "tanh", "cos"} {
		s, a, err := spectrum(name)
		if err != nil {
			return nil, err
		}
		l := line{name: name}
		for m := 16; m <= 4096; m *= 2 {
			e, err := measured(urf.URF{Projection: ortho.Spec{M: m, D: dims}, Spectrum: s}, x, w, 0.4, a.At(0.8), 200)
			if err != nil {
				return nil, err
			}
			l.points = append(l.points, [2]float64{float64(m), e})
		}
		c.lines = append(c.lines, l)
	}
	return c, nil
}

func projections() (*chart, error) {
	c := &chart{title: "tanh: kinds of projection", x: axis{"features m", 16, 1024, true}, y: axis{"root mean square error", 0.02, 1, true}}
	x, w := vectors(1, 1, 0.4)
	s, a, err := spectrum("tanh")
	if err != nil {
		return nil, err
	}
	for _, kind := range []ortho.Kind{ortho.IID, ortho.Block, ortho.Hadamard} {
		l := line{name: kind.String()}
		for m := 16; m <= 1024; m *= 2 {
			e, err := measured(urf.URF{Projection: ortho.Spec{Kind: kind, M: m, D: dims}, Spectrum: s}, x, w, 0.4, a.At(0.8), 600)
			if err != nil {
				return nil, err
			}
			l.points = append(l.points, [2]float64{float64(m), e})
		}
		c.lines = append(c.lines, l)
	}
	return c, nil
}

func angles() (*chart, error) {
	c := &chart{title: "cos(κz): standard deviation of one feature by α and A, xᵀw = 0.6‖x‖‖w‖", x: axis{"κ‖x‖‖w‖", 0.25, 4, false}, y: axis{"standard deviation", 0.3, 1000, true}}
	for _, angle := range []float64{0, 0.25, -0.25} {
		for _, damping := range []urf.Damping{urf.GivenA, urf.OptimalA} {
			l := line{name: fmt.Sprintf("α = %s, A %s", map[float64]string{0: "0", 0.25: "π/4", -0.25: "−π/4"}[angle], [...]string{"optimal", "= 0"}[damping]), dashed: damping == urf.GivenA, colour: map[float64]int{0: 0, 0.25: 1, -0.25: 2}[angle]}
			for kappa := 0.25; kappa <= 4; kappa += 0.125 {
				s, a, err := urf.ExactSpectrum("cos", kappa)
				if err != nil {
					return nil, err
				}
				spec := urf.URF{Projection: ortho.Spec{M: 1, D: dims}, Spectrum: s, Angle: angle, Damping: damping, Typical: urf.Typical{Cosine: 0.6}}
				p, err := spec.Predict(a, []urf.Point{{X: 1, W: 1, Dot: 0.6, B: 0.5}})
				if err != nil {
					return nil, err
				}
				l.points = append(l.points, [2]float64{kappa, math.Sqrt(p[0].Variance)})
			}
			c.lines = append(c.lines, l)
		}
	}
	return c, nil
}

func predicted() (*chart, error) {
	c := &chart{title: "Standard error: predicted and measured", x: axis{"predicted", 0.01, 2, true}, y: axis{"measured over 400 seeds", 0.01, 2, true}, diagonal: true}
	cosines := make([]float64, 6)
	rng.Uniform(rng.New(1), cosines, 0)
	for k, name := range []string{"relu", "gelu", "tanh", "cos"} {
		s, a, err := spectrum(name)
		if err != nil {
			return nil, err
		}
		l := line{name: name, dots: true, colour: k}
		for i, u := range cosines {
			cosine, m := 2*u-1, 32<<i
			x, w := vectors(1, 1, cosine)
			spec := urf.URF{Projection: ortho.Spec{M: m, D: dims}, Spectrum: s}
			p, err := spec.Predict(a, []urf.Point{{X: 1, W: 1, Dot: cosine, B: 0.3}})
			if err != nil {
				return nil, err
			}
			e, err := measured(spec, x, w, 0.3, p[0].Mean, 400)
			if err != nil {
				return nil, err
			}
			l.points = append(l.points, [2]float64{math.Sqrt(p[0].Variance), e})
		}
		c.lines = append(c.lines, l)
	}
	return c, nil
}

func frontier() (*chart, error) {
	c := &chart{title: "Bias against variance of fitted spectra on [−4, 4], ‖x‖‖w‖ = 2", x: axis{"variance of one feature", 1, 1e6, true}, y: axis{"largest bias on the range", 1e-4, 4, true}}
	for _, name := range []string{"relu", "gelu", "tanh"} {
		a, err := urf.ActivationByName(name)
		if err != nil {
			return nil, err
		}
		front, err := urf.FitFrontier(a, -4, 4, nil, urf.FitOptions{R: 2, Harmonics: 100})
		if err != nil {
			return nil, err
		}
		l := line{name: name}
		for _, f := range front {
			l.points = append(l.points, [2]float64{f.Variance, f.Bias})
		}
		c.lines = append(c.lines, l)
	}
	return c, nil
}
