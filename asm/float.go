package asm

// Float is the element type of every kernel. It has no tilde: a named type
// such as `type metres float64` would slip past the type switch that picks the
// kernel, so it is refused at compile time.
type Float interface{ float32 | float64 }
