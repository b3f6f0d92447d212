package ortho_test

import (
	"fmt"

	"nnk/mat"
	"nnk/rng/ortho"
)

func Example() {
	spec, err := ortho.ParseSpec("hadamard(seed=1,m=6,d=3,norm=sqrt)")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := ortho.New[float64](spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mat.Of(1, 3, []float64{1, 2, 3})
	fmt.Printf("%.6f\n", p.Apply(nil, x, nil).Row(0))
	fmt.Println(p.Spec())
	// Output:
	// [-4.789819 -3.222032 -1.532572 -5.134194 -3.358964 5.056754]
	// hadamard(seed=1,m=6,d=3,rounds=4,norm=sqrt)
}
