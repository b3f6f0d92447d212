package encoder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/internal/fault"
	"nnk/internal/safetensors"
)

// Options say how a checkpoint is read.
type Options struct {
	// Ignore are patterns of names of tensors that are left out, in which * stands for any text and ? for any byte.
	Ignore []string
	// Masked reads the head for masked tokens too; without it that is left unread.
	Masked bool
}

// Checkpoint is what [Read] makes of a folder.
type Checkpoint[T asm.Float] struct {
	Parameters *Parameters[T]
	// Unread are the tensors that the encoder does not need, in the order of the files: those that [Options.Ignore] names, buffers such as
	// position_ids, and heads for the prediction of masked tokens.
	Unread []string
}

// The files of a checkpoint.
const (
	configFile  = "config.json"
	tensorsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	mostConfig  = 1 << 20 // bytes
)

// Open is [Read] of a folder on disk. Links are followed, which the caches of downloads are full of.
func Open[T asm.Float](ctx context.Context, folder string, opt Options) (*Checkpoint[T], error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("encoder: %w: %s is no folder: give that of config.json and model.safetensors", ErrFormat, folder)
	}
	return Read[T](ctx, os.DirFS(folder), opt)
}

// Read reads config.json and model.safetensors, or the shards of model.safetensors.index.json, of a folder whose files can be read at
// any place ([io.ReaderAt]). Tensors of 16, 32 and 64 bits are converted to T with one rounding. Every tensor must be one of the
// layout, of the shape that config.json says, and finite; or be one of which [Checkpoint.Unread] tells. There may be one
// prefix before the names of the encoder, such as "bert."; the norms' tensors may be called gamma and beta. The pooler and
// the head are read if they are there. Errors wrap [ErrFormat], [ErrRange] or [ErrNotFinite], or say what ended ctx before a tensor. Nothing is
// allocated for a tensor before its size is known to be that of its shape and of the file.
func Read[T asm.Float](ctx context.Context, folder fs.FS, opt Options) (*Checkpoint[T], error) {
	c, err := read[T](ctx, folder, opt)
	return c, fault.Brief(err)
}

func read[T asm.Float](ctx context.Context, folder fs.FS, opt Options) (*Checkpoint[T], error) {
	r := &reader{folder: folder, tensors: map[string]tensor{}, used: map[string]bool{}}
	defer r.close()
	text, err := r.whole(configFile, mostConfig)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile, err)
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	ck := &Checkpoint[T]{}
	if ck.Unread, err = r.ignore(opt.Ignore); err != nil {
		return nil, err
	}
	if err := r.understand(c); err != nil {
		return nil, err
	}
	c.Masked = opt.Masked
	ck.Parameters, err = Build(*c, func(name string, shape ...int) ([]T, error) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("encoder: ended before tensor %q: %w", name, context.Cause(ctx))
		}
		return load[T](r, name, shape)
	})
	if err != nil {
		return nil, err
	}
	left, err := r.left()
	ck.Unread = append(ck.Unread, left...)
	return ck, err
}

// tensor is one of a file.
type tensor struct {
	*safetensors.Tensor
	file *safetensors.File
}

// reader is one reading of a folder.
type reader struct {
	folder  fs.FS
	opened  []fs.File
	names   []string // of the tensors that are not ignored, in the order of the files
	tensors map[string]tensor
	used    map[string]bool
	prefix  string // before the names of the encoder's tensors
}

func (r *reader) close() {
	for _, f := range r.opened {
		f.Close()
	}
}

// at opens a file of the folder, by a name that may come from an index.
func (r *reader) at(name string) (io.ReaderAt, int64, error) {
	if !fs.ValidPath(name) || strings.ContainsAny(name, `/\:`) || name == "." {
		return nil, 0, fmt.Errorf("%q is no file of the folder", name)
	}
	info, err := fs.Stat(r.folder, name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%q is no regular file", name)
	}
	f, err := r.folder.Open(name)
	if err != nil {
		return nil, 0, err
	}
	r.opened = append(r.opened, f)
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, 0, fmt.Errorf("%q cannot be read at any place", name)
	}
	return at, info.Size(), nil
}

// whole reads a file of at most so many bytes.
func (r *reader) whole(name string, most int64) ([]byte, error) {
	f, size, err := r.at(name)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	if size > most {
		return nil, fmt.Errorf("encoder: %w: %s of %d bytes, want at most %d", ErrFormat, name, size, most)
	}
	text := make([]byte, size)
	if n, err := f.ReadAt(text, 0); n < len(text) {
		return nil, fmt.Errorf("encoder: %w: %s: %w", ErrFormat, name, err)
	}
	return text, nil
}

// open lists the tensors.
func (r *reader) open() error {
	var files []*safetensors.File
	f, size, err := r.at(tensorsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		index, err := r.whole(indexFile, safetensors.MaxIndex)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("encoder: %w: neither %s nor %s is there; of other forms of weights, transformers' save_pretrained makes the first", err, tensorsFile, indexFile)
		}
		if err != nil {
			return err
		}
		if files, err = safetensors.OpenShards(index, r.at); err != nil {
			return fmt.Errorf("encoder: %s: %w", indexFile, err)
		}
	case err != nil:
		return fmt.Errorf("encoder: %w", err)
	default:
		one, err := safetensors.Open(f, size)
		if err != nil {
			return fmt.Errorf("encoder: %s: %w", tensorsFile, err)
		}
		files = []*safetensors.File{one}
	}
	for _, f := range files {
		for i := range f.Tensors {
			name := f.Tensors[i].Name
			r.names = append(r.names, name)
			r.tensors[name] = tensor{&f.Tensors[i], f}
		}
	}
	return nil
}

// ignore leaves out the tensors that patterns name, and returns them.
func (r *reader) ignore(patterns []string) ([]string, error) {
	var out []string
	hits := make([]bool, len(patterns))
	r.names = slices.DeleteFunc(r.names, func(name string) bool {
		found := false
		for i, p := range patterns {
			if safetensors.Matches(p, name) {
				hits[i], found = true, true
			}
		}
		if found {
			out = append(out, name)
			delete(r.tensors, name)
		}
		return found
	})
	if i := slices.Index(hits, false); i >= 0 {
		return nil, fmt.Errorf("encoder: ignore: no tensor has a name like %q: %w", patterns[i], ErrRange)
	}
	return out, nil
}

// understand finds the prefix, and adds to the config what only the tensors tell.
func (r *reader) understand(c *Config) error {
	anchor := "embeddings.word_embeddings.weight"
	if c.Layout == ViT {
		anchor = "embeddings.cls_token"
	}
	found := -1
	for i, name := range r.names {
		prefix, ok := strings.CutSuffix(name, anchor)
		if !ok || prefix != "" && !strings.HasSuffix(prefix, ".") {
			continue
		}
		if found >= 0 {
			return fmt.Errorf("encoder: %w: two encoders, with the tensors %q and %q: leave out one with a pattern to ignore", ErrFormat, r.names[found], name)
		}
		found, r.prefix = i, prefix
	}
	if found < 0 {
		return fmt.Errorf("encoder: %w: no tensor %q, with or without a prefix, as model_type %v has", ErrFormat, anchor, c.Layout)
	}
	_, c.Pooler = r.find("pooler.dense.weight")
	if c.Layout == DistilBERT {
		c.Pooler = false
	}
	before, head := "", "classifier.weight" // what tells a head for whole texts from one for each token
	switch c.Layout {
	case BERT:
		before = "pooler.dense.weight"
	case RoBERTa:
		head = "classifier.out_proj.weight"
	case DistilBERT:
		before = "pre_classifier.weight"
	}
	t, ok := r.find(head)
	if !ok {
		return nil
	}
	if _, ok := r.find(before); c.tokenHead || before != "" && !ok {
		return fmt.Errorf("encoder: %w: tensor %q is a head for each token, which is not supported; a pattern to ignore, such as 'classifier.*', leaves it out", ErrFormat, t.Name)
	}
	if len(t.Shape) != 2 || t.Shape[0] < 1 || t.Shape[0] > most {
		return fmt.Errorf("encoder: %w: tensor %q of shape %v: want one of classes × %d", ErrFormat, t.Name, t.Shape, c.Width)
	}
	c.Classes = int(t.Shape[0])
	return nil
}

// headPrefixes begin the names of heads, which stand beside the encoder, not in it.
var headPrefixes = []string{"classifier.", "pre_classifier.", "cls.", "lm_head.", "vocab_"}

// find returns the tensor of a name of the layout. Those of heads have no prefix.
func (r *reader) find(name string) (tensor, bool) {
	if !ofHead(name) {
		name = r.prefix + name
	}
	if t, ok := r.tensors[name]; ok {
		return t, true
	}
	for _, old := range [][2]string{{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}} {
		if rest, ok := strings.CutSuffix(name, old[0]); ok {
			t, ok := r.tensors[rest+old[1]]
			return t, ok
		}
	}
	return tensor{}, false
}

// load returns the elements of a tensor of the layout.
func load[T asm.Float](r *reader, name string, shape []int) ([]T, error) {
	t, ok := r.find(name)
	if !ok {
		return nil, fmt.Errorf("encoder: %w: there is no tensor %q, which %s asks for", ErrFormat, r.prefix+name, configFile)
	}
	if !slices.EqualFunc(t.Shape, shape, func(a int64, b int) bool { return a == int64(b) }) {
		return nil, fmt.Errorf("encoder: %w: tensor %q has shape %v, want %v by %s", ErrFormat, t.Name, t.Shape, shape, configFile)
	}
	if !slices.Contains([]string{"F16", "BF16", "F32", "F64"}, t.DType) {
		return nil, fmt.Errorf("encoder: %w: tensor %q is of type %s, want F16, BF16, F32 or F64", ErrFormat, t.Name, t.DType)
	}
	data, err := safetensors.Load[T](t.file, t.Tensor)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	for i, v := range data {
		if v-v != 0 {
			return nil, fmt.Errorf("encoder: tensor %q, element %d: %w", t.Name, i, ErrNotFinite)
		}
	}
	r.used[t.Name] = true
	return data, nil
}

// unneeded are the names, without the prefix, of tensors that a checkpoint may have and no output here depends on.
var unneeded = []string{
	"embeddings.position_ids", "embeddings.token_type_ids", // buffers: 0, 1, 2… and zeros
	"embeddings.mask_token", "decoder.*", // the prediction of masked patches
	"cls.predictions.*", "cls.seq_relationship.*", "lm_head.*", "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*", // of masked tokens
}

// left returns the tensors that were not used and need not be; others are an error.
func (r *reader) left() ([]string, error) {
	var unread, unknown []string
	for _, name := range r.names {
		if r.used[name] {
			continue
		}
		plain := strings.TrimPrefix(name, r.prefix)
		if slices.ContainsFunc(unneeded, func(p string) bool { return safetensors.Matches(p, plain) || safetensors.Matches(p, name) }) {
			unread = append(unread, name)
		} else {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return unread, nil
	}
	const shown = 4
	text := fmt.Sprintf("%q", unknown[:min(len(unknown), shown)])
	if n := len(unknown) - shown; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return nil, fmt.Errorf("encoder: %w: tensors %s belong to no part of this encoder: a pattern to ignore leaves out what it can do without", ErrFormat, text)
}
