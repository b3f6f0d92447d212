package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/internal/numbytes"
	"nnk/internal/safetensors"
	"nnk/mat"
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
	m := &Model[T]{Task: info.Task, Classes: info.Classes, LabelType: info.LabelType, Info: info.Info}
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
	Info       map[string]string // what else there is, see [Model]
}

// ReadInfo tells what a model file of the given size holds without making its network, which may be large: what program can
// load it, as which type, and what rows it wants. The contents are checked for damage, one pass over the file. Errors are
// those of [ReadModel], but not [ErrArithmetic].
func ReadInfo(r io.ReaderAt, size int64) (*Info, error) {
	f, err := safetensors.Open(r, size)
	if err != nil {
		return nil, err
	}
	return readInfo(f)
}

func readInfo(f *safetensors.File) (*Info, error) {
	info := &Info{Format: f.Metadata[keyFormat], Arithmetic: f.Metadata[keyArithmetic], Type: f.Metadata[keyType], Task: Task(f.Metadata[keyTask]), Info: map[string]string{}}
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
		return nil, fmt.Errorf("%w: the file is damaged: its contents have the SHA-256 %s, not %.64q", ErrFormat, digest, f.Metadata[keyDigest])
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		switch {
		case !strings.HasPrefix(key, "nnk."):
			info.Info[key] = f.Metadata[key]
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
	for key, dst := range map[string]*int{keyInputs: &info.Inputs, keyOutputs: &info.Outputs} {
		if *dst, err = strconv.Atoi(f.Metadata[key]); err != nil || *dst < 1 {
			return nil, fmt.Errorf("%w: metadata %q is %.20q, want a number of columns", ErrFormat, key, f.Metadata[key])
		}
	}
	if text, ok := f.Metadata[keyClasses]; ok {
		if err := json.Unmarshal([]byte(text), &info.Classes); err != nil {
			return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyClasses, err)
		}
		if len(info.Classes) != info.Outputs || info.Task == Regress {
			return nil, fmt.Errorf("%w: %d class names for %d outputs of a model to %s", ErrFormat, len(info.Classes), info.Outputs, info.Task)
		}
	}
	seen := make(map[string]bool, len(info.Classes))
	for _, name := range info.Classes {
		if seen[name] {
			return nil, fmt.Errorf("%w: two classes are named %.100q", ErrFormat, name)
		}
		seen[name] = true
	}
	types := []string{"", "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "U", "S"}
	if info.LabelType = f.Metadata[keyLabelType]; !slices.Contains(types, info.LabelType) {
		return nil, fmt.Errorf("%w: metadata %q: unknown type %.20q", ErrFormat, keyLabelType, info.LabelType)
	}
	return info, nil
}

// readStages makes the stages that the metadata describe. Every tensor must
// belong to one.
func readStages[T asm.Float](f *safetensors.File) (*Network[T], error) {
	var list []stage
	if err := json.Unmarshal([]byte(f.Metadata[keyStages]), &list); err != nil {
		return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyStages, err)
	}
	if len(list) == 0 || len(list) > maxStages {
		return nil, fmt.Errorf("%w: %d stages, want 1 to %d", ErrFormat, len(list), maxStages)
	}
	var stages []Stage[T]
	tensors := 0
	budget := newDrawing(f.Size)
	for i, d := range list {
		if d.Kind != "map" && d.Name != strconv.Itoa(i) {
			return nil, fmt.Errorf("%w: stage %d is named %.60q", ErrFormat, i, d.Name)
		}
		inputs := 0
		if i > 0 {
			inputs = stages[i-1].Out()
		}
		if err := budget.check(d.Map, i, inputs); err != nil {
			return nil, err
		}
		s, n, err := readStage[T](f, d)
		if err != nil {
			return nil, err
		}
		if i > 0 && stages[i-1].Out() != s.In() {
			return nil, fmt.Errorf("%w: stage %d reads %d numbers, but the one before gives %d", ErrFormat, i, s.In(), stages[i-1].Out())
		}
		stages, tensors = append(stages, s), tensors+n
	}
	if tensors != len(f.Tensors) {
		return nil, fmt.Errorf("%w: %d tensors, but the stages use %d", ErrFormat, len(f.Tensors), tensors)
	}
	return NewNetwork(stages...), nil
}

// A drawing is what the maps of a file may still cost to make: a short text can ask for any
// amount of memory and time. Every feature that is used has at least a weight in the
// file, so both grow with its size.
type drawing struct {
	size    int64 // of the file, in bytes
	numbers int64 // random numbers
	work    int64 // multiply-adds of orthogonalising them
}

func newDrawing(size int64) *drawing {
	return &drawing{size, 1<<20 + size<<12, 1<<30 + size<<20}
}

// check refuses a map that does not fit the stage before it, which has inputs outputs
// (0 if there is none), or that is out of proportion to the file, before it is made.
func (b *drawing) check(text string, stage, inputs int) error {
	s, err := urf.ParseSpec(text)
	if err != nil {
		return nil // no map, or one that cannot be read: its reader says so
	}
	g := s.Base()
	if inputs > 0 && g.D != inputs {
		return fmt.Errorf("%w: stage %d reads %d numbers, but the one before gives %d", ErrFormat, stage, g.D, inputs)
	}
	numbers, work := s.Draws()
	b.numbers -= numbers
	b.work -= work
	if int64(g.Rows()) > b.size || b.numbers < 0 || b.work < 0 {
		return fmt.Errorf("%w: stage %d draws %d random numbers of a pool of %d×%d and needs %d multiply-adds, out of proportion to a file of %d bytes", ErrFormat, stage, numbers, g.M, g.D, work, b.size)
	}
	return nil
}

// readStage makes one stage and counts the tensors that it uses.
func readStage[T asm.Float](f *safetensors.File, d stage) (Stage[T], int, error) {
	switch d.Kind {
	case "dense", "hybrid":
		act, err := urf.ActivationByName(d.Act)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: stage %s: %w", ErrFormat, d.Name, err)
		}
		s, err := readDense[T](f, d.Name, act)
		if err != nil {
			return nil, 0, err
		}
		tensors := 1
		if s.bias != nil {
			tensors = 2
		}
		if d.Kind == "dense" {
			return s, tensors, nil
		}
		m, err := readMap[T](d.Map)
		if err != nil {
			return nil, 0, err
		}
		if m.In() != s.In() {
			return nil, 0, fmt.Errorf("%w: neurons of stage %s read %d numbers, its features %d", ErrFormat, d.Name, s.In(), m.In())
		}
		return NewHybrid(s, m), tensors, nil
	case "scale":
		mean, err := readColumns[float64](f, d.Name, ".mean")
		if err != nil {
			return nil, 0, err
		}
		factor, err := readVector[float64](f, d.Name+".factor", len(mean))
		if err != nil {
			return nil, 0, err
		}
		return NewScale[T](mean, factor), 2, nil
	case "map":
		m, err := readMap[T](d.Map)
		if err != nil {
			return nil, 0, err
		}
		return NewFeatures(m), 0, nil
	case "diagonals":
		return readDiagonals[T](f, d)
	}
	return readRowwise[T](f, d)
}

func readMap[T asm.Float](text string) (urf.Map[T], error) {
	m, err := urf.ParseMap[T](text)
	if err != nil {
		return nil, fmt.Errorf("%w: map %.200q: %w", ErrFormat, text, err)
	}
	return m, nil
}

func readDense[T asm.Float](f *safetensors.File, name string, act urf.Activation) (*Linear[T], error) {
	w, err := readMatrix[T](f, name+".weight")
	if err != nil {
		return nil, err
	}
	var bias []T
	if f.Tensor(name+".bias") != nil {
		if bias, err = readVector[T](f, name+".bias", w.Rows()); err != nil {
			return nil, err
		}
	}
	return NewLinear(w, bias, act), nil
}

func readMatrix[T asm.Float](f *safetensors.File, name string) (*mat.Dense[T], error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("%w: no tensor %.200q", ErrFormat, name)
	}
	if len(t.Shape) != 2 || t.Shape[0] == 0 || t.Shape[1] == 0 {
		return nil, fmt.Errorf("%w: tensor %.200q is %s, want two dimensions, [out, in]", ErrFormat, name, t)
	}
	data, err := readTensor[T](f, t)
	if err != nil {
		return nil, err
	}
	return mat.Of(int(t.Shape[0]), int(t.Shape[1]), data), nil
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
