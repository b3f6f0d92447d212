package conformance

import (
	"context"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

// halves are data in two parts, of which the second is read first, by who gets and returns bytes. It implements fit.Data.
type halves[T asm.Float] struct {
	d    *digest
	x, y *mat.Dense[T]
}

func (h halves[T]) Rows() int    { return h.x.Rows() }
func (h halves[T]) Inputs() int  { return h.x.Cols() }
func (h halves[T]) Targets() int { return h.y.Cols() }

func (h halves[T]) Survey(context.Context) (inputs, targets *fit.Survey, err error) {
	inputs, targets = fit.NewSurvey(h.x.Cols()), fit.NewSurvey(h.y.Cols())
	for lo := (h.Rows() - 1) / fit.SurveyRows * fit.SurveyRows; lo >= 0; lo -= fit.SurveyRows {
		x, y, err := h.Pick(context.Background(), span(lo, min(lo+fit.SurveyRows, h.Rows())))
		if err != nil {
			return nil, nil, err
		}
		must(h.d, "Survey.Add", inputs.Add(x, lo))
		must(h.d, "Survey.Add", targets.Add(y, lo))
	}
	return inputs, targets, nil
}

// span lists the numbers from lo to hi−1.
func span(lo, hi int) []int {
	list := make([]int, 0, hi-lo)
	for i := lo; i < hi; i++ {
		list = append(list, i)
	}
	return list
}

func (h halves[T]) Pick(_ context.Context, rows []int) (x, y *mat.Dense[float64], err error) {
	x, y = mat.New[float64](len(rows), h.x.Cols()), mat.New[float64](len(rows), h.y.Cols())
	for i, row := range rows {
		err = bundle.Matrix(h.x).Read(x.View(i, 0, 1, x.Cols()), row)
		if err == nil {
			err = bundle.Matrix(h.y).Read(y.View(i, 0, 1, y.Cols()), row)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return x, y, nil
}

func (h halves[T]) Statistics(ctx context.Context, p *fit.Pass[T], _ func(done, total int)) (*fit.Stats[T], error) {
	file, err := p.Marshal()
	if err != nil {
		return nil, err
	}
	there, err := fit.UnmarshalPass[T](file)
	if err != nil {
		return nil, err
	}
	sum, half := there.Empty(), int(there.Period())
	for _, c := range [][2]int{{half, h.Rows()}, {0, half}} {
		x, y := h.x.View(c[0], 0, c[1]-c[0], h.x.Cols()), h.y.View(c[0], 0, c[1]-c[0], h.y.Cols())
		part, err := there.Statistics(ctx, bundle.Matrix(x), bundle.Matrix(y), nil)
		if err != nil {
			return nil, err
		}
		if err := sum.Merge(part); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// elsewherePart fits a small model to data in parts.
func elsewherePart[T asm.Float](d *digest) {
	x, y := matrix[T](61, 4*fit.SurveyRows+100, 3), mat.New[T](4*fit.SurveyRows+100, 2)
	for i := range x.Rows() {
		y.Set(i, 0, T(x.At(i, 0)*x.At(i, 1)))
		y.Set(i, 1, x.At(i, 2))
	}
	model, report, err := fit.NewDistributed[T](halves[T]{d, x, y}).Run(context.Background(), fit.Options{Features: 12, Pool: 24, Seed: 3, Folds: fit.Folds{Count: 2}})
	must(d, "NewDistributed", err)
	if err != nil {
		return
	}
	for i, row := range fit.Sample(slices.Values(span(1<<30, 1<<30+5000))) {
		if i%100 == 0 {
			add(d, "Sample", float64(row))
		}
	}
	arranged := fit.NewSurvey(3)
	must(d, "Survey.Arrange", arranged.Add(mat.Of(3, 3, []float64{1, 2, 4, 1, 3, 9, 1, 4, 16}), 0))
	for _, b := range arranged.Arrange([]int{2, -1, 0}).Marshal() {
		add(d, "Survey.Arrange", float64(b))
	}
	add(d, "NewDistributed", report.Lambda, report.Scale, report.HeldOut)
	addMatrix(d, "NewDistributed", model.Network.Forward(nil, x.View(0, 0, 20, 3), nil))
}
