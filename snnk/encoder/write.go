package encoder

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"nnk/internal/atomicfile"
	"nnk/internal/safetensors"
)

// family is the first part of the names of a layout's architectures.
var family = [...]string{BERT: "Bert", RoBERTa: "Roberta", DistilBERT: "DistilBert", ViT: "ViT"}

// Write writes config.json and model.safetensors to a folder that is there, as Hugging Face's libraries do: [Open] reads the same numbers. Beside a head the names of the encoder's
// tensors begin with that of the layout, as in "bert.". Each file is replaced as a whole. Errors wrap [ErrRange] for an activation, or an epsilon of DistilBERT, that no config.json can tell, or are
// those of the files, or what ended ctx.
func (p *Parameters[T]) Write(ctx context.Context, folder string) error {
	config, err := p.config.text()
	if err != nil {
		return err
	}
	prefix := ""
	if p.config.Classes > 0 || p.config.Masked {
		prefix = p.config.Layout.String() + "."
	}
	w := &safetensors.Writer{Metadata: map[string]string{"format": "pt"}}
	for _, t := range p.tensors {
		name := t.name
		if !ofHead(name) {
			name = prefix + name
		}
		safetensors.Add(w, name, t.shape, t.m.Data())
	}
	err = atomicfile.Write(filepath.Join(folder, tensorsFile), func(out io.Writer) error {
		if ctx.Err() != nil {
			return fmt.Errorf("ended before %s was written: %w", tensorsFile, context.Cause(ctx))
		}
		_, err := w.WriteTo(out)
		return err
	})
	if err == nil {
		err = atomicfile.Write(filepath.Join(folder, configFile), func(out io.Writer) error {
			_, err := out.Write(config)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("encoder: %w", err)
	}
	return nil
}

// text is the config.json of the shape.
func (c *Config) text() ([]byte, error) {
	act, ok := map[string]string{"gelu": "gelu", "relu": "relu", "silu": "silu", "gelu-tanh": "gelu_new"}[c.Activation.Name()]
	if !ok {
		return nil, fmt.Errorf("encoder: config.json has no name for the activation %s: %w", c.Activation.Name(), ErrRange)
	}
	if c.Layout == DistilBERT && c.Epsilon != 1e-12 {
		return nil, fmt.Errorf("encoder: epsilon %g, and DistilBERT's is 1e-12: %w", c.Epsilon, ErrRange)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"architectures\": [%q],\n  \"model_type\": %q", c.architecture(), c.Layout.String())
	option := func(name string, value any) { fmt.Fprintf(&b, ",\n  %q: %v", name, value) }
	names := []string{"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act"}
	if c.Layout == DistilBERT {
		names = []string{"dim", "n_layers", "n_heads", "hidden_dim", "activation"}
	}
	for i, v := range []any{c.Width, c.Blocks, c.Heads, c.Inner, fmt.Sprintf("%q", act)} {
		option(names[i], v)
	}
	if c.Layout != DistilBERT {
		option("layer_norm_eps", c.Epsilon)
	}
	if i := c.Image; c.Layout == ViT {
		option("num_channels", i.Channels)
		option("image_size", fmt.Sprintf("[%d, %d]", i.Height, i.Width))
		option("patch_size", fmt.Sprintf("[%d, %d]", i.PatchHeight, i.PatchWidth))
		option("qkv_bias", !c.NoQKVBias)
	} else {
		option("vocab_size", c.Vocabulary)
		option("max_position_embeddings", c.Positions)
		option("pad_token_id", c.Pad)
		if c.Layout != DistilBERT {
			option("type_vocab_size", c.Types)
		}
	}
	if c.Classes > 0 {
		option("num_labels", c.Classes)
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}

// architecture is the name of the class that transformers makes of such a checkpoint.
func (c *Config) architecture() string {
	switch {
	case c.Layout == ViT && c.Classes > 0:
		return family[ViT] + "ForImageClassification"
	case c.Classes > 0:
		return family[c.Layout] + "ForSequenceClassification"
	case c.Masked:
		return family[c.Layout] + "ForMaskedLM"
	}
	return family[c.Layout] + "Model"
}

// ofHead reports whether a tensor of the layout stands beside the encoder, not in it.
func ofHead(name string) bool {
	for _, p := range headPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
