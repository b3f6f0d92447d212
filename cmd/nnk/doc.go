// Command nnk compresses neural networks to seeds and one small matrix, fits
// such models to data in closed form, and runs them; it runs transformers too. Every subcommand is a
// call of the library; "nnk COMMAND -h" describes it.
package main
