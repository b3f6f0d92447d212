package conformance_test

import (
	"fmt"

	"nnk/conformance"
)

// port is an implementation that has no function yet: each set says so.
type port struct{}

func (port) Results(s *conformance.Set) ([][]float64, error) {
	return nil, conformance.ErrMissing
}

func Example() {
	for _, impl := range []conformance.Implementation{conformance.Library{}, port{}} {
		results, err := conformance.Run(impl)
		if err != nil {
			fmt.Println(err)
			return
		}
		ok := 0
		for _, r := range results {
			if r.OK() {
				ok++
			}
		}
		fmt.Printf("%T: all %t, none %t\n", impl, ok == len(results), ok == 0)
	}
	// Output:
	// conformance.Library: all true, none false
	// conformance_test.port: all false, none true
}
