// Package checkpoint reads networks that other tools trained: from safetensors files, whole or in shards,
// and from ONNX graphs.
//
//	c, err := checkpoint.Open[float32]("net.safetensors", checkpoint.Options{})
//	if err != nil { … }
//	fmt.Println(c)                  // layer by layer, and what was taken for granted
//	difference, err := c.Check(ctx, x, y) // y as the framework computed it
//	outputs := c.Network.Forward(nil, rows, nil)
//
// # Every tensor is accounted for
//
// A file of tensors holds no program. What is read is what its names, shapes and numbers leave no doubt of, by
// the customs of PyTorch, Keras and Flax; every tensor is part of it, is known to change nothing (a counter), or
// is left out because [Options] say so. Anything else is an error that names the tensors and says what to do.
// What cannot be seen in a file, such as the activation or a connection around layers, is taken
// as [Options.Layers] say or as is usual; [Checkpoint.String] shows it and [Checkpoint.Check] tells whether it
// is right.
//
// Understood are linear layers [out, in] or [in, out], batch norms (folded into a neighbour), layer norms, PReLUs, dropout
// (which has no tensors), weight norm, spectral norm, pruning masks, adapters of low rank, 8-bit floats and integers with
// their scales. An ONNX graph says the order itself; activations and layer norms that an exporter took apart are
// recognised by the values that they compute. Convolutions, embeddings, attention, recurrent and gated layers and connections
// around layers are refused by name.
//
// # Determinism
//
// Folding is done in float64 with explicit rounding and rounded once to the network's type: the same file
// gives the same bits everywhere.
//
// # Errors
//
// They wrap [bundle.ErrFormat], [bundle.ErrNotFinite], [bundle.ErrRange] (options) or [ErrDiffers]. Files are
// hostile until proven otherwise: nothing is allocated that their size does not explain, and files beside them are opened
// in their folder only.
//
// # Sources
//
// safetensors: https://huggingface.co/docs/safetensors; ONNX: https://github.com/onnx/onnx/blob/main/docs/Operators.md,
// opsets 9 to 21.
package checkpoint
