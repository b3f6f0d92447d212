package snnk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"

	"nnk/asm"
	"nnk/internal/atomicfile"
	"nnk/internal/numbytes"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// ErrCheckpoint marks a file that is not a checkpoint of this training run: another model,
// other data or options, or no checkpoint at all.
var ErrCheckpoint = errors.New("not a checkpoint of this training run")

// checkpointVersion is that of the file's form.
const checkpointVersion = "1"

// historyColumns are those of the tensor "history": loss, held-out loss and accuracy, first of the start and
// then of each epoch.
const historyColumns = 3

// save writes the state to the checkpoint, if there is to be one and it is not there
// already: parameters, moments and best values of those that are trained, and what
// else the next step depends on. The file's bytes depend on the state alone.
func (r *training[T]) save() error {
	if r.opt.Checkpoint == "" || r.saved == r.o.steps && r.saved > 0 {
		return nil
	}
	w := &safetensors.Writer{Metadata: map[string]string{
		"kind":       "nnk training checkpoint",
		"version":    checkpointVersion,
		"arithmetic": asm.ArithmeticVersion,
		"run":        r.identity(),
		"step":       strconv.Itoa(r.o.steps),
		"best":       strconv.Itoa(r.bestAt),
		"loss":       strconv.FormatUint(math.Float64bits(r.sum), 16),
	}}
	for _, t := range r.tensors(r.best != nil) {
		safetensors.Add(w, t.name, []int{t.m.Rows(), t.m.Cols()}, t.m.Clone().Data())
	}
	history := []float64{0, r.start.Loss, r.start.Accuracy}
	for _, e := range r.history {
		history = append(history, e.Loss, e.HeldOut.Loss, e.HeldOut.Accuracy)
	}
	safetensors.Add(w, "history", []int{len(history) / historyColumns, historyColumns}, history)
	err := atomicfile.Write(r.opt.Checkpoint, func(out io.Writer) error {
		_, err := w.WriteTo(out)
		return err
	})
	if err != nil {
		return fmt.Errorf("snnk: checkpoint: %w", err)
	}
	r.saved = r.o.steps
	return nil
}

// namedTensor is a matrix under its name in the file.
type namedTensor[T asm.Float] struct {
	name string
	m    *mat.Dense[T]
}

// tensors lists what a checkpoint holds, in the file's order.
func (r *training[T]) tensors(best bool) []namedTensor[T] {
	var list []namedTensor[T]
	for k, p := range r.o.params {
		list = append(list, namedTensor[T]{"value." + p.Name, p.Value})
		for j, name := range r.o.rule.moments() {
			list = append(list, namedTensor[T]{name + "." + p.Name, r.o.state[k][j]})
		}
		if best {
			list = append(list, namedTensor[T]{"best." + p.Name, r.best[k]})
		}
	}
	return list
}

// identity is a digest of everything that the steps depend on beside the state:
// options, data, the model's modules and what is frozen of it. The number of epochs is part of
// it only if the rate depends on it, so that other training can be prolonged.
func (r *training[T]) identity() string {
	if r.digest == "" {
		r.digest = r.runDigest()
	}
	return r.digest
}

func (r *training[T]) runDigest() string {
	h := sha256.New()
	o := r.opt
	fmt.Fprintf(h, "%v %g %v %d %g %d %g %T\n", o.Rule, o.Rate, o.Schedule, o.Batch, o.Clip, o.Seed, o.HeldOut, *new(T))
	if o.Schedule.Cosine {
		fmt.Fprintf(h, "epochs %d\n", o.Epochs)
	}
	r.of.Describe(h)
	for _, p := range r.of.Params() {
		fmt.Fprintf(h, "%s %d×%d %t\n", p.Name, p.Value.Rows(), p.Value.Cols(), p.Frozen)
		if p.Frozen {
			digestMatrix(h, p.Value)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digestMatrix writes the bytes of a matrix to a digest.
func digestMatrix[T asm.Float](w io.Writer, m *mat.Dense[T]) {
	fmt.Fprintf(w, "%d×%d\n", m.Rows(), m.Cols())
	var b []byte
	for i := range m.Rows() {
		b = numbytes.Append(b[:0], m.Row(i))
		w.Write(b)
	}
}

// Describe writes what a module computes beside its parameters: which modules it is made of,
// activations, and features, which have no parameters. Of modules that are not of this package
// it writes what their own Describe(io.Writer) does, if there is one, or their type alone.
func Describe[T asm.Float](w io.Writer, m Module[T]) {
	fmt.Fprintf(w, "%T %d→%d\n", m, m.In(), m.Out())
	switch m := m.(type) {
	case interface{ Describe(w io.Writer) }:
		m.Describe(w)
	case *Sequence[T]:
		for _, part := range m.modules {
			Describe(w, part)
		}
	case *Residual[T]:
		Describe(w, m.m)
	case *Adapter[T]:
		Describe[T](w, m.delta)
	case *TrainableLayer[T]:
		Describe[T](w, m.phi)
	case *Features[T]:
		fmt.Fprintln(w, m.phi.Spec())
	case *Diagonals[T]:
		fmt.Fprintln(w, m.phi.Start())
	case *Linear[T]:
		fmt.Fprintln(w, m.act.Name())
	case *LayerNorm[T]:
		fmt.Fprintln(w, float64(m.epsilon))
	case *LoRA[T]:
		fmt.Fprintln(w, m.base.act.Name(), m.scale)
	case *Elementwise[T]:
		fmt.Fprintln(w, m.e.act.Name())
	}
}

// resume reads the checkpoint if there is one. After an error the model is as it was.
func (r *training[T]) resume() error {
	if r.opt.Checkpoint == "" {
		return nil
	}
	f, err := os.Open(r.opt.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("snnk: checkpoint: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("snnk: checkpoint: %w", err)
	}
	if err := r.read(f, info.Size()); err != nil {
		return fmt.Errorf("snnk: %s: %w: %w", r.opt.Checkpoint, ErrCheckpoint, err)
	}
	return nil
}

// read takes the state from a file. It changes nothing before all of it is read
// and checked.
func (r *training[T]) read(in io.ReaderAt, size int64) error {
	f, err := safetensors.Open(in, size)
	if err != nil {
		return err
	}
	for _, c := range []struct{ key, want, what string }{
		{"kind", "nnk training checkpoint", "it is another kind of file"},
		{"version", checkpointVersion, "it has another version"},
		{"arithmetic", asm.ArithmeticVersion, "it is of another version of the arithmetic"},
		{"run", r.identity(), "model, options, data or frozen parameters were others"},
	} {
		if f.Metadata[c.key] != c.want {
			return errors.New(c.what)
		}
	}
	start, epochs, err := readHistory(f)
	if err != nil {
		return err
	}
	steps, err1 := strconv.Atoi(f.Metadata["step"])
	best, err2 := strconv.Atoi(f.Metadata["best"])
	sum, err3 := strconv.ParseUint(f.Metadata["loss"], 16, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	// The last epoch may not have been measured yet.
	unmeasured := steps/r.perEpoch() - len(epochs)
	if steps < 1 || unmeasured != 0 && (unmeasured != 1 || steps%r.perEpoch() != 0 || len(r.held) == 0) || best < -1 || best >= max(len(epochs), 1) {
		return fmt.Errorf("step %d of epoch %d, best %d: they do not fit together", steps, len(epochs), best)
	}
	hasBest := len(r.held) > 0
	if hasBest {
		for _, p := range r.o.params {
			r.best = append(r.best, mat.New[T](p.Value.Rows(), p.Value.Cols()))
		}
	}
	want := r.tensors(hasBest)
	if len(f.Tensors) != len(want)+1 {
		return fmt.Errorf("%d tensors, want %d", len(f.Tensors), len(want)+1)
	}
	loaded := make([][]T, len(want))
	for i, t := range want {
		if loaded[i], err = readState[T](f, t.name, t.m); err != nil {
			return err
		}
	}
	for i, t := range want {
		t.m.Copy(mat.Of(t.m.Rows(), t.m.Cols(), loaded[i]))
	}
	r.o.steps, r.saved, r.bestAt, r.sum, r.start, r.history = steps, steps, best, math.Float64frombits(sum), start, epochs
	return nil
}

// readState reads a tensor of the shape and type of m.
func readState[T asm.Float](f *safetensors.File, name string, m *mat.Dense[T]) ([]T, error) {
	t := f.Tensor(name)
	dtype := map[numbytes.Kind]string{numbytes.F32: "F32", numbytes.F64: "F64"}[numbytes.KindOf[T]()]
	if t == nil || t.DType != dtype || len(t.Shape) != 2 || t.Shape[0] != int64(m.Rows()) || t.Shape[1] != int64(m.Cols()) {
		return nil, fmt.Errorf("no tensor %q that is %s [%d×%d]", name, dtype, m.Rows(), m.Cols())
	}
	return safetensors.Load[T](f, t)
}

func readHistory(f *safetensors.File) (start Score, epochs []EpochReport, err error) {
	t := f.Tensor("history")
	if t == nil || t.DType != "F64" || len(t.Shape) != 2 || t.Shape[0] < 1 || t.Shape[1] != historyColumns {
		return start, nil, fmt.Errorf("no tensor \"history\" that is F64 [n×%d]", historyColumns)
	}
	values, err := safetensors.Load[float64](f, t)
	if err != nil {
		return start, nil, err
	}
	start = Score{values[1], values[2]}
	values = values[historyColumns:]
	for ; len(values) >= historyColumns; values = values[historyColumns:] {
		epochs = append(epochs, EpochReport{len(epochs) + 1, values[0], Score{values[1], values[2]}})
	}
	return start, epochs, nil
}
