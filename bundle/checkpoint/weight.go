package checkpoint

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"nnk/bundle"
	"nnk/mat"
)

// read reads the numbers of a unit.
func (u *unit) read(r *reader) error {
	var err error
	switch u.kind {
	case dense:
		if u.weight, err = u.readWeight(r); err == nil {
			u.bias, err = u.readBias()
		}
	case affine:
		err = u.readBatchNorm()
	case layerNorm:
		if u.scale, err = u.vector("weight", "gamma", "scale"); err == nil {
			u.shift, err = u.vector("bias", "beta")
		}
		if u.shift == nil {
			u.shift = make([]float64, len(u.scale))
		}
	case prelu:
		u.slope, err = u.vector("weight", "alpha", "negative_slope")
	}
	if err != nil {
		return err
	}
	for _, values := range [][]float64{u.bias, u.scale, u.shift, u.slope} {
		if i := slices.IndexFunc(values, func(v float64) bool { return v-v != 0 }); i >= 0 {
			return fmt.Errorf("%s, column %d: %w", u.module, i, bundle.ErrNotFinite)
		}
	}
	return nil
}

// vector reads the first leaf that is there; nil if none is.
func (m *module) vector(names ...string) ([]float64, error) {
	t := m.take(names...)
	if t == nil {
		return nil, nil
	}
	return t.load()
}

// readBatchNorm makes x·scale + shift of (x − mean)/√(variance + ε)·γ + β.
func (u *unit) readBatchNorm() error {
	mean, err := u.vector("running_mean", "moving_mean", "mean")
	if err != nil {
		return err
	}
	variance, err := u.vector("running_var", "moving_variance", "var")
	if err != nil {
		return err
	}
	gamma, err := u.vector("weight", "gamma", "scale")
	if err != nil {
		return err
	}
	beta, err := u.vector("bias", "beta")
	if err != nil {
		return err
	}
	u.means, u.sizes = mean, make([]float64, len(variance))
	for j, v := range variance {
		u.sizes[j] = math.Sqrt(max(v, 0))
	}
	u.scale, u.shift = normalisation(mean, variance, gamma, beta, u.epsilon)
	return nil
}

// normalisation is the affine function of a batch norm; gamma and beta may be nil.
func normalisation(mean, variance, gamma, beta []float64, epsilon float64) (scale, shift []float64) {
	scale, shift = make([]float64, len(mean)), make([]float64, len(mean))
	for j := range mean {
		scale[j] = 1 / math.Sqrt(variance[j]+epsilon)
		if gamma != nil {
			scale[j] *= gamma[j]
		}
		shift[j] = float64(-mean[j] * scale[j])
		if beta != nil {
			shift[j] += beta[j]
		}
	}
	return scale, shift
}

// readBias reads the bias of a linear layer, nil if there is none.
func (u *unit) readBias() ([]float64, error) {
	t := u.take("bias", "b", "bias_orig")
	if t == nil {
		return nil, nil
	}
	if !t.is(u.out) {
		return nil, fmt.Errorf("%w: %s, want [%d]", bundle.ErrFormat, t, u.out)
	}
	b, err := t.load()
	if err != nil {
		return nil, err
	}
	one := mat.Of(len(b), 1, b)
	if err := u.mask("bias", t, one); err != nil {
		return nil, err
	}
	return b, u.dequantise("bias", t, one)
}

// readWeight reads the weights of a linear layer as [out, in].
func (u *unit) readWeight(r *reader) (*mat.Dense[float64], error) {
	t := u.take("weight", "kernel", "w", "weight_orig", "weight_v")
	data, err := t.load()
	if err != nil {
		return nil, err
	}
	w := mat.Of(int(t.Shape[0]), int(t.Shape[1]), data)
	for _, change := range []func() error{
		func() error { return u.dequantise("weight", t, w) },
		func() error { return u.mask("weight", t, w) },
		func() error { return u.spectralNorm(t, w) },
		func() error { return u.weightNorm(t, w) },
	} {
		if err := change(); err != nil {
			return nil, err
		}
	}
	if u.flipped {
		w = w.T()
	}
	if err := u.addLowRank(w, r); err != nil {
		return nil, err
	}
	if err := mat.CheckFinite(w, 0); err != nil {
		return nil, fmt.Errorf("weights of %s: %w", u.module, err)
	}
	return w, nil
}

// mask multiplies with a pruning mask (torch.nn.utils.prune).
func (u *unit) mask(what string, t *tensor, w *mat.Dense[float64]) error {
	m := u.leaves[what+"_mask"]
	if m == nil {
		return nil
	}
	if !slices.Equal(m.Shape, t.Shape) {
		return fmt.Errorf("%w: %s does not fit %s", bundle.ErrFormat, m, t)
	}
	m.used = true
	keep, err := m.load()
	if err != nil {
		return err
	}
	zeros := 0
	for i, v := range w.Data() {
		w.Data()[i] = v * keep[i]
		if keep[i] == 0 {
			zeros++
		}
	}
	if what == "weight" {
		u.foldf("mask (%d of %d pruned)", zeros, len(keep))
	}
	return nil
}

// weightNorm makes g·v/‖v‖, the norms those of rows, columns or all, as the shape of g says
// (Salimans and Kingma 2016).
func (u *unit) weightNorm(t *tensor, v *mat.Dense[float64]) error {
	g := u.leaves["weight_g"]
	if g == nil {
		return nil
	}
	rows, cols := v.Rows(), v.Cols()
	group := func(i, j int) int { return 0 }
	switch {
	case g.Len() == 1 && (rows == 1 || cols != 1 || len(g.Shape) == 0):
	case g.is(rows, 1):
		group = func(i, _ int) int { return i }
	case g.is(1, cols):
		group = func(_, j int) int { return j }
	default:
		return fmt.Errorf("%w: %s does not fit %s", bundle.ErrFormat, g, t)
	}
	g.used = true
	size, err := g.load()
	if err != nil {
		return err
	}
	square := make([]float64, len(size))
	for i := range rows {
		for j, x := range v.Row(i) {
			square[group(i, j)] = math.FMA(x, x, square[group(i, j)])
		}
	}
	for i := range rows {
		for j, x := range v.Row(i) {
			v.Set(i, j, x*(size[group(i, j)]/math.Sqrt(square[group(i, j)])))
		}
	}
	u.foldf("weight norm")
	return nil
}

// spectralNorm divides by σ = uᵀ·W·v, u and v as training left them (Miyato et al. 2018).
func (u *unit) spectralNorm(t *tensor, w *mat.Dense[float64]) error {
	left := u.leaves["weight_u"]
	if left == nil {
		return nil
	}
	right := u.leaves["weight_v"]
	if right == nil || !left.is(w.Rows()) || !right.is(w.Cols()) {
		return fmt.Errorf("%w: %s without a vector weight_v, or of another size than %s", bundle.ErrFormat, left, t)
	}
	left.used, right.used = true, true
	x, err := left.load()
	if err != nil {
		return err
	}
	y, err := right.load()
	if err != nil {
		return err
	}
	sigma := 0.0
	for i := range w.Rows() {
		dot := 0.0
		for j, v := range w.Row(i) {
			dot = math.FMA(v, y[j], dot)
		}
		sigma = math.FMA(x[i], dot, sigma)
	}
	for i, v := range w.Data() {
		w.Data()[i] = v / sigma
	}
	u.foldf("spectral norm")
	return nil
}

// addLowRank adds s·B·A to the weights, A [rank, in] and B [out, rank] (Hu et al. 2021, LoRA).
func (u *unit) addLowRank(w *mat.Dense[float64], r *reader) error {
	if !u.has("lora_A", "lora_B") {
		return nil
	}
	a, b := u.take("lora_A"), u.take("lora_B")
	if a == nil || b == nil || len(a.Shape) != 2 || a.Shape[0] == 0 || !a.is(int(a.Shape[0]), w.Cols()) || !b.is(w.Rows(), int(a.Shape[0])) {
		return fmt.Errorf("%w: %s: an adapter of low rank wants A [rank, %d] and B [%d, rank]", bundle.ErrFormat, list(u.tensors()), w.Cols(), w.Rows())
	}
	rank := int(a.Shape[0])
	s := r.opt.LoRAAlpha / float64(rank)
	switch t := u.take("scaling", "alpha", "lora_alpha"); {
	case t != nil:
		v, err := t.scalar()
		if err != nil {
			return err
		}
		if s = v; t != u.leaves["scaling"] {
			s = v / float64(rank)
		}
	case s == 0:
		return fmt.Errorf("%w: tensors %q and %q are an adapter whose α the file does not have: give it with -lora-alpha, or merge the adapter first", bundle.ErrFormat, a.Name, b.Name)
	}
	down, err := a.load()
	if err != nil {
		return err
	}
	up, err := b.load()
	if err != nil {
		return err
	}
	product := mat.Mul(nil, mat.Of(w.Rows(), rank, up), mat.Of(rank, w.Cols(), down))
	for i := range w.Rows() {
		for j, v := range w.Row(i) {
			w.Set(i, j, math.FMA(s, product.At(i, j), v))
		}
	}
	u.foldf("adapter of rank %d × %s", rank, strconv.FormatFloat(s, 'g', 4, 64))
	return nil
}
