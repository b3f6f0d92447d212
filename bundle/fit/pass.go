package fit

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/numbytes"
	"nnk/mat"
	"nnk/urf"
)

// Data are rows that a [Fitter] fits to. Those of [NewFitter] are read here; others may be on as many machines as it takes, of
// which each reads a part. Inputs are n×d, targets n×l.
type Data[T asm.Float] interface {
	Rows() int
	Inputs() int
	Targets() int
	// Survey passes over all rows.
	Survey(ctx context.Context) (inputs, targets *Survey, err error)
	// Pick returns the rows with the given numbers, which ascend.
	Pick(ctx context.Context, rows []int) (x, y *mat.Dense[float64], err error)
	// Statistics passes over all rows: what [Pass.Statistics] returns of them, or the sum of what it returns of parts that begin at
	// multiples of [Pass.Period]. progress may be nil.
	Statistics(ctx context.Context, p *Pass[T], progress func(done, total int)) (*Stats[T], error)
}

// sources are data that are read here.
type sources[T asm.Float] struct{ x, y bundle.Source }

func (s sources[T]) Rows() int    { return s.x.Rows() }
func (s sources[T]) Inputs() int  { return s.x.Cols() }
func (s sources[T]) Targets() int { return s.y.Cols() }

func (s sources[T]) Survey(ctx context.Context) (inputs, targets *Survey, err error) {
	if targets, err = surveyOf(bundle.WithContext(ctx, s.y)); err != nil {
		return nil, nil, fmt.Errorf("targets: %w", err)
	}
	if inputs, err = surveyOf(bundle.WithContext(ctx, s.x)); err != nil {
		return nil, nil, fmt.Errorf("inputs: %w", err)
	}
	return inputs, targets, nil
}

func (s sources[T]) Pick(ctx context.Context, rows []int) (x, y *mat.Dense[float64], err error) {
	if x, err = readRows(bundle.WithContext(ctx, s.x), rows); err == nil {
		y, err = readRows(bundle.WithContext(ctx, s.y), rows)
	}
	return x, y, err
}

func (s sources[T]) Statistics(ctx context.Context, p *Pass[T], progress func(done, total int)) (*Stats[T], error) {
	return p.Statistics(ctx, s.x, s.y, progress)
}

// Pass is what a pass over rows makes statistics of: the features of inputs, without some columns or with all, and targets, in units. It is not changed by its use.
type Pass[T asm.Float] struct {
	columns         *bundle.Columns[T] // what leaves some of the inputs out; nil for none
	inputs, targets *bundle.Scale[T]   // nil for their own units
	features        urf.Map[T]
	empty           *Stats[T]
}

// Period is the number of rows after which the folds and chunks of the statistics begin anew, see [Stats.Period].
func (p *Pass[T]) Period() int64 { return p.empty.Period() }

// Empty returns the statistics of no rows.
func (p *Pass[T]) Empty() *Stats[T] { return p.empty.Empty() }

// Bytes is the memory of the sums, and about the length of what [Stats.Marshal] returns of them.
func (p *Pass[T]) Bytes() int64 {
	n, l := int64(p.empty.p), int64(p.empty.l)
	return 16 * int64(p.empty.opt.Count) * (n*(n+1)/2 + n*l + l)
}

// Statistics are those of the rows of x and y, unless ctx ends. progress, if not nil, is called with the rows done and all rows.
func (p *Pass[T]) Statistics(ctx context.Context, x, y bundle.Source, progress func(done, total int)) (*Stats[T], error) {
	width := p.features.In()
	if p.columns != nil {
		width = p.columns.In()
	}
	if x.Cols() != width || y.Cols() != p.empty.l || x.Rows() != y.Rows() {
		return nil, fmt.Errorf("fit: %d rows of %d inputs and %d of %d targets for a pass over %d inputs and %d targets: %w",
			x.Rows(), x.Cols(), y.Rows(), y.Cols(), width, p.empty.l, bundle.ErrFormat)
	}
	if p.columns != nil {
		x = p.columns.Of(x)
	}
	stats := p.Empty()
	var z, yb *mat.Dense[T]
	var ws urf.Workspace[T]
	x, y = in(p.inputs, bundle.WithContext(ctx, x)), in(p.targets, bundle.WithContext(ctx, y))
	err := bundle.Blocks(x, chunkRows, func(block *mat.Dense[T], row int) error {
		if z == nil || z.Rows() != block.Rows() {
			z, yb = mat.New[T](block.Rows(), p.features.Out()), mat.New[T](block.Rows(), y.Cols())
		}
		if err := bundle.Read(yb, y, row); err != nil {
			return err
		}
		p.features.Phi(z, block, &ws)
		if progress != nil {
			progress(row, x.Rows())
		}
		return stats.Add(z, yb)
	})
	return stats, err
}

// passMagic is the first line of a marshalled pass. Three parts follow, each behind its length as a little-endian int64: the stages
// before the statistics of inputs, and of targets, as model files, the latter perhaps of no bytes, and empty statistics.
func passMagic[T asm.Float]() string { return "nnk pass 1 " + numbytes.TypeName[T]() + "\n" }

// Marshal returns the pass as bytes, to be sent to who makes it and read by [UnmarshalPass].
func (p *Pass[T]) Marshal() ([]byte, error) {
	b := []byte(passMagic[T]())
	part := func(data []byte) {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(data))), data...)
	}
	stages := preparation[T]{units: p.inputs}.before(bundle.NewFeatures(p.features))
	if p.columns != nil {
		stages = append([]bundle.Stage[T]{p.columns}, stages...)
	}
	before, err := fileOf(stages...)
	if err != nil {
		return nil, err
	}
	part(before)
	var units []byte
	if p.targets != nil {
		if units, err = fileOf[T](p.targets); err != nil {
			return nil, err
		}
	}
	part(units)
	part(p.Empty().Marshal())
	return b, nil
}

// UnmarshalPass reads what [Pass.Marshal] returned. The error wraps [bundle.ErrFormat], or what reading a model wraps.
func UnmarshalPass[T asm.Float](b []byte) (*Pass[T], error) {
	magic := passMagic[T]()
	if !bytes.HasPrefix(b, []byte(magic)) {
		return nil, fmt.Errorf("%w: not a pass of type %s", bundle.ErrFormat, numbytes.TypeName[T]())
	}
	b = b[len(magic):]
	var parts [3][]byte
	for i := range parts {
		if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8) {
			return nil, fmt.Errorf("%w: a pass that ends early", bundle.ErrFormat)
		}
		n := binary.LittleEndian.Uint64(b)
		parts[i], b = b[8:8+n], b[8+n:]
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes behind a pass", bundle.ErrFormat, len(b))
	}
	p := &Pass[T]{}
	stages, err := stagesOf[T](parts[0])
	if err != nil {
		return nil, err
	}
	if c, is := stages[0].(*bundle.Columns[T]); is && len(stages) > 1 {
		p.columns, stages = c, stages[1:]
	}
	ok := len(stages) == 1 || len(stages) == 2
	if ok && len(stages) == 2 {
		p.inputs, ok = stages[0].(*bundle.Scale[T])
	}
	if ok {
		var f *bundle.Features[T]
		if f, ok = stages[len(stages)-1].(*bundle.Features[T]); ok {
			p.features = f.Map()
		}
	}
	if ok && len(parts[1]) > 0 {
		if stages, err = stagesOf[T](parts[1]); err != nil {
			return nil, err
		}
		if ok = len(stages) == 1; ok {
			p.targets, ok = stages[0].(*bundle.Scale[T])
		}
	}
	if !ok {
		return nil, fmt.Errorf("%w: a pass through other stages than units and features", bundle.ErrFormat)
	}
	if p.empty, err = UnmarshalStats[T](parts[2]); err != nil {
		return nil, err
	}
	if p.empty.rows != 0 || p.empty.Features() != p.features.Out() || p.targets != nil && p.targets.In() != p.empty.l {
		return nil, fmt.Errorf("%w: a pass whose statistics are of other features or targets", bundle.ErrFormat)
	}
	return p, nil
}

// fileOf is a model file of the stages.
func fileOf[T asm.Float](stages ...bundle.Stage[T]) ([]byte, error) {
	var file bytes.Buffer
	m := &bundle.Model[T]{Network: bundle.NewNetwork(stages...), Task: bundle.Outputs}
	_, err := m.WriteTo(&file)
	return file.Bytes(), err
}

// stagesOf are those of the network in a model file.
func stagesOf[T asm.Float](file []byte) ([]bundle.Stage[T], error) {
	m, err := bundle.ReadModel[T](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	return m.Network.Stages(), nil
}
