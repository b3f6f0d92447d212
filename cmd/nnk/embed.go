package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"nnk/internal/atomicfile"
	"nnk/internal/npy"
	"nnk/snnk/encoder"
)

// embedFlags say what embed makes of a checkpoint.
type embedFlags struct {
	folder                string
	ignore                []string
	tokens, lengths, kind string
	pixels                string
	pool                  string
	logits                bool
	out                   string
}

// embedded is what embed prints; the names are those of -json.
type embedded struct {
	File     string   `json:"file"`
	Shape    []int    `json:"shape"`
	Tokens   int      `json:"tokens"`
	Layout   string   `json:"layout"`
	Params   int      `json:"params"`
	LeftOut  []string `json:"left_out,omitempty"` // tensors of the checkpoint
	distinct string   // what the rows are
}

func embed(c *call) error {
	var f embedFlags
	f.register(c)
	if err := c.parse(0, 0, "encoder", "o"); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if err := f.keepCheckpoint(c); err != nil {
		return err
	}
	var texts *encoder.Texts
	var err error
	if f.tokens != "" { // before the work of reading the checkpoint
		if texts, err = f.readTexts(c); err != nil {
			return err
		}
	}
	m, leftOut, err := f.load(c, texts)
	if err != nil {
		return err
	}
	e := &embedding{call: c, embedFlags: &f, model: m, config: m.Config()}
	defer e.close()
	if err := e.inputs(texts); err != nil {
		return err
	}
	if err := e.run(); err != nil {
		return err
	}
	err = plain(atomicfile.Write(f.out, func(w io.Writer) error { return npy.Write(w, e.shape, e.data) }))
	if err != nil {
		return err
	}
	done := embedded{File: f.out, Shape: e.shape, Tokens: e.tokens, Layout: e.config.Layout.String(), Params: m.Params(), LeftOut: leftOut, distinct: e.unit()}
	return done.print(c)
}

func (f *embedFlags) register(c *call) {
	c.flags.StringVar(&f.folder, "encoder", "", "`folder` of config.json and model.safetensors, or its shards, as Hugging Face's libraries write them: bert, roberta, xlm-roberta, camembert, distilbert or vit")
	c.flags.Func("ignore", "leave out tensors whose names are like `PATTERN`, in which * is any text; may be given several times", func(p string) error {
		f.ignore = append(f.ignore, p)
		return nil
	})
	c.flags.StringVar(&f.tokens, "tokens", "", "token ids, a row for each text: .npy `file` of integers, or a text file of ids between blanks or commas, a line for each text; with the special tokens, such as [CLS] and [SEP]")
	c.flags.StringVar(&f.lengths, "lengths", "", "`file` of the number of tokens of each text, as -tokens; without it, padding at the ends of rows (pad_token_id) does not count")
	c.flags.StringVar(&f.kind, "types", "", "`file` of the type of each token, as -tokens: 0 in the first part of a pair, 1 in the second; 0 if not given")
	c.flags.StringVar(&f.pixels, "x", "", "pixels, a row for each image: .npy `file` of images×channels×height×width, normalised as the encoder wants")
	c.flags.StringVar(&f.pool, "pool", "mean", "what is written of each text or image: mean, of the vectors of its tokens; cls, the vector of its first token; pooler, what the checkpoint's pooler makes of that; none, the vectors of all its tokens, and zeros behind the last")
	c.flags.BoolVar(&f.logits, "logits", false, "write the outputs of the checkpoint's head, one for each class, instead")
	c.flags.StringVar(&f.out, "o", "", "`file` to write, .npy")
	c.memory.register(c)
}

func (f *embedFlags) check() error {
	if strings.ToLower(filepath.Ext(f.out)) != ".npy" {
		return usagef("-o %s: the name must end in .npy", f.out)
	}
	if (f.tokens == "") == (f.pixels == "") {
		return usagef("give either -tokens, of texts, or -x, of images")
	}
	if f.pixels != "" && f.lengths+f.kind != "" {
		return usagef("-lengths and -types belong to -tokens")
	}
	if f.pixels != "" && strings.ToLower(filepath.Ext(f.pixels)) != ".npy" {
		return usagef("-x %s: the name must end in .npy", f.pixels)
	}
	switch f.pool {
	case "mean", "cls", "pooler", "none":
	default:
		return usagef("-pool %s: want mean, cls, pooler or none", f.pool)
	}
	return nil
}

// keepCheckpoint refuses to write what is read of the checkpoint.
func (f *embedFlags) keepCheckpoint(c *call) error {
	var files []namedFile
	for _, pattern := range []string{"*.json", "*.safetensors"} {
		names, err := filepath.Glob(filepath.Join(f.folder, pattern))
		if err != nil {
			return nil // a pattern of its own: opening it says more
		}
		for _, name := range names {
			files = append(files, namedFile{"-encoder", name})
		}
	}
	return c.keepInputs(files)
}

// readTexts reads the tokens; without -lengths all of a row count until the padding is known.
func (f *embedFlags) readTexts(c *call) (*encoder.Texts, error) {
	ids, err := readIntegers(c, f.tokens)
	if err != nil {
		return nil, err
	}
	t := &encoder.Texts{IDs: ids.values, Lengths: ids.lengths}
	if f.kind != "" {
		types, err := readIntegers(c, f.kind)
		if err != nil {
			return nil, err
		}
		if err := ids.same(f.tokens, types, f.kind); err != nil {
			return nil, err
		}
		t.Types = types.values
	}
	if f.lengths == "" {
		return t, nil
	}
	lengths, err := readIntegers(c, f.lengths)
	if err != nil {
		return nil, err
	}
	if len(lengths.values) != len(ids.lengths) {
		return nil, fmt.Errorf("%s: %d lengths, but %s has %d rows: give one for each", f.lengths, len(lengths.values), f.tokens, len(ids.lengths))
	}
	for i, n := range lengths.values {
		if n < 1 || int(n) > ids.lengths[i] {
			return nil, fmt.Errorf("%s: length %d of row %d, which has %d tokens in %s", f.lengths, n, i, ids.lengths[i], f.tokens)
		}
	}
	cutTexts(t, func(i int, _ []int32) int { return int(lengths.values[i]) })
	return t, nil
}

// cutTexts shortens each text to the length that of gives for it.
func cutTexts(t *encoder.Texts, of func(i int, ids []int32) int) {
	var out encoder.Texts
	at := 0
	for i, n := range t.Lengths {
		keep := of(i, t.IDs[at:at+n])
		out.IDs = append(out.IDs, t.IDs[at:at+keep]...)
		if t.Types != nil {
			out.Types = append(out.Types, t.Types[at:at+keep]...)
		}
		out.Lengths = append(out.Lengths, keep)
		at += n
	}
	*t = out
}

// placed is an error of a package with the place that the command knows, without the name of the package.
type placed struct {
	place string
	err   error
}

func (p placed) Error() string { return p.place + ": " + withoutPackage(p.err.Error()) }
func (p placed) Unwrap() error { return p.err }

// load reads the checkpoint, which must be one of texts if they are given, and have what is asked for.
func (f *embedFlags) load(c *call, texts *encoder.Texts) (*encoder.Model[float32], []string, error) {
	bytes := 0.0
	names, _ := filepath.Glob(filepath.Join(f.folder, "*.safetensors"))
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			bytes += float64(info.Size())
		}
	}
	if err := c.memory.need(3*bytes, f.folder+": the tensors", "take a smaller encoder"); err != nil { // as read, laid out, and while that is done
		return nil, nil, err
	}
	ck, err := encoder.Open[float32](c.ctx, f.folder, encoder.Options{Ignore: f.ignore})
	if errors.Is(err, encoder.ErrRange) && strings.Contains(err.Error(), "ignore: ") {
		return nil, nil, usagef("-%s", withoutPackage(err.Error()))
	}
	if err != nil {
		return nil, nil, placed{f.folder, err}
	}
	of := ck.Parameters.Config()
	switch {
	case (of.Layout == encoder.ViT) != (texts == nil):
		return nil, nil, usagef("%s is an encoder of the type %v: give -tokens to one of texts, -x to one of images", f.folder, of.Layout)
	case f.logits && of.Classes == 0:
		return nil, nil, usagef("-logits: the checkpoint %s has no head for classes", f.folder)
	case f.pool == "pooler" && !of.Pooler:
		return nil, nil, usagef("-pool pooler: the checkpoint %s has no pooler", f.folder)
	}
	return encoder.New(ck.Parameters), ck.Unread, nil
}

// print says what was written.
func (d *embedded) print(c *call) error {
	if c.json {
		return printJSON(c.stdout, d)
	}
	if len(d.LeftOut) > 0 {
		fmt.Fprintf(c.stdout, "%d tensors of the checkpoint are not needed: %s\n", len(d.LeftOut), strings.Join(d.LeftOut[:min(len(d.LeftOut), 4)], ", "))
	}
	fmt.Fprintf(c.stdout, "%s encoder of %s numbers, %s %s of %s tokens: %s\n", d.Layout, thousands(d.Params), thousands(d.Shape[0]), d.distinct, thousands(d.Tokens), strings.ReplaceAll(strings.Trim(fmt.Sprint(d.Shape), "[]"), " ", "×"))
	return nil
}
