package main

import (
	"fmt"
	"io"
	"os"

	"nnk/bundle"
	"nnk/bundle/export"
	"nnk/internal/atomicfile"
)

// exported is what export prints; the names are those of -json.
type exported struct {
	File       string `json:"file"`
	Bytes      int64  `json:"file_bytes"`
	ModelBytes int64  `json:"model_bytes"` // of the model's own file
	Inputs     int    `json:"inputs"`
	InputType  string `json:"input_type"`
	Outputs    int    `json:"outputs"`
	OutputType string `json:"output_type"`
	understood
}

func exportModel(c *call) error {
	model := c.flags.String("model", "", "`file` of a model, or of a network from elsewhere as compress reads it")
	out := c.flags.String("onnx", "", "ONNX `file` to write")
	var from networkFlags
	from.register(c)
	if err := c.parse(0, 0, "model", "onnx"); err != nil {
		return err
	}
	m, err := from.model(c, *model)
	if err != nil {
		return err
	}
	info, err := os.Stat(*model)
	if err != nil {
		return plain(err)
	}
	e := exported{understood: from.understood, File: *out, ModelBytes: info.Size(), Inputs: m.Network.In(), Outputs: m.Network.Out()}
	stages := m.Network.Stages()
	first := stages[0]
	if _, ok := first.(*bundle.Columns[float32]); ok && len(stages) > 1 {
		first = stages[1]
	}
	e.InputType, e.OutputType = typeAt(first), typeAt(stages[len(stages)-1])
	err = plain(atomicfile.Write(*out, func(w io.Writer) (err error) {
		e.Bytes, err = export.ONNX(w, m)
		return err
	}))
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(c.stdout, e)
	}
	fmt.Fprintf(c.stdout, "%q reads %s rows×%d, %q gives %s rows×%d\n", export.Input, e.InputType, e.Inputs, export.Output, e.OutputType, e.Outputs)
	if m.Schema != nil {
		fmt.Fprintf(c.stdout, "the inputs are made of %d columns as \"nnk.schema\" in its metadata says\n", len(m.Schema.Columns))
	}
	fmt.Fprintf(c.stdout, "file bytes %s, %s before\n", thousands(int(e.Bytes)), thousands(int(e.ModelBytes)))
	return nil
}

// typeAt is the type of numbers at an end of a network where a stage stands.
func typeAt(s bundle.Stage[float32]) string {
	if _, ok := s.(*bundle.Scale[float32]); ok {
		return "float64"
	}
	return "float32"
}
