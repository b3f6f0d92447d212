package fit

import (
	"context"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// Quantisation says what it does to the outputs of a matrix that its weights become codes of few bits. Losses are judged on
// rows that the codes were not made with: those of one half of the folds on the rows of the other, together.
type Quantisation struct {
	Stage   int     `json:"stage"` // number of the stage in the network
	Outputs int     `json:"outputs"`
	Inputs  int     `json:"inputs"`
	Bits    int     `json:"bits"`
	Penalty float64 `json:"penalty"`    // of the squares of the codes, relative to the mean square of an input, that was chosen
	Loss    float64 `json:"loss"`       // squared change of the outputs over their variance, or mean square without a bias
	Plain   float64 `json:"plain_loss"` // what rounding to the nearest code would lose
	Nearest bool    `json:"nearest"`    // whether that was done, the rows being too few to say how inputs go together
}

// roundingPenalties are those that are tried.
var roundingPenalties = []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1}

// Quantise returns the network with the weights of its dense layers, hybrids and matrices after features rounded to codes of 8 or 4 bits by
// [mat.QuantiseGram], from the first stage to the last: each is rounded for the inputs that it gets from x through the stages before, which are
// rounded already. Codes are penalised a little for their size, as a matrix is that is fitted: weights may cancel each other, and be so large for it that few bits are none.
// Where there is a bias it takes up what the mean of the inputs loses, and is not rounded. Other stages stay, and so do weights that are codes.
//
// The sums over rows come from [Stats], so that neither blocks nor goroutines change a bit. The penalty is chosen on
// halves of the rows, and so is the nearest code for each weight where it loses less, as it can by a few rows. x must have two rows or more; errors are those of reading it, of [mat.QuantiseGram], and of ctx when it ends. Cost: for each matrix l×M one pass through
// the stages before it with n·M²/2 multiply-adds, and thirteen roundings of M³/3 + 9·l·M²; memory 10·M² numbers of 8 bytes.
func Quantise[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, bits int) (*bundle.Network[T], []Quantisation, error) {
	if x.Rows() < 2 {
		return nil, nil, fmt.Errorf("fit: %d rows are too few to round weights by: %w", x.Rows(), bundle.ErrRange)
	}
	if x.Cols() != net.In() {
		return nil, nil, fmt.Errorf("fit: %d columns of inputs for a network of %d: %w", x.Cols(), net.In(), bundle.ErrFormat)
	}
	var stages []bundle.Stage[T]
	var report []Quantisation
	for i, s := range net.Stages() {
		m := matrixOf(s)
		if m == nil {
			stages = append(stages, s)
			continue
		}
		before := stages[:len(stages):len(stages)]
		if m.features != nil {
			before = append(before, m.features)
		}
		q, err := m.round(ctx, through(before, x), bits)
		if err != nil {
			return nil, nil, fmt.Errorf("fit: stage %d: %w", i, err)
		}
		q.Stage = i
		stages, report = append(stages, m.made(m.codes, m.bias)), append(report, q)
	}
	return bundle.NewNetwork(stages...), report, nil
}

// through is what stages make of x.
func through[T asm.Float](stages []bundle.Stage[T], x bundle.Source) bundle.Source {
	if len(stages) == 0 {
		return x
	}
	return bundle.OutputsOf(bundle.NewNetwork(stages...), x)
}

// matrix is that of a stage.
type matrix[T asm.Float] struct {
	weight   *mat.Dense[T]
	bias     []T
	codes    *mat.Quantised      // when it is rounded
	features *bundle.Features[T] // that it reads, or nil
	made     func(*mat.Quantised, []T) bundle.Stage[T]
}

// matrixOf returns the matrix of a stage, nil if there is none that is not rounded.
func matrixOf[T asm.Float](s bundle.Stage[T]) *matrix[T] {
	switch s := s.(type) {
	case *bundle.Linear[T]:
		if s.Quantised() == nil {
			return &matrix[T]{weight: s.Weight(), bias: s.Bias(), made: func(q *mat.Quantised, b []T) bundle.Stage[T] {
				return bundle.NewQuantisedLinear(q, b, s.Activation())
			}}
		}
	case *snnk.Layer[T]:
		if s.Quantised() == nil {
			return &matrix[T]{weight: s.Psi(), bias: s.Bias(), features: bundle.NewFeatures(s.Map()), made: func(q *mat.Quantised, b []T) bundle.Stage[T] {
				return snnk.NewQuantised(s.Map(), q, b)
			}}
		}
	case *bundle.Hybrid[T]:
		if n := s.Neurons(); n.Quantised() == nil {
			return &matrix[T]{weight: n.Weight(), bias: n.Bias(), made: func(q *mat.Quantised, b []T) bundle.Stage[T] {
				return bundle.NewHybrid(bundle.NewQuantisedLinear(q, b, n.Activation()), s.Map())
			}}
		}
	}
	return nil
}

// round makes the codes, for the inputs z, and the bias that goes with them.
func (m *matrix[T]) round(ctx context.Context, z bundle.Source, bits int) (Quantisation, error) {
	stats, err := inputSums[T](ctx, z)
	if err != nil {
		return Quantisation{}, err
	}
	var halves [2]inputSpread
	for k := range halves {
		sums, err := stats.Fold(k)
		if err != nil {
			return Quantisation{}, err
		}
		halves[k] = spreadOf(sums, m.bias != nil)
	}
	q := Quantisation{Outputs: m.weight.Rows(), Inputs: m.weight.Cols(), Bits: bits}
	if err := m.choosePenalty(ctx, halves, &q); err != nil {
		return q, err
	}
	sums, err := stats.Total()
	if err != nil {
		return q, err
	}
	s := spreadOf(sums, m.bias != nil)
	if q.Nearest {
		m.codes, err = mat.Quantise(m.weight, bits)
	} else {
		m.codes, err = m.codesFor(s, q.Penalty, bits)
	}
	if err != nil {
		return q, err
	}
	m.bias = m.shifted(s.mean)
	return q, nil
}

// choosePenalty sets the penalty that loses least, and what is lost.
func (m *matrix[T]) choosePenalty(ctx context.Context, halves [2]inputSpread, q *Quantisation) error {
	least := math.Inf(1)
	for _, d := range roundingPenalties {
		loss := 0.0
		for k, s := range halves {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			codes, err := m.codesFor(s, d, q.Bits)
			if err != nil {
				return err
			}
			loss += sumOf(mat.QuantisationLoss(m.weight, codes, halves[1-k].squares))
		}
		if loss < least {
			least, q.Penalty = loss, d
		}
	}
	plain, err := mat.Quantise(m.weight, q.Bits)
	if err != nil {
		return err
	}
	nothing, err := mat.NewQuantised(q.Outputs, q.Inputs, q.Bits, make([]int8, q.Outputs*q.Inputs), make([]float32, q.Outputs))
	if err != nil {
		return err
	}
	variance, unrounded, nearest := 0.0, 0.0, 0.0
	for _, s := range halves {
		variance += sumOf(mat.QuantisationLoss(m.weight, nothing, s.squares))
		unrounded += sumOf(mat.QuantisationLoss(m.weight, plain, s.raw))
		nearest += sumOf(mat.QuantisationLoss(m.weight, plain, s.squares))
	}
	if nearest < least {
		least, q.Penalty, q.Nearest = nearest, 0, true
	}
	if variance > 0 {
		q.Loss, q.Plain = least/variance, unrounded/variance
	}
	return nil
}

// codesFor rounds with the penalty μ = penalty times the mean of the diagonal of H: of all codes W̃ those are sought for which
//
//	(W − W̃)·H·(W − W̃)ᵀ + μ·‖W̃‖² = (W′ − W̃)·(H + μI)·(W′ − W̃)ᵀ + what does not depend on W̃,   W′ = W·H·(H + μI)⁻¹
//
// is small. Large weights that inputs hardly need, as in a matrix that was fitted with a small penalty, would make the steps between codes large.
func (m *matrix[T]) codesFor(s inputSpread, penalty float64, bits int) (*mat.Quantised, error) {
	h, mu := s.penalised(penalty)
	l, err := mat.Cholesky(nil, h)
	if err != nil {
		return nil, err
	}
	w := mat.New[float64](m.weight.Cols(), m.weight.Rows())
	for i := range m.weight.Rows() {
		for j, v := range m.weight.Row(i) {
			w.Set(j, i, float64(v))
		}
	}
	less := mat.CholeskySolve(nil, l, w)
	for i := range w.Rows() {
		asm.Axpy(w.Row(i), -mu, less.Row(i))
	}
	codes, _, err := mat.QuantiseGram(w.T(), h, bits)
	return codes, err
}

func sumOf(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum
}

// inputSums are the sums over the rows of z in two folds.
func inputSums[T asm.Float](ctx context.Context, z bundle.Source) (*Stats[T], error) {
	z = bundle.WithContext(ctx, z)
	head, err := readRows(z, sampled(z.Rows(), sampleRows))
	if err != nil {
		return nil, err
	}
	sample, err := rounded[T](bundle.Matrix(head))
	if err != nil {
		return nil, err
	}
	none := mat.New[T](chunkRows, 1) // no targets
	stats, err := NewStats(sample, mat.New[T](sample.Rows(), 1), Folds{Count: 2, Block: min(32, max(z.Rows()/8, 1))})
	if err != nil {
		return nil, err
	}
	err = bundle.Blocks(z, chunkRows, func(block *mat.Dense[T], _ int) error {
		return stats.Add(block, none.View(0, 0, block.Rows(), 1))
	})
	return stats, err
}

// inputSpread is how inputs vary.
type inputSpread struct {
	raw     *mat.Dense[float64] // sums of their squares and products
	squares *mat.Dense[float64] // the same about their means, or, if there is no bias to take up a mean, raw
	mean    []float64
	floor   float64 // far above what the sums are off by
}

func spreadOf(m *Moments, bias bool) inputSpread {
	p := m.ZZ.Rows() - 1
	s := inputSpread{raw: m.ZZ.View(0, 0, p, p), mean: make([]float64, p), floor: math.Ldexp(mat.RidgeUnit(m.ZZ), -40)}
	s.squares = s.raw
	last := m.ZZ.Row(p)
	if last[p] > 0 {
		for i := range p {
			s.mean[i] = last[i] / last[p]
		}
	}
	if bias {
		s.squares = s.raw.Clone()
		for i := range p {
			asm.Axpy(s.squares.Row(i)[:i+1], -s.mean[i], last[:i+1])
		}
		mirror(s.squares)
	}
	return s
}

// penalised are the squares with a multiple of the mean of their diagonal added to it, and what that is.
func (s inputSpread) penalised(part float64) (h *mat.Dense[float64], more float64) {
	d, sum := s.squares.Clone(), 0.0
	for i := range d.Rows() {
		sum += d.At(i, i)
	}
	more = max(float64(part*(sum/float64(d.Rows()))), s.floor)
	for i := range d.Rows() {
		d.Set(i, i, d.At(i, i)+more)
	}
	return d, more
}

// shifted is the bias that gives the mean inputs the outputs that they had.
func (m *matrix[T]) shifted(mean []float64) []T {
	if m.bias == nil {
		return nil
	}
	bias, w, e := make([]T, len(m.bias)), mat.Dequantise[T](nil, m.codes), make([]float64, len(mean))
	for i, b := range m.bias {
		for j, v := range m.weight.Row(i) {
			e[j] = float64(v) - float64(w.At(i, j))
		}
		bias[i] = T(float64(b) + asm.Dot(e, mean))
	}
	return bias
}
