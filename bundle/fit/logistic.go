package fit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/par"
	"nnk/mat"
)

// LogisticOptions says how far [Logistic] goes. The zero value is a good
// default.
type LogisticOptions struct {
	// Tolerance ends the iteration: the norm of the gradient of the mean loss,
	// divided by the root mean square of a feature. 0 means 1e-6.
	Tolerance float64
	// MaxPasses is the most passes over the rows; 0 means 1000.
	MaxPasses int
	// CacheBytes is the memory that features and targets may take, as float64, to be
	// kept from one pass to the next; 0 means 512 MiB, a negative number keeps nothing.
	// It changes no bit.
	CacheBytes int64
	// Progress, if not nil, is called after every step with the passes done, from 1 for each
	// penalty that [Run] tries, and the norm that Tolerance bounds.
	Progress func(passes int, gradient float64)

	enough float64 // see descent
	room   int64   // bytes that may be kept, if that is less than CacheBytes; 0 is no limit
}

// cache is the bytes that may be kept.
func (o LogisticOptions) cache() int64 {
	if o.room > 0 {
		return min(o.CacheBytes, o.room)
	}
	return o.CacheBytes
}

func (o LogisticOptions) withDefaults() (LogisticOptions, error) {
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.MaxPasses == 0 {
		o.MaxPasses = 1000
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 512 << 20
	}
	if !(o.Tolerance > 0) || o.Tolerance-o.Tolerance != 0 || o.MaxPasses < 1 {
		return o, fmt.Errorf("fit: logistic loss to a gradient of %g in %d passes: %w", o.Tolerance, o.MaxPasses, bundle.ErrRange)
	}
	return o, nil
}

// Penalty keeps the scores of [Logistic] finite, and small where the rows do not
// say much.
type Penalty struct {
	Lambda float64 // λ, of the squares of the weights, in the units of [Moments.Ridge]
	Logits float64 // μ, of the squares of the scores
}

// LogisticReport says how [Logistic] ended.
type LogisticReport struct {
	Passes    int     // passes over the rows
	Loss      float64 // mean cross-entropy in nats, without penalties
	Objective float64 // what was minimised, over n
	Gradient  float64 // norm of the gradient, as [LogisticOptions] has it
	Converged bool    // whether Gradient reached the tolerance
}

// Logistic returns the p×l matrix A that minimises the penalised cross-entropy of n rows,
//
//	−Σ_i Σ_k Y_ik·ln P_ik + (μ/2)·‖Z·A‖² + (λ·s/2)·‖A‖²,  P = softmax(Z·A) by rows,
//
// for features z (n×M), to which the constant 1 is appended, and targets y (n×l), whose rows are
// distributions: mostly a 1 in the column of the class. With one column, of numbers
// from 0 to 1, P is the logistic function of Z·A and the loss is binary. The row of the constant is
// not penalised by λ; s is the mean square of the features times n, the unit of λ in
// [Moments.Ridge]; sums are the moments of z and y.
//
// μ holds back the scores of rows that are classified well already, as the squared
// loss does, where λ·‖A‖² would have to hold back all features alike. With μ = 0 it
// is logistic regression.
//
// The problem is convex. L-BFGS starts at A = 0 with ZᵀZ as its metric, so that the
// first step goes along the solution of least squares. Everything but the features is
// in float64, and every sum is one chain over the rows in their order: neither how z and y are
// read in blocks nor the number of goroutines changes a bit. The data are
// read once if the cache holds them, else at every pass.
//
// The budget of passes may end before the tolerance is reached: the report says
// so, and A is the best point found. Without μ the constant of a class that no row has
// falls until the gradient is below the tolerance. Errors wrap [bundle.ErrFormat] for sizes that
// do not fit, [bundle.ErrNotFinite] for such features, [bundle.ErrRange] for
// targets that are not distributions or a negative penalty, and [mat.ErrSingular] if the penalties are too small
// for dependent features. A pass costs 2·n·p·l multiply-adds and n·l exponentials; a step
// 2·p²·l more, and p·l of memory for each of 30 steps.
//
// Source: the bundling of SNNK with a loss that has no closed form; D. Böhning,
// Multinomial logistic regression algorithm (1992), for ZᵀZ as the metric.
func Logistic(ctx context.Context, z, y bundle.Source, sums *Moments, penalty Penalty, opt LogisticOptions) (*mat.Dense[float64], *LogisticReport, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	c, err := newCrossEntropy(ctx, z, y, sums, opt.cache())
	if err != nil {
		return nil, nil, err
	}
	a := mat.New[float64](c.p, c.l)
	r, err := c.minimise(a, penalty, opt)
	if err != nil {
		return nil, nil, err
	}
	return a, r, nil
}

// crossEntropy is the loss over some rows as a function of A.
type crossEntropy struct {
	ctx  context.Context // ends all passes
	z, y bundle.Source
	sums *Moments // nil where the loss is only measured
	n    int
	p, l int // features with the constant, targets
	rows int // taken at a time; it changes no bit

	kept, keptY *mat.Dense[float64] // all rows, if they are cached
	blockZ      mat.Buffer[float64] // of the rows that are read
	blockY      mat.Buffer[float64]
	score       mat.Buffer[float64]
	loss        []float64 // of the rows of a block

	ridge, logits float64             // λ·s/n, μ
	weight        float64             // mean of P·(1−P) at the last point
	used          float64             // weight that the metric has
	least         float64             // which the loss cannot fall below, 0 for classes; for descent
	metric        *mat.Dense[float64] // its Cholesky factor, in space
	space         *mat.Dense[float64]
}

// entropyRows is the number of rows that a pass takes at a time: a block's scores stay in
// the cache.
const entropyRows = 1024

// weightEvery is the distance of the rows of which the mean weight is taken.
const weightEvery = 8

func newCrossEntropy(ctx context.Context, z, y bundle.Source, sums *Moments, cache int64) (*crossEntropy, error) {
	c := &crossEntropy{ctx: ctx, z: z, y: y, sums: sums, n: z.Rows(), p: z.Cols() + 1, l: y.Cols(), rows: entropyRows, loss: make([]float64, entropyRows)}
	if y.Rows() != c.n || c.n == 0 || sums.N != int64(c.n) || sums.ZZ.Rows() != c.p || sums.ZY.Cols() != c.l {
		return nil, fmt.Errorf("fit: %d×%d features and %d×%d targets with moments of %d rows, %d features and %d targets: %w",
			c.n, z.Cols(), y.Rows(), c.l, sums.N, sums.ZZ.Rows()-1, sums.ZY.Cols(), bundle.ErrFormat)
	}
	if cacheSize(c.n, c.p, c.l) > cache {
		return c, nil
	}
	kept, keptY := mat.New[float64](c.n, c.p), mat.New[float64](c.n, c.l)
	err := c.blocks(func(z, y *mat.Dense[float64], row int) error {
		kept.View(row, 0, z.Rows(), c.p).Copy(z)
		keptY.View(row, 0, z.Rows(), c.l).Copy(y)
		return nil
	})
	c.kept, c.keptY = kept, keptY
	return c, err
}

// holds reports whether the cache holds so many rows of features and targets.
func (o LogisticOptions) holds(rows, features, targets int) bool {
	o, err := o.withDefaults()
	return err == nil && cacheSize(rows, features+1, targets) <= o.CacheBytes
}

// cacheSize is the bytes that n rows of p features and l targets take.
func cacheSize(n, p, l int) int64 { return 8 * int64(n) * int64(p+l) }

// cached is the bytes that are cached.
func (c *crossEntropy) cached() int64 {
	if c.kept == nil {
		return 0
	}
	return cacheSize(c.n, c.p, c.l)
}

// blocks calls body for blocks of rows in order: features with the constant and
// targets.
func (c *crossEntropy) blocks(body func(z, y *mat.Dense[float64], row int) error) error {
	for lo := 0; lo < c.n; lo += c.rows {
		if c.ctx.Err() != nil {
			return fmt.Errorf("fit: stopped while the logistic loss was minimised: %w", context.Cause(c.ctx))
		}
		rows := min(c.rows, c.n-lo)
		z, y := c.kept, c.keptY
		if z != nil {
			z, y = z.View(lo, 0, rows, c.p), y.View(lo, 0, rows, c.l)
		} else {
			var err error
			if z, y, err = c.read(lo, rows); err != nil {
				return err
			}
		}
		if err := body(z, y, lo); err != nil {
			return err
		}
	}
	return nil
}

// read reads a block from the sources and checks it.
func (c *crossEntropy) read(row, rows int) (z, y *mat.Dense[float64], err error) {
	z, y = c.blockZ.Shape(rows, c.p), c.blockY.Shape(rows, c.l)
	if err := c.z.Read(z.View(0, 0, rows, c.p-1), row); err != nil {
		return nil, nil, err
	}
	if err := c.y.Read(y, row); err != nil {
		return nil, nil, err
	}
	if err := mat.CheckFinite(z.View(0, 0, rows, c.p-1), row); err != nil {
		return nil, nil, fmt.Errorf("fit: features: %w", err)
	}
	for i := range rows {
		z.Set(i, c.p-1, 1)
	}
	for i := range rows {
		sum := 0.0
		for k, v := range y.Row(i) {
			if !(v >= 0 && v <= 1) {
				return nil, nil, fmt.Errorf("fit: target %g in row %d, column %d is no probability: %w", v, row+i, k, bundle.ErrRange)
			}
			sum += v
		}
		if c.l > 1 && !(math.Abs(sum-1) <= 1e-5) {
			return nil, nil, fmt.Errorf("fit: targets of row %d have the sum %g, want 1: %w", row+i, sum, bundle.ErrRange)
		}
	}
	return z, y, nil
}

// minimise moves a, the start, to the minimum.
func (c *crossEntropy) minimise(a *mat.Dense[float64], penalty Penalty, opt LogisticOptions) (*LogisticReport, error) {
	for _, v := range []float64{penalty.Lambda, penalty.Logits} {
		if !(v >= 0) || v-v != 0 {
			return nil, fmt.Errorf("fit: penalties λ = %g, μ = %g: %w", penalty.Lambda, penalty.Logits, bundle.ErrRange)
		}
	}
	n := float64(c.n)
	c.ridge, c.logits, c.metric = float64(penalty.Lambda*c.sums.scale())/n, penalty.Logits, nil
	unit := math.Sqrt(c.sums.scale() / n)
	d := &descent{tolerance: float64(opt.Tolerance * unit), enough: opt.enough, least: c.least, budget: opt.MaxPasses, solve: c.solve}
	d.value = func(g, x []float64) (float64, error) {
		return c.value(mat.Of(c.p, c.l, g), mat.Of(c.p, c.l, x))
	}
	d.step = func(passes int, norm float64) {
		if opt.Progress != nil {
			opt.Progress(passes, norm/unit)
		}
	}
	converged, err := d.run(a.Data())
	if err != nil {
		return nil, err
	}
	return &LogisticReport{d.evaluations, d.f - c.penalty(nil, a), d.f, d.norm / unit, converged}, nil
}

// penalty returns the penalties of a over n, (μ/2n)·tr(AᵀZᵀZA) + (λ·s/2n)·‖A‖², and adds
// their gradient to g if that is not nil.
func (c *crossEntropy) penalty(g, a *mat.Dense[float64]) float64 {
	x := a.Data()[:(c.p-1)*c.l] // without the constant
	sum := float64(c.ridge/2) * asm.SumSquares(x)
	if g != nil {
		asm.Axpy(g.Data()[:len(x)], c.ridge, x)
	}
	if c.logits > 0 {
		m := c.logits / float64(c.n)
		za := mat.Mul(nil, c.sums.ZZ, a)
		sum = asm.FMA(m/2, asm.Dot(a.Data(), za.Data()), sum)
		if g != nil {
			asm.Axpy(g.Data(), m, za.Data())
		}
	}
	return sum
}

// entropy is the mean entropy of the targets in nats, below which no loss falls: 0 if they are classes.
func (c *crossEntropy) entropy() (float64, error) {
	sum := 0.0
	var logs []float64
	err := c.blocks(func(_, y *mat.Dense[float64], _ int) error {
		logs = slices.Grow(logs[:0], c.l)[:c.l]
		for i := range y.Rows() {
			for k, v := range y.Row(i) {
				logs[k] = max(v, math.SmallestNonzeroFloat64) // 0·ln 0 is 0
			}
			asm.Log(logs, logs)
			sum -= asm.Dot(y.Row(i), logs)
		}
		return nil
	})
	return sum / float64(c.n), err
}

// value sets g to the gradient of the mean loss with its penalties at a, and
// returns that loss.
func (c *crossEntropy) value(g, a *mat.Dense[float64]) (float64, error) {
	clear(g.Data())
	loss, weight := 0.0, 0.0
	err := c.blocks(func(z, y *mat.Dense[float64], row int) error {
		prob := mat.Mul(c.score.Shape(z.Rows(), c.l), z, a)
		c.softmax(prob, y)
		for _, v := range c.loss[:z.Rows()] {
			loss += v
		}
		for i := range prob.Rows() {
			p := prob.Row(i)
			if (row+i)%weightEvery == 0 {
				weight += asm.Sum(p) - asm.SumSquares(p)
			}
			for k, v := range y.Row(i) {
				p[k] -= v
			}
		}
		mat.TMulAdd(g, z, prob)
		return nil
	})
	if err != nil {
		return 0, err
	}
	c.weight = weight / float64((c.n+weightEvery-1)/weightEvery*c.l)
	asm.Scale(g.Data(), g.Data(), 1/float64(c.n))
	return loss/float64(c.n) + c.penalty(g, a), nil
}

// softmax replaces scores by probabilities, row by row, and sets c.loss to the
// cross-entropies of the rows of y with them: ln Σ exp(s_k − m) − Σ y_k·(s_k − m) with the
// largest score m.
func (c *crossEntropy) softmax(score, y *mat.Dense[float64]) {
	par.For(score.Rows(), 1+1<<12/c.l, func(lo, hi int) {
		s, loss := score.View(lo, 0, hi-lo, c.l).Data(), c.loss[lo:hi]
		if c.l == 1 {
			logisticRows(s, loss, y.View(lo, 0, hi-lo, 1).Data())
			return
		}
		sums := make([]float64, hi-lo)
		for i := lo; i < hi; i++ {
			row := score.Row(i)
			most := row[0]
			for _, v := range row {
				if v > most {
					most = v
				}
			}
			at := 0.0
			for k, v := range y.Row(i) {
				row[k] -= most
				at = math.FMA(v, row[k], at)
			}
			loss[i-lo] = at
		}
		asm.Exp(s, s)
		for i := lo; i < hi; i++ {
			row := score.Row(i)
			sums[i-lo] = asm.Sum(row)
			asm.Scale(row, row, 1/sums[i-lo])
		}
		asm.Log(sums, sums)
		for i, at := range loss {
			loss[i] = sums[i] - at
		}
	})
}

// logisticRows replaces scores by probabilities and sets loss to ln(1+eˢ) − y·s.
func logisticRows(s, loss, y []float64) {
	asm.Softplus(loss, s)
	for i, v := range s {
		loss[i] = asm.FMA(-y[i], v, loss[i])
	}
	asm.Sigmoid(s, s)
}

// leastWeight keeps the metric positive where all rows are classified well.
const leastWeight = 1e-6

// solve sets v to M⁻¹·v for the metric M = (w + μ)·ZᵀZ/n + λ·s/n, w the mean of
// P·(1−P). The metric is made again when w + μ is far from what it was.
func (c *crossEntropy) solve(v []float64) error {
	w := max(c.weight+c.logits, leastWeight)
	if ratio := w / c.used; c.metric == nil || ratio < 0.5 || ratio > 2 {
		n := float64(c.n)
		if c.space == nil {
			c.space = mat.New[float64](c.p, c.p)
		}
		m := c.space
		c.metric = nil
		for i := range c.p {
			row := m.Row(i)[:i+1]
			asm.Scale(row, c.sums.ZZ.Row(i)[:i+1], w/n)
			if i < c.p-1 {
				row[i] += c.ridge
			}
		}
		if _, err := mat.Cholesky(m, m); err != nil {
			return fmt.Errorf("fit: metric of the logistic loss: %w", err)
		}
		c.metric, c.used = m, w
	}
	b := mat.Of(c.p, c.l, v)
	mat.CholeskySolve(b, c.metric, b)
	return nil
}
