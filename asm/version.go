package asm

// ArithmeticVersion names the bits that this library computes. It changes
// whenever any result of any function changes, because a model regenerates its
// features: one made with another version is refused.
const ArithmeticVersion = "2"
