package fit

import (
	"context"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
)

// Columns that are equal in all rows tell nothing, but they would make other random features of the others: so nothing is made of them.

// Varying returns the stage that leaves out the columns of x that are equal in all rows; nil if none is, or all are. The error is that of reading x, or what ended ctx. Cost: one pass.
func Varying[T asm.Float](ctx context.Context, x bundle.Source) (*bundle.Columns[T], error) {
	columns, err := survey(bundle.WithContext(ctx, x))
	if err != nil {
		return nil, err
	}
	stage, _ := varying[T](columns)
	return stage, nil
}

// varying is the stage that leaves constant columns out, nil if none is constant or all are, and the other columns.
func varying[T asm.Float](columns []column) (*bundle.Columns[T], []column) {
	var without []int
	var rest []column
	for j, c := range columns {
		if c.constant() {
			without = append(without, j)
		} else {
			rest = append(rest, c)
		}
	}
	if without == nil || rest == nil {
		return nil, columns
	}
	return bundle.NewColumns[T](len(columns), without), rest
}

// without is the data of f, and x if that is here, without the columns that stage leaves out, nil for none.
func (f *Fitter[T]) without(stage *bundle.Columns[T]) (Data[T], bundle.Source) {
	switch {
	case stage == nil:
		return f.data, f.x
	case f.x == nil:
		return distant[T]{f.data, stage}, nil
	}
	x := stage.Of(f.x)
	return sources[T]{x, f.y}, x
}

// distant are data elsewhere without some of their columns: passes leave them out there.
type distant[T asm.Float] struct {
	Data[T]
	columns *bundle.Columns[T]
}

func (d distant[T]) Inputs() int { return d.columns.Out() }

func (d distant[T]) Pick(ctx context.Context, rows []int) (x, y *mat.Dense[float64], err error) {
	if x, y, err = d.Data.Pick(ctx, rows); err != nil {
		return nil, nil, err
	}
	kept := mat.New[float64](x.Rows(), d.columns.Out())
	return kept, y, d.columns.Of(bundle.Matrix(x)).Read(kept, 0)
}

func (d distant[T]) Statistics(ctx context.Context, p *Pass[T], progress func(done, total int)) (*Stats[T], error) {
	there := *p
	there.columns = d.columns
	return d.Data.Statistics(ctx, &there, progress)
}

// behind is the network of what f has the columns for, as one for all columns.
func (f *Fitter[T]) behind(net *bundle.Network[T]) *bundle.Network[T] {
	if f.varying == nil {
		return net
	}
	return bundle.NewNetwork(slices.Insert(slices.Clone(net.Stages()), 0, bundle.Stage[T](f.varying))...)
}
