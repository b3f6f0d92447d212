package conformance

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"nnk/internal/kerneltest"
	"nnk/urf"
)

// TestVectors: with every kernel set both claims hold.
func TestVectors(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		results, err := Run(Library{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			name := strings.TrimSpace(strings.Join([]string{r.Function, r.Type, r.Range}, " "))
			if !r.OK() {
				t.Errorf("%s: error %.4g at case %s, claim %g %s; %d cases with other bits, first %s; %s", name, r.Worst, r.WorstAt, r.Claim, r.Unit, r.Differ, r.DifferAt, r.Error)
			}
			// A claim that is twice the largest error says little.
			if r.Claim > 0 && r.Worst <= r.Claim/2 {
				t.Errorf("%s: half the claim %g %s would do, the largest error is %.4g", name, r.Claim, r.Unit, r.Worst)
			}
		}
	})
}

// TestActivationsHaveVectors: every activation has a set of its values, those of package asm under
// their name there, and one of its slopes, in both types.
func TestActivationsHaveVectors(t *testing.T) {
	sets, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, s := range sets {
		have[s.Function+" "+s.Type] = true
		have[strings.ToLower(s.Function)+" "+s.Type] = true
	}
	for _, name := range urf.ActivationNames() {
		for _, typ := range []string{"float32", "float64"} {
			if !have["urf.Eval("+name+") "+typ] && !have["asm."+strings.ReplaceAll(name, "-", "")+" "+typ] {
				t.Errorf("%s %s: no vectors of its values", name, typ)
			}
			if !have["urf.Deriv("+name+") "+typ] {
				t.Errorf("%s %s: no vectors of its slopes", name, typ)
			}
		}
	}
}

// TestSpectraHaveVectors: every exact spectrum has cases of its function and, if it has a
// continuous part, of its transform.
func TestSpectraHaveVectors(t *testing.T) {
	sets, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, s := range sets {
		for i := range s.Cases {
			if s.Function == "urf.ExactSpectrum" || s.Function == "urf.Spectrum.Transform" {
				have[s.Function+" "+s.Cases[i].Text("name")] = true
			}
		}
	}
	for _, name := range urf.ExactNames() {
		s, _, err := urf.ExactSpectrum(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !have["urf.ExactSpectrum "+name] || s.Law != urf.NoLaw && !have["urf.Spectrum.Transform "+name] {
			t.Errorf("%s: no vectors of its values, or of its transform", name)
		}
	}
}

// liar implements everything wrongly in one way.
type liar struct {
	right   [][]float64
	results func(s *Set, right [][]float64) ([][]float64, error)
}

func (l liar) Results(s *Set) ([][]float64, error) {
	right := slices.Clone(l.right)
	right[len(right)-1] = slices.Clone(right[len(right)-1])
	return l.results(s, right)
}

// TestRunSeesWhatItMust: an implementation that is wrong in one place fails.
func TestRunSeesWhatItMust(t *testing.T) {
	sets, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		last := len(s.Cases) - 1
		right, err := Library{}.Results(s)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			results func(s *Set, right [][]float64) ([][]float64, error)
			wrong   func(r Result) bool
		}{
			"missing":     {func(*Set, [][]float64) ([][]float64, error) { return nil, ErrMissing }, func(r Result) bool { return r.Error == ErrMissing.Error() }},
			"a case less": {func(_ *Set, right [][]float64) ([][]float64, error) { return right[:last], nil }, func(r Result) bool { return r.Error != "" }},
			"one number less": {func(_ *Set, right [][]float64) ([][]float64, error) {
				right[last] = right[last][1:]
				return right, nil
			}, func(r Result) bool { return !r.Accurate() && r.Differ == 1 }},
			"last bit": {func(s *Set, right [][]float64) ([][]float64, error) {
				v := right[last][0]
				right[last][0] += ULP(v, s.Type) / 2
				if right[last][0] == v {
					right[last][0] += ULP(v, s.Type)
				}
				if v-v != 0 {
					right[last][0] = 1
				}
				return right, nil
			}, func(r Result) bool { return r.Differ == 1 && r.DifferAt == s.Cases[last].ID }},
			"large error": {func(s *Set, right [][]float64) ([][]float64, error) {
				c := &s.Cases[last]
				right[last][0] += (float64(2*s.Claim) + 2) * max(c.Scale, ULP(c.Want[0], s.Type))
				if right[last][0]-right[last][0] != 0 {
					right[last][0] = 1
				}
				return right, nil
			}, func(r Result) bool { return !r.Accurate() && !r.OK() && r.WorstAt == s.Cases[last].ID }},
		} {
			if r := RunSet(liar{right, c.results}, s); r.OK() || !c.wrong(r) {
				t.Errorf("%s %s %s: %s: not noticed: %+v", s.Function, s.Type, s.Range, name, r)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const good = magic + "\n\nfunction: f\ntype: float64\nclaim: 1 ulp\ncount: 1\ncolumns: id flags x want rest bits\n\n1 B 0x1p+00 0x1p+00 0x0p+00 =\n"
	if s, err := Parse(good); err != nil || len(s) != 1 || s[0].Cases[0].Float("x") != 1 || s[0].Cases[0].Bits[0] != 1 {
		t.Fatalf("%v, %v", s, err)
	}
	for _, c := range [][2]string{
		{"format 1", "format 2"}, {"count: 1", "count: 2"}, {"count: 1", "count: x"}, {"function: f\n", ""}, {"float64", "float16"},
		{"claim: 1", "claim: -1"}, {"claim: 1", "claim: nan"}, {" bits", ""}, {" flags x", " flags x x"}, {" =", ""}, {" =", " = ="},
		{" =", " 0x1p+00,0x1p+00"}, {"0x1p+00 0x0p", "0xzp+00 0x0p"}, {"type: ", "type "}, {"0x0p+00 =", "- ="},
	} {
		if _, err := Parse(strings.Replace(good, c[0], c[1], 1)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q for %q: error %v, want ErrFormat", c[1], c[0], err)
		}
	}
}
