package checkpoint

import (
	"context"
	"math"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// kinds are those of a network's stages.
func kinds(n *bundle.Network[float32]) []string {
	var list []string
	for _, s := range n.Stages() {
		switch s := s.(type) {
		case *bundle.Linear[float32]:
			list = append(list, "dense "+s.Activation().Name())
		case *bundle.Scale[float32]:
			list = append(list, "scale")
		case *bundle.LayerNorm[float32]:
			list = append(list, "layer norm")
		case *bundle.PReLU[float32]:
			list = append(list, "prelu")
		case *bundle.Elementwise[float32]:
			list = append(list, s.Function().Name())
		case *bundle.Softmax[float32]:
			list = append(list, "softmax")
		}
	}
	return list
}

// Scalings go where they cost nothing, and stay where they cannot go.
func TestFold(t *testing.T) {
	a, c, n := layerA, layerC, normN
	after := after6()
	dead := after
	dead.gamma = slices.Clone(after.gamma)
	dead.gamma[2] = 0
	far := batchNorm(70, 4)
	far.mean = []float64{101325, -300, 2e6, 0}
	gamma, beta := numbersOf(20, 6), numbersOf(21, 6)
	ln := func(x []float64) []float64 { return layerNormOf(x, gamma, beta) }
	lnTensors := []raw{f32("1.weight", []int{6}, gamma), f32("1.bias", []int{6}, beta)}
	for _, test := range []struct {
		name    string
		tensors []raw
		opt     Options
		want    func([]float64) []float64
		kinds   []string
	}{
		{"into the layer before", slices.Concat(a.tensors("0"), n.tensors("1"), c.tensors("3")), Options{}, chain(a.of, n.of, relu, c.of), []string{"dense relu", "dense none"}},
		{"into the layer after", slices.Concat(a.tensors("0"), after.tensors("2"), c.tensors("3")), Options{}, chain(a.of, relu, after.of, c.of), []string{"dense relu", "dense none"}},
		{"of no columns that are left", slices.Concat(a.tensors("0"), dead.tensors("2"), c.tensors("3")), Options{}, chain(a.of, relu, dead.of, c.of), []string{"dense relu", "dense none"}},
		{"into a layer norm", slices.Concat(a.tensors("0"), lnTensors, n.tensors("2"), c.tensors("4")), Options{}, chain(a.of, ln, n.of, relu, c.of), []string{"dense none", "layer norm", "relu", "dense none"}},
		{"at the end", slices.Concat(a.tensors("0"), after.tensors("2")), Options{Layers: "0:relu,2:none"}, chain(a.of, relu, after.of), []string{"dense relu", "scale"}},
		{"at the end, with a column of 0", slices.Concat(a.tensors("0"), dead.tensors("2")), Options{Layers: "0:relu,2:none"}, chain(a.of, relu, dead.of), []string{"dense relu", "dense none"}},
		{"before a layer norm", slices.Concat(a.tensors("0"), n.tensors("1"), []raw{f32("3.weight", []int{6}, gamma), f32("3.bias", []int{6}, beta)}, c.tensors("4")), Options{Layers: "0:relu,1:none,3:none,4:none"}, chain(a.of, relu, n.of, ln, c.of), []string{"dense relu", "scale", "layer norm", "dense none"}},
		{"of inputs near 0", slices.Concat(batchNorm(70, 4).tensors("0"), a.tensors("1"), c.tensors("3")), Options{}, chain(batchNorm(70, 4).of, a.of, relu, c.of), []string{"dense relu", "dense none"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readFile(file("", test.tensors...), test.opt)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got.Network, test.want)
			if k := kinds(got.Network); !slices.Equal(k, test.kinds) {
				t.Errorf("stages %q, want %q", k, test.kinds)
			}
		})
	}

	// Inputs far from 0 keep their digits: the means are taken away in float64, not in a bias.
	got, err := readFile(file("", slices.Concat(far.tensors("0"), a.tensors("1"), c.tensors("3"))...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if k := kinds(got.Network); !slices.Equal(k, []string{"scale", "dense relu", "dense none"}) {
		t.Errorf("stages %q", k)
	}
	x := rows(40, 4)
	for i := range x.Rows() {
		for j := range x.Row(i) {
			x.Row(i)[j] += float32(far.mean[j])
		}
	}
	out := got.Network.Forward(nil, x, nil)
	for i := range x.Rows() {
		in := make([]float64, 4)
		for j, v := range x.Row(i) {
			in[j] = float64(v)
		}
		for j, want := range chain(far.of, a.of, relu, c.of)(in) {
			if math.Abs(float64(out.At(i, j))-want) > 1e-5*(1+math.Abs(want)) {
				t.Fatalf("row %d, output %d: got %v, want %v", i, j, out.At(i, j), want)
			}
		}
	}
}

// Outputs on a far level keep theirs: the level is added in float64, not in a bias.
func TestFoldToFarLevel(t *testing.T) {
	level := batchNorm(70, 6)
	level.beta = []float64{1e6, -2e7, 3e5, 0, 1e8, 1}
	got, err := readFile(file("", slices.Concat(layerA.tensors("0"), level.tensors("1"))...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if k := kinds(got.Network); !slices.Equal(k, []string{"dense none", "scale"}) {
		t.Fatalf("stages %q", k)
	}
	x := rows(40, 4)
	err = got.Network.Predict(context.Background(), bundle.Matrix(x), func(out *mat.Dense[float64], _ int) error {
		for i := range out.Rows() {
			in := make([]float64, 4)
			for j, v := range x.Row(i) {
				in[j] = float64(v)
			}
			for j, want := range chain(layerA.of, level.of)(in) {
				if off := want - level.beta[j]; math.Abs(out.At(i, j)-want) > 1e-5*(1+math.Abs(off)) {
					t.Fatalf("row %d, output %d: got %v, want %v", i, j, out.At(i, j), want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
