package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/bundle/fit"
	"nnk/internal/fault"
)

// command is one subcommand. run gets the arguments after its name.
type command struct {
	name, args, summary string
	run                 func(c *call) error
}

// commands in the order in which the help lists them.
func commands() []command {
	return []command{
		{"demo", "[-html FILE]", "compare bundles of a shipped network with the original, low rank and narrow networks", demo},
		{"compress", "-model NETWORK -x X -o OUT.safetensors", "replace layers of a network by random features and one matrix", compressNetwork},
		{"fit", "TABLE.csv -target NAME -o OUT.safetensors, or -x X -y Y -o OUT.safetensors", "fit a model to data in closed form", fitModel},
		{"stats", "-x X -y Y -first ROW -task TASK -o OUT, then -x X -y Y -first ROW -plan PLAN -o OUT", "write what merge-stats needs of a shard of rows, where that is", shardStats},
		{"merge-stats", "SURVEY… -o PLAN, then SUMS… -plan PLAN -o OUT.safetensors", "fit a model to shards of rows on many machines, from what stats wrote of each", mergeStats},
		{"predict", "TABLE.csv -model MODEL -o P.csv, or -model MODEL -x X -o P.npy", "write a model's outputs or labels", predict},
		{"train", "-x X -y Y -o OUT.safetensors", "train a dense network by gradient descent, for compress", train},
		{"embed", "-encoder FOLDER -tokens IDS -o OUT.npy, or -encoder FOLDER -x PIXELS -o OUT.npy", "write the vectors, or logits, that a transformer gives for texts or images", embed},
		{"eval", "TABLE.csv -model MODEL, or -model MODEL -x X -y Y", "measure a model's error, size and speed", eval},
		{"export", "-model MODEL -onnx OUT.onnx", "write a model for other runtimes, as ONNX", exportModel},
		{"inspect", "FILE", "list what a model, a safetensors or an ONNX file holds", inspect},
		{"bench", "", "time kernels and layers with every kernel set, in Go's benchmark format", bench},
		{"plan", "-act ACT -range LO,HI -norms X,W -error E", "predict the error of random features of an activation and how many it takes", plan},
		{"conformance", "", "check that this machine computes the bits that every other computes", checkConformance},
	}
}

// call is one run of a subcommand.
type call struct {
	command
	ctx            context.Context // ends when the command is to stop
	arguments      []string
	stdout, stderr io.Writer
	flags          *flag.FlagSet
	operands       []string // arguments that belong to no flag
	json, quiet    bool
	tables         tables
	memory         memory
}

// usageError is wrong usage: exit 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func main() {
	if err := asm.Kernels().Err; err != nil {
		os.Exit(refuse(os.Stderr, err))
	}
	os.Exit(run(interruptible(), os.Args[1:], os.Stdout, os.Stderr))
}

// refuse reports a kernel set that was asked for and cannot be had, which is
// wrong usage.
func refuse(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "nnk: %s\n", oneLine(err))
	return 2
}

// run is the program without its environment: it returns the exit code, 0 for
// success, 1 for failed work, 2 for wrong usage, 128 and its number for a signal that ended ctx.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr)
		return 2
	}
	if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" || args[0] == "help" {
		help(stdout)
		return 0
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return execute(ctx, cmd, args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "nnk: no command %.200q; \"nnk help\" lists them\n", args[0])
	return 2
}

func execute(ctx context.Context, cmd command, args []string, stdout, stderr io.Writer) int {
	out := &output{w: stdout}
	c := &call{ctx: ctx, command: cmd, arguments: args, stdout: out, stderr: stderr}
	c.flags = flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	c.flags.BoolVar(&c.json, "json", false, "print one JSON object instead of a table")
	c.flags.BoolVar(&c.quiet, "quiet", false, "show no progress")
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1)) // see [memory.set]
	err := cmd.run(c)
	if err == nil && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: nnk %s %s\n\n%s\n\n", cmd.name, cmd.args, cmd.summary)
		c.flags.SetOutput(stdout)
		c.flags.PrintDefaults()
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "nnk %s: %s; \"nnk %s -h\" shows the flags\n", cmd.name, oneLine(err), cmd.name)
		return 2
	}
	if errors.Is(err, fit.ErrMemory) {
		err = fmt.Errorf("%w; -memory SIZE sets the limit", err)
	}
	fmt.Fprintf(stderr, "nnk %s: %s\n", cmd.name, oneLine(err))
	if i, ok := interrupted(ctx, err); ok {
		return i.code()
	}
	return 1
}

// output keeps the first error of writing, which the many prints of a command leave to it.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.w.Write(b)
	if o.err == nil && err != nil {
		o.err = err
		var pe *os.PathError
		if errors.As(err, &pe) {
			o.err = pe.Err
		}
	}
	return n, err
}

// parse reads the flags, of which those named must be given, and wants from least to most arguments beside them.
// What is to be written must be possible; see [call.checkOutputs].
func (c *call) parse(least, most int, needed ...string) error {
	if err := c.read(); err != nil {
		return err
	}
	return c.want(least, most, needed...)
}

// read reads the flags, and c.operands between them.
func (c *call) read() error {
	for rest := c.arguments; ; {
		if err := c.flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return usageError{err.Error()}
		}
		if c.flags.NArg() == 0 {
			return nil
		}
		c.operands, rest = append(c.operands, c.flags.Arg(0)), c.flags.Args()[1:]
	}
}

// want checks what was read.
func (c *call) want(least, most int, needed ...string) error {
	given := c.given()
	for _, name := range needed {
		if !given[name] || c.flags.Lookup(name).Value.String() == "" {
			return usagef("flag -%s is needed", name)
		}
	}
	if n := len(c.operands); n < least || n > most {
		want := fmt.Sprint(most)
		if least < most {
			want = fmt.Sprintf("%d or %d", least, most)
		}
		return usagef("%d arguments beside the flags, want %s", n, want)
	}
	if c.memory.text != "" {
		if err := c.memory.set(); err != nil {
			return err
		}
	}
	return c.checkOutputs()
}

// given are the flags on the command line.
func (c *call) given() map[string]bool {
	given := map[string]bool{}
	c.flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}

func help(w io.Writer) {
	fmt.Fprintf(w, "usage: nnk COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s %s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, "\n\"nnk COMMAND -h\" shows the flags of a command. NNK_KERNELS=generic|avx2|avx512|neon|rvv\nforces a kernel set; the results are the same bits.\n")
}

// oneLine makes an error one line, whatever it wraps, that a terminal shows and does not obey.
func oneLine(err error) string {
	return fault.Text(strings.Join(strings.Fields(withoutPackage(err.Error())), " "))
}

// withoutPackage is the text of an error without the package that it begins with.
func withoutPackage(text string) string {
	name, rest, ok := strings.Cut(text, ": ")
	if ok && slices.Contains([]string{"snnk", "encoder", "bundle", "table", "checkpoint", "export", "fit", "compress"}, name) {
		return rest
	}
	return text
}
