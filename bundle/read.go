package bundle

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/bundle/table"
	"nnk/internal/fault"
	"nnk/internal/jsontext"
	"nnk/internal/numbytes"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Load reads the model file at path; see [ReadModel].
func Load[T asm.Float](path string) (*Model[T], error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m, err := ReadModel[T](f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// ReadModel reads a model file of the given size. Everything in it is checked:
// an error wraps [ErrFormat], [ErrNotFinite] (a weight that is NaN or infinite) or
// [ErrArithmetic] (features made with another version of the arithmetic, whose bits
// differ), and says what is wrong and where.
func ReadModel[T asm.Float](r io.ReaderAt, size int64) (*Model[T], error) {
	m, err := readNetwork[T](r, size)
	return m, fault.Brief(err)
}

func readNetwork[T asm.Float](r io.ReaderAt, size int64) (*Model[T], error) {
	f, err := safetensors.Open(r, size)
	if err != nil {
		return nil, err
	}
	info, err := readInfo(f)
	if err != nil {
		return nil, err
	}
	if info.Arithmetic != asm.ArithmeticVersion {
		return nil, fmt.Errorf("%w: the file has version %.60q, this program %s: make the model again", ErrArithmetic, info.Arithmetic, asm.ArithmeticVersion)
	}
	if info.Type != numbytes.TypeName[T]() {
		return nil, fmt.Errorf("%w: a model of type %s read as %s: load it as the former", ErrFormat, info.Type, numbytes.TypeName[T]())
	}
	m := &Model[T]{Task: info.Task, Classes: info.Classes, LabelType: info.LabelType, Schema: info.Schema, Provenance: info.Provenance}
	if m.Network, err = readStages[T](f); err != nil {
		return nil, err
	}
	if m.Network.In() != info.Inputs || m.Network.Out() != info.Outputs {
		return nil, fmt.Errorf("%w: a network of %d inputs and %d outputs, but the metadata say %d and %d", ErrFormat, m.Network.In(), m.Network.Out(), info.Inputs, info.Outputs)
	}
	return m, nil
}

// maxStages is far above what networks have, which is some hundreds.
const maxStages = 1 << 12

// Info is what the metadata of a model file say of it.
type Info struct {
	Format     string // version of the form of the file
	Arithmetic string // version of the arithmetic, which must be [asm.ArithmeticVersion] for the model to be loaded
	Type       string // float32 or float64: what T of [Load] must be
	Task       Task
	Classes    []string // names of the classes; nil for 0, 1, …, and if there are none
	LabelType  string   // of the labels that were learned, see [Model]
	Inputs     int      // columns of the rows that it reads
	Outputs    int
	Schema     *table.Schema     // of the columns that become the inputs, or nil
	Provenance map[string]string // what else there is, see [Model]
}

// ReadInfo tells what a model file of the given size holds without making its network, which may be large: what program can
// load it, as which type, and what rows it wants. The contents are checked for damage, one pass over the file. Errors are
// those of [ReadModel], but not [ErrArithmetic].
func ReadInfo(r io.ReaderAt, size int64) (*Info, error) {
	f, err := safetensors.Open(r, size)
	if err != nil {
		return nil, err
	}
	info, err := readInfo(f)
	return info, fault.Brief(err)
}

func readInfo(f *safetensors.File) (*Info, error) {
	info := &Info{Format: f.Metadata[keyFormat], Arithmetic: f.Metadata[keyArithmetic], Type: f.Metadata[keyType], Task: Task(f.Metadata[keyTask]), Provenance: map[string]string{}}
	switch _, ok := f.Metadata[keyFormat]; {
	case !ok:
		return nil, fmt.Errorf("%w: no %q in the metadata; a plain network must be compressed first", ErrFormat, keyFormat)
	case info.Format != formatVersion:
		return nil, fmt.Errorf("%w: format version %.60q, this program reads %s", ErrFormat, info.Format, formatVersion)
	}
	digest, err := f.Digest(keyDigest)
	if err != nil {
		return nil, err
	}
	if digest != f.Metadata[keyDigest] {
		return nil, fmt.Errorf("%w: the file is damaged: its contents have the digest %s, not %.64q", ErrFormat, digest, f.Metadata[keyDigest])
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		switch {
		case !strings.HasPrefix(key, "nnk."):
			info.Provenance[key] = f.Metadata[key]
		case !slices.Contains(modelKeys, key):
			return nil, fmt.Errorf("%w: unknown metadata %.60q: made by a newer program", ErrFormat, key)
		}
	}
	if info.Type != "float32" && info.Type != "float64" {
		return nil, fmt.Errorf("%w: unknown type %.60q", ErrFormat, info.Type)
	}
	if info.Task != Outputs && info.Task != Regress && info.Task != Classify {
		return nil, fmt.Errorf("%w: unknown task %.60q", ErrFormat, info.Task)
	}
	for _, c := range []struct {
		key string
		dst *int
	}{{keyInputs, &info.Inputs}, {keyOutputs, &info.Outputs}} {
		if *c.dst, err = strconv.Atoi(f.Metadata[c.key]); err != nil || *c.dst < 1 {
			return nil, fmt.Errorf("%w: metadata %q is %.20q, want a number of columns", ErrFormat, c.key, f.Metadata[c.key])
		}
	}
	if text, ok := f.Metadata[keyClasses]; ok {
		j := jsontext.NewScanner([]byte(text))
		info.Classes = j.Strings()
		if err := j.End(); err != nil {
			return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyClasses, err)
		}
		if len(info.Classes) != ClassCount(info.Outputs) || info.Task == Regress {
			return nil, fmt.Errorf("%w: %d class names for %d outputs of a model to %s", ErrFormat, len(info.Classes), info.Outputs, info.Task)
		}
	}
	if err := distinct(info.Classes); err != nil {
		return nil, err
	}
	types := []string{"", "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "U", "S"}
	if info.LabelType = f.Metadata[keyLabelType]; !slices.Contains(types, info.LabelType) {
		return nil, fmt.Errorf("%w: metadata %q: unknown type %.20q", ErrFormat, keyLabelType, info.LabelType)
	}
	if text, ok := f.Metadata[keySchema]; ok {
		if info.Schema, err = table.ParseSchema(text); err == nil {
			err = checkSchema(info.Schema, info.Task, info.Inputs, info.Outputs)
		}
		if err != nil {
			return nil, fmt.Errorf("metadata %q: %w", keySchema, err)
		}
	}
	return info, nil
}

// distinct refuses two classes of one name: nobody could tell which of them a label means.
func distinct(classes []string) error {
	seen := make(map[string]bool, len(classes))
	for _, name := range classes {
		if seen[name] {
			return fmt.Errorf("%w: two classes are named %.100q", ErrFormat, name)
		}
		seen[name] = true
	}
	return nil
}

// readStages makes the stages that the metadata describe. Every tensor must
// belong to one.
func readStages[T asm.Float](f *safetensors.File) (*Network[T], error) {
	list, err := parseStages(f.Metadata[keyStages])
	if err != nil {
		return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyStages, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no stages", ErrFormat)
	}
	var stages []Stage[T]
	tensors := 0
	budget := newDrawing(f.Size)
	for i, d := range list {
		inputs := 0
		if i > 0 {
			inputs = stages[i-1].Out()
		}
		d, codes, err := d.completed(f, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		if err := budget.check(d.Map, i, inputs); err != nil {
			return nil, err
		}
		s, n, err := readStage[T](f, strconv.Itoa(i), d)
		if err != nil {
			return nil, err
		}
		if i > 0 && stages[i-1].Out() != s.In() {
			return nil, fmt.Errorf("%w: stage %d reads %d numbers, but the one before gives %d", ErrFormat, i, s.In(), stages[i-1].Out())
		}
		stages, tensors = append(stages, s), tensors+codes+n
	}
	if tensors != len(f.Tensors) {
		return nil, fmt.Errorf("%w: %d tensors, but the stages use %d", ErrFormat, len(f.Tensors), tensors)
	}
	return NewNetwork(stages...), nil
}

// readStage makes stage name and counts the tensors that it uses.
func readStage[T asm.Float](f *safetensors.File, name string, d description) (s Stage[T], tensors int, err error) {
	if err := d.check(name); err != nil {
		return nil, 0, err
	}
	var act urf.Activation
	if d.Activation != "" {
		if act, err = urf.ActivationByName(d.Activation); err != nil {
			return nil, 0, fmt.Errorf("%w: stage %s: %w", ErrFormat, name, err)
		}
	}
	var m urf.Map[T]
	if d.Map != "" {
		if m, tensors, err = readMap[T](f, name, d); err != nil {
			return nil, 0, err
		}
	}
	switch d.Kind {
	case kindLinear, kindLayer, kindHybrid:
		w, err := readWeights[T](f, name, d)
		if err != nil {
			return nil, 0, err
		}
		s, err := w.stage(name, d.Kind, m, act)
		return s, tensors + w.tensors, err
	case kindMap:
		return NewFeatures(m), tensors, nil
	case kindScale:
		s, err = readScale[T](f, name)
		return s, 2, err
	case kindLayerNorm:
		s, err = readLayerNorm[T](f, name, d.Epsilon)
		return s, 2, err
	case kindPReLU:
		s, err = readPReLU[T](f, name)
		return s, 1, err
	}
	if d.Kind == kindColumns {
		s, err = readColumns[T](name, d)
		return s, 0, err
	}
	if err := checkWidth(name, d.Width); err != nil {
		return nil, 0, err
	}
	if d.Kind == kindActivation {
		return NewElementwise[T](int(d.Width), act), 0, nil
	}
	return NewSoftmax[T](int(d.Width), d.Kind == kindLogSoftmax), 0, nil
}

// weights are those of a stage, as numbers of T or quantised.
type weights[T asm.Float] struct {
	dense     *mat.Dense[T]
	quantised *mat.Quantised // or nil
	bias      []T            // or nil
	tensors   int            // that were read
}

func readWeights[T asm.Float](f *safetensors.File, name string, d description) (w weights[T], err error) {
	rows := 0
	if d.Bits != 0 {
		if w.quantised, err = readQuantised(f, name, d); err != nil {
			return w, err
		}
		rows, w.tensors = w.quantised.Rows(), 2
	} else {
		if w.dense, err = readMatrix[T](f, name+".weight"); err != nil {
			return w, err
		}
		rows, w.tensors = w.dense.Rows(), 1
	}
	if f.Tensor(name+".bias") != nil {
		w.bias, err = readVector[T](f, name+".bias", rows)
		w.tensors++
	}
	return w, err
}

// inputs is the number of columns.
func (w weights[T]) inputs() int {
	if w.quantised != nil {
		return w.quantised.Cols()
	}
	return w.dense.Cols()
}

// stage makes a stage that has these weights.
func (w weights[T]) stage(name, kind string, m urf.Map[T], act urf.Activation) (Stage[T], error) {
	switch {
	case kind == kindLinear:
		return w.linear(act), nil
	case kind == kindLayer && w.inputs() != m.Out():
		return nil, fmt.Errorf("%w: the matrix of stage %s reads %d numbers, its map gives %d", ErrFormat, name, w.inputs(), m.Out())
	case kind == kindLayer && w.quantised != nil:
		return snnk.NewQuantised(m, w.quantised, w.bias), nil
	case kind == kindLayer:
		return snnk.New(m, w.dense, w.bias), nil
	case w.inputs() != m.In():
		return nil, fmt.Errorf("%w: neurons of stage %s read %d numbers, its features %d", ErrFormat, name, w.inputs(), m.In())
	}
	return NewHybrid(w.linear(act), m), nil
}

func (w weights[T]) linear(act urf.Activation) *Linear[T] {
	if w.quantised != nil {
		return NewQuantisedLinear(w.quantised, w.bias, act)
	}
	return NewLinear(w.dense, w.bias, act)
}

func readMatrix[T asm.Float](f *safetensors.File, name string) (*mat.Dense[T], error) {
	t, err := matrixTensor(f, name)
	if err != nil {
		return nil, err
	}
	data, err := readTensor[T](f, t)
	if err != nil {
		return nil, err
	}
	return mat.Of(int(t.Shape[0]), int(t.Shape[1]), data), nil
}

// matrixTensor is the tensor of a matrix that is not empty.
func matrixTensor(f *safetensors.File, name string) (*safetensors.Tensor, error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("%w: no tensor %.200q", ErrFormat, name)
	}
	if len(t.Shape) != 2 || t.Shape[0] == 0 || t.Shape[1] == 0 {
		return nil, fmt.Errorf("%w: tensor %.200q is %s, want two dimensions, [out, in]", ErrFormat, name, t)
	}
	return t, nil
}

func readVector[T asm.Float](f *safetensors.File, name string, n int) ([]T, error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("%w: no tensor %.200q", ErrFormat, name)
	}
	if len(t.Shape) != 1 || t.Shape[0] != int64(n) {
		return nil, fmt.Errorf("%w: tensor %.200q is %s, want [%d]", ErrFormat, name, t, n)
	}
	return readTensor[T](f, t)
}

func readTensor[T asm.Float](f *safetensors.File, t *safetensors.Tensor) ([]T, error) {
	data, err := safetensors.Load[T](f, t)
	if err != nil {
		return nil, err
	}
	for i, v := range data {
		if v-v != 0 {
			return nil, fmt.Errorf("tensor %.200q element %d: %w", t.Name, i, ErrNotFinite)
		}
	}
	return data, nil
}
