package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
)

// Item is a piece of work: rows Lo to Hi−1 of all, or, where heads are read, shard Lo of the inputs (Hi 0) or the targets (Hi 1). Group is
// with which others it is added up first, if its bundle begins with it.
type Item struct{ Group, Lo, Hi int }

// What a pipeline is to find out.
const (
	readHeads      = "heads"
	readSurvey     = "survey"
	readRows       = "rows"
	readStatistics = "statistics"
)

// work is what every worker knows.
type work struct {
	What            string
	Inputs, Targets []shard
	Tensors         [2]string
	In, Out         int      // columns
	Names           []string // of the inputs, nil if there are none
	Labels          bool     // whether targets are classes
	Classes         *classes // these, nil while heads are read
	Rows            []int    // to pick
	Pass            []byte   // to make statistics of
}

var (
	rowsRead   = beam.NewCounter("nnk", "rows")
	blocksRead = beam.NewCounter("nnk", "blocks")
	bytesRead  = beam.NewCounter("nnk", "bytes")
)

func init() {
	register.DoFn3x1[context.Context, Item, func(int, Sum), error](&Reader{})
	register.Emitter2[int, Sum]()
	register.Combiner1[Sum](&Adder{})
	register.DoFn2x1[context.Context, Sum, error](&Writer{})
	beam.RegisterType(reflect.TypeFor[Item]())
}

// Reader reads the rows of an item and makes of them what Work asks for.
type Reader struct {
	Work work

	inputs, targets *shards
	pass            *fit.Pass[float32]
	counted         int64
	group           int // of all sums of this bundle, so that they are added up before they are sent; −1 before the first
}

// Setup gets ready to read.
func (r *Reader) Setup() (err error) {
	r.inputs = &shards{list: r.Work.Inputs, tensor: r.Work.Tensors[0], cols: r.Work.In, names: r.Work.Names}
	r.targets = &shards{list: r.Work.Targets, tensor: r.Work.Tensors[1], cols: r.Work.Out, classes: r.Work.Classes}
	if r.Work.Pass != nil {
		r.pass, err = fit.UnmarshalPass[float32](r.Work.Pass)
	}
	return err
}

// StartBundle begins with other items.
func (r *Reader) StartBundle(context.Context, func(int, Sum)) { r.group = -1 }

// Teardown closes the shards.
func (r *Reader) Teardown() {
	r.inputs.close()
	r.targets.close()
}

// ProcessElement emits the sum of an item's rows. What is wrong with the data is a sum as well: to read it again would be in vain. An error is
// for the runner, which tries again.
func (r *Reader) ProcessElement(ctx context.Context, it Item, emit func(int, Sum)) error {
	s, err := r.read(ctx, it)
	if wrongData(err) {
		s, err = Sum{head: record{Failure: err.Error(), At: it.Lo}}, nil
	}
	if err != nil {
		r.Teardown() // a stream that broke is not read again
		return err
	}
	if n := r.inputs.read() + r.targets.read(); n > r.counted {
		bytesRead.Inc(ctx, n-r.counted)
		r.counted = n
	}
	if r.group < 0 {
		r.group = it.Group
	}
	emit(r.group, s)
	return nil
}

// wrongData reports whether an error is of what was read.
func wrongData(err error) bool {
	for _, e := range []error{bundle.ErrFormat, bundle.ErrNotFinite, bundle.ErrRange, table.ErrFormat, mat.ErrNotFinite, fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (r *Reader) read(ctx context.Context, it Item) (s Sum, err error) {
	if r.Work.What == readHeads {
		return r.head(ctx, it)
	}
	x, y := span{ctx, r.inputs, it.Lo, it.Hi}, span{ctx, r.targets, it.Lo, it.Hi}
	switch r.Work.What {
	case readRows:
		for _, row := range r.Work.Rows {
			if row < it.Lo || row >= it.Hi {
				continue
			}
			p := picked{row, make([]float64, x.Cols()), make([]float64, y.Cols())}
			if err := x.Read(mat.Of(1, x.Cols(), p.X), row-it.Lo); err != nil {
				return s, err
			}
			if err := y.Read(mat.Of(1, y.Cols(), p.Y), row-it.Lo); err != nil {
				return s, err
			}
			s.head.Picked = append(s.head.Picked, p)
		}
		rowsRead.Inc(ctx, int64(len(s.head.Picked)))
		return s, nil
	case readSurvey:
		s.inputs, s.targets = fit.NewSurvey(x.Cols()), fit.NewSurvey(y.Cols())
		for _, c := range []struct {
			rows span
			sum  *fit.Survey
		}{{x, s.inputs}, {y, s.targets}} {
			if err := bundle.Blocks(c.rows, fit.SurveyRows, func(b *mat.Dense[float64], row int) error { return c.sum.Add(b, it.Lo+row) }); err != nil {
				return s, err
			}
		}
	case readStatistics:
		if s.stats, err = r.pass.Statistics(ctx, x, y, nil); err != nil {
			return s, err
		}
	}
	rowsRead.Inc(ctx, int64(x.Rows()))
	blocksRead.Inc(ctx, int64((x.Rows()+fit.SurveyRows-1)/fit.SurveyRows))
	return s, nil
}

// head reads that of a shard.
func (r *Reader) head(ctx context.Context, it Item) (s Sum, err error) {
	list := r.Work.Inputs
	if it.Hi == 1 {
		list = r.Work.Targets
	}
	o, err := open(ctx, list[it.Lo].Name, r.Work.Tensors[it.Hi])
	if err != nil {
		return s, err
	}
	defer o.file.Close()
	h := head{Of: it.Hi, Index: it.Lo, Rows: o.Rows(), Cols: o.Cols(), Names: o.Names()}
	if it.Hi == 1 && r.Work.Labels {
		l, err := o.Labels(nil, 0, table.MissingFails)
		if err != nil {
			return s, err
		}
		h.Labels = &table.Labels{Names: l.Names, Count: l.Count, Type: l.Type}
	}
	bytesRead.Inc(ctx, o.bytes.n)
	s.head.Heads = []head{h}
	return s, nil
}

// Adder adds sums.
type Adder struct{}

// MergeAccumulators adds b to a.
func (*Adder) MergeAccumulators(a, b Sum) (Sum, error) {
	err := a.add(b)
	return a, err
}

// Writer writes a sum where the driver reads it.
type Writer struct{ Path string }

// ProcessElement writes the only one.
func (w *Writer) ProcessElement(ctx context.Context, s Sum) error {
	b, err := encodeSum(s)
	if err != nil {
		return err
	}
	fsys, err := filesystem.New(ctx, w.Path)
	if err != nil {
		return err
	}
	defer fsys.Close()
	f, err := fsys.OpenWrite(ctx, w.Path)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// readSum reads what a Writer wrote.
func readSum(ctx context.Context, path string) (s Sum, err error) {
	fsys, err := filesystem.New(ctx, path)
	if err != nil {
		return s, err
	}
	defer fsys.Close()
	f, err := fsys.OpenRead(ctx, path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err == nil {
		s, err = decodeSum(b)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return s, err
}

// build makes the pipeline that adds up what the workers make of the items.
func build(w work, items []Item, path string) *beam.Pipeline {
	p, s := beam.NewPipelineWithRoot()
	s = s.Scope(w.What)
	each := beam.ParDo(s, &Reader{Work: w}, beam.Reshuffle(s, beam.CreateList(s, items)))
	groups := beam.CombinePerKey(s, &Adder{}, each)
	beam.ParDo0(s, &Writer{path}, beam.Combine(s, &Adder{}, beam.DropKey(s, groups)))
	return p
}
