package main

import (
	"math/big"
	"math/bits"

	"nnk/conformance"
	"nnk/internal/bigref"
	"nnk/rng"
	"nnk/rng/ortho"
)

// The streams of package rng/ortho, as the table in package rng has them.
const (
	orthoTag = 0x6f727468 << 32

	orthoElements = orthoTag + iota - 1
	orthoLengths
	orthoSigns
	orthoWeights
	orthoHalton
	orthoSobol
	orthoShuffle
	orthoColumns
	orthoSupports
)

// projectionFiles are random projections of every kind from their texts.
func projectionFiles() []file {
	f := file{name: "ortho.txt"}
	for _, typ := range types {
		const unit = "of u·κ·max|G|, κ = ‖R‖·‖R⁻¹‖ (row sums) of the block's QR factorisation, of other kinds 1"
		rows := set{function: "ortho.Rows", typ: typ, formula: "the rows that are kept of G", columns: []string{"spec"}, unit: unit, claim: by(typ, 4, 4), source: "doc of package rng/ortho",
			notes: "B of every kind; D digits of π as seed",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				g := projectionFor(c.Text("spec"), typ)
				return g.rows.Flat(), unitOf(typ) * g.condition * g.rows.MaxAbs()
			}}
		apply := set{function: "ortho.Projection.Apply", typ: typ, formula: "G·x", columns: []string{"spec", "x"}, unit: unit + ", times Σ|x|", claim: by(typ, 2, 3), source: rows.source, notes: rows.notes,
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				g := projectionFor(c.Text("spec"), typ)
				x := p.Floats(c.Floats("x"))
				return g.times(x), unitOf(typ) * g.condition * g.rows.MaxAbs() * sumOfAbs(x)
			}}
		n := draw(typ, 1200)
		for _, text := range []string{
			"iid(seed=7,m=4,d=3)", "iid(seed=2611923443488327891,m=40,d=2,select=0+17+39)",
			"hadamard(seed=7,m=5,d=40)", "hadamard(seed=1,m=70,d=3,select=0+5+66)", "hadamard(seed=2611923443488327891,m=3,d=70,rounds=2,norm=sqrt)",
			"block(seed=7,m=5,d=3)", "block(seed=2,m=4,d=4,norm=sqrt)", "block(seed=1,m=2,d=5)",
			"simplex(seed=7,m=5,d=4)", "simplex(seed=3,m=3,d=2)", "simplex(seed=2,m=5,d=3,norm=sqrt,select=2+4)",
			"sobol(seed=7,m=5,d=3)", "sobol(seed=1,m=40,d=4,select=0+1+39)",
			"halton(seed=7,m=5,d=3)", "halton(seed=2611923443488327891,m=60,d=4,select=7+59)",
			"sparse(seed=7,m=6,d=5)", "sparse(seed=1,m=5,d=3)",
			"pursuit(seed=7,m=2,d=3,atoms=64,terms=2,base=-6,codes=" + pursuitCodes + ")",
		} {
			flags := "B"
			spec := parsedProjection(text)
			if spec.Seed > 100 {
				flags = "D"
			}
			rows.inputs = append(rows.inputs, input{flags, []string{text}})
			apply.inputs = append(apply.inputs, input{flags, []string{text, floats(n.uniform(spec.D, -1, 1))}})
		}
		f.sets = append(f.sets, rows, apply)
	}
	return []file{f}
}

// pursuitCodes are two rows of 2 terms, each 6 bits of atom, a sign and 4 bits of exponent, and an offset of 8 bits:
// atoms 5 and 60 with exponents 3 and 15, offset 200, then atoms 0 and 1, both negative, with exponents 0 and 8, offset 7.
const pursuitCodes = "heE9MhCCeAA"

func parsedProjection(text string) ortho.Spec {
	s, err := ortho.ParseSpec(text)
	if err != nil {
		panic(err)
	}
	return s
}

// exactProjection is G without rounding, and the condition of what its rows are made by.
type exactProjection struct {
	rows      bigref.Matrix
	condition float64
}

// projectionFor is the projection of a text for features of a type.
func projectionFor(text, typ string) exactProjection {
	return projectionAt(parsedProjection(text), typ)
}

func projectionAt(s ortho.Spec, typ string) exactProjection {
	e := exactProjection{condition: 1}
	elements := streamOf(s.Seed, orthoElements)
	switch s.Kind {
	case ortho.Hadamard:
		for _, i := range rowsKept(s) {
			e.rows = append(e.rows, hadamardRow(s, i))
		}
		return e
	case ortho.Block, ortho.Simplex:
		all := e.blocks(s, typ)
		for _, i := range rowsKept(s) {
			e.rows = append(e.rows, all[i])
		}
		return e
	case ortho.Sobol, ortho.Halton:
		e.rows = sequenceRows(s)
		return e
	case ortho.Pursuit:
		e.rows = pursuitRows(s)
		return e
	}
	for _, i := range rowsKept(s) { // iid, sparse
		row := make([]*big.Float, s.D)
		for j := range row {
			row[j] = elements.normal(typ, uint64(i*s.D+j))
		}
		if q := 1 + i%4; s.Kind == ortho.Sparse && q < 4 && q < s.D {
			factor := p.Sqrt(p.Ratio(s.D, q))
			if i%8 == 4 {
				factor = p.Scale(factor, 2)
			}
			order := streamOf(s.Seed, orthoSupports, uint64(i)).permutation(s.D)
			for k, j := range order {
				if k < q {
					row[j] = p.Mul(row[j], factor)
				} else {
					row[j] = p.Int(0)
				}
			}
		}
		e.rows = append(e.rows, row)
	}
	return e
}

// rowsKept are the numbers of the rows that are kept.
func rowsKept(s ortho.Spec) []int {
	if s.Select != nil {
		return s.Select
	}
	all := make([]int, s.M)
	for i := range all {
		all[i] = i
	}
	return all
}

// permutation is that of Fisher and Yates: place i and ⌊b·(i+1)/2⁶⁴⌋ are exchanged for i = n−1 … 1.
func (s stream) permutation(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j, _ := bits.Mul64(s.number(uint64(i)), uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// chi is χ value i with n degrees of freedom.
func (s stream) chi(typ string, i, n int) *big.Float {
	v := make([]*big.Float, n)
	for j := range v {
		v[j] = s.normal(typ, uint64(i*n+j))
	}
	return p.Sqrt(p.Dot(v, v))
}

func (e exactProjection) times(x []*big.Float) []*big.Float {
	out := make([]*big.Float, len(e.rows))
	for i, row := range e.rows {
		out[i] = p.Dot(row, x)
	}
	return out
}

func sumOfAbs(x []*big.Float) float64 {
	sum := p.Int(0)
	for _, v := range x {
		sum = p.Add(sum, p.Abs(v))
	}
	f, _ := sum.Float64()
	return f
}

// length is that of row i of a block of n orthogonal rows.
func length(s ortho.Spec, i, n int) *big.Float {
	if s.Norm == ortho.Sqrt {
		return p.Sqrt(p.Int(n))
	}
	return streamOf(s.Seed, orthoLengths).chi("float64", i, n)
}

// hadamardRow is the way back from the unit vector of row i.
func hadamardRow(s ortho.Spec, i int) []*big.Float {
	n := max(64, 1<<bits.Len(uint(s.D-1)))
	rounds := s.Rounds
	if rounds == 0 {
		rounds = 3
		if s.D < 64 {
			rounds = 4
		}
	}
	b, v := i/n, make([]*big.Float, n)
	for j := range v {
		v[j] = p.Int(0)
	}
	v[i%n] = p.Int(1) // whole numbers stay exact, so that those that cancel are 0
	scale := length(s, i, n)
	repeats := n / s.D
	for r := rounds - 1; r >= 0; r-- {
		butterflies(v)
		scale = p.Quo(scale, p.Sqrt(p.Int(n)))
		signs := streamOf(s.Seed, orthoSigns, uint64(r))
		for j := range v {
			at := uint64(b*n + j)
			if (r > 0 || repeats == 1) && signs.word(at/32)>>(at%32)&1 == 1 {
				v[j] = p.Neg(v[j])
			}
		}
	}
	row := make([]*big.Float, s.D)
	for j := range row {
		row[j] = v[j]
		if repeats > 1 {
			weights, sum := make([]*big.Float, repeats), p.Int(0)
			for k := range weights {
				weights[k] = streamOf(s.Seed, orthoWeights).normal("float64", uint64(b*n+k*s.D+j))
				sum = p.Add(sum, p.Mul(weights[k], v[k*s.D+j]))
			}
			row[j] = p.Quo(sum, p.Sqrt(p.Dot(weights, weights)))
		}
		row[j] = p.Mul(row[j], scale)
	}
	return row
}

// butterflies multiplies v by the Hadamard matrix of ±1.
func butterflies(v []*big.Float) {
	for h := 1; h < len(v); h *= 2 {
		for i := range v {
			if i&h == 0 {
				v[i], v[i+h] = p.Add(v[i], v[i+h]), p.Sub(v[i], v[i+h])
			}
		}
	}
}

// blocks are the rows of kinds Block and Simplex.
func (e *exactProjection) blocks(s ortho.Spec, typ string) bigref.Matrix {
	var out bigref.Matrix
	for b := 0; b*s.D < s.M; b++ {
		count := min(s.D, s.M-b*s.D)
		n := count
		if s.Kind == ortho.Simplex {
			n = s.D
		}
		var columns bigref.Matrix
		for c := range n {
			column := make([]*big.Float, s.D)
			for j := range column {
				column[j] = streamOf(s.Seed, orthoElements).normal(typ, uint64((b*s.D+c)*s.D+j))
			}
			columns = append(columns, column)
		}
		q, r := orthonormal(columns)
		e.condition = max(e.condition, p.Condition(r))
		if s.Kind == ortho.Simplex && s.D > 2 {
			q = simplexOf(q)
		}
		for j := range count {
			scale := length(s, b*s.D+j, s.D)
			row := make([]*big.Float, s.D)
			for k, v := range q[j] {
				row[k] = p.Mul(v, scale)
			}
			out = append(out, row)
		}
	}
	return out
}

// orthonormal is Gram and Schmidt's basis of the rows of a, and the triangle R.
func orthonormal(a bigref.Matrix) (q, r bigref.Matrix) {
	r = p.Identity(len(a), p.Int(0))
	for j, v := range a {
		v = append([]*big.Float(nil), v...)
		for i := range j {
			r[i][j] = p.Dot(q[i], v)
			for k := range v {
				v[k] = p.Sub(v[k], p.Mul(r[i][j], q[i][k]))
			}
		}
		r[j][j] = p.Sqrt(p.Dot(v, v))
		for k := range v {
			v[k] = p.Quo(v[k], r[j][j])
		}
		q = append(q, v)
	}
	return q, r
}

// simplexOf turns an orthonormal basis into the vertices of a regular simplex in the space of its first rows' coordinates.
func simplexOf(q bigref.Matrix) bigref.Matrix {
	n := len(q) - 1
	e, root := p.Int(n), p.Sqrt(p.Int(n))
	total := make([]*big.Float, len(q))
	for k := range total {
		total[k] = p.Int(0)
		for _, row := range q[:n] {
			total[k] = p.Add(total[k], row[k])
		}
	}
	stretch := p.Sqrt(p.Ratio(n+1, n))
	shift := p.Quo(p.Add(p.Sqrt(p.Int(n+1)), p.Int(1)), p.Mul(e, root))
	var out bigref.Matrix
	for j := range q {
		row := make([]*big.Float, len(q))
		for k := range row {
			if j == n {
				row[k] = p.Quo(total[k], root)
			} else {
				row[k] = p.Sub(p.Mul(stretch, q[j][k]), p.Mul(shift, total[k]))
			}
		}
		out = append(out, row)
	}
	return out
}

// sequenceRows are the quantiles of points, which are float64 numbers, in the order of the columns.
func sequenceRows(s ortho.Spec) bigref.Matrix {
	order := make([]int, s.D)
	for j := range order {
		order[j] = j
	}
	var point func(dst []float64, i uint32)
	if s.Kind == ortho.Halton {
		q, err := rng.NewHalton(s.D)
		if err != nil {
			panic(err)
		}
		point = q.Scramble(rng.New(s.Seed).Sub(orthoHalton)).Point
	} else {
		q, err := rng.NewSobol(s.D)
		if err != nil {
			panic(err)
		}
		q = q.Scramble(rng.New(s.Seed).Sub(orthoSobol).Sub(0))
		if least := 2 + bits.Len(uint(s.D-1)); s.M < 1<<least {
			q = q.Shuffle(rng.New(s.Seed).Sub(orthoShuffle).Sub(0), least)
		}
		point, order = q.Point, streamOf(s.Seed, orthoColumns).permutation(s.D)
	}
	var out bigref.Matrix
	u := make([]float64, s.D)
	for _, i := range rowsKept(s) {
		point(u, uint32(i))
		row := make([]*big.Float, s.D)
		for j, v := range u {
			row[order[j]] = p.NormalQuantile(p.Float(v))
		}
		out = append(out, row)
	}
	return out
}

// pursuitRows are the sums of atoms that the codes say.
func pursuitRows(s ortho.Spec) bigref.Matrix {
	dictionary := ortho.Spec{Kind: ortho.Hadamard, Seed: s.Seed, M: s.Atoms, D: s.D, Norm: ortho.Sqrt}
	code := new(big.Int)
	for i, b := range s.Codes {
		code.Or(code, new(big.Int).Lsh(big.NewInt(int64(b)), uint(8*i)))
	}
	take := func(n uint) int {
		v := new(big.Int).And(code, big.NewInt(1<<n-1))
		code.Rsh(code, n)
		return int(v.Int64())
	}
	var out bigref.Matrix
	for range s.M {
		row := make([]*big.Float, s.D)
		for j := range row {
			row[j] = p.Int(0)
		}
		for range s.Terms {
			atom, negative, exponent := hadamardRow(dictionary, take(uint(bits.Len(uint(s.Atoms-1))))), take(1), take(4)
			// A factor is a quarter power of 2.
			factor := p.Exp(p.Mul(p.Ratio(s.Base+exponent, 4), p.Log(p.Int(2))))
			if negative == 1 {
				factor = p.Neg(factor)
			}
			for j := range row {
				row[j] = p.Add(row[j], p.Mul(factor, atom[j]))
			}
		}
		take(8)
		out = append(out, row)
	}
	return out
}
