package fit

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// clusters is a classification problem with overlapping classes.
func clusters[T asm.Float](seed uint64, n, d, classes int, noise float64) (z *mat.Dense[T], labels []int) {
	z, labels = random[T](seed, n, d), make([]int, n)
	centres := random[T](seed+1, 3*classes, d)
	for i := range labels {
		c := i * 7919 % (3 * classes)
		labels[i] = c % classes
		for j := range z.Row(i) {
			z.Row(i)[j] = centres.At(c, j) + T(noise)*z.Row(i)[j]
		}
	}
	return z, labels
}

func moments[T asm.Float](t *testing.T, z, y bundle.Source) *Moments {
	t.Helper()
	s, err := Statistics[T](t.Context(), z, y, Folds{Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	return total(t, s)
}

// newton is an independent solver: the objective and its first two derivatives from
// their definitions, and Newton steps, halved until the objective falls.
type newton struct {
	z, y   *mat.Dense[float64] // with the constant
	lambda float64             // in the units of the gradient of the mean loss
	mu     float64
}

func (w newton) loss(a []float64) float64 {
	f, _, _ := w.derivatives(a, false)
	return f
}

func (w newton) derivatives(a []float64, hessian bool) (f float64, g []float64, h *mat.Dense[float64]) {
	n, p, l := w.z.Rows(), w.z.Cols(), w.y.Cols()
	g = make([]float64, p*l)
	if hessian {
		h = mat.New[float64](p*l, p*l)
	}
	prob, score := make([]float64, l), make([]float64, l)
	for i := range n {
		z, y := w.z.Row(i), w.y.Row(i)
		most := 0.0
		if l > 1 {
			most = math.Inf(-1)
		}
		for k := range l {
			score[k] = 0
			for j, v := range z {
				score[k] += v * a[j*l+k]
			}
			most = max(most, score[k])
		}
		sum := 0.0
		for k := range l {
			prob[k] = math.Exp(score[k] - most)
			sum += prob[k]
		}
		if l == 1 { // the other class has the score 0
			sum += math.Exp(-most)
			f += (math.Log(sum) + most - y[0]*score[0]) / float64(n)
		}
		for k := range l {
			prob[k] /= sum
			if l > 1 {
				f += y[k] * (math.Log(sum) + most - score[k]) / float64(n)
			}
			f += w.mu / 2 * score[k] * score[k] / float64(n)
		}
		for k := range l {
			for j, v := range z {
				g[j*l+k] += v * (prob[k] - y[k] + w.mu*score[k]) / float64(n)
			}
			if !hessian {
				continue
			}
			for m := range l {
				c := -prob[k] * prob[m]
				if k == m {
					c += prob[k] + w.mu
				}
				for j, v := range z {
					for q, u := range z {
						h.Row(j*l + k)[q*l+m] += c * v * u / float64(n)
					}
				}
			}
		}
	}
	for j := range (p - 1) * l {
		f += w.lambda / 2 * a[j] * a[j]
		g[j] += w.lambda * a[j]
		if hessian {
			h.Row(j)[j] += w.lambda
		}
	}
	return f, g, h
}

func (w newton) solve(t *testing.T) []float64 {
	t.Helper()
	a := make([]float64, w.z.Cols()*w.y.Cols())
	for range 100 {
		f, g, h := w.derivatives(a, true)
		// The scores of all classes may move together: λ makes that direction, where the
		// gradient is zero, solvable.
		step, err := mat.RidgeSolve(nil, h, mat.Of(len(g), 1, g), 1e-10, nil)
		if err != nil {
			t.Fatal(err)
		}
		next := make([]float64, len(a))
		for size := 1.0; ; size /= 2 {
			for i := range a {
				next[i] = a[i] - size*step.At(i, 0)
			}
			if size < 1e-9 {
				return a
			}
			if w.loss(next) < f {
				break
			}
		}
		a = next
	}
	t.Fatal("Newton's steps do not end")
	return nil
}

// withConstant is z in float64 with a column of ones.
func withConstant[T asm.Float](z *mat.Dense[T]) *mat.Dense[float64] {
	r := mat.New[float64](z.Rows(), z.Cols()+1)
	for i := range z.Rows() {
		for j, v := range z.Row(i) {
			r.Row(i)[j] = float64(v)
		}
		r.Row(i)[z.Cols()] = 1
	}
	return r
}

// The optimum's gradient, from its definition, is below the tolerance, and its
// loss is that of Newton's method.
func TestLogisticOptimum(t *testing.T) {
	z, labels := clusters[float64](70, 300, 6, 3, 1)
	softmax, binary := mat.New[float64](300, 3), mat.New[float64](300, 1)
	for i, k := range labels {
		softmax.Set(i, k, 1)
		binary.Set(i, 0, float64(k/2))
	}
	soft := softmax.Clone() // probabilities as targets
	for i := range 100 {
		copy(soft.Row(3*i), []float64{0.5, 0.25, 0.25})
	}
	two := mat.New[float64](300, 2)
	for i, k := range labels {
		two.Set(i, k/2, 1)
	}
	for _, c := range []struct {
		name string
		y    *mat.Dense[float64]
		p    Penalty
	}{
		{"softmax", softmax, Penalty{1e-3, 0}},
		{"softmax, no penalty", softmax, Penalty{}},
		{"softmax, strong penalty", softmax, Penalty{10, 0}},
		{"softmax, logits", softmax, Penalty{1e-6, 0.01}},
		{"probabilities", soft, Penalty{1e-4, 0}},
		{"binary", binary, Penalty{1e-4, 0}},
		{"binary, logits", binary, Penalty{0, 0.1}},
		{"two columns", two, Penalty{1e-4, 0}},
	} {
		sums := moments[float64](t, bundle.Matrix(z), bundle.Matrix(c.y))
		a, r, err := Logistic(t.Context(), bundle.Matrix(z), bundle.Matrix(c.y), sums, c.p, LogisticOptions{})
		if err != nil || !r.Converged || r.Gradient > 1e-6 {
			t.Errorf("%s: %+v, %v", c.name, r, err)
			continue
		}
		w := newton{withConstant(z), c.y, c.p.Lambda * sums.scale() / 300, c.p.Logits}
		f, g, _ := w.derivatives(a.Data(), false)
		norm := 0.0
		for _, v := range g {
			norm += v * v
		}
		norm = math.Sqrt(norm) / math.Sqrt(sums.scale()/300)
		if d := math.Abs(norm - r.Gradient); d > 1e-9 {
			t.Errorf("%s: gradient %v, by its definition %v", c.name, r.Gradient, norm)
		}
		if d := math.Abs(f - r.Objective); d > 1e-12 {
			t.Errorf("%s: objective %v, by its definition %v", c.name, r.Objective, f)
		}
		if best := w.loss(w.solve(t)); f-best > 1e-10 {
			t.Errorf("%s: objective %v, Newton's method %v: %g more", c.name, f, best, f-best)
		}
		plain := w
		plain.lambda, plain.mu = 0, 0
		if want := plain.loss(a.Data()); math.Abs(r.Loss-want) > 1e-12 {
			t.Errorf("%s: loss %v, want %v", c.name, r.Loss, want)
		}
	}
}

// Two columns and one column are the same model: with a difference of scores d and twice the penalty.
func TestLogisticTwoColumns(t *testing.T) {
	z, labels := clusters[float64](72, 200, 4, 2, 1)
	one := mat.New[float64](200, 1)
	for i, k := range labels {
		one.Set(i, 0, float64(k))
	}
	y := bundle.OneHot(labels, 2)
	opt := LogisticOptions{Tolerance: 1e-10}
	a, _, err := Logistic(t.Context(), bundle.Matrix(z), y, moments[float64](t, bundle.Matrix(z), y), Penalty{2e-3, 0}, opt)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := Logistic(t.Context(), bundle.Matrix(z), bundle.Matrix(one), moments[float64](t, bundle.Matrix(z), bundle.Matrix(one)), Penalty{1e-3, 0}, opt)
	if err != nil {
		t.Fatal(err)
	}
	for j := range b.Rows() {
		if d := a.At(j, 1) - a.At(j, 0); math.Abs(d-b.At(j, 0)) > 1e-7 {
			t.Errorf("weight %d: %v from two columns, %v from one", j, d, b.At(j, 0))
		}
	}
}

// The same bits for any kernel set, number of goroutines and blocks, cached or
// not, in both types.
func TestLogisticSameBits(t *testing.T) {
	t.Run("float32", sameLogisticBits[float32])
	t.Run("float64", sameLogisticBits[float64])
}

func sameLogisticBits[T asm.Float](t *testing.T) {
	z, labels := clusters[T](74, 1500, 37, 5, 2)
	y := bundle.OneHot(labels, 5)
	sums := moments[T](t, bundle.Matrix(z), y)
	var want []float64
	run := func(what string, rows int, cache int64) {
		t.Helper()
		c, err := newCrossEntropy(t.Context(), bundle.Matrix(z), y, sums, cache)
		if err != nil {
			t.Fatal(err)
		}
		c.rows = rows
		opt, err := LogisticOptions{MaxPasses: 12}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		a := mat.New[float64](c.p, c.l)
		if _, err := c.minimise(a, Penalty{1e-4, 1e-3}, opt); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = a.Data()
		}
		for i, v := range a.Data() {
			if math.Float64bits(v) != math.Float64bits(want[i]) {
				t.Fatalf("%s: element %d is %v, want %v", what, i, v, want[i])
			}
		}
	}
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for _, procs := range []int{1, 8} {
			runtime.GOMAXPROCS(procs)
			for _, rows := range []int{1, 100, entropyRows} {
				for _, cache := range []int64{0, 1 << 30} {
					if rows == 1 && (cache == 0 || procs > 1 || testing.Short()) {
						continue
					}
					run(fmt.Sprintf("%d goroutines, blocks of %d, cache %d", procs, rows, cache), rows, cache)
				}
			}
		}
	})
}

// What has no finite optimum without a penalty, or is lopsided, ends with finite
// weights and the tolerance reached.
func TestLogisticExtremes(t *testing.T) {
	z, labels := clusters[float32](76, 240, 5, 4, 0.01) // far apart: separable
	huge := z.Clone()
	for i := range huge.Data() {
		huge.Data()[i] *= 1e15
	}
	for _, c := range []struct {
		name    string
		z       *mat.Dense[float32]
		labels  []int
		classes int
		p       Penalty
	}{
		{"separable", z, labels, 4, Penalty{1e-6, 0}},
		{"separable, logits", z, labels, 4, Penalty{0, 1e-6}},
		{"separable, no penalty", z, labels, 4, Penalty{}},
		{"huge features", huge, labels, 4, Penalty{1e-6, 0}},
		{"missing class", z, labels, 5, Penalty{1e-4, 0}},
		{"missing class, logits", z, labels, 5, Penalty{1e-4, 1e-3}},
		{"single class", z, make([]int, 240), 4, Penalty{1e-4, 0}},
	} {
		y := bundle.OneHot(c.labels, c.classes)
		a, r, err := Logistic(t.Context(), bundle.Matrix(c.z), y, moments[float32](t, bundle.Matrix(c.z), y), c.p, LogisticOptions{})
		if err != nil || !r.Converged {
			t.Errorf("%s: %+v, %v", c.name, r, err)
			continue
		}
		if err := mat.CheckFinite(a, 0); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		says := bundle.Labels(nil, mat.Mul(nil, withConstant(c.z), a))
		if got := bundle.Agreement(says, c.labels); got != 1 {
			t.Errorf("%s: accuracy %v on separable rows", c.name, got)
		}
	}
}

// Scores of any size give the loss of their definition, without overflow.
func TestSoftmax(t *testing.T) {
	ln := math.Log
	for _, c := range []struct {
		score, y, prob []float64
		loss           float64
	}{
		{[]float64{0, 0, 0}, []float64{0, 1, 0}, []float64{1. / 3, 1. / 3, 1. / 3}, ln(3)},
		{[]float64{1e300, -1e300, 0}, []float64{1, 0, 0}, []float64{1, 0, 0}, 0},
		{[]float64{1e300, -1e300, 0}, []float64{0, 0, 1}, []float64{1, 0, 0}, 1e300},
		{[]float64{-1e300, -1e300, -2e300}, []float64{0.5, 0.5, 0}, []float64{0.5, 0.5, 0}, ln(2)},
		{[]float64{ln(2), ln(3), ln(5)}, []float64{0.2, 0.3, 0.5}, []float64{0.2, 0.3, 0.5}, -0.2*ln(0.2) - 0.3*ln(0.3) - 0.5*ln(0.5)},
		{[]float64{800}, []float64{1}, []float64{1}, 0},
		{[]float64{800}, []float64{0}, []float64{1}, 800},
		{[]float64{-800}, []float64{1}, []float64{0}, 800},
		{[]float64{ln(3)}, []float64{0.75}, []float64{0.75}, -0.75*ln(0.75) - 0.25*ln(0.25)},
	} {
		e := &crossEntropy{l: len(c.score), loss: make([]float64, 1)}
		s := mat.Of(1, e.l, append([]float64(nil), c.score...))
		e.softmax(s, mat.Of(1, e.l, c.y))
		if math.Abs(e.loss[0]-c.loss) > 1e-14*max(1, c.loss) {
			t.Errorf("scores %v, targets %v: loss %v, want %v", c.score, c.y, e.loss[0], c.loss)
		}
		for k, v := range s.Row(0) {
			if math.Abs(v-c.prob[k]) > 1e-15 {
				t.Errorf("scores %v: probabilities %v, want %v", c.score, s.Row(0), c.prob)
			}
		}
	}
}

// The budget is kept and reported.
func TestLogisticBudget(t *testing.T) {
	z, labels := clusters[float32](78, 300, 20, 3, 2)
	y := bundle.OneHot(labels, 3)
	calls, last := 0, 0
	opt := LogisticOptions{MaxPasses: 4, Progress: func(passes int, gradient float64) {
		calls++
		if passes <= last || !(gradient > 0) {
			t.Errorf("progress: %d passes after %d, gradient %v", passes, last, gradient)
		}
		last = passes
	}}
	_, r, err := Logistic(t.Context(), bundle.Matrix(z), y, moments[float32](t, bundle.Matrix(z), y), Penalty{1e-6, 0}, opt)
	if err != nil || r.Converged || r.Passes != 4 || r.Gradient < 1e-6 || calls < 2 {
		t.Errorf("%+v, %v, %d reports", r, err, calls)
	}
}

func TestLogisticErrors(t *testing.T) {
	z, labels := clusters[float32](80, 60, 3, 2, 1)
	y := bundle.OneHot(labels, 2)
	sums := moments[float32](t, bundle.Matrix(z), y)
	bad := func(v float32) bundle.Source {
		m := mat.New[float32](60, 2)
		for i := range 60 {
			m.Set(i, 0, 1)
		}
		m.Set(41, 0, v)
		return bundle.Matrix(m)
	}
	nan := z.Clone()
	nan.Set(17, 2, float32(math.NaN()))
	empty := mat.New[float32](60, 3) // a column of zeros
	for i := range 60 {
		copy(empty.Row(i)[:2], z.Row(i))
	}
	for _, c := range []struct {
		name string
		z, y bundle.Source
		sums *Moments
		p    Penalty
		opt  LogisticOptions
		is   error
		want string
	}{
		{"rows differ", bundle.Matrix(z), bundle.Matrix(mat.New[float32](59, 2)), sums, Penalty{}, LogisticOptions{}, bundle.ErrFormat, "59×2"},
		{"other moments", bundle.Matrix(z.View(0, 0, 60, 2)), y, sums, Penalty{}, LogisticOptions{}, bundle.ErrFormat, "3 features"},
		{"NaN", bundle.Matrix(nan), y, sums, Penalty{}, LogisticOptions{}, bundle.ErrNotFinite, "row 17 column 2"},
		{"sum of targets", bundle.Matrix(z), bad(0.5), sums, Penalty{}, LogisticOptions{}, bundle.ErrRange, "row 41 have the sum 0.5"},
		{"negative target", bundle.Matrix(z), bad(-1), sums, Penalty{}, LogisticOptions{}, bundle.ErrRange, "row 41, column 0"},
		{"negative λ", bundle.Matrix(z), y, sums, Penalty{Lambda: -1}, LogisticOptions{}, bundle.ErrRange, "λ = -1"},
		{"infinite μ", bundle.Matrix(z), y, sums, Penalty{Logits: math.Inf(1)}, LogisticOptions{}, bundle.ErrRange, "μ = +Inf"},
		{"negative tolerance", bundle.Matrix(z), y, sums, Penalty{}, LogisticOptions{Tolerance: -1}, bundle.ErrRange, "gradient of -1"},
		{"no passes", bundle.Matrix(z), y, sums, Penalty{}, LogisticOptions{MaxPasses: -1}, bundle.ErrRange, "-1 passes"},
		{"zero column", bundle.Matrix(empty), y, moments[float32](t, bundle.Matrix(empty), y), Penalty{}, LogisticOptions{}, mat.ErrSingular, "metric"},
	} {
		for _, cache := range []int64{0, -1} {
			c.opt.CacheBytes = cache
			a, r, err := Logistic(t.Context(), c.z, c.y, c.sums, c.p, c.opt)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || a != nil || r != nil {
				t.Errorf("%s, cache %d: error %v, want one that wraps %q and says %q", c.name, cache, err, c.is, c.want)
			}
		}
	}
}
