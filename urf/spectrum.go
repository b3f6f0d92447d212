package urf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/mat"
)

// Wave is the term Mass·cos(Freq·z + Phase) of a spectrum.
type Wave struct{ Mass, Freq, Phase float64 }

// Spectrum is a function as a superposition of waves,
//
//	f(z) = Constant + Slope·z + Σ Mass·cos(Freq·z + Phase) + Law.Mass·E cos(κ·z + Law.Phase)
//
// with κ/Law.Freq distributed by Law (math: SNNK §3.1, in polar form). The zero
// value is f = 0.
type Spectrum struct {
	Constant float64
	Slope    float64 // of the linear term, which features carry exactly, beside the waves
	Waves    []Wave  // Mass ≥ 0, Freq > 0
	Law      Law
	Cont     Wave // of the continuous part: mass, scale of the frequencies, phase
}

// exactFunction is a function with an exact spectrum.
type exactFunction struct {
	name     string
	spectrum func(a float64) Spectrum
	value    func(z float64) float64
}

// exact are the functions with an exact spectrum, for [ExactSpectrum].
func exact() []exactFunction {
	return []exactFunction{
		{"cos", cosSpectrum, cos},
		{"sin", sinSpectrum, func(z float64) float64 { s, _ := sincos(z); return s }},
		{"gaussian", evenSpectrum(HalfNormal), laws[HalfNormal].cosine},
		{"laplacian", evenSpectrum(HalfCauchy), laws[HalfCauchy].cosine},
		{"lorentzian", evenSpectrum(Exponential), laws[Exponential].cosine},
		{"sech", evenSpectrum(Sech), laws[Sech].cosine},
		{"sinc", evenSpectrum(UniformLaw), laws[UniformLaw].cosine},
		{"z-gaussian", func(a float64) Spectrum {
			return Spectrum{Law: Rayleigh, Cont: Wave{math.Sqrt(2 / math.Pi), a, -math.Pi / 2}}
		}, func(z float64) float64 { return z * exp(-z*z/2) }},
		{"generalised-cauchy", evenSpectrum(VarianceGamma), laws[VarianceGamma].cosine},
	}
}

func cosSpectrum(a float64) Spectrum { return Spectrum{Waves: []Wave{{1, a, 0}}} }

func sinSpectrum(a float64) Spectrum { return Spectrum{Waves: []Wave{{1, a, -math.Pi / 2}}} }

// evenSpectrum is that of E cos κz for κ of the law.
func evenSpectrum(l Law) func(a float64) Spectrum {
	return func(a float64) Spectrum { return Spectrum{Law: l, Cont: Wave{1, a, 0}} }
}

// ExactSpectrum returns the spectrum of f(a·z), a > 0, and f(a·z) itself, which knows its
// spectrum but no derivative, for f one of [ExactNames]; see the table in the package's README.
func ExactSpectrum(name string, a float64) (Spectrum, Activation, error) {
	for _, e := range exact() {
		if e.name == name && a > 0 && a-a == 0 {
			f := ActivationOf(name, func(z float64) float64 { return e.value(a * z) }, nil)
			f.f.spectrum = func() Spectrum { return e.spectrum(a) }
			return e.spectrum(a), f, nil
		}
	}
	return Spectrum{}, Activation{}, fmt.Errorf("urf: no exact spectrum of %.60q at frequency %g, known are %s: %w", name, a, strings.Join(ExactNames(), ", "), ErrSpec)
}

// ExactNames lists the functions that [ExactSpectrum] knows.
func ExactNames() []string {
	var names []string
	for _, e := range exact() {
		names = append(names, e.name)
	}
	return names
}

// Mass is the total mass Σ r of the waves, the constant not counted.
func (s Spectrum) Mass() float64 {
	c := s.Cont.Mass
	if s.Law == NoLaw {
		c = 0
	}
	for _, w := range s.Waves {
		c += w.Mass
	}
	return c
}

// Eval sets dst[i] to the function at z[i], for spectra without continuous part; it
// panics for others. The waves are summed in order. Cost: a cosine per wave and
// element.
func (s Spectrum) Eval(dst, z []float64) {
	if s.Law != NoLaw {
		panic(&mat.ArgumentError{Op: "urf.Spectrum.Eval", Why: "the spectrum has a continuous part"})
	}
	z = z[:len(dst)]
	sum, t := make([]float64, len(z)), make([]float64, len(z))
	for i := range sum {
		sum[i] = s.Constant
		if s.Slope != 0 {
			sum[i] = math.FMA(s.Slope, z[i], s.Constant)
		}
	}
	for _, w := range s.Waves {
		for i, v := range z {
			t[i] = math.FMA(w.Freq, v, w.Phase)
		}
		asm.Cos(t, t)
		asm.Axpy(sum, w.Mass, t)
	}
	copy(dst, sum)
}

// Jordan returns the Jordan split of the paper (SNNK §3.1): the positive and negative
// parts of the real and of the imaginary part of the transform, as four spectra
// without constants whose sum, with the constant and the linear term, is s.
func (s Spectrum) Jordan() [4]Spectrum {
	var part [4]Spectrum
	for _, w := range s.Waves {
		for k, v := range jordan(w) {
			if v.Mass > 0 {
				part[k].Waves = append(part[k].Waves, v)
			}
		}
	}
	if s.Law != NoLaw {
		for k, v := range jordan(s.Cont) {
			if v.Mass > 0 {
				part[k].Law, part[k].Cont = s.Law, v
			}
		}
	}
	return part
}

// jordan splits cos(κz+θ) = cos θ·cos κz − sin θ·sin κz into waves of phase 0, π, −π/2
// and π/2. Phases that are multiples of π/2 give one of them exactly.
func jordan(w Wave) [4]Wave {
	sin, cos := phase(w.Phase)
	return [4]Wave{
		{w.Mass * max(cos, 0), w.Freq, 0},
		{w.Mass * max(-cos, 0), w.Freq, math.Pi},
		{w.Mass * max(-sin, 0), w.Freq, -math.Pi / 2},
		{w.Mass * max(sin, 0), w.Freq, math.Pi / 2},
	}
}

// Validate returns an error that wraps [ErrSpec] if s has a negative mass, a
// frequency that is not positive or a number that is not finite.
func (s Spectrum) Validate() error {
	waves := s.Waves
	if s.Law < 0 || int(s.Law) >= len(laws) {
		return fmt.Errorf("urf: spectrum: unknown law %d: %w", int(s.Law), ErrSpec)
	}
	if s.Law != NoLaw {
		waves = append(slices.Clone(waves), s.Cont)
	}
	for i, w := range waves {
		if sum := w.Mass + w.Freq + w.Phase + s.Constant; !(w.Mass >= 0) || !(w.Freq > 0) || sum-sum != 0 {
			return fmt.Errorf("urf: spectrum: wave %d has mass %g, frequency %g, phase %g: %w", i, w.Mass, w.Freq, w.Phase, ErrSpec)
		}
	}
	if !(math.Abs(s.Constant) <= math.MaxFloat32) || !(math.Abs(s.Slope) <= math.MaxFloat32) {
		return fmt.Errorf("urf: spectrum: constant %g, slope %g: %w", s.Constant, s.Slope, ErrSpec)
	}
	return nil
}

// String is the text form: terms separated by blanks, first the constant, then linear:slope if that is not 0,
// mass:frequency:phase of each wave, the continuous part with its law in front.
func (s Spectrum) String() string {
	words := []string{formatNumber(s.Constant)}
	if s.Slope != 0 {
		words = append(words, "linear:"+formatNumber(s.Slope))
	}
	for _, w := range s.Waves {
		words = append(words, w.String())
	}
	if s.Law != NoLaw {
		words = append(words, s.Law.String()+":"+s.Cont.String())
	}
	return strings.Join(words, " ")
}

func (w Wave) String() string {
	return formatNumber(w.Mass) + ":" + formatNumber(w.Freq) + ":" + formatNumber(w.Phase)
}

// ParseSpectrum reads the text form of a spectrum and validates it. Its errors wrap
// [ErrSpec].
func ParseSpectrum(text string) (Spectrum, error) {
	var s Spectrum
	for i, word := range strings.Fields(text) {
		bad := fmt.Errorf("urf: spectrum: term %d is %.60q, want constant, linear:slope or [law:]mass:frequency:phase: %w", i, word, ErrSpec)
		numbers := strings.Split(word, ":")
		law := NoLaw
		linear := i > 0 && len(numbers) == 2 && numbers[0] == "linear" && s.Slope == 0
		if linear {
			numbers = numbers[1:]
		}
		if len(numbers) == 4 {
			if law = lawNamed(numbers[0]); law <= NoLaw || s.Law != NoLaw {
				return Spectrum{}, bad
			}
			numbers = numbers[1:]
		}
		var v [3]float64
		if want := 3; (i == 0 && len(numbers) != 1 || i > 0 && len(numbers) != want) && !linear {
			return Spectrum{}, bad
		}
		for k, n := range numbers {
			x, err := strconv.ParseFloat(n, 64)
			if err != nil {
				return Spectrum{}, bad
			}
			v[k] = x
		}
		w := Wave{v[0], v[1], v[2]}
		switch {
		case i == 0:
			s.Constant = v[0]
		case linear:
			s.Slope = v[0]
		case law != NoLaw:
			s.Law, s.Cont = law, w
		default:
			s.Waves = append(s.Waves, w)
		}
	}
	return s, s.Validate()
}
