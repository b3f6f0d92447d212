package encoder

import (
	"fmt"

	"nnk/urf"
)

// Layout is a family of checkpoints: which tensors they have, under which names, and how the parts are joined.
type Layout int

const (
	BERT Layout = iota // MiniLM too
	RoBERTa
	DistilBERT
	ViT
)

// String is the model_type of the layout.
func (l Layout) String() string {
	switch l {
	case BERT:
		return "bert"
	case RoBERTa:
		return "roberta"
	case DistilBERT:
		return "distilbert"
	case ViT:
		return "vit"
	}
	return fmt.Sprintf("Layout(%d)", int(l))
}

// Config is the shape of an encoder.
type Config struct {
	Layout     Layout
	Width      int // of a token's vector
	Blocks     int
	Heads      int // of the attention, which share the width
	Inner      int // width of the feed-forward parts
	Activation urf.Activation
	Epsilon    float64 // of the layer norms

	Vocabulary int // of texts: the number of token ids
	Positions  int // rows of the table of positions; of RoBERTa's the first Pad+1 are not used
	Types      int // of tokens, 0 where the layout has none
	Pad        int // the id of padding

	Image Image // of images

	NoQKVBias bool // queries, keys and values have no bias
	Pooler    bool // there is one
	Classes   int  // outputs of the head, 0 if there is none
	Masked    bool // there is a head that predicts masked tokens, by a layer, a norm and the table of words

	tokenHead bool // the head of the checkpoint is for each token
}

// Image is the shape of the images, in pixels, and of the patches that they are cut into.
type Image struct {
	Channels, Height, Width int
	PatchHeight, PatchWidth int
}

// Pixels is the number of values of an image.
func (i Image) Pixels() int { return i.Channels * i.Height * i.Width }

// Patches is their number.
func (i Image) Patches() int { return (i.Height / i.PatchHeight) * (i.Width / i.PatchWidth) }

// MaxTokens is the length of the longest text, or that of every image: its patches and one more for the class.
func (c *Config) MaxTokens() int {
	if c.Layout == ViT {
		return c.Image.Patches() + 1
	}
	return c.Positions - c.firstPosition()
}

// firstPosition is the row of the table of positions that the first token of a text gets.
func (c *Config) firstPosition() int {
	if c.Layout == RoBERTa {
		return c.Pad + 1
	}
	return 0
}

// preNorm reports whether the layer norms stand before the parts of a block, not behind their residuals.
func (c *Config) preNorm() bool { return c.Layout == ViT }

// headInnerActivation is that of the layer before the last in a head.
func (c *Config) headInnerActivation() urf.Activation {
	if c.Layout == DistilBERT {
		return named("relu")
	}
	return named("tanh")
}

// maskedActivation is that of the head for masked tokens.
func (c *Config) maskedActivation() urf.Activation {
	if c.Layout == RoBERTa {
		return named("gelu")
	}
	return c.Activation
}

// most bounds every size, so that a hostile one is refused before it is multiplied by another.
const most = 1 << 24

// check returns an error that names the size which no encoder can have.
func (c *Config) check() error {
	type size struct {
		name       string
		value, low int
	}
	sizes := []size{{"width", c.Width, 1}, {"blocks", c.Blocks, 1}, {"heads", c.Heads, 1}, {"inner width", c.Inner, 1}, {"classes", c.Classes, 0}}
	if c.Layout == ViT {
		i := c.Image
		sizes = append(sizes, size{"channels", i.Channels, 1}, size{"image height", i.Height, 1}, size{"image width", i.Width, 1}, size{"patch height", i.PatchHeight, 1}, size{"patch width", i.PatchWidth, 1})
	} else {
		sizes = append(sizes, size{"vocabulary", c.Vocabulary, 1}, size{"positions", c.Positions, c.firstPosition() + 1}, size{"types", c.Types, 0}, size{"padding id", c.Pad, 0})
	}
	for _, s := range sizes {
		if s.value < s.low || s.value > most {
			return fmt.Errorf("encoder: %s %d, want %d to %d: %w", s.name, s.value, s.low, most, ErrRange)
		}
	}
	if c.Width%c.Heads != 0 {
		return fmt.Errorf("encoder: %d heads do not divide the width %d: %w", c.Heads, c.Width, ErrRange)
	}
	if c.Layout == BERT && c.Classes > 0 && !c.Pooler {
		return fmt.Errorf("encoder: a head reads the pooler's outputs, and there is none: %w", ErrRange)
	}
	if c.Layout == ViT && c.Masked {
		return fmt.Errorf("encoder: a head for masked tokens, and images have none: %w", ErrRange)
	}
	if !(c.Epsilon > 0 && c.Epsilon < 1) {
		return fmt.Errorf("encoder: epsilon %v of the layer norms: %w", c.Epsilon, ErrRange)
	}
	if c.Layout == ViT {
		return c.Image.check()
	}
	return nil
}

func (i Image) check() error {
	if i.Height%i.PatchHeight != 0 || i.Width%i.PatchWidth != 0 {
		return fmt.Errorf("encoder: patches of %d×%d do not tile an image of %d×%d: %w", i.PatchHeight, i.PatchWidth, i.Height, i.Width, ErrRange)
	}
	if rows := int64(i.Height) * int64(i.Width); rows > most || rows*int64(i.Channels) > most {
		return fmt.Errorf("encoder: an image of %d channels of %d×%d: %w", i.Channels, i.Height, i.Width, ErrRange)
	}
	return nil
}
