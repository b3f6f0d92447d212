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
	"nnk/internal/atomicfile"
	"nnk/internal/safetensors"
	"nnk/rng/ortho"
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
	// Classes are the names of the classes in the order of the outputs. It is nil
	// if the classes are 0, 1, …, or if there are none.
	Classes []string
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
	keyStages     = "nnk.stages"
	keyType       = "nnk.type"

	formatVersion = "1"
)

// stage is the description of a stage in a file's metadata.
type stage struct {
	Kind string `json:"kind"` // "dense", "scale", "map", "hybrid" or "diagonals"
	Name string `json:"name,omitempty"`
	Act  string `json:"activation,omitempty"`
	Map  string `json:"map,omitempty"`
}

// WriteTo writes the model file: safetensors with the tensors N.weight [out, in]
// and N.bias of the dense layers, N.mean and N.factor of scalings, and N.diagonal0, …
// and N.bias of trained diagonals, N the number of the stage; other feature maps are only
// text in the metadata, from which they are made again.
//
// The metadata are strings: "nnk.format" (1), "nnk.arithmetic" (the version of
// the arithmetic, [asm.ArithmeticVersion]), "nnk.type" (float32 or float64), "nnk.task",
// "nnk.classes" (a JSON list), "nnk.stages" (a JSON list of objects: kind dense, scale, map, hybrid (a dense
// layer beside a map) or diagonals; name, the prefix of the tensors; activation; map), and what Info holds. The same
// model always gives the same bytes.
func (m *Model[T]) WriteTo(w io.Writer) (int64, error) {
	f := &safetensors.Writer{Metadata: maps.Clone(m.Info)}
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	var stages []stage
	for i, s := range m.Network.stages {
		name := strconv.Itoa(i)
		switch s := s.(type) {
		case *Dense[T]:
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
			return 0, fmt.Errorf("bundle: a stage of type %T cannot be saved: %w", s, ErrFormat)
		}
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
	f.Metadata[keyFormat] = formatVersion
	f.Metadata[keyArithmetic] = asm.ArithmeticVersion
	f.Metadata[keyType] = typeName[T]()
	f.Metadata[keyTask] = string(m.Task)
	return f.WriteTo(w)
}

// addDense adds the tensors of a dense layer.
func addDense[T asm.Float](f *safetensors.Writer, name string, d *Dense[T]) error {
	if _, err := urf.ActivationByName(d.act.Name()); err != nil {
		return fmt.Errorf("bundle: stage %s cannot be saved: %w", name, err)
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
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	m := &Model[T]{Info: map[string]string{}}
	switch v, ok := f.Metadata[keyFormat]; {
	case !ok:
		return nil, fmt.Errorf("%w: no %q in the metadata; a plain network must be compressed first", ErrFormat, keyFormat)
	case v != formatVersion:
		return nil, fmt.Errorf("%w: format version %q, this program reads %s", ErrFormat, v, formatVersion)
	}
	if v := f.Metadata[keyArithmetic]; v != asm.ArithmeticVersion {
		return nil, fmt.Errorf("%w: the file has version %q, this program %s: make the model again", ErrArithmetic, v, asm.ArithmeticVersion)
	}
	if v := f.Metadata[keyType]; v != typeName[T]() {
		return nil, fmt.Errorf("%w: model of type %q read as %s", ErrFormat, v, typeName[T]())
	}
	if m.Task = Task(f.Metadata[keyTask]); m.Task != Outputs && m.Task != Regress && m.Task != Classify {
		return nil, fmt.Errorf("%w: unknown task %q", ErrFormat, m.Task)
	}
	if m.Network, err = readStages[T](f); err != nil {
		return nil, err
	}
	if text, ok := f.Metadata[keyClasses]; ok {
		if err := json.Unmarshal([]byte(text), &m.Classes); err != nil {
			return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyClasses, err)
		}
		if len(m.Classes) != m.Network.Out() || m.Task != Classify {
			return nil, fmt.Errorf("%w: %d class names for %d outputs of a model to %s", ErrFormat, len(m.Classes), m.Network.Out(), m.Task)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		if !strings.HasPrefix(key, "nnk.") {
			m.Info[key] = f.Metadata[key]
		}
	}
	return m, nil
}

// readStages makes the stages that the metadata describe. Every tensor must
// belong to one.
func readStages[T asm.Float](f *safetensors.File) (*Network[T], error) {
	var list []stage
	if err := json.Unmarshal([]byte(f.Metadata[keyStages]), &list); err != nil {
		return nil, fmt.Errorf("%w: metadata %q: %w", ErrFormat, keyStages, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no stages", ErrFormat)
	}
	var stages []Stage[T]
	tensors := 0
	budget := newDrawing(f.Size)
	for i, d := range list {
		if d.Kind != "map" && d.Name != strconv.Itoa(i) {
			return nil, fmt.Errorf("%w: stage %d is named %q", ErrFormat, i, d.Name)
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
	_, projection, ok := strings.Cut(text, ") on ")
	if !ok {
		return nil // no map, or one that cannot be read: its reader says so
	}
	g, err := ortho.ParseSpec(projection)
	if err != nil {
		return fmt.Errorf("%w: map %.60q: %w", ErrFormat, text, err)
	}
	if inputs > 0 && g.D != inputs {
		return fmt.Errorf("%w: stage %d reads %d numbers, but the one before gives %d", ErrFormat, stage, g.D, inputs)
	}
	kept := int64(g.M)
	if g.Select != nil {
		kept = int64(len(g.Select))
	}
	rows, work := kept, int64(0)
	if g.Kind == ortho.Block || g.Kind == ortho.Simplex { // makes whole blocks for the rows that are kept
		rows = blockRows(g)
		work = rows * int64(g.D) * int64(g.D)
	}
	if s, err := urf.ParseSpec(text); err == nil {
		if s, ok := s.(urf.Maclaurin); ok { // one projection for each degree
			degree := int64(len(s.Coefficients))
			rows, work = rows*degree, work*degree
		}
	}
	// A selection of few rows has, in passing, a frequency or a degree for each of all.
	b.numbers -= rows*int64(g.D) + int64(g.M)
	b.work -= work
	if kept > b.size || b.numbers < 0 || b.work < 0 {
		return fmt.Errorf("%w: stage %d draws %d×%d random numbers of a pool of %d rows, out of proportion to a file of %d bytes", ErrFormat, stage, rows, g.D, g.M, b.size)
	}
	return nil
}

// blockRows is the number of rows in the blocks of d rows that have a kept one.
func blockRows(g ortho.Spec) int64 {
	whole := func(block int) int64 {
		if g.Kind == ortho.Simplex {
			return int64(g.D)
		}
		return int64(min(g.D, g.M-block*g.D))
	}
	if g.Select == nil {
		last := (g.M - 1) / g.D
		return int64(last)*int64(g.D) + whole(last)
	}
	rows, before := int64(0), -1
	for _, i := range g.Select {
		if block := i / g.D; block != before {
			rows, before = rows+whole(block), block
		}
	}
	return rows
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
		t := f.Tensor(d.Name + ".mean")
		if t == nil || len(t.Shape) != 1 || t.Shape[0] == 0 {
			return nil, 0, fmt.Errorf("%w: stage %s: no vector %s.mean", ErrFormat, d.Name, d.Name)
		}
		mean, err := readTensor[T](f, t)
		if err != nil {
			return nil, 0, err
		}
		factor, err := readVector[T](f, d.Name+".factor", len(mean))
		if err != nil {
			return nil, 0, err
		}
		return NewScale(mean, factor), 2, nil
	case "map":
		m, err := readMap[T](d.Map)
		if err != nil {
			return nil, 0, err
		}
		return NewFeatures(m), 0, nil
	case "diagonals":
		return readDiagonals[T](f, d)
	}
	return nil, 0, fmt.Errorf("%w: unknown kind of stage %q", ErrFormat, d.Kind)
}

func readMap[T asm.Float](text string) (urf.Map[T], error) {
	m, err := urf.ParseMap[T](text)
	if err != nil {
		return nil, fmt.Errorf("%w: map %q: %w", ErrFormat, text, err)
	}
	return m, nil
}
