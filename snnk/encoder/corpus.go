package encoder

import (
	"fmt"
	"io"
)

// corpus are texts of which batches are made.
type corpus struct {
	texts  Texts
	starts []int // of each text's tokens, and their number
	batch  Texts
}

// newCorpus checks the texts.
func newCorpus(c *Config, op string, t Texts) (*corpus, error) {
	if err := c.checkBatch(op, t); err != nil {
		return nil, err
	}
	k := &corpus{texts: t, starts: []int{0}}
	for _, n := range t.Lengths {
		k.starts = append(k.starts, k.starts[len(k.starts)-1]+n)
	}
	return k, nil
}

// gather copies texts, by their numbers, to a batch that is valid until the next call.
func (k *corpus) gather(list []int) Texts {
	b := &k.batch
	b.IDs, b.Types, b.Lengths = b.IDs[:0], b.Types[:0], b.Lengths[:0]
	for _, i := range list {
		lo, hi := k.starts[i], k.starts[i+1]
		b.IDs = append(b.IDs, k.texts.IDs[lo:hi]...)
		if k.texts.Types != nil {
			b.Types = append(b.Types, k.texts.Types[lo:hi]...)
		}
		b.Lengths = append(b.Lengths, hi-lo)
	}
	if k.texts.Types == nil {
		return Texts{IDs: b.IDs, Lengths: b.Lengths}
	}
	return *b
}

func (k *corpus) describe(w io.Writer) {
	fmt.Fprintln(w, k.texts.IDs)
	fmt.Fprintln(w, k.texts.Types)
	fmt.Fprintln(w, k.texts.Lengths)
}
