package encoder

import (
	"fmt"
	"testing"

	"nnk/asm"
)

// BenchmarkTexts runs blocks of the width of BERT-base.
func BenchmarkTexts(b *testing.B) {
	benchmarkTexts[float32](b)
	benchmarkTexts[float64](b)
}

func benchmarkTexts[T asm.Float](b *testing.B) {
	c := Config{Layout: BERT, Width: 768, Blocks: 2, Heads: 12, Inner: 3072, Activation: named("gelu"), Epsilon: 1e-12, Vocabulary: 100, Positions: 512, Types: 2}
	m := tiny[T](b, c)
	for _, n := range []int{16, 128, 512} {
		for _, batch := range []int{1, 8} {
			b.Run(fmt.Sprintf("type=%T/tokens=%d/batch=%d", *new(T), n, batch), func(b *testing.B) {
				var texts Texts
				for i := range batch * n {
					texts.IDs = append(texts.IDs, int32(i*i%97))
				}
				for range batch {
					texts.Lengths = append(texts.Lengths, n)
				}
				var ws Workspace[T]
				dst, err := m.Texts(b.Context(), nil, texts, &ws)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.Texts(b.Context(), dst, texts, &ws); err != nil {
						b.Fatal(err)
					}
				}
				macs := float64(c.Blocks) * float64(batch*n) * float64(4*c.Width*c.Width+2*c.Width*c.Inner+2*n*c.Width)
				b.ReportMetric(2e-9*macs*float64(b.N)/b.Elapsed().Seconds(), "Gflop/s")
			})
		}
	}
}
