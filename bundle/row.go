package bundle

import (
	"context"
	"fmt"

	"nnk/bundle/table"
	"nnk/mat"
)

// checkSchema refuses a schema that is not one of a network with so many inputs and outputs.
func checkSchema(s *table.Schema, task Task, inputs, outputs int) error {
	if err := s.Check(); err != nil {
		return err
	}
	if n := s.Inputs(); n != inputs {
		return fmt.Errorf("%w: columns that become %d inputs, of a network of %d", ErrFormat, n, inputs)
	}
	if task == Classify {
		outputs = 1
	}
	if n := len(s.Targets); n != 0 && n != outputs {
		return fmt.Errorf("%w: %d targets of a model to %s, want %d", ErrFormat, n, task, outputs)
	}
	return nil
}

// PredictRow returns the outputs for one row of values by the names of their columns, as [table.Schema.Row] reads them: those that
// [Network.Predict] gives for the same row of a file, bit for bit. Of a model to [Classify] they are scores, of which [Labels] finds
// the class. The error wraps what Row's does, or [ErrFormat] if the model has no schema. Where many rows come, Row with [Network.Forward] saves
// the memory that every call takes.
func (m *Model[T]) PredictRow(values map[string]any, unseen table.Unseen) ([]float64, error) {
	if m.Schema == nil {
		return nil, fmt.Errorf("bundle: the model was not made from a table with names: %w", ErrFormat)
	}
	in, err := m.Schema.Row(nil, values, unseen)
	if err != nil {
		return nil, err
	}
	out := make([]float64, m.Network.Out())
	err = m.Network.Predict(context.Background(), Matrix(mat.Of(1, len(in), in)), func(outputs *mat.Dense[float64], _ int) error {
		copy(out, outputs.Row(0))
		return nil
	})
	return out, err
}
