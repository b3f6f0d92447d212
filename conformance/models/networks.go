package main

import (
	"fmt"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// network is one to be written.
type network[T asm.Float] struct {
	name string
	net  *bundle.Network[T]
}

// projections are the texts of one of each kind, of each branch that the definition of a kind has.
var projections = []string{
	"iid(seed=1,m=70,d=5)",
	"iid(seed=18446744073709551615,m=40,d=3,select=0+7+39)",
	"hadamard(seed=1,m=130,d=5,rounds=4,norm=chi)", // inputs repeated, a block that is cut
	"hadamard(seed=2,m=64,d=1)",
	"hadamard(seed=3,m=100,d=40,norm=sqrt)", // padded, not repeated
	"hadamard(seed=4,m=128,d=64,rounds=1)",
	"hadamard(seed=5,m=200,d=70,rounds=2)",
	"hadamard(seed=6,m=200,d=5,select=3+64+65+199)",
	"block(seed=1,m=13,d=5,norm=chi)",
	"block(seed=2,m=50,d=40,norm=sqrt)", // reflectors of two blocks
	"block(seed=3,m=3,d=1)",
	"block(seed=4,m=20,d=5,select=1+2+17)",
	"simplex(seed=1,m=13,d=5,norm=chi)",
	"simplex(seed=2,m=70,d=33,norm=sqrt)",
	"simplex(seed=3,m=5,d=2)", // as block
	"simplex(seed=4,m=3,d=1)",
	"simplex(seed=5,m=20,d=5,select=4+5+18)",
	"sparse(seed=1,m=13,d=7)",
	"sparse(seed=2,m=30,d=5,select=0+4+5+6+12+18+23)",
	"sparse(seed=3,m=5,d=2)",
	"sparse(seed=4,m=5,d=1)",
	"sobol(seed=1,m=10,d=5)", // shuffled
	"sobol(seed=2,m=40,d=5)",
	"sobol(seed=3,m=6,d=1)",
	"sobol(seed=4,m=3,d=1030)", // two sequences
	"sobol(seed=5,m=40,d=5,select=0+39)",
	"halton(seed=1,m=40,d=5)",
	"halton(seed=2,m=9,d=40,select=2+8)",
	"pursuit(seed=1,m=3,d=5,atoms=128,terms=2,base=-9,codes=OGeUcpO8a1Ww-MVM)", // inputs repeated
	"pursuit(seed=2,m=5,d=70,atoms=64,terms=3,base=-9,codes=WNmQGLmrZFJ-tSgTwr_5HdO6eLpIfe6emhw)", // padded
	"pursuit(seed=3,m=4,d=9,atoms=256,terms=1,base=-9,codes=-aE8Jg0dMJ6lCA4)",                     // bits left over
	"pursuit(seed=4,m=4,d=5,atoms=2,terms=2,base=-9,codes=cIvLdMtYBOyP9g)",                        // fewer atoms than a block
}

// mapTexts are the texts of maps before their projections: of each kind and each branch.
var mapTexts = []string{
	"relu()",
	"relu(floor=-0.25,scale=0.7,bias=0.5,constant=true)",
	"relu(floor=0.1,slope=0.2,bias=-1)",
	"arccos(order=0,bias=0.3)",
	"arccos(order=1,scale=1.3,constant=true)",
	"arccos(order=2,scale=0.4,bias=0.5)",
	"fourier(kernel=gaussian,scale=0.3,constant=true)",
	"fourier(kernel=gaussian,pairs=true)",
	"fourier(kernel=gaussian,scale=0.3,linear=0+3,slope=0.25)",
	"fourier(kernel=gaussian,pairs=true,linear=4,constant=true)",
	"fourier(kernel=laplacian,scale=0.5)",
	"fourier(kernel=matern-1/2)",
	"fourier(kernel=matern-3/2,scale=0.6)",
	"fourier(kernel=matern-5/2,pairs=true,constant=true)",
	"maclaurin(coefficients=0.5 1 -0.5 0.25)",
	"maclaurin(coefficients=0 1 0.5 0 0.04,xnorm=2,wnorm=0.5,cosine=0.3,bias=true)",
	"softmax()",
	"softmax(radius=0.8,a=-0.05)",
	"softmax(xnorm=2,wnorm=1.5,cosine=-0.4,a=0)",
	"urf(spectrum=0.5 1:0.7:0.3 0.25:2:-1)",
	"urf(spectrum=0 1:1:0,angle=0.25,xnorm=2,cosine=0.5)",
	"urf(spectrum=0 1:0.5:0 0.5:1.5:1 0:3:0,angle=-0.25,independent=true)",
	"urf(spectrum=1 1:0.5:0.4 2:0.25:2,angle=0.5,radius=0.9,a=-0.1,proportional=true)",
	"urf(spectrum=0 1:0.5:0.4 2:0.25:-1.5707963267948966,angle=0.3,jordan=true)",
	"urf(spectrum=0 half-normal:1:0.5:0,angle=0.5)",
	"urf(spectrum=0 rayleigh:0.8:0.5:-1.5707963267948966)",
	"urf(spectrum=0 half-cauchy:1:0.2:0,angle=0.5,a=0)",
	"urf(spectrum=0 exponential:1:0.4:0.1,angle=0.5,jordan=true)",
	"urf(spectrum=0 sech:1:0.5:0,angle=0.5,independent=true)",
	"urf(spectrum=0 uniform:1:1:0,angle=1)",
	"urf(spectrum=0 1:1:0 variance-gamma:2:0.3:0)",
	"urf(spectrum=0.25 linear:-0.5 1:0.7:0.3 0.25:2:-1)",
	"urf(spectrum=0 linear:2 1:0.7:0.3,angle=0.25)",
}

// activations with a parameter other than the usual one.
var parameters = []string{"leaky-relu:-0.2", "elu:0.5"}

// networks lists all of them.
func networks[T asm.Float]() []network[T] {
	l := &list[T]{}
	for i, p := range projections {
		l.add(fmt.Sprintf("projection-%02d-%s", i, word(p)), l.phi("fourier(scale=0.3) on "+p))
	}
	for _, p := range projections { // maps that take what the codes say of a row
		if word(p) == ortho.Pursuit.String() {
			l.add(fmt.Sprintf("pursuit-arccos-%d", len(l.networks)), l.phi("arccos(order=1,scale=0.5,bias=0.5) on "+p))
			l.add(fmt.Sprintf("pursuit-layer-%d", len(l.networks)), l.layer(l.phi("fourier(kernel=matern-3/2) on "+p).Map(), 2))
		}
	}
	l.add("maclaurin-shares", l.phi("maclaurin(coefficients=1 0.5 0.25,shares=6+4+3) on block(seed=1,m=13,d=5,norm=chi)"))
	for i, text := range mapTexts {
		// On what is stored and what is not, whole and selected.
		for k, p := range []string{projections[0], projections[2], projections[7], projections[11]} {
			if strings.Contains(text, "laplacian") && k > 0 {
				p = projections[1]
			}
			l.add(fmt.Sprintf("map-%02d-%s-%d", i, word(text), k), l.phi(text+" on "+p))
		}
	}
	for i, name := range append(urf.ActivationNames(), parameters...) {
		l.add(fmt.Sprintf("activation-%02d", i), l.linear(3, 3, 4, name))
	}
	l.addTrained()
	l.addStages()
	return l.networks
}

// addTrained adds maps with trained diagonals.
func (l *list[T]) addTrained() {
	for _, p := range []string{projections[2], projections[4], projections[5]} {
		for _, text := range []string{"relu(floor=0.1,bias=0.5)", "arccos(order=1,scale=0.5)", "fourier(scale=0.3)"} {
			m := l.trained(text + " on " + p)
			l.add(fmt.Sprintf("trained-%d-%s", len(l.networks), word(text)), bundle.NewFeatures[T](m), bundle.NewSoftmax[T](m.Out(), false))
			l.add(fmt.Sprintf("trained-%d-%s", len(l.networks), word(text)), l.layer(m, 3))
		}
	}
}

// addStages adds stages of the other kinds, in the places that make a difference.
func (l *list[T]) addStages() {
	const d = 5
	width := 40 // more than the lanes of a sum
	relu := l.linear(3, d, width, "relu")
	scale := func(sub uint64, width int) *bundle.Scale[T] {
		return bundle.NewScale[T](numbers[float64](sub, width), numbers[float64](sub+1, width))
	}
	phi := l.phi("fourier(scale=0.2) on " + projections[0])
	l.add("layer", l.layer(phi.Map(), 2))
	l.add("layer-without-bias", snnk.New(phi.Map(), mat.Of(1, phi.Out(), numbers[T](9, phi.Out())), nil))
	l.add("linear-without-bias", bundle.NewLinear(relu.Weight(), nil, relu.Activation()))
	l.add("hybrid", bundle.NewHybrid(relu, phi.Map()), l.linear(5, width+phi.Out(), 2, "none"))
	for _, bits := range []int{8, 4} {
		name := fmt.Sprintf("codes-%d-", bits)
		l.add(name+"layer", snnk.NewQuantised(phi.Map(), l.coded(2, phi.Out(), bits), numbers[T](8, 2)))
		l.add(name+"linear", bundle.NewQuantisedLinear[T](l.coded(3, d, bits), nil, relu.Activation()))
		l.add(name+"hybrid", bundle.NewHybrid(bundle.NewQuantisedLinear(l.coded(4, d, bits), numbers[T](8, 4), relu.Activation()), phi.Map()), l.linear(5, 4+phi.Out(), 2, "none"))
	}
	l.add("scales", scale(30, d), relu, scale(40, width), l.linear(5, width, 2, "none"), scale(50, 2))
	l.add("scale-first", scale(30, d), relu)
	l.add("scale-last", relu, scale(40, width))
	l.add("scale-alone", scale(30, d))
	l.add("scale-twice", scale(30, d), scale(50, d))
	l.add("columns", bundle.NewColumns[T](d+2, []int{0, 4}), relu)
	l.add("columns-scale", bundle.NewColumns[T](d+1, []int{d}), scale(30, d), relu)
	l.add("columns-alone", bundle.NewColumns[T](d, []int{1, 2}))
	l.add("columns-scale-alone", bundle.NewColumns[T](d+1, []int{3}), scale(30, d))
	l.add("columns-later", relu, bundle.NewColumns[T](width, []int{7, 8, 39}), scale(40, width-3))
	l.add("layernorm", relu, bundle.NewLayerNorm(numbers[T](5, width), numbers[T](6, width), 1e-5))
	l.add("layernorm-without-epsilon", bundle.NewLayerNorm(numbers[T](5, d), numbers[T](6, d), 0))
	l.add("prelu", bundle.NewPReLU(numbers[T](5, d)))
	l.add("activation", bundle.NewElementwise[T](d, l.activation("gelu")))
	l.add("softmax", relu, bundle.NewSoftmax[T](width, false))
	l.add("log-softmax", relu, bundle.NewSoftmax[T](width, true))
}

// list is what networks makes.
type list[T asm.Float] struct{ networks []network[T] }

func (l *list[T]) add(name string, stages ...bundle.Stage[T]) {
	l.networks = append(l.networks, network[T]{name, bundle.NewNetwork(stages...)})
}

// must panics if a text of this file is wrong.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// phi is the stage of a map.
func (l *list[T]) phi(text string) *bundle.Features[T] {
	return bundle.NewFeatures(must(urf.ParseMap[T](text)))
}

// layer is a layer of a map with random weights.
func (l *list[T]) layer(m urf.Map[T], out int) *snnk.Layer[T] {
	return snnk.New(m, mat.Of(out, m.Out(), numbers[T](7, out*m.Out())), numbers[T](8, out))
}

// coded are random weights that are rounded to codes.
func (l *list[T]) coded(out, in, bits int) *mat.Quantised {
	return must(mat.Quantise(mat.Of(out, in, numbers[T](7, out*in)), bits))
}

// linear is a layer with random weights, from the given substream on.
func (l *list[T]) linear(sub uint64, in, out int, activation string) *bundle.Linear[T] {
	return bundle.NewLinear(mat.Of(out, in, numbers[T](sub, out*in)), numbers[T](sub+1, out), l.activation(activation))
}

func (l *list[T]) activation(name string) urf.Activation {
	return must(urf.ActivationByName(name))
}

// trained is a map whose diagonals and biases are not those that it began with.
func (l *list[T]) trained(text string) *urf.Diagonals[T] {
	m := must(urf.NewDiagonals[T](must(urf.ParseSpec(text))))
	diagonals, bias := m.Numbers()
	for r, d := range diagonals {
		asm.Axpy(d.Data(), 0.1, numbers[T](uint64(10+r), d.Rows()*d.Cols()))
	}
	asm.Axpy(bias, 0.1, numbers[T](20, len(bias)))
	return m
}

// word is what a text begins with.
func word(text string) string {
	kind, _, _ := strings.Cut(text, "(")
	return kind
}
