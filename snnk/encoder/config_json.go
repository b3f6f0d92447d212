package encoder

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"nnk/internal/jsontext"
	"nnk/urf"
)

// options are what was found in a config.json of what is read of one, by its kind.
type options struct {
	numbers map[string]float64
	texts   map[string]string
	flags   map[string]bool
	pairs   map[string][2]float64 // height and width
	filled  map[string]bool       // objects and lists that are not empty

	tokenHead bool // by the name of the architecture
}

// Kinds of options; where an option can have another form, the first byte of its value tells.
var (
	numberOptions = []string{"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps", "vocab_size", "max_position_embeddings", "type_vocab_size", "pad_token_id",
		"dim", "n_layers", "n_heads", "hidden_dim", "image_size", "patch_size", "num_channels", "pooler_output_size"}
	textOptions   = []string{"model_type", "hidden_act", "activation", "position_embedding_type", "pooler_act"}
	flagOptions   = []string{"qkv_bias", "is_decoder", "is_encoder_decoder", "add_cross_attention"}
	filledOptions = []string{"pruned_heads", "quantization_config"}
)

// ParseConfig reads a config.json. What transformers does where an option is not there, it does too. Options that the arithmetic
// of this package does not know, and model types other than bert, roberta, xlm-roberta, camembert, distilbert and vit, are
// refused by name; those that change no result, such as rates of dropout, are passed over. Whether there are a pooler and a head
// only the tensors tell. Errors wrap [ErrFormat] or [ErrRange].
func ParseConfig(text []byte) (*Config, error) {
	o, err := readOptions(text)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w: %w", ErrFormat, err)
	}
	if err := o.refuse(); err != nil {
		return nil, fmt.Errorf("encoder: %w: %w", ErrFormat, err)
	}
	c, act, err := o.config()
	if err != nil {
		return nil, fmt.Errorf("encoder: %w: %w", ErrFormat, err)
	}
	if c.Activation, err = activation(act); err != nil {
		return nil, fmt.Errorf("encoder: %w: %w", ErrFormat, err)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// readOptions reads the text. An option that is null is not there.
func readOptions(text []byte) (*options, error) {
	o := &options{numbers: map[string]float64{}, texts: map[string]string{}, flags: map[string]bool{}, pairs: map[string][2]float64{}, filled: map[string]bool{}}
	s := jsontext.NewScanner(text)
	seen := map[string]bool{}
	last := ""
	s.Object(func(key string) {
		if seen[key] {
			s.Fail("twice")
		}
		if seen[key], last = true, key; !s.Null() {
			o.read(s, key)
		}
	})
	s.Blanks()
	if err := s.End(); err != nil {
		return nil, fmt.Errorf("option %.60q: %w", last, err)
	}
	return o, nil
}

func (o *options) read(s *jsontext.Scanner, key string) {
	switch {
	case slices.Contains(numberOptions, key) && s.Next() == '[':
		var pair []float64
		s.List(func() {
			if pair = append(pair, s.Number()); len(pair) > 2 {
				s.Fail("more than height and width")
			}
		})
		if s.Err() == nil && len(pair) != 2 {
			s.Fail("want height and width")
		}
		if s.Err() == nil {
			o.pairs[key] = [2]float64(pair)
		}
	case slices.Contains(numberOptions, key):
		o.numbers[key] = s.Number()
	case slices.Contains(textOptions, key):
		o.texts[key] = s.String()
	case slices.Contains(flagOptions, key):
		o.flags[key] = s.Bool()
	case slices.Contains(filledOptions, key):
		o.filled[key] = s.Skip() > 0
	case key == "architectures":
		for _, name := range s.Strings() {
			o.tokenHead = o.tokenHead || strings.HasSuffix(name, "ForTokenClassification")
		}
	default:
		s.Skip()
	}
}

// refuse returns an error for an option with which this would be another encoder.
func (o *options) refuse() error {
	if v, ok := o.texts["position_embedding_type"]; ok && v != "absolute" {
		return fmt.Errorf("position_embedding_type %.60q, want absolute", v)
	}
	if v, ok := o.texts["pooler_act"]; ok && v != "tanh" {
		return fmt.Errorf("pooler_act %.60q, want tanh", v)
	}
	for _, name := range []string{"is_decoder", "is_encoder_decoder", "add_cross_attention"} {
		if o.flags[name] {
			return fmt.Errorf("%s is true: not an encoder alone", name)
		}
	}
	for _, name := range filledOptions {
		if o.filled[name] {
			return fmt.Errorf("%s is not supported", name)
		}
	}
	for _, name := range numberOptions {
		if _, ok := o.pairs[name]; ok && name != "image_size" && name != "patch_size" {
			return fmt.Errorf("%s: want a number", name)
		}
	}
	return nil
}

// count returns an option that counts something; usual is what transformers takes if it is not there.
func (o *options) count(err *error, name string, usual int) int {
	v, ok := o.numbers[name]
	if !ok {
		return usual
	}
	return whole(err, name, v)
}

func whole(err *error, name string, v float64) int {
	if v != math.Floor(v) || v < 0 || v > most {
		if *err == nil {
			*err = fmt.Errorf("%s %v, want an integer from 0 to %d", name, v, most)
		}
		return 0
	}
	return int(v)
}

// sides returns an option that is a height and a width, or one number for both.
func (o *options) sides(err *error, name string, usual int) (height, width int) {
	if p, ok := o.pairs[name]; ok {
		return whole(err, name, p[0]), whole(err, name, p[1])
	}
	n := o.count(err, name, usual)
	return n, n
}

// config makes a Config of the options, and returns the name of the activation beside it.
func (o *options) config() (*Config, string, error) {
	var err error
	count := func(name string, usual int) int { return o.count(&err, name, usual) }
	c := &Config{Epsilon: 1e-12, tokenHead: o.tokenHead}
	if e, ok := o.numbers["layer_norm_eps"]; ok {
		c.Epsilon = e
	}
	act := "hidden_act"
	vocabulary := 30522
	switch kind := o.texts["model_type"]; kind {
	case "bert":
	case "roberta":
		c.Layout, vocabulary = RoBERTa, 50265
	case "xlm-roberta", "camembert": // the same under other names
		c.Layout = RoBERTa
	case "distilbert":
		c.Layout, c.Epsilon, act = DistilBERT, 1e-12, "activation"
	case "vit":
		c.Layout = ViT
	case "":
		return nil, "", fmt.Errorf("no model_type")
	default:
		return nil, "", fmt.Errorf("model_type %.60q, want bert, roberta, xlm-roberta, camembert, distilbert or vit", kind)
	}
	if c.Layout == DistilBERT {
		c.Width, c.Blocks, c.Heads, c.Inner = count("dim", 768), count("n_layers", 6), count("n_heads", 12), count("hidden_dim", 3072)
	} else {
		c.Width, c.Blocks, c.Heads, c.Inner = count("hidden_size", 768), count("num_hidden_layers", 12), count("num_attention_heads", 12), count("intermediate_size", 3072)
	}
	if c.Layout == ViT {
		i := &c.Image
		i.Channels = count("num_channels", 3)
		i.Height, i.Width = o.sides(&err, "image_size", 224)
		i.PatchHeight, i.PatchWidth = o.sides(&err, "patch_size", 16)
		bias, ok := o.flags["qkv_bias"]
		c.NoQKVBias = ok && !bias
		if n := count("pooler_output_size", c.Width); n != c.Width && err == nil {
			err = fmt.Errorf("pooler_output_size %d, want that of hidden_size, %d", n, c.Width)
		}
	} else {
		c.Vocabulary, c.Positions = count("vocab_size", vocabulary), count("max_position_embeddings", 512)
		if c.Layout == RoBERTa {
			c.Pad = 1
		}
		c.Pad = count("pad_token_id", c.Pad)
		if c.Layout != DistilBERT {
			c.Types = count("type_vocab_size", 2)
		}
	}
	name, ok := o.texts[act]
	if !ok {
		name = "gelu"
	}
	return c, name, err
}

// activation is the function that transformers calls by a name.
func activation(name string) (urf.Activation, error) {
	own := ""
	switch name {
	case "gelu", "relu", "silu":
		own = name
	case "swish":
		own = "silu"
	case "gelu_new", "gelu_pytorch_tanh":
		own = "gelu-tanh"
	default:
		return urf.Activation{}, fmt.Errorf("activation %.60q, want gelu, gelu_new, gelu_pytorch_tanh, relu, silu or swish", name)
	}
	return urf.ActivationByName(own)
}
