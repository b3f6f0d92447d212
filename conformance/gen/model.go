package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"

	"nnk/asm"
	"nnk/bundle"
	"nnk/conformance"
	"nnk/internal/bigref"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// modelFiles are model files with their outputs, and the choice of a model's features.
func modelFiles() []file {
	f := file{name: "model.txt", sets: []set{selectionSet()}}
	for _, typ := range types {
		s := set{function: "bundle.Model", typ: typ, formula: "outputs of the model in a file for inputs x", source: "FORMAT.md", columns: []string{"file", "x"}, notes: "B",
			unit: "of u·s, s the largest sum of a stage's products with absolute values, those of the stages before included", claim: by(typ, 0.02, 0.02), exact: modelOutputs}
		n := draw(typ, 1400)
		for _, texts := range [][]string{
			{"fourier(kernel=gaussian,scale=0.5) on hadamard(seed=7,m=64,d=5,select=2+3+17+40)"},
			{"tanh", "arccos(order=1,bias=0.5) on sobol(seed=3,m=4,d=3)"},
		} {
			model := modelBytes[float64]
			if typ == "float32" {
				model = modelBytes[float32]
			}
			s.inputs = append(s.inputs, input{"B", []string{hex.EncodeToString(model(n, texts)), floats(n.uniform(5, -2, 2))}})
		}
		f.sets = append(f.sets, s)
	}
	return []file{f}
}

// modelBytes is a model that scales 5 inputs, passes them through a dense layer if texts begin with its activation, and through
// the map of the last text, whose features become 2 outputs, scaled if there is a dense layer.
func modelBytes[T asm.Float](n *pool, texts []string) []byte {
	numbers := func(count int) []T {
		v := make([]T, count)
		for i, x := range n.uniform(count, -1, 1) {
			v[i] = T(x)
		}
		return v
	}
	stages := []bundle.Stage[T]{bundle.NewScale[T](n.uniform(5, -1, 1), n.uniform(5, 0.5, 2))}
	task := bundle.Classify
	if len(texts) > 1 {
		f, err := urf.ActivationByName(texts[0])
		if err != nil {
			panic(err)
		}
		stages, task = append(stages, bundle.NewLinear(mat.Of(3, 5, numbers(15)), numbers(3), f)), bundle.Regress
	}
	phi, err := urf.ParseMap[T](texts[len(texts)-1])
	if err != nil {
		panic(err)
	}
	stages = append(stages, snnk.New(phi, mat.Of(2, phi.Out(), numbers(2*phi.Out())), numbers(2)))
	if task == bundle.Regress {
		stages = append(stages, bundle.NewScale[T](n.uniform(2, -1, 1), n.uniform(2, 2, 4)))
	}
	var b bytes.Buffer
	model := &bundle.Model[T]{Network: bundle.NewNetwork(stages...), Task: task}
	if _, err := model.WriteTo(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// modelOutputs runs the stages of a file without rounding.
func modelOutputs(c *conformance.Case) ([]*big.Float, float64) {
	data, err := hex.DecodeString(c.Text("file"))
	if err != nil {
		panic(err)
	}
	f, err := safetensors.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	typ := f.Metadata["nnk.type"]
	var stages []struct{ Kind, Activation, Map string }
	if err := json.Unmarshal([]byte(f.Metadata["nnk.stages"]), &stages); err != nil {
		panic(err)
	}
	x, size := p.Floats(c.Floats("x")), 0.0
	for i, s := range stages {
		tensor := func(name string) []*big.Float {
			t := f.Tensor(fmt.Sprintf("%d.%s", i, name))
			v, err := safetensors.Load[float64](f, t)
			if err != nil {
				panic(err)
			}
			return p.Floats(v)
		}
		if s.Kind == "scale" {
			mean, factor := tensor("mean"), tensor("factor")
			for j := range x {
				x[j] = p.Mul(p.Sub(x[j], mean[j]), factor[j])
			}
			size = size*largestOf(factor) + largestOf(x)
			continue
		}
		if s.Map != "" {
			var features float64
			x, features = mapFor(s.Map, typ).phi(x)
			size = features * (1 + size)
		}
		weights, bias := tensor("weight"), tensor("bias")
		out, sum := make([]*big.Float, len(bias)), 0.0
		for k := range out {
			row := weights[k*len(x) : (k+1)*len(x)]
			out[k] = p.Add(p.Dot(row, x), bias[k])
			sum = max(sum, sumOfAbs(row)*(largestOf(x)+size)+largestOf(bias))
			if s.Activation == "tanh" {
				out[k] = p.Tanh(out[k])
			}
		}
		x, size = out, sum
	}
	return x, unitOf(typ) * size
}

// selectionSet chooses features of least penalised error one after the other, by solving for each that is left.
func selectionSet() set {
	const typ = "float64"
	s := set{function: "fit.Moments.SelectFeatures", typ: typ, source: "doc of package bundle/fit", columns: []string{"n", "l", "zz", "zy", "lambda", "most"}, unit: "ulp", claim: 0, notes: "P Philox",
		formula: "the features, ascending, that one after the other, with those before and the last one, the constant, make max_A tr(2·AᵀZᵀY − Aᵀ(ZᵀZ + λ·s·I)A) largest; s as for Ridge, no penalty for the constant",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			n, l := int(c.Int("n")), int(c.Int("l"))
			zz, zy := p.Matrix(n, c.Floats("zz")), p.Matrix(l, c.Floats("zy"))
			mean := p.Int(0)
			for i := range n - 1 {
				mean = p.Add(mean, p.Quo(zz[i][i], p.Int(n-1)))
			}
			for i := range n - 1 {
				zz[i][i] = p.Add(zz[i][i], p.Mul(mean, p.Float(c.Float("lambda"))))
			}
			chosen := []int{n - 1}
			in := make([]bool, n)
			for range c.Int("most") {
				best, most := -1, p.Int(0)
				for j := range n - 1 {
					if gain := gainOf(zz, zy, append(chosen[:len(chosen):len(chosen)], j)); !in[j] && gain.Cmp(most) > 0 {
						best, most = j, gain
					}
				}
				in[best], chosen = true, append(chosen, best)
			}
			var out []*big.Float
			for j := range n - 1 {
				if in[j] {
					out = append(out, p.Int(j))
				}
			}
			return out, 0
		}}
	for i, n := range []int{5, 9} {
		d := draw(typ, uint64(1450+i))
		z, y := p.Matrix(n, d.uniform(3*n*n, -1, 1)), p.Matrix(2, d.uniform(6*n, -1, 1))
		for _, row := range z {
			row[n-1] = p.Int(1)
		}
		zz, zy := rounded(p.MatMul(z.T(), z)), rounded(p.MatMul(z.T(), y))
		for _, most := range []int{1, 3} {
			s.inputs = append(s.inputs, input{"P", []string{itoa(n), "2", floats(zz), floats(zy), "0x1p-10", itoa(most)}})
		}
	}
	return s
}

// gainOf is tr(TᵀS⁻¹T) of some of the features; none that stands twice.
func gainOf(zz, zy bigref.Matrix, chosen []int) *big.Float {
	var s, t bigref.Matrix
	for a, i := range chosen {
		row := make([]*big.Float, len(chosen))
		for b, j := range chosen {
			if a != b && i == j {
				return p.Int(0)
			}
			row[b] = zz[i][j]
		}
		s, t = append(s, row), append(t, zy[i])
	}
	gain := p.Int(0)
	for k, row := range p.Solve(s, t) {
		gain = p.Add(gain, p.Dot(row, t[k]))
	}
	return gain
}
