// Package encoder holds transformer encoders (Vaswani et al. 2017): texts of token ids, or images, become
// a vector for each token, and by a pooler and a head one for each text and its classes. They are read from the
// checkpoints that Hugging Face's libraries write: config.json and model.safetensors of BERT (MiniLM too), RoBERTa,
// DistilBERT and ViT.
//
//	c, err := encoder.Open[float32](ctx, "all-MiniLM-L6-v2", encoder.Options{})
//	...
//	m := encoder.New(c.Parameters)
//	texts := encoder.Texts{IDs: []int32{101, 7592, 102, 101, 2088, 102}, Lengths: []int{3, 3}}
//	hidden, err := m.Texts(ctx, nil, texts, nil)           // 6×384
//	sentences := encoder.Mean(nil, hidden, texts.Lengths) // 2×384
//
// To cut a text into tokens is left to others.
//
// A [Trainable] is an encoder that is trained: [PredictMasked] and [ClassifyTexts] or [ClassifyImages] are its objectives for [snnk.Minimise], from [Initial] numbers or those of a checkpoint, whole or
// by heads, adapters and layers of features alone; [Parameters.Write] writes a checkpoint again. There is no dropout.
//
// # Shapes
//
// Rows are tokens: those of all texts of a batch, or of all images, lie one below the other, without padding
// between them. What is made of them by First, Mean, Pooled and Logits has a row for each text or image.
//
// # Arithmetic
//
// With x the rows that enter a block, norm the layer norm of [snnk.NormaliseRow] times γ plus β, and products by the chains of
// [mat.Mul], after each of which the bias is added and then the residual:
//
//	BERT, RoBERTa, DistilBERT:  x ← norm(x + attention(x)),  x ← norm(x + W₂·f(W₁·x))
//	ViT:                        x ← x + attention(norm(x)),  x ← x + W₂·f(W₁·norm(x)),  and norm(x) at the end
//
// In each head, with s = q·k for all keys k of the same text and t their largest, e = exp((s − t)·c) by [asm.Exp],
// c = 1/√width rounded once; the chains of Σ e·v over the keys in their order are multiplied by 1/Σ e, a sum by [asm.Sum].
// A token's embedding is (word + type) + position, that of a patch (W·pixels + b) + position.
//
// # Determinism
//
// A text's outputs have the same bits on every machine, whatever other texts are in the batch, the kernel set or the
// number of goroutines. There is no padding that could change them. What training makes of a seed, data and options has the same bits too: gradients
// are added up in the order of the tokens.
//
// # Errors
//
// Those about data wrap [ErrFormat], [ErrRange] or [ErrNotFinite] and name the file, the tensor, or the text and token.
//
// # Concurrency
//
// A [Model] does not change: many goroutines may use it, each with a [Workspace] of its own. A [Trainable] serves one at a time.
//
// # Sources
//
// Devlin et al., arXiv 1810.04805; Liu et al., arXiv 1907.11692; Sanh et al., arXiv 1910.01108; Dosovitskiy et al., arXiv
// 2010.11929. Names of tensors and options are those of Hugging Face's transformers, version 4.
package encoder
