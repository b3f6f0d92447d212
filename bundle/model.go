package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"

	"nnk/asm"
	"nnk/internal/atomicfile"
	"nnk/internal/numbytes"
	"nnk/internal/safetensors"
	"nnk/urf"
)

// Task says what the outputs of a model mean.
type Task string

// The tasks.
const (
	Outputs  Task = "outputs"  // numbers, as those of the network that was compressed
	Regress  Task = "regress"  // predicted targets
	Classify Task = "classify" // one score per class; the largest wins
)

// Model is a network with what a user of its outputs must know. Its file is a
// safetensors file that any reader of that format opens; see [Model.WriteTo].
type Model[T asm.Float] struct {
	Network *Network[T]
	Task    Task
	// Classes are the names of the classes in the order of the outputs, those of a network that was compressed too. It is nil
	// if the classes are 0, 1, …, or if there are none.
	Classes []string
	// LabelType is the type that class labels have in arrays of NumPy, without the order of bytes: "i8", "b1", "U" for texts, ….
	// "" is "i8" where the classes are integers, and else "U".
	LabelType string
	// Info is what else the file's metadata says of how the model was made, such as
	// the chosen λ. Keys must not begin with "nnk.".
	Info map[string]string
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
	keyDigest     = "nnk.sha256"

	formatVersion = "2"
)

// modelKeys are all keys that a model file may have under "nnk.": another is of a program that knows more, and the
// model would be another without it.
var modelKeys = []string{keyFormat, keyArithmetic, keyTask, keyClasses, keyStages, keyType, keyInputs, keyOutputs, keyLabelType, keyDigest}

// stage is the description of a stage in a file's metadata.
type stage struct {
	Kind    string  `json:"kind"` // see [Model.WriteTo]
	Name    string  `json:"name,omitempty"`
	Act     string  `json:"activation,omitempty"`
	Map     string  `json:"map,omitempty"`
	Width   int     `json:"width,omitempty"`   // of an activation or softmax
	Epsilon float64 `json:"epsilon,omitempty"` // of a layer norm
}

// WriteTo writes the model file: safetensors with the tensors N.weight [out, in]
// and N.bias of the dense layers, N.mean and N.factor of scalings, N.weight and N.bias of layer norms, N.slope
// of PReLUs, and N.diagonal0, … and N.bias of trained diagonals, N the number of the stage; other feature maps are only
// text in the metadata, from which they are made again.
//
// FORMAT.md describes it for other programs. The metadata are strings: "nnk.format" (2), "nnk.sha256" (of all that the file holds),
// "nnk.inputs" and "nnk.outputs" (the numbers of columns), "nnk.arithmetic" (the version of
// the arithmetic, [asm.ArithmeticVersion]), "nnk.type" (float32 or float64), "nnk.task",
// "nnk.classes" (a JSON list), "nnk.label-type" (see [Model]), "nnk.stages" (a JSON list of objects: kind dense, scale, map, hybrid (a dense
// layer beside a map), diagonals, layernorm, prelu, activation, softmax or log-softmax; name, the prefix of the
// tensors; activation; map; width; epsilon), and what Info holds. The same model always gives the same bytes.
func (m *Model[T]) WriteTo(w io.Writer) (int64, error) {
	f := &safetensors.Writer{Metadata: maps.Clone(m.Info)}
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	var stages []stage
	for i, s := range m.Network.stages {
		name := strconv.Itoa(i)
		switch s := s.(type) {
		case *Linear[T]:
			if err := addDense(f, name, s); err != nil {
				return 0, err
			}
			stages = append(stages, stage{Kind: "dense", Name: name, Act: s.act.Name()})
		case *Hybrid[T]:
			if err := addDense(f, name, s.neurons); err != nil {
				return 0, err
			}
			stages = append(stages, stage{Kind: "hybrid", Name: name, Act: s.neurons.act.Name(), Map: s.m.Spec()})
		case *Scale[T]:
			stages = append(stages, stage{Kind: "scale", Name: name})
			safetensors.Add(f, name+".mean", []int{s.In()}, s.mean)
			safetensors.Add(f, name+".factor", []int{s.In()}, s.factor)
		case *Features[T]:
			if trained, ok := s.m.(*urf.Diagonals[T]); ok {
				stages = append(stages, addDiagonals(f, name, trained))
				break
			}
			stages = append(stages, stage{Kind: "map", Map: s.Map().Spec()})
		default:
			d, err := describe(f, name, s)
			if err != nil {
				return 0, err
			}
			stages = append(stages, d)
		}
	}
	if len(stages) > maxStages {
		return 0, fmt.Errorf("bundle: a network of %d stages, a file takes %d: %w", len(stages), maxStages, ErrRange)
	}
	text, err := json.Marshal(stages)
	if err != nil {
		return 0, err
	}
	f.Metadata[keyStages] = string(text)
	if m.Classes != nil {
		if text, err = json.Marshal(m.Classes); err != nil {
			return 0, err
		}
		f.Metadata[keyClasses] = string(text)
	}
	if m.LabelType != "" {
		f.Metadata[keyLabelType] = m.LabelType
	}
	f.Metadata[keyFormat] = formatVersion
	f.Metadata[keyArithmetic] = asm.ArithmeticVersion
	f.Metadata[keyType] = numbytes.TypeName[T]()
	f.Metadata[keyTask] = string(m.Task)
	f.Metadata[keyInputs] = strconv.Itoa(m.Network.In())
	f.Metadata[keyOutputs] = strconv.Itoa(m.Network.Out())
	f.Metadata[keyDigest] = f.Digest(keyDigest)
	return f.WriteTo(w)
}

// addDense adds the tensors of a dense layer.
func addDense[T asm.Float](f *safetensors.Writer, name string, d *Linear[T]) error {
	if act, err := urf.ActivationByName(d.act.Name()); err != nil {
		return fmt.Errorf("bundle: stage %s cannot be saved: %w", name, err)
	} else if act != d.act {
		return fmt.Errorf("bundle: stage %s cannot be saved: its activation is another function than the %s that would be read: %w", name, act.Name(), ErrFormat)
	}
	safetensors.Add(f, name+".weight", []int{d.Out(), d.In()}, d.weight.Clone().Data())
	if d.bias != nil {
		safetensors.Add(f, name+".bias", []int{d.Out()}, d.bias)
	}
	return nil
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
