package urf_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// specs returns a map of every kind and option on the projection.
func specs(p ortho.Spec) []urf.Spec {
	return []urf.Spec{
		urf.ReLU{Projection: p},
		urf.ReLU{Projection: p, Floor: 0.25, Scale: 0.5, Bias: 1.5, Constant: true},
		urf.ReLU{Projection: p, Slope: 0.01, Bias: -1},
		urf.ArcCos{Projection: p},
		urf.ArcCos{Projection: p, Order: 1, Scale: 3, Bias: 1},
		urf.ArcCos{Projection: p, Order: 2, Constant: true},
		urf.Fourier{Projection: p},
		urf.Fourier{Projection: p, Scale: 0.3, Constant: true},
		urf.Fourier{Projection: p, Scale: 2, Pairs: true, Constant: true},
		urf.Fourier{Projection: p, Scale: 0.3, Linear: []int{0}, Slope: 0.5},
		urf.Fourier{Projection: p, Kernel: urf.Matern32},
		urf.Maclaurin{Projection: p, Coefficients: []float64{0.5, 1, 0, -0.3, 0.1}},
		urf.Maclaurin{Projection: p, Coefficients: []float64{0, 1, 0.5}, Bias: true, Typical: urf.Typical{XNorm: 2}},
		urf.Maclaurin{Projection: p, Coefficients: []float64{0.5, 1, 0.3, -0.2}, Shares: []int{p.M - 3, 2, 1}},
		urf.URF{Projection: p, Spectrum: urf.Spectrum{Slope: 0.5, Waves: []urf.Wave{{Mass: 1, Freq: 0.7, Phase: 0.3}}}, Angle: 0.25},
		urf.URF{Projection: p, Spectrum: gaussian(1)},
		urf.URF{Projection: p, Spectrum: waves, Angle: 0.5, Radius: 0.7},
		urf.URF{Projection: p, Spectrum: waves, Angle: -0.25, Damping: urf.GivenA, A: -0.1, Jordan: true, Independent: true},
		urf.URF{Projection: p, Spectrum: waves, Angle: 0.1, Proportional: true, Typical: urf.Typical{XNorm: 2, WNorm: 0.5, Cosine: 0.5}},
		urf.SoftmaxKernel{Projection: p, Typical: urf.Typical{XNorm: 2, WNorm: 0.5}},
	}
}

func gaussian(a float64) urf.Spectrum {
	s, _, err := urf.ExactSpectrum("gaussian", a)
	if err != nil {
		panic(err)
	}
	return s
}

// waves is a spectrum of all four Jordan parts.
var waves = urf.Spectrum{Constant: 0.5, Waves: []urf.Wave{{Mass: 1, Freq: 0.3, Phase: 0.5}, {Mass: 0.5, Freq: 0.7, Phase: -2}, {Mass: 0.1, Freq: 1.9, Phase: 3}}}

func projections(m, d int) []ortho.Spec {
	return []ortho.Spec{
		{Kind: ortho.IID, Seed: 3, M: m, D: d},
		{Kind: ortho.Hadamard, Seed: 4, M: m, D: d},
		{Kind: ortho.Hadamard, Seed: 5, M: m, D: d, Norm: ortho.Sqrt},
	}
}

// each calls f for every map of the given size.
func each[T asm.Float](t *testing.T, m, d int, f func(t *testing.T, m urf.Map[T])) {
	for _, p := range projections(m, d) {
		for _, s := range specs(p) {
			t.Run(fmt.Sprintf("%T/%v", *new(T), s), func(t *testing.T) { f(t, newMap[T](t, s)) })
		}
	}
}

func newMap[T asm.Float](t testing.TB, s urf.Spec) urf.Map[T] {
	t.Helper()
	m, err := urf.New[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func normal[T asm.Float](seed uint64, n, d int) *mat.Dense[T] {
	x := mat.New[T](n, d)
	rng.Normal(rng.New(seed), x.Data(), 0)
	return x
}

func equal[T asm.Float](t *testing.T, what string, got, want *mat.Dense[T]) {
	t.Helper()
	for i := range want.Rows() {
		for j, w := range want.Row(i) {
			if g := got.At(i, j); math.Float64bits(float64(g)) != math.Float64bits(float64(w)) {
				t.Fatalf("%s: (%d, %d) is %x, want %x", what, i, j, g, w)
			}
		}
	}
}

// TestMapsAreTheSameHoweverTheyAreCalled: batch, blocks, rows, goroutines, strided
// output, a map rebuilt from its text and a used workspace give the same bits.
func TestMapsAreTheSameHoweverTheyAreCalled(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		each(t, 70, 13, sameHowever[float32])
		each(t, 33, 5, sameHowever[float64])
	})
}

func sameHowever[T asm.Float](t *testing.T, m urf.Map[T]) {
	n := 300
	if testing.Short() {
		n = 40
	}
	x := normal[T](9, n, m.In())
	var ws urf.Workspace[T]
	want := m.Phi(nil, x, nil)
	equal(t, "with a workspace", m.Phi(nil, x, &ws), want)
	rows := mat.New[T](n, m.Out()+3)
	for i := range n {
		m.Phi(rows.View(i, 1, 1, m.Out()), x.View(i, 0, 1, m.In()), &ws)
	}
	equal(t, "row by row", rows.View(0, 1, n, m.Out()), want)
	again, err := urf.ParseMap[T](m.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if again.Spec() != m.Spec() {
		t.Errorf("text %s, read again %s", m.Spec(), again.Spec())
	}
	equal(t, "read from text", again.Phi(nil, x, &ws), want)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	equal(t, "one goroutine", m.Phi(nil, x, &ws), want)
	runtime.GOMAXPROCS(5)
	equal(t, "five goroutines", m.Phi(nil, x, &ws), want)
}

// TestLinearFeatures: behind the waves there are columns of the inputs times slope and scale, exactly for powers of two.
func TestLinearFeatures(t *testing.T) {
	x := normal[float32](1, 6, 5)
	for _, pairs := range []bool{false, true} {
		s := urf.Fourier{Projection: ortho.Spec{M: 7, D: 5}, Scale: 0.25, Pairs: pairs, Constant: true}
		waves := newMap[float32](t, s).Phi(nil, x, nil)
		s.Linear, s.Slope = []int{1, 4}, 8
		z := newMap[float32](t, s).Phi(nil, x, nil)
		n := waves.Cols() - 1
		for i := range x.Rows() {
			want := append(slices.Clone(waves.Row(i)[:n]), 2*x.At(i, 1), 2*x.At(i, 4), 1)
			if !slices.Equal(z.Row(i), want) {
				t.Errorf("pairs %v, row %d: features %v, want %v", pairs, i, z.Row(i), want)
			}
		}
	}
}

// TestSelectedRows: the features of selected rows are those of the whole map.
func TestSelectedRows(t *testing.T) {
	keep := []int{0, 3, 17, 31, 32, 33, 69}
	for _, p := range projections(70, 13) {
		for i, s := range specs(p) {
			p.Select = keep
			whole, part := newMap[float32](t, s), newMap[float32](t, specs(p)[i])
			x := normal[float32](1, 4, 13)
			a, b := whole.Phi(nil, x, nil), part.Phi(nil, x, nil)
			groups := (a.Cols() - b.Cols()) / (70 - len(keep)) // cosines and sines, or one
			for group := range groups {
				for k, j := range keep {
					for r := range x.Rows() {
						if got, want := b.At(r, group*len(keep)+k), a.At(r, group*70+j); got != want {
							t.Errorf("%v: feature %d of row %d is %v, want %v", part.Spec(), k, j, got, want)
						}
					}
				}
			}
			for c := groups * len(keep); c < b.Cols(); c++ { // constant and linear features
				if got, want := b.At(1, c), a.At(1, c+groups*(70-len(keep))); got != want {
					t.Errorf("%v: last feature %d is %v, want %v", part.Spec(), c, got, want)
				}
			}
		}
	}
}

func TestPhiDoesNotAllocate(t *testing.T) {
	each(t, 64, 16, func(t *testing.T, m urf.Map[float32]) {
		x, dst, ws := normal[float32](1, 5, 16), mat.New[float32](5, m.Out()), new(urf.Workspace[float32])
		kerneltest.NoAllocs(t, "Phi", func() { m.Phi(dst, x, ws) })
	})
	for i, s := range specs(ortho.Spec{Kind: ortho.IID, Seed: 3, M: 1 << 15, D: 4}) {
		m := newMap[float32](t, s)
		x, dst, ws := normal[float32](1, 17, 4), mat.New[float32](17, m.Out()), new(urf.Workspace[float32])
		kerneltest.NoAllocs(t, fmt.Sprintf("Phi of map %d in several blocks", i), func() { m.Phi(dst, x, ws) })
	}
}

// TestKinds: every kind of map is among those that these tests make, and what its description
// tells without making it is true.
func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range projections(70, 13) {
		p.Select = []int{1, 2, 69}
		for _, s := range specs(p) {
			word, _, _ := strings.Cut(s.String(), "(")
			seen[word] = true
			if got := s.Base(); got.String() != p.String() {
				t.Errorf("%v: base %v", s, got)
			}
			m := newMap[float64](t, s)
			if towers, ok := m.(urf.Towers[float64]); s.WeightBias() != (ok && takes(func() { towers.Psi(nil, normal[float64](1, 2, 13), []float64{1, 2}) })) {
				t.Errorf("%v: WeightBias is %t", s, s.WeightBias())
			}
			// At least an element of G for each kept row and column, and not much more than all of them.
			degrees := int64(1)
			if word == "maclaurin" {
				degrees = 5
			}
			if numbers, work := s.Draws(); numbers < 3*13 || numbers > 70*16*degrees || work != 0 {
				t.Errorf("%v: draws %d numbers, %d multiply-adds", s, numbers, work)
			}
		}
	}
	for _, kind := range urf.Kinds() {
		if !seen[kind] {
			t.Errorf("no map of kind %s is tested", kind)
		}
	}
	for _, s := range specs(ortho.Spec{Kind: ortho.Block, M: 7, D: 3, Select: []int{4, 6}}) { // 3 rows of the second block, 1 of the third
		n, w := int64(4*3), int64(4*3*3)
		if numbers, work := s.Draws(); work%w != 0 || numbers != n*(work/w) && numbers != n*(work/w)+7 {
			t.Errorf("%v: draws %d numbers, %d multiply-adds", s, numbers, work)
		}
	}
}

// takes reports whether f does not panic.
func takes(f func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	f()
	return
}

// TestPredictions: over the seeds, outputs have the predicted mean and variance, for every kind
// of map that has closed forms.
func TestPredictions(t *testing.T) {
	const seeds, d = 400, 5
	x, w := normal[float64](1, 1, d), normal[float64](2, 1, d)
	asm.Scale(x.Data(), x.Data(), 0.4)
	asm.Scale(w.Data(), w.Data(), 0.5)
	base := ortho.Spec{Seed: 3, M: 24, D: d}
	tested := append(specs(base), urf.ReLU{Projection: base, Slope: -0.7, Scale: 2})
	for k := urf.Gaussian; !strings.HasPrefix(k.String(), "Kernel("); k++ {
		tested = append(tested, urf.Fourier{Projection: base, Kernel: k, Scale: 1.7})
	}
	for _, s := range tested {
		for _, bias := range [][]float64{nil, {0.6}} {
			if bias != nil && !s.WeightBias() {
				continue
			}
			gelu := activationByName(t, "gelu")
			points := urf.PointsOf(x, w, bias)
			p, err := s.Predict(gelu, points)
			floor, _ := s.(urf.ReLU)
			if kernel, _ := s.(urf.Fourier); floor.Floor != 0 || kernel.Kernel == urf.Laplacian || len(kernel.Linear) > 0 {
				if !errors.Is(err, urf.ErrNoClosedForm) {
					t.Errorf("%v: error %v, want ErrNoClosedForm", s, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if z := points[0].Dot + points[0].B; p[0].Bias != p[0].Mean-gelu.At(z) {
				t.Errorf("%v: bias %g of the mean %g at %g", s, p[0].Bias, p[0].Mean, z)
			}
			sum, squares, fourths := 0.0, 0.0, 0.0
			for seed := range seeds {
				m, err := urf.ParseMap[float64](strings.Replace(s.String(), "seed=3", "seed="+strconv.Itoa(seed), 1))
				if err != nil {
					t.Fatal(err)
				}
				phi, psi := m.Phi(nil, x, nil), (*mat.Dense[float64])(nil)
				if towers, ok := m.(urf.Towers[float64]); ok {
					psi = towers.Psi(nil, w, bias)
				} else {
					psi = m.Phi(nil, w, nil)
				}
				y := mat.MulT(nil, phi, psi).At(0, 0) - p[0].Mean
				sum, squares, fourths = sum+y, squares+y*y, fourths+y*y*y*y
			}
			mean, variance := sum/seeds, squares/seeds
			if off := mean / math.Sqrt(variance/seeds); !(math.Abs(off) < 4) {
				t.Errorf("%v: off the mean %g by %.1f standard errors", s, p[0].Mean, off)
			}
			spread := math.Sqrt((fourths/seeds - variance*variance) / seeds)
			if off := (variance - p[0].Variance) / spread; !(math.Abs(off) < 4) {
				t.Errorf("%v: variance %g, predicted %g: off by %.1f standard errors", s, variance, p[0].Variance, off)
			}
		}
	}
}

// borrowed is a description that is none of this package's.
type borrowed struct{ urf.Spec }

func TestBadSpecs(t *testing.T) {
	if _, err := urf.New[float32](borrowed{urf.ReLU{Projection: ortho.Spec{M: 4, D: 3}}}); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("foreign description: error %v, want ErrSpec", err)
	}
	if _, err := urf.New[float32](nil); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("no description: error %v, want ErrSpec", err)
	}
	ok := ortho.Spec{M: 4, D: 3}
	for _, s := range []urf.Spec{
		urf.ReLU{},
		urf.ReLU{Projection: ok, Scale: -1},
		urf.ReLU{Projection: ok, Floor: math.NaN()},
		urf.ArcCos{Projection: ok, Order: 3},
		urf.ArcCos{Projection: ok, Order: -1},
		urf.Fourier{Projection: ok, Kernel: -1},
		urf.Fourier{Projection: ok, Scale: math.Inf(1)},
		urf.Fourier{Projection: ok, Linear: []int{3}},
		urf.Fourier{Projection: ok, Linear: []int{1, 1}},
		urf.Fourier{Projection: ok, Linear: []int{-1}},
		urf.Fourier{Projection: ok, Slope: math.Inf(1)},
	} {
		if _, err := urf.New[float64](s); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%+v: error %v, want ErrSpec", s, err)
		}
	}
	for _, text := range []string{
		"", "relu", "relu() on", "relu on iid(seed=1,m=2,d=2)", "relu(floor=1,floor=2) on iid(seed=1,m=2,d=2)",
		"relu(x=1) on iid(seed=1,m=2,d=2)", "relu(floor=a) on iid(seed=1,m=2,d=2)", "cube() on iid(seed=1,m=2,d=2)",
		"relu() on iid(seed=1,m=0,d=2)", "relu(scale=1e39) on iid(seed=1,m=2,d=2)", "fourier(scale=1e300) on iid(seed=1,m=2,d=2)",
		// Numbers that are finite, but not what is made of them.
		"urf(spectrum=1 1:1e300:1) on iid(seed=1,m=4,d=2)", "urf(spectrum=1 1:1:1,radius=1e-300) on iid(seed=1,m=4,d=2)",
		"urf(spectrum=1 1:1:1,xnorm=1e200) on iid(seed=1,m=4,d=2)", "urf(spectrum=1 1:1:1e300) on iid(seed=1,m=4,d=2)",
		"urf(spectrum=1 1:1:1,a=-1e300) on iid(seed=1,m=4,d=2)", "urf(spectrum=1e300 1:1:1) on iid(seed=1,m=4,d=2)",
		"urf(spectrum=0 half-cauchy:1:1e300:0) on iid(seed=1,m=4,d=2)", "urf(spectrum=0 1e308:1:1 1e308:2:1) on iid(seed=1,m=4,d=2)",
		"softmax(radius=1e300) on iid(seed=1,m=4,d=2)", "softmax(radius=1e-30) on iid(seed=1,m=4,d=2)", "softmax(xnorm=1e300) on iid(seed=1,m=4,d=2)",
		"maclaurin(coefficients=1 2 3 4,xnorm=1e200) on iid(seed=1,m=4,d=2)", "maclaurin(coefficients=1 2 3 4,xnorm=1e-200) on iid(seed=1,m=4,d=2)",
		"maclaurin(coefficients=1 2 1e300) on iid(seed=1,m=4,d=2)", "fourier(kernel=green) on iid(seed=1,m=2,d=2)", "fourier(pairs=no) on iid(seed=1,m=2,d=2)", "fourier(linear=0+x) on iid(seed=1,m=2,d=2)",
	} {
		if _, err := urf.ParseMap[float32](text); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%q: error %v, want ErrSpec", text, err)
		}
	}
}

// TestLongTexts: what is wrong with a long text is said in a short one.
func TestLongTexts(t *testing.T) {
	many := func(format, separator string) string {
		words := make([]string, 80_000)
		for i := range words {
			words[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(words, separator)
	}
	long := strings.Repeat("x", 700_000)
	const on = " on iid(seed=1,m=2,d=2)"
	for _, c := range []struct{ text, want string }{
		{"relu(" + many("k%d=1", ",") + ")" + on, "80000 fields, a map has at most 32"},
		{"relu(" + long + "=1)" + on, "unknown key"},
		{"relu(floor=" + long + ")" + on, "not a number"},
		{"relu(" + long + ")" + on, "has no value"},
		{long + "(a)" + on, "has no value"},
		{long + "()" + on, "unknown kind of map"},
		{long, "want kind(key=value,…) on projection"},
		{"relu() on " + long, "want kind(key=value,…)"},
		{"relu() on " + long + "()", "projection kind"},
		{"relu() on iid(" + many("k%d=1", ",") + ")", "unknown key"},
		{"relu() on iid(" + long + "=1)", "unknown key"},
		{"relu() on iid(seed=" + long + ")", "is not what it should be"},
		{"relu() on iid(seed=1,m=80000,d=2,select=" + many("%d", "+") + "+0)", "rows ascend"},
		{"maclaurin(coefficients=" + many("%d", " ") + ")" + on, "coefficient"},
		{"urf(spectrum=" + many("1:%d:1", " ") + ")" + on, "term 0"},
	} {
		_, err := urf.ParseSpec(c.text)
		if !errors.Is(err, urf.ErrSpec) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: error %.300v, want %q", c.text, err, c.want)
		} else if n := len(err.Error()); n > 600 {
			t.Errorf("%.40q: an error of %d bytes", c.text, n)
		}
	}
	for _, name := range []string{long, "elu(" + long + ")"} {
		if _, err := urf.ActivationByName(name); !errors.Is(err, urf.ErrSpec) || len(err.Error()) > 600 {
			t.Errorf("activation %.40q: error %.300v", name, err)
		}
	}
}
