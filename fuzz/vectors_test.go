package fuzz

import (
	"errors"
	"math"
	"testing"

	"nnk/conformance"
)

// FuzzVectors: a file of vectors is refused with ErrFormat, or gives sets whose cases
// have results and a field for every column, and errors that are numbers.
func FuzzVectors(f *testing.F) {
	const head = "# nnk conformance vectors, format 1. Public domain (CC0).\n\nfunction: asm.Exp\ntype: float64\nclaim: 1 ulp\n"
	for _, rest := range []string{
		"count: 1\ncolumns: id flags x want rest bits\n\n1 B 0x0p+00 0x1p+00 0x0p+00 =\n",
		"count: 2\ncolumns: id flags x want rest bits\n\n1 B 0x0p+00 0x1p+00 0x0p+00 =\n",
		"count: 1\ncolumns: bits id flags x want rest\n\n= 1 B 0 1 0\n", "count: -1\ncolumns: id id\n\n", "claim: nan ulp\n",
	} {
		f.Add(head + rest)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sets, err := conformance.Parse(text)
		if err != nil {
			if !errors.Is(err, conformance.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		for _, s := range sets {
			if !(s.Claim >= 0) || conformance.ULP(1, s.Type) <= 0 {
				t.Fatalf("%s %s: claim %g", s.Function, s.Type, s.Claim)
			}
			for i := range s.Cases {
				c := &s.Cases[i]
				for _, column := range s.Columns {
					c.Text(column)
				}
				if len(c.Want) == 0 || len(c.Rest) != len(c.Want) || len(c.Bits) != len(c.Want) {
					t.Fatalf("case %s: %d results, %d rests, %d bits", c.ID, len(c.Want), len(c.Rest), len(c.Bits))
				}
				if e := c.Error(c.Bits); !(e >= 0) || math.IsNaN(e) {
					t.Fatalf("case %s: error %g", c.ID, e)
				}
			}
		}
	})
}
