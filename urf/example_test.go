package urf_test

import (
	"fmt"

	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// The products of cosine features estimate the Gaussian kernel exp(−‖x−y‖²/2), here
// 0.6065 for the first two rows and 0.3679 for the first and the last.
func Example() {
	phi, err := urf.New[float64](urf.Fourier{Projection: ortho.Spec{Kind: ortho.IID, Seed: 1, M: 4096, D: 2}, Pairs: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	z := phi.Phi(nil, mat.Of(3, 2, []float64{0, 0, 1, 0, 1, 1}), nil)
	k := mat.MulT(mat.New[float64](3, 3), z, z)
	fmt.Printf("%d features, kernel %.2f %.2f %.2f\n", phi.Out(), k.At(0, 0), k.At(0, 1), k.At(0, 2))
	fmt.Println(phi.Spec())
	// Output:
	// 8192 features, kernel 1.00 0.61 0.37
	// fourier(kernel=gaussian,pairs=true) on iid(seed=1,m=4096,d=2)
}

// Whether Monte Carlo can replace a layer is known before anything is computed.
func ExampleNewPlan() {
	gelu, err := urf.ActivationByName("gelu")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, norm := range []float64{1, 10} {
		p, err := urf.NewPlan(urf.PlanOptions{Activation: gelu, Lo: -4, Hi: 4, Typical: urf.Typical{XNorm: norm, WNorm: 1}, Error: 0.05})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Reachable, p.Features)
	}
	// Output:
	// true 90
	// false 65536
}

// A fitted spectrum says how far it is from its function.
func ExampleFitSpectrum() {
	tanh, err := urf.ActivationByName("tanh")
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := urf.FitSpectrum(tanh, -4, 4, urf.FitOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d waves, largest error %.0e\n", len(fit.Spectrum.Waves), fit.Bias)
	// Output:
	// 1280 waves, largest error 1e-05
}
