package ortho

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/internal/fault"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
)

// written is a projection of kind Pursuit with random codes.
func written(seed uint64, m, d, atoms, terms int) Spec {
	s := Spec{Kind: Pursuit, Seed: seed, M: m, D: d, Atoms: atoms, Terms: terms, Base: -9}
	s.Codes = make([]byte, s.codeBytes())
	for i := range m {
		words := make([]uint64, terms+1)
		rng.New(seed).Sub(uint64(i)).Bits(words, 0)
		list := make([]term, terms)
		for k, j := range rng.Permutation(rng.New(seed).Sub(uint64(m+i)), atoms)[:terms] {
			list[k] = term{j, words[k]&1 == 1, int(words[k] >> 60)}
		}
		slices.SortFunc(list, func(a, b term) int { return a.atom - b.atom })
		s.write(i, list, uint8(words[terms]))
	}
	return s
}

// The rows are the sums of atoms that the codes say, and so are the offsets.
func TestPursuitRows(t *testing.T) {
	s := written(3, 7, 20, 256, 5)
	g, atoms := must[float64](t, s), must[float64](t, s.Dictionary())
	for i := range s.M {
		want := make([]float64, s.D)
		list := s.terms(nil, i)
		for _, u := range list {
			f := math.Exp2(float64(s.Base+u.exponent) / 4)
			if u.negative {
				f = -f
			}
			for j, v := range atoms.Row(nil, u.atom) {
				want[j] += f * v
			}
		}
		for j, v := range g.Row(nil, i) {
			if e := math.Abs(v - want[j]); !(e <= 1e-13) {
				t.Errorf("row %d column %d is %g, want %g", i, j, v, want[j])
			}
		}
		again := s
		again.Codes = make([]byte, s.codeBytes())
		for r := range s.M {
			again.write(r, s.terms(nil, r), s.Offset(r))
		}
		if !slices.Equal(again.Codes, s.Codes) {
			t.Fatalf("codes are read as others")
		}
	}
}

// ones is the metric in which all columns count alike.
func ones(d int) *mat.Dense[float64] {
	m := mat.New[float64](d, d)
	for i := range d {
		m.Set(i, i, 1)
	}
	return m
}

// Rows that are sums of atoms are found, with the offsets.
func TestPursueFindsAtoms(t *testing.T) {
	for _, s := range []Spec{written(1, 9, 40, 128, 1), written(2, 9, 40, 128, 3), written(5, 3, 100, 64, 2)} {
		offsets := make([]uint8, s.M)
		for i := range offsets {
			offsets[i] = s.Offset(i)
		}
		got, lost, err := Pursue(t.Context(), s, must[float64](t, s).Dense(nil), ones(s.D), func(i int, _ []float64) uint8 { return offsets[i] })
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range lost {
			if !(v <= 1e-3) { // the smallest factor is 2^(−15/4) of the largest of all rows, not of those written
				t.Errorf("%d terms: row %d loses %g", s.Terms, i, v)
			}
			if got.Offset(i) != offsets[i] {
				t.Errorf("row %d has the offset %d, want %d", i, got.Offset(i), offsets[i])
			}
		}
	}
}

// lossOf is (w − ŵ)ᵀ·Σ·(w − ŵ)/(wᵀ·Σ·w) of row i.
func lossOf(w, g, sigma *mat.Dense[float64], i int) float64 {
	sum, whole := 0.0, 0.0
	for a := range w.Cols() {
		for b := range w.Cols() {
			sum += sigma.At(a, b) * (w.At(i, a) - g.At(i, a)) * (w.At(i, b) - g.At(i, b))
			whole += sigma.At(a, b) * w.At(i, a) * w.At(i, b)
		}
	}
	return sum / whole
}

// What is lost is what Pursue says, less with more terms or atoms, and less in the metric than what is written for another one.
func TestPursueMetric(t *testing.T) {
	const m, d = 19, 24
	w, data := mat.New[float64](m, d), mat.New[float64](100, d)
	rng.Normal(rng.New(4), w.Data(), 0)
	rng.Normal(rng.New(5), data.Data(), 0)
	for i := range data.Rows() {
		for j, v := range data.Row(i) {
			data.Set(i, j, v*math.Exp2(-float64(j)/2))
		}
	}
	sigma := mat.Gram(nil, data)
	mean := func(atoms, terms int, in *mat.Dense[float64]) float64 {
		rest := make([][]float64, m)
		s, lost, err := Pursue(t.Context(), Spec{Seed: 6, Atoms: atoms, Terms: terms}, w, in, func(i int, left []float64) uint8 { rest[i] = slices.Clone(left); return 0 })
		if err != nil {
			t.Fatal(err)
		}
		g, sum := must[float64](t, s).Dense(nil), 0.0
		for i, said := range lost {
			is := lossOf(w, g, sigma, i)
			if in == sigma && math.Abs(is-said) > 1e-5 {
				t.Errorf("%d terms: row %d loses %g, not %g", terms, i, is, said)
			}
			sum += is / m
			for j, v := range rest[i] {
				if e := math.Abs(w.At(i, j) - g.At(i, j) - v); !(e <= 1e-12) {
					t.Errorf("row %d column %d: %g is left, not %g", i, j, w.At(i, j)-g.At(i, j), v)
				}
			}
		}
		return sum
	}
	few, more, large := mean(256, 2, sigma), mean(256, 6, sigma), mean(4096, 2, sigma)
	plain := mean(256, 6, ones(d))
	t.Logf("2 terms of 256 lose %.3f, 6 terms %.3f, 2 terms of 4096 %.3f, 6 of 256 without the metric %.3f", few, more, large, plain)
	if !(more < few/2 && large < few && more < plain/2) {
		t.Errorf("2 terms of 256 lose %.3f, 6 terms %.3f, 2 terms of 4096 %.3f, 6 of 256 without the metric %.3f", few, more, large, plain)
	}
}

// No single term can be exchanged for a better one, which a search of all atoms and factors shows.
func TestPursueIsLocallyBest(t *testing.T) {
	const d = 8
	w := mat.New[float64](1, d)
	rng.Normal(rng.New(8), w.Data(), 0)
	s, lost, err := Pursue(t.Context(), Spec{Seed: 9, Atoms: 64, Terms: 2}, w, ones(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	terms := s.terms(nil, 0)
	for k := range terms {
		for atom := range s.Atoms {
			for code := range 32 {
				other := slices.Clone(terms)
				other[k] = term{atom, code&1 == 1, code >> 1}
				if other[0].atom == other[1].atom {
					continue
				}
				slices.SortFunc(other, func(a, b term) int { return a.atom - b.atom })
				u := s
				u.Codes = make([]byte, s.codeBytes())
				u.write(0, other, 0)
				if l := lossOf(w, must[float64](t, u).Dense(nil), ones(d), 0); l < lost[0]-1e-5 {
					t.Fatalf("%v loses %g, %v only %g", terms, lost[0], other, l)
				}
			}
		}
	}
}

// Rows that were written are written again as they are, and rows that were changed since lose no more than their atoms must.
func TestPursueFromCodes(t *testing.T) {
	s := written(4, 9, 40, 128, 3)
	g := must[float64](t, s).Dense(nil)
	for i := range s.M {
		atoms, factors := s.TermsOf(i)
		for j := range s.D {
			v := g.At(i, j)
			for k, at := range atoms {
				v -= factors[k] * must[float64](t, s.Dictionary()).Row(nil, at)[j]
			}
			if !(math.Abs(v) <= 1e-13) {
				t.Fatalf("row %d is not the sum of its terms", i)
			}
		}
	}
	again, lost, err := Pursue(t.Context(), s, g, ones(s.D), func(i int, _ []float64) uint8 { return s.Offset(i) })
	if err != nil {
		t.Fatal(err)
	}
	most := 0.0
	for i, v := range lost {
		most = max(most, v)
		if atoms, _ := s.TermsOf(i); v == 0 {
			if same, _ := again.TermsOf(i); !slices.Equal(same, atoms) {
				t.Errorf("row %d has other atoms", i)
			}
		}
	}
	if most > 1e-9 {
		t.Errorf("rows that can be written lose %g", most)
	}
	for _, bad := range []Spec{{Atoms: 128, Terms: 3, Codes: []byte{0}}, written(4, 8, 40, 128, 3), written(4, 9, 41, 128, 3), {Kind: IID, M: 9, D: 40, Atoms: 128, Terms: 3, Codes: s.Codes}} {
		if _, _, err := Pursue(t.Context(), bad, g, ones(s.D), nil); !errors.Is(err, ErrSpec) {
			t.Errorf("from codes of %v×%v: error %v", bad.M, bad.D, err)
		}
	}
}

func TestPursueSameBits(t *testing.T) {
	const m, d = 21, 30
	w := mat.New[float64](m, d)
	rng.Normal(rng.New(14), w.Data(), 0)
	var want []byte
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for _, procs := range []int{1, 8} {
			runtime.GOMAXPROCS(procs)
			s, _, err := Pursue(t.Context(), Spec{Atoms: 512, Terms: 4}, w, ones(d), nil)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = s.Codes
			}
			if !slices.Equal(s.Codes, want) {
				t.Errorf("%d goroutines: other codes", procs)
			}
		}
	})
}

// Rows of zeros, constant columns, fewer columns than terms and huge numbers are written without an error.
func TestPursueExtremes(t *testing.T) {
	w := mat.Of(3, 2, []float64{0, 0, 1e150, -1e150, 1e-150, 0})
	for _, sigma := range []*mat.Dense[float64]{ones(2), mat.Of(2, 2, []float64{1, 0, 0, 0}), mat.Of(2, 2, []float64{1e-200, 0, 0, 1e-200})} {
		s, lost, err := Pursue(t.Context(), Spec{Atoms: 64, Terms: 7}, w, sigma, nil)
		if err != nil || lost[0] != 0 {
			t.Errorf("lost %v, error %v", lost, err)
		}
		if _, err := ParseSpec(s.String()); err != nil {
			t.Error(err)
		}
	}
}

func TestPursueErrors(t *testing.T) {
	w := mat.Of(1, 2, []float64{1, 2})
	for _, s := range []Spec{{}, {Atoms: 3, Terms: 1}, {Atoms: 4}, {Atoms: 4, Terms: 5}, {Atoms: 64, Terms: 65}, {Atoms: 1 << 25, Terms: 1}, {Atoms: 4, Terms: -1}} {
		if _, _, err := Pursue(t.Context(), s, w, ones(2), nil); !errors.Is(err, ErrSpec) {
			t.Errorf("%d terms of %d atoms: error %v", s.Terms, s.Atoms, err)
		}
	}
	good := Spec{Atoms: 4, Terms: 1}
	if _, _, err := Pursue(t.Context(), good, mat.Of(1, 2, []float64{1, math.NaN()}), ones(2), nil); !errors.Is(err, fault.NotFinite) {
		t.Errorf("NaN: error %v", err)
	}
	if _, _, err := Pursue(t.Context(), good, w, mat.Of(2, 2, []float64{-1, 0, 0, 1}), nil); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("a metric that is not positive: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Pursue(ctx, good, w, ones(2), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	misuse.Panics(t, "ortho.Pursue", func() { _, _, _ = Pursue(t.Context(), good, w, ones(3), nil) })
}

// Texts that say something else than a pursuit are refused, also those with codes that are too many or not canonical.
func TestPursuitTexts(t *testing.T) {
	good := written(1, 3, 5, 8, 2)
	if good.CodeBits() != 24 {
		t.Fatalf("a row has %d bits", good.CodeBits())
	}
	text := good.String()
	odd := written(1, 3, 5, 4, 1) // 15 bits a row, 3 left over
	left := odd
	left.Codes = slices.Clone(odd.Codes)
	left.Codes[5] |= 0x80
	twice := good
	twice.Codes = make([]byte, len(good.Codes))
	for _, bad := range []string{
		left.String(), twice.String(),
		strings.Replace(text, "atoms=8", "atoms=16", 1), strings.Replace(text, "atoms=8", "atoms=6", 1), strings.Replace(text, "atoms=8,", "", 1),
		strings.Replace(text, "terms=2", "terms=1", 1), strings.Replace(text, "terms=2", "terms=0", 1), strings.Replace(text, "terms=2", "terms=-2", 1),
		strings.Replace(text, "base=-9", "base=128", 1), strings.Replace(text, "m=3", "m=4", 1), strings.Replace(text, "m=3", "m=16777216", 1),
		strings.Replace(text, ")", ",select=0)", 1), strings.Replace(text, ")", ",norm=sqrt)", 1), strings.Replace(text, ")", ",rounds=3)", 1),
		strings.Replace(text, "pursuit", "iid", 1), strings.Replace(text, ")", "=)", 1), strings.Replace(text, ")", "\n)", 1), strings.Replace(odd.String(), ")", "A)", 1),
	} {
		if _, err := ParseSpec(bad); !errors.Is(err, ErrSpec) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	for _, s := range []Spec{good, odd} {
		if again, err := ParseSpec(s.String()); err != nil || again.String() != s.String() {
			t.Errorf("%v is read as %v, error %v", s, again, err)
		}
	}
}
