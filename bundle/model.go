package bundle

import (
	"fmt"
	"io"
	"maps"
	"strconv"

	"nnk/asm"
	"nnk/bundle/table"
	"nnk/internal/atomicfile"
	"nnk/internal/jsontext"
	"nnk/internal/numbytes"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Task says what the outputs of a model mean.
type Task string

// The tasks.
const (
	Outputs  Task = "outputs"  // numbers, as those of the network that was compressed
	Regress  Task = "regress"  // predicted targets
	Classify Task = "classify" // scores of classes, see [Labels]
)

// Model is a network with what a user of its outputs must know. Its file is a
// safetensors file that any reader of that format opens; see [Model.WriteTo].
type Model[T asm.Float] struct {
	Network *Network[T]
	Task    Task
	// Classes are the names of the classes in the order of the outputs, two for a single one (see [Labels]), those of a network that was compressed too. It is nil
	// if the classes are 0, 1, …, or if there are none.
	Classes []string
	// LabelType is the type that class labels have in arrays of NumPy, without the order of bytes: "i8", "b1", "U" for texts, ….
	// "" is "i8" where the classes are integers, and else "U".
	LabelType string
	// Schema says how rows of named columns become the inputs; nil if the model reads rows of numbers.
	Schema *table.Schema
	// Provenance is what else the file's metadata says of how the model was made, such as
	// the chosen λ. Keys must not begin with "nnk.".
	Provenance map[string]string
}

// The keys of a model file's metadata. Every value is a string.
const (
	keyFormat     = "nnk.format"
	keyArithmetic = "nnk.arithmetic"
	keyTask       = "nnk.task"
	keyClasses    = "nnk.classes"
	keyLabelType  = "nnk.label-type"
	keyStages     = "nnk.stages"
	keyType       = "nnk.type"
	keyInputs     = "nnk.inputs"
	keyOutputs    = "nnk.outputs"
	keySchema     = "nnk.schema"
	keyDigest     = "nnk.sha256"

	formatVersion = "2"
)

// modelKeys are all keys that a model file may have under "nnk.": another is of a program that knows more, and the
// model would be another without it.
var modelKeys = []string{keyFormat, keyArithmetic, keyTask, keyClasses, keyStages, keyType, keyInputs, keyOutputs, keyLabelType, keySchema, keyDigest}

// The kinds of stages in a file; see [Model.WriteTo].
const (
	kindLinear     = "linear"
	kindLayer      = "layer"
	kindColumns    = "columns"
	kindScale      = "scale"
	kindMap        = "map"
	kindHybrid     = "hybrid"
	kindLayerNorm  = "layernorm"
	kindPReLU      = "prelu"
	kindActivation = "activation"
	kindSoftmax    = "softmax"
	kindLogSoftmax = "log-softmax"
)

// WriteTo writes the model file: safetensors whose tensors belong to stages, N being the number of the stage from 0, and
// whose metadata are strings: "nnk.format" (2), "nnk.sha256" (the first half, of all that the file holds), "nnk.inputs" and "nnk.outputs" (the numbers
// of columns), "nnk.arithmetic" (the version of the arithmetic, [asm.ArithmeticVersion]), "nnk.type" (float32 or float64), "nnk.task",
// "nnk.classes" (a JSON list), "nnk.label-type" (see [Model]; not i8 of classes 0, 1, …), "nnk.schema" (see [table.Schema.String]), "nnk.stages" (a JSON list of an object for each stage, with its kind), and what Provenance
// holds. FORMAT.md describes it for other programs. The same model always gives the same bytes. The kinds, and what each has in its object and as tensors, are
//
//	linear       activation         N.weight [out, in]; N.bias [out] if there is one
//	layer        map                N.weight, Ψ, and N.bias
//	hybrid       activation, map    N.weight and N.bias of the neurons beside the map
//	map          map
//	columns      width, without
//	scale                           N.mean, N.factor, always float64
//	layernorm    epsilon            N.weight, N.bias
//	prelu                           N.slope
//	activation   activation, width
//	softmax, log-softmax    width
//
// Weights of linear, layer and hybrid with "bits" 8 or 4 are codes: N.weight [out, in] of int8, or two in a byte with "width" in, and N.scale [out], float32.
//
// A map is only text, from which it is made again. One with trained diagonals, "diagonals": true, is described by the map that
// training began from and has the tensors N.phi.diagonal0 [blocks, ⌊p/d⌋·d], N.phi.diagonal1 … [blocks, p] and N.phi.bias [M]. One on
// a projection of kind pursuit has the bytes of its codes as the tensor N.phi.codes of type U8 instead of in its text.
func (m *Model[T]) WriteTo(w io.Writer) (int64, error) {
	metadata, err := m.Metadata()
	if err != nil {
		return 0, err
	}
	f := &safetensors.Writer{Metadata: metadata}
	var stages []description
	for i, s := range m.Network.stages {
		d, err := addStage(f, strconv.Itoa(i), s)
		if err != nil {
			return 0, err
		}
		stages = append(stages, d)
	}
	if len(stages) > maxStages {
		return 0, fmt.Errorf("bundle: a network of %d stages, a file takes %d: %w", len(stages), maxStages, ErrRange)
	}
	f.Metadata[keyStages] = stagesText(stages)
	f.Metadata[keyFormat] = formatVersion
	f.Metadata[keyArithmetic] = asm.ArithmeticVersion
	f.Metadata[keyType] = numbytes.TypeName[T]()
	f.Metadata[keyInputs] = strconv.Itoa(m.Network.In())
	f.Metadata[keyOutputs] = strconv.Itoa(m.Network.Out())
	f.Metadata[keyDigest] = f.Digest(keyDigest)
	return f.WriteTo(w)
}

// Metadata are what any file of the model says beside its network: what Provenance holds, "nnk.task", and "nnk.classes",
// "nnk.label-type" and "nnk.schema" if there are any.
func (m *Model[T]) Metadata() (map[string]string, error) {
	metadata := maps.Clone(m.Provenance)
	if metadata == nil {
		metadata = map[string]string{}
	}
	metadata[keyTask] = string(m.Task)
	if m.Classes != nil {
		if err := distinct(m.Classes); err != nil {
			return nil, err
		}
		metadata[keyClasses] = string(jsontext.AppendStrings(nil, m.Classes))
	}
	if m.LabelType != "" && (m.LabelType != "i8" || m.Classes != nil) { // that of 0, 1, … goes without saying
		metadata[keyLabelType] = m.LabelType
	}
	if m.Schema != nil {
		if err := checkSchema(m.Schema, m.Task, m.Network.In(), m.Network.Out()); err != nil {
			return nil, err
		}
		metadata[keySchema] = m.Schema.String()
	}
	return metadata, nil
}

// addStage adds the tensors of a stage and returns its description.
func addStage[T asm.Float](f *safetensors.Writer, name string, s Stage[T]) (description, error) {
	switch s := s.(type) {
	case *Linear[T]:
		d := description{Kind: kindLinear, Activation: s.act.Name()}
		return d.quantised(s.quantised), addLinear(f, name, s)
	case *snnk.Layer[T]:
		addWeights(f, name, s.Psi(), s.Quantised(), s.Bias())
		return addMap(f, name, kindLayer, s.Map()).quantised(s.Quantised()), nil
	case *Scale[T]:
		safetensors.Add(f, name+".mean", []int{s.In()}, s.mean)
		safetensors.Add(f, name+".factor", []int{s.In()}, s.factor)
		return description{Kind: kindScale}, nil
	case *Features[T]:
		return addMap(f, name, kindMap, s.m), nil
	case *Hybrid[T]:
		d := addMap(f, name, kindHybrid, s.m)
		d.Activation = s.neurons.act.Name()
		return d.quantised(s.neurons.quantised), addLinear(f, name, s.neurons)
	}
	return addRowwise(f, name, s)
}

// addLinear adds the tensors of a dense layer.
func addLinear[T asm.Float](f *safetensors.Writer, name string, l *Linear[T]) error {
	if err := savable(name, l.act); err != nil {
		return err
	}
	addWeights(f, name, l.weight, l.quantised, l.bias)
	return nil
}

// savable checks that the name of an activation says what it is.
func savable(stage string, act urf.Activation) error {
	if known, err := urf.ActivationByName(act.Name()); err != nil {
		return fmt.Errorf("bundle: stage %s cannot be saved: %w", stage, err)
	} else if known != act {
		return fmt.Errorf("bundle: stage %s cannot be saved: its activation is another function than the %s that would be read: %w", stage, act.Name(), ErrFormat)
	}
	return nil
}

// addWeights adds a matrix, or the codes that it is made of, and a bias.
func addWeights[T asm.Float](f *safetensors.Writer, name string, weight *mat.Dense[T], q *mat.Quantised, bias []T) {
	if q == nil {
		safetensors.Add(f, name+".weight", []int{weight.Rows(), weight.Cols()}, weight.Clone().Data())
	} else {
		addQuantised(f, name, q)
	}
	if bias != nil {
		safetensors.Add(f, name+".bias", []int{len(bias)}, bias)
	}
}

// Save writes the model file at path: the file is complete or, after an error,
// as it was.
func (m *Model[T]) Save(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

// Bytes is the size of the model's file.
func (m *Model[T]) Bytes() (int64, error) { return m.WriteTo(io.Discard) }
