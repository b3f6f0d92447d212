package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/internal/safetensors"
)

// networkFlags say how a network from elsewhere is to be read.
type networkFlags struct {
	opt   checkpoint.Options
	check string // the files of inputs and outputs, see [pairUp]

	understood understood // what was read
}

// understood is how a network from elsewhere was read; the names are those of -json.
type understood struct {
	Network []checkpoint.ListedLayer `json:"network,omitempty"`
	Notes   []string                 `json:"notes,omitempty"`
	Check   *checkpoint.Difference   `json:"check,omitempty"`
}

func (f *networkFlags) register(c *call) {
	c.flags.StringVar(&f.opt.Layers, "layers", "", "`SPEC` of the layers where a file of tensors does not say enough: NAME:ACT,NAME:ACT,… in order, or auto:ACT (activation after all but the last; else that in the file's metadata, or relu)")
	c.flags.StringVar(&f.opt.Prefix, "prefix", "", "take the tensors alone whose names begin with `NAME`")
	c.flags.Func("ignore", "leave out tensors whose names are like `PATTERN`, in which * is any text; may be given several times", func(p string) error {
		f.opt.Ignore = append(f.opt.Ignore, p)
		return nil
	})
	c.flags.StringVar(&f.opt.Output, "output", "", "`NAME` of the output of an ONNX graph that has several")
	c.flags.BoolVar(&f.opt.Transposed, "transposed", false, "the weights are stored [in, out]")
	c.flags.Float64Var(&f.opt.Epsilon, "epsilon", 0, "what norms of a file of tensors add to variances; 0 is the usual value of the framework")
	c.flags.Float64Var(&f.opt.LoRAAlpha, "lora-alpha", 0, "α of adapters of low rank, if the file does not have it")
}

// registerCheck adds the flag of [networkFlags.verify].
func (f *networkFlags) registerCheck(c *call) {
	c.flags.StringVar(&f.check, "check", "", "`X.npy Y.npy`, two files: refuse the network unless it gives the outputs Y for the inputs X, as it did where it was trained")
	c.arguments = pairUp(c.arguments, "check")
}

// pairSeparator stands between two files in the value of a flag.
const pairSeparator = "\x00"

// pairUp joins the two arguments after a flag to one.
func pairUp(args []string, flag string) []string {
	for i, a := range args {
		if strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-") == flag && a != flag && i+2 < len(args) && !strings.HasPrefix(args[i+2], "-") {
			joined := append(append([]string{}, args[:i+1]...), args[i+1]+pairSeparator+args[i+2])
			return append(joined, args[i+3:]...)
		}
	}
	return args
}

// read reads a network, of whose files none may be written.
func (f *networkFlags) read(c *call, path string) (*checkpoint.Checkpoint[float32], error) {
	if isOwn(path) {
		return nil, fmt.Errorf("%s: fit or compress made this file, which has random features already: for a smaller model, fit or compress again with fewer -features, from what it was made of", path)
	}
	net, err := checkpoint.Open[float32](path, f.opt)
	if errors.Is(err, bundle.ErrRange) { // of the flags, not of the file
		return nil, usagef("-%s", withoutPackage(err.Error()))
	}
	if err != nil {
		return nil, plain(err)
	}
	f.understood = understood{Network: net.Layers, Notes: net.Notes}
	var read []namedFile
	for _, name := range net.Files {
		read = append(read, namedFile{"a part of -model,", name})
	}
	return net, c.keepInputs(read)
}

// print shows how a network was understood.
func (f *networkFlags) print(c *call, net *checkpoint.Checkpoint[float32]) {
	if !c.json {
		fmt.Fprintf(c.stdout, "%s\n", net)
		if f.check == "" && len(net.Notes) > 0 {
			fmt.Fprintln(c.stdout, "not compared with where it was trained: -check X.npy Y.npy does")
		}
		fmt.Fprintln(c.stdout)
	}
}

// verify compares the network with outputs of the framework that it comes from, if they were given.
func (f *networkFlags) verify(c *call, net *checkpoint.Checkpoint[float32]) error {
	if f.check == "" {
		return nil
	}
	inputs, outputs, ok := strings.Cut(f.check, pairSeparator)
	if !ok {
		return usagef("-check %s: want two files, inputs and outputs", inputs)
	}
	x, err := c.open(inputs, 0)
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := c.open(outputs, x.Rows())
	if err != nil {
		return err
	}
	defer y.Close()
	d, err := net.Check(c.ctx, x, y)
	if err != nil {
		return fmt.Errorf("-check %s %s: %w", inputs, outputs, err)
	}
	f.understood.Check = &d
	if !c.json {
		fmt.Fprintf(c.stdout, "checked: on %s rows of %s the outputs of %s are met to %.2g of their spread\n\n", thousands(d.Rows), inputs, outputs, d.Error)
	}
	return nil
}

// model reads a model, or a network from elsewhere as one.
func (f *networkFlags) model(c *call, path string) (*bundle.Model[float32], error) {
	if !isPlain(path) {
		return loadModel(path)
	}
	net, err := f.read(c, path)
	if err != nil {
		return nil, err
	}
	f.print(c, net)
	m := &bundle.Model[float32]{Network: net.Network, Task: bundle.Outputs}
	known, err := readNaming(path, net.Metadata, m.Network.Out())
	known.name(m)
	return m, err
}

// isPlain reports whether a file is a network from elsewhere, not one of nnk's own models.
func isPlain(path string) bool {
	if strings.HasSuffix(path, ".onnx") || strings.HasSuffix(path, ".json") {
		return true
	}
	metadata, ok := tensorMetadata(path)
	_, own := metadata[keyFormat]
	return ok && !own
}

// isOwn reports whether a file is one of nnk's own models.
func isOwn(path string) bool {
	metadata, _ := tensorMetadata(path)
	_, own := metadata[keyFormat]
	return own
}

// keyFormat is in the metadata of all own models.
const keyFormat = "nnk.format"

// tensorMetadata are the metadata of a safetensors file, and whether it is one.
func tensorMetadata(path string) (map[string]string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false
	}
	file, err := safetensors.Open(f, info.Size())
	if err != nil {
		return nil, false
	}
	return file.Metadata, true
}
