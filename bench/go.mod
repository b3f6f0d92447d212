module nnk/bench

go 1.26.0

replace nnk => ../

require (
	golang.org/x/sys v0.49.0
	gonum.org/v1/gonum v0.17.0
	nnk v0.0.0-00010101000000-000000000000
)
