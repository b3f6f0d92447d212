package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/fault"
)

// Options say what a file leaves open. The zero value reads what can be read without being told. An ONNX graph
// leaves open which output is wanted alone: Output has no use with files of tensors, the other options have none with
// graphs, and are refused there.
type Options struct {
	// Layers are the linear layers in order, with the activation after each:
	// NAME:ACTIVATION,…, as in "0:relu,2:relu,4:none"; or "auto:ACTIVATION": all layers of
	// the file as their names say, with the activation after each but the last. "" is "auto" with the
	// activation in the file's metadata, or with ReLU. Norms and PReLUs may be named too, then
	// all of them, as in "0:none,1:relu,3:none"; NAME:prelu and NAME:layernorm say what a lone
	// vector is, and a PReLU that several layers share stands in the place of their activations.
	Layers string
	// Prefix takes the tensors alone whose names begin with it and a dot.
	Prefix string
	// Ignore are patterns of names of tensors to leave out; * stands for any text.
	Ignore []string
	// Transposed says that the weights are stored [in, out].
	Transposed bool
	// Epsilon is what norms add to variances. 0 is the usual value of the
	// framework that names its tensors so: PyTorch 1e-5, Keras 1e-3, Flax 1e-5 and, for layer
	// norms, 1e-6.
	Epsilon float64
	// Output is the output of an ONNX graph that is wanted, if it has several.
	Output string
	// LoRAAlpha is the α of adapters of low rank, s = α/rank, where the file does not have it.
	LoRAAlpha float64
}

// Checkpoint is a network with how it was understood.
type Checkpoint[T asm.Float] struct {
	Network *bundle.Network[T]
	Layers  []ListedLayer
	// Notes are what was taken for granted, a sentence each.
	Notes []string
	// Metadata is that of the file.
	Metadata map[string]string
	// Files are the paths of what was read beside the file: the shards of an index, the data of an ONNX graph.
	Files []string
}

// ListedLayer is a line of the listing.
type ListedLayer struct {
	Name       string   `json:"name"` // of the module or node
	Kind       string   `json:"kind"` // linear, layer norm, PReLU, …
	In         int      `json:"in"`
	Out        int      `json:"out"`
	Activation string   `json:"activation,omitempty"`
	Folded     []string `json:"folded,omitempty"` // what became part of the weights
}

// Read reads a network from a file of the given size, safetensors or ONNX, that stands alone.
//
// Errors wrap [bundle.ErrFormat] or [bundle.ErrNotFinite] and name the tensors or the node, or
// [bundle.ErrRange] if the options are of no use.
func Read[T asm.Float](r io.ReaderAt, size int64, opt Options) (*Checkpoint[T], error) {
	return read[T](source{r: r, size: size, kind: kindOf(r, "")}, opt)
}

// Open reads the network in the file at path: safetensors, the index of one that is cut into
// shards (NAME.safetensors.index.json), or ONNX. Other files that it needs lie in its folder. Errors are those of
// [Read].
func Open[T asm.Float](path string, opt Options) (*Checkpoint[T], error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	c, err := read[T](source{r: f, size: info.Size(), kind: kindOf(f, path), name: filepath.Base(path), folder: folder}, opt)
	if err != nil && !errors.Is(err, bundle.ErrRange) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return c, err
}

func read[T asm.Float](s source, opt Options) (*Checkpoint[T], error) {
	c, err := readNetwork[T](s, opt)
	return c, fault.Brief(err)
}

func readNetwork[T asm.Float](s source, opt Options) (*Checkpoint[T], error) {
	r, err := newReader(opt)
	if err != nil {
		return nil, err
	}
	if err := opt.useless(s.kind); err != nil {
		return nil, err
	}
	defer s.close()
	var steps []step
	var metadata map[string]string
	switch s.kind {
	case graphFile:
		if steps, metadata, err = r.readONNX(s.r, s.size, s.open); err != nil {
			return nil, err
		}
	default:
		files, err := s.tensorFiles()
		if err != nil {
			return nil, err
		}
		if steps, err = r.readTensors(files); err != nil {
			return nil, err
		}
		metadata = files[0].Metadata
	}
	c, err := build[T](steps)
	if err != nil {
		return nil, err
	}
	c.Notes, c.Metadata = r.notes, metadata
	for _, f := range s.opened {
		c.Files = append(c.Files, f.Name())
	}
	return c, nil
}

// useless refuses options that a file of this kind has no use for.
func (o Options) useless(kind fileKind) error {
	if kind != graphFile {
		if o.Output != "" && kind != foreignFile {
			return fmt.Errorf("checkpoint: output has no use with a file of tensors: %w", bundle.ErrRange)
		}
		return nil
	}
	for _, option := range []struct {
		name  string
		given bool
	}{
		{"layers", o.Layers != ""}, {"prefix", o.Prefix != ""}, {"ignore", len(o.Ignore) > 0}, {"transposed", o.Transposed},
		{"epsilon", o.Epsilon != 0}, {"lora-alpha", o.LoRAAlpha != 0},
	} {
		if option.given {
			return fmt.Errorf("checkpoint: %s has no use with an ONNX graph, which says it itself: %w", option.name, bundle.ErrRange)
		}
	}
	return nil
}

// String is the listing: a line for each layer, then the notes.
func (c *Checkpoint[T]) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "stage\tfrom\tkind\tin → out\tactivation\tincludes")
	for i, l := range c.Layers {
		act := l.Activation
		if act == "" {
			act = "none"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d → %d\t%s\t%s\n", i, fault.Name(l.Name), l.Kind, l.In, l.Out, act, fault.Name(strings.Join(l.Folded, ", ")))
	}
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(append(lines, c.Notes...), "\n"), "\n")
}
