package encoder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/snnk/gradcheck"
	"nnk/urf"
)

// mini is a shape that trains in no time.
func mini() Config {
	return Config{Layout: BERT, Width: 8, Blocks: 1, Heads: 2, Inner: 12, Activation: named("gelu"), Epsilon: 1e-5, Vocabulary: 20, Positions: 8, Types: 0, Pooler: true, Classes: 2, Masked: true}
}

func initialised[T asm.Float](t testing.TB, c Config) *Trainable[T] {
	t.Helper()
	p, err := Initial[T](c, 7)
	if err != nil {
		t.Fatal(err)
	}
	return NewTrainable(p)
}

// patterns are texts, whose label says whether token 5 or token 6 is in them.
func patterns(n int) (Texts, []int) {
	var texts Texts
	var labels []int
	for i := range n {
		texts.IDs = append(texts.IDs, 1, int32(7+i%13), int32(5+i%2), int32(7+i*3%13), 2)
		texts.Lengths, labels = append(texts.Lengths, 5), append(labels, i%2)
	}
	return texts, labels
}

func objectives[T asm.Float](t testing.TB, m *Trainable[T], n int) map[string]snnk.Objective[T] {
	t.Helper()
	texts, labels := patterns(n)
	c, err := ClassifyTexts(m, texts, labels)
	if err != nil {
		t.Fatal(err)
	}
	p, err := PredictMasked(m, texts, MaskOptions{Mask: 3, First: 4, Rate: 0.3, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]snnk.Objective[T]{"classes": c, "masked": p}
}

// TestObjectiveGradients: the gradients of both losses are those of differences, the table of words among them, which the head for masked tokens shares.
func TestObjectiveGradients(t *testing.T) {
	c := mini()
	c.Width, c.Inner, c.Vocabulary, c.Positions = 4, 3, 20, 6
	m := NewTrainable(tinyParameters[float64](t, c))
	for name, o := range objectives(t, m, 3) {
		t.Run(name, func(t *testing.T) {
			loss := func() float64 {
				snnk.ZeroGrads(m.Params())
				v, err := o.Gradients([]int{2, 0}, 9)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			loss()
			var list []gradcheck.Tensor
			for _, p := range m.Params() {
				list = append(list, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad.Clone()})
			}
			gradcheck.Compare(t, loss, 5e-4, list...)
		})
	}
}

func values[T asm.Float](m *Trainable[T]) []T {
	var all []T
	for _, p := range m.Params() {
		all = append(all, p.Value.Data()...)
	}
	return all
}

// TestResume: training that a context broke off goes on from its checkpoint to the bits of training in one go, on any number of processors.
func TestResume(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, name := range []string{"classes", "masked"} {
		opt := snnk.TrainOptions{Epochs: 2, Batch: 4, Rate: 1e-2, Seed: 3, Clip: 1, HeldOut: 0.2, Schedule: snnk.Schedule{Cosine: true, Warmup: 2}, Rule: snnk.AdamW{Decay: 0.01}}
		whole := initialised[float32](t, mini())
		want, err := snnk.Minimise(t.Context(), objectives(t, whole, 15)[name], opt)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GOMAXPROCS(3)
		ctx, stop := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		opt.Checkpoint, opt.Every = filepath.Join(t.TempDir(), "state"), 100
		broken := opt
		broken.Progress = func(done, _ int) {
			if done == 2 {
				stop(why)
			}
		}
		if _, err := snnk.Minimise(ctx, objectives(t, initialised[float32](t, mini()), 15)[name], broken); !errors.Is(err, why) {
			t.Fatalf("%s: %v", name, err)
		}
		again := initialised[float32](t, mini())
		got, err := snnk.Minimise(t.Context(), objectives(t, again, 15)[name], opt)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(values(again), values(whole)) || got.HeldOut != want.HeldOut || !slices.Equal(got.History, want.History) {
			t.Errorf("%s: %+v after going on, want %+v", name, got, want)
		}
		c := mini()
		c.Activation = named("relu")
		if _, err := snnk.Minimise(t.Context(), objectives(t, initialised[float32](t, c), 15)[name], opt); !errors.Is(err, snnk.ErrCheckpoint) {
			t.Errorf("%s: the checkpoint of another encoder: %v", name, err)
		}
	}
}

// TestMethods: whole encoders, heads alone, adapters and layers in the place of others learn what the texts show; what is frozen keeps its bits.
func TestMethods(t *testing.T) {
	spec := urf.ReLU{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 4, M: 16, D: 8}}
	features := func() *snnk.Features[float32] {
		phi, err := urf.New[float32](spec)
		if err != nil {
			t.Fatal(err)
		}
		return snnk.NewFeatures(phi.(urf.Gradient[float32]))
	}
	bottleneck := func(name string, width int) (snnk.Module[float32], error) {
		return snnk.NewBottleneck[float32](name, width, 2, named("relu"), rng.New(1)), nil
	}
	snnkAdapter := func(name string, width int) (snnk.Module[float32], error) {
		return snnk.NewAdapter(name, features(), snnk.AdapterOptions{}), nil
	}
	for _, c := range []struct {
		name    string
		trained int // numbers
		prepare func(m *Trainable[float32]) error
	}{
		{"full", 862, func(*Trainable[float32]) error { return nil }},
		{"probe", 90, func(m *Trainable[float32]) error { m.FreezeBody(); return nil }},
		{"bottleneck", 90 + 2*42, func(m *Trainable[float32]) error { m.FreezeBody(); return m.Adapt(bottleneck) }},
		{"SNNK adapter", 90 + 2*128, func(m *Trainable[float32]) error { m.FreezeBody(); return m.Adapt(snnkAdapter) }},
		{"SNNK pooler", 18 + 8*16 + 8, func(m *Trainable[float32]) error {
			m.FreezeBody()
			m.ReplacePooler(snnk.NewTrainableLayer("pooler", features(), 8))
			return nil
		}},
		{"SNNK feed-forward", 862 - 8*12 - 12 - 12*8 - 8 + 8*16 + 8, func(m *Trainable[float32]) error {
			m.ReplaceFeedForward(0, snnk.NewTrainableLayer("feed-forward", features(), 8))
			return nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shape := mini()
			shape.Masked = false
			m := initialised[float32](t, shape)
			for _, p := range m.Params() {
				if p.Decay { // large enough for what is frozen to tell tokens apart
					asm.Scale(p.Value.Data(), p.Value.Data(), 40)
				}
			}
			if err := c.prepare(m); err != nil {
				t.Fatal(err)
			}
			trained := 0
			var frozen [][]float32
			for _, p := range m.Params() {
				if p.Frozen {
					frozen = append(frozen, slices.Clone(p.Value.Data()))
				} else {
					trained += len(p.Value.Data())
				}
			}
			if trained != c.trained {
				t.Errorf("%d numbers are trained, want %d", trained, c.trained)
			}
			texts, labels := patterns(12)
			o, err := ClassifyTexts(m, texts, labels)
			if err != nil {
				t.Fatal(err)
			}
			report, err := snnk.Minimise(t.Context(), o, snnk.TrainOptions{Epochs: 30, Batch: 6, Rate: 3e-2, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if first, last := report.History[0].Loss, report.Trained.Loss; !(last < 0.9*first) {
				t.Errorf("the loss went from %.4f to %.4f", first, last)
			}
			for _, p := range m.Params() {
				if p.Frozen {
					if !slices.Equal(p.Value.Data(), frozen[0]) {
						t.Errorf("%s is frozen and changed", p.Name)
					}
					frozen = frozen[1:]
				}
			}
		})
	}
}

// TestPretraining: the masked tokens of held-out texts become likelier, and images are learned as well.
func TestPretraining(t *testing.T) {
	m := initialised[float32](t, mini())
	report, err := snnk.Minimise(t.Context(), objectives(t, m, 20)["masked"], snnk.TrainOptions{Epochs: 8, Batch: 4, Rate: 1e-2, HeldOut: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	if !(report.HeldOut.Loss < report.Start.Loss-0.1) {
		t.Errorf("held-out loss from %.3f to %.3f", report.Start.Loss, report.HeldOut.Loss)
	}
	vit := initialised[float64](t, smallImage("gelu"))
	x := normal[float64](9, 12, 8)
	labels := make([]int, 12)
	for i := range labels {
		labels[i] = i % 3
		asm.Add(x.Row(i), x.Row(i), []float64{float64(i % 3), 0, 0, 0, 0, 0, 0, 0})
	}
	o, err := ClassifyImages(vit, x, labels)
	if err != nil {
		t.Fatal(err)
	}
	if report, err = snnk.Minimise(t.Context(), o, snnk.TrainOptions{Epochs: 10, Batch: 6, Rate: 3e-2}); err != nil {
		t.Fatal(err)
	}
	if !(report.Trained.Loss < report.History[0].Loss-0.1) {
		t.Errorf("loss of images from %.3f to %.3f", report.History[0].Loss, report.Trained.Loss)
	}
}

// TestMasks: special tokens stay, about the given part of the others is predicted and most of that masked, and one at least of each text.
func TestMasks(t *testing.T) {
	m := initialised[float64](t, mini())
	var texts Texts
	const n = 400
	for i := range n {
		texts.IDs, texts.Lengths = append(texts.IDs, 1, int32(4+i%16), int32(4+i%7), int32(4+i%5), 5, 6, 2), append(texts.Lengths, 7)
	}
	texts.IDs, texts.Lengths = append(texts.IDs, 1, 2), append(texts.Lengths, 2)
	objective, err := PredictMasked(m, texts, MaskOptions{Mask: 3, First: 4, Rate: 0.4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	o := objective.(*masking[float64])
	all := make([]int, n+1)
	for i := range all {
		all[i] = i
	}
	batch := o.corpus.gather(all)
	o.mask(batch, all, rng.New(1))
	masked, other, texts1 := 0, 0, map[int]bool{}
	for i, p := range o.places {
		texts1[p/7] = true
		if int(texts.IDs[p]) != o.targets[i] || o.targets[i] < 4 {
			t.Fatalf("token %d is %d, to be predicted as %d", p, texts.IDs[p], o.targets[i])
		}
		switch batch.IDs[p] {
		case 3:
			masked++
		case texts.IDs[p]:
		default:
			other++
		}
	}
	for p, id := range batch.IDs {
		if id != texts.IDs[p] && !slices.Contains(o.places, p) || id < 3 && id != texts.IDs[p] {
			t.Fatalf("token %d was %d and is %d", p, texts.IDs[p], id)
		}
	}
	part, share, random := float64(len(o.places))/(5*n), float64(masked)/float64(len(o.places)), float64(other)/float64(len(o.places))
	if len(texts1) != n || !(part > 0.36 && part < 0.48) || !(share > 0.76 && share < 0.88) || !(random > 0.06 && random < 0.13) {
		t.Errorf("of %d texts some are predicted: %.3f of the tokens, of which %.3f are masked and %.3f another", len(texts1), part, share, random)
	}
	// Each text has masks of its own, whatever batch it is in.
	alone := batchOf(o, []int{17}, rng.New(1))
	if !slices.Equal(alone.IDs, batchOf(o, all, rng.New(1)).IDs[7*17:7*18]) {
		t.Error("the masks of a text depend on its batch")
	}
	if loss, err := o.Gradients([]int{n}, 0); loss != 0 || err != nil {
		t.Errorf("a text of special tokens alone: %v, %v", loss, err)
	}
}

func batchOf[T asm.Float](o *masking[T], list []int, s rng.Stream) Texts {
	t := o.corpus.gather(list)
	t.IDs = slices.Clone(t.IDs)
	o.mask(t, list, s)
	return t
}

// TestStepAllocations: on one processor a step allocates nothing after the first.
func TestStepAllocations(t *testing.T) {
	m := initialised[float32](t, mini())
	for name, o := range objectives(t, m, 8) {
		opt, err := snnk.NewOptimiser(snnk.AdamW{}, m.Params())
		if err != nil {
			t.Fatal(err)
		}
		examples := []int{1, 5, 2, 7}
		step := 0
		run := func() {
			snnk.ZeroGrads(m.Params())
			if _, err := o.Gradients(examples, 3); err != nil { // always the masks of step 3
				t.Fatal(err)
			}
			opt.Step(1e-3, 1)
			step++
		}
		run()
		kerneltest.NoAllocs(t, fmt.Sprint("a step of ", name), run)
	}
}

// TestWithHeads: other heads stand on the same tensors; other shapes are refused.
func TestWithHeads(t *testing.T) {
	p := tinyParameters[float32](t, textConfig(BERT))
	c := p.Config()
	c.Classes, c.Masked = 5, true
	q, err := p.WithHeads(c, 3)
	if err != nil {
		t.Fatal(err)
	}
	if q.words != p.words || q.pooler.weight != p.pooler.weight {
		if &q.words.Data()[0] != &p.words.Data()[0] || &q.pooler.weight.Data()[0] != &p.pooler.weight.Data()[0] {
			t.Error("tensors are not shared")
		}
	}
	if q.head.weight.Rows() != 5 || q.head.weight.At(4, 0) == 0 || q.masked.norm.gamma.At(0, 23) != 1 || q.masked.bias.At(0, 0) != 0 {
		t.Error("the new heads are not initial ones")
	}
	c.Width = 48
	if _, err := p.WithHeads(c, 3); !errors.Is(err, ErrRange) {
		t.Errorf("another width: %v", err)
	}
}

// TestObjectiveErrors: labels, pixels and masks that cannot be are errors, mistakes in the program panic.
func TestObjectiveErrors(t *testing.T) {
	m := initialised[float32](t, mini())
	texts, labels := patterns(3)
	for name, call := range map[string]func() error{
		"2 labels of 3 examples": func() error { _, err := ClassifyTexts(m, texts, labels[:2]); return err },
		"label 2 of example 1":   func() error { _, err := ClassifyTexts(m, texts, []int{0, 2, 1}); return err },
		"text 0 has 9 tokens": func() error {
			_, err := ClassifyTexts(m, Texts{IDs: make([]int32, 9), Lengths: []int{9}}, []int{0})
			return err
		},
		"masks of id 20":   func() error { _, err := PredictMasked(m, texts, MaskOptions{Mask: 20}); return err },
		"from id 20 on":    func() error { _, err := PredictMasked(m, texts, MaskOptions{First: 20}); return err },
		"at a rate of 1.5": func() error { _, err := PredictMasked(m, texts, MaskOptions{Rate: 1.5}); return err },
		"an objective has its own": func() error {
			_, err := snnk.Minimise(t.Context(), objectives(t, m, 3)["masked"], snnk.TrainOptions{Noise: 1})
			return err
		},
		"a head for masked tokens,": func() error { c := imageConfig(); c.Masked = true; _, err := Initial[float32](c, 1); return err },
	} {
		if err := call(); !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	vit := initialised[float32](t, smallImage("gelu"))
	x := mat.New[float32](1, 8)
	x.Set(0, 3, float32(math.Inf(1)))
	if _, err := ClassifyImages(vit, x, []int{0}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("an infinite pixel: %v", err)
	}
	c := mini()
	c.Masked, c.Classes = false, 0
	headless := initialised[float32](t, c)
	for name, call := range map[string]func(){
		"encoder.ClassifyTexts: the encoder has no head":               func() { ClassifyTexts(headless, texts, labels) },
		"encoder.PredictMasked: the encoder has no head for masked":    func() { PredictMasked(headless, texts, MaskOptions{}) },
		"encoder.Trainable.ReplacePooler: there is no layer":           func() { vit.ReplacePooler(nil) },
		"encoder.Trainable.ReplaceFeedForward: there is no block 1 of": func() { m.ReplaceFeedForward(1, nil) },
	} {
		misuse.Panics(t, name, call)
	}
}
