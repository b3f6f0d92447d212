package main

import "slices"

// all is the table: mistakes that a person could make.
func all() []mutation { return slices.Concat(portable, assembly) }

var portable = []mutation{
	// asm: the forms that define the bits
	{"asm/fma.go", "b&0x1fffffff == 0x10000000 ||", "b&0x1fffffff == 0x20000000 ||", "midpoints are not corrected"},
	{"asm/fma.go", "b&(1<<63-1) < 0x381<<52", "b&(1<<63-1) < 0x301<<52", "subnormal results are rounded twice"},
	{"asm/fma.go", "(p - (s - v)) + (z - v)", "(p - (s - v)) - (z - v)", "sign in the error of the sum"},
	{"asm/fma.go", "if (e > 0) == (s > 0) {", "if e > 0 {", "rounds to odd the wrong way for negative sums"},
	{"asm/dot.go", "acc[j] = fma32(x[j], y[j], acc[j])", "acc[j] = float32(x[j]*y[j]) + acc[j]", "dropped FMA, float32"},
	{"asm/dot.go", "acc[j] = fma64(x[j], y[j], acc[j])", "acc[j] = float64(x[j]*y[j]) + acc[j]", "dropped FMA, float64"},
	{"asm/dot.go", "for w := L64 / 2; w > 0; w /= 2 {", "for w := L64 / 2; w > 1; w /= 2 {", "the last fold is left out"},
	{"asm/sum.go", "for ; len(x) >= L32; x = x[L32:] {", "for ; len(x) > L32; x = x[L32-1:] {", "the last of 32 elements is added twice"},
	{"asm/exp.go", "if x > 89 {\n\t\tx = 89", "if x > 80 {\n\t\tx = 80", "overflows too early, float32"},
	{"asm/exp.go", "r = fma64(-n, 0x1.abc9e3b39803fp-56, r)", "", "the lower part of ln 2 is left out"},
	{"asm/exp.go", "p = fma64(p, r, 0x1.6c16c17cc1075p-10)", "p = fma64(p, r, 0x1.6c16c17cc1175p-10)", "one digit of a coefficient, float64"},
	{"asm/exp.go", "half := k >> 1\n\treturn p * pow2f32(half) * pow2f32(k-half)", "return p * pow2f32(k)", "one scale factor: subnormals and the top binade break"},
	{"asm/log.go", "x *= 0x1p24\n\t\te = -24", "x *= 0x1p24\n\t\te = -23", "off by one for subnormals, float32"},
	{"asm/log.go", "f-(h-u))", "f-h+u)", "the correction is added in another order"},
	{"asm/sincos.go", "r1 = fma32(n, 0x1.ee59dap-50, r1)", "", "the third part of π/2 is left out, float32"},
	{"asm/sincos.go", "q++\n\t\tlow = -low", "low = -low", "the quotient of huge arguments is not rounded up"},
	{"asm/sincos.go", "if negative != (x < 0) {", "if negative {", "sign of huge negative arguments"},
	{"asm/sincos.go", "0xa2f9836e4e441529", "0xa2f9836e4e441528", "last bit of the first word of 2/π"},
	{"asm/tanh.go", "r := 1 - 2/(exp1f32(2*a)+1)", "r := 1 - 2/(exp1f32(2*a)-1)", "sign in the denominator"},
	{"asm/fwht.go", "a[j], b[j] = v+w, v-w", "a[j], b[j] = v+w, w-v", "sign of the difference"},
	{"asm/philox.go", "k[0] += 0x9e3779b9", "k[0] += 0x9e3779b8", "step of the key"},
	{"asm/philox.go", "for range 10 {", "for range 9 {", "nine rounds"},
	{"asm/philox.go", "h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0", "h1 ^ c[1] ^ k[0], l0, h0 ^ c[3] ^ k[1], l1", "swapped low words"},
	{"asm/philox.go", "float32(w0&0xffff)+0.5) * 0x1p-32", "float32(w0&0xffff)) * 0x1p-32", "a uniform that can be 0: infinite normals"},

	{"asm/dot.go", "acc[j] += acc[j+w]\n\t\t}\n\t}\n\treturn acc[0]\n}\n\nfunc dotGeneric64", "acc[j] += acc[2*w-1-j]\n\t\t}\n\t}\n\treturn acc[0]\n}\n\nfunc dotGeneric64", "swapped lanes in the fold, float32"},

	// mat
	{"mat/cholesky.go", "inv := 1 / u[0]\n\t\tfor i := 1; i < len(u); i++ {", "inv := 1 / u[0]\n\t\tfor i := 1; i < len(u)-1; i++ {", "off by one in the scaling of a column"},
	{"mat/cholesky.go", "asm.Axpy(buf[(j+i)*n+j+i:(j+i)*n+n], -u[i], u[i:])", "asm.Axpy(buf[(j+i)*n+j+i:(j+i)*n+n], u[i], u[i:])", "sign of the update"},
	{"mat/cholesky.go", "if !(p > 0) || p-p != 0 {", "if p < 0 {", "a zero or NaN pivot passes"},
	{"mat/select.go", "s > g.score[j])", "s >= g.score[j])", "ties go to the highest index"},
	{"mat/select.go", "g.d[p] = asm.FMA(-v, v, g.d[p])", "g.d[p] = asm.FMA(v, v, g.d[p])", "sign of the remaining diagonal"},
	{"mat/overlap.go", "j < a.cols ||", "j+1 < a.cols ||", "the last column of a view is not looked at"},
	{"mat/overlap.go", "j+b.cols > a.stride", "j+b.cols > a.stride+1", "rows that go on in the next are cut by one"},
	{"mat/eigen.go", "const noise = 0x1p-51", "const noise = 0", "elements of the size of rounding errors are kept"},
	{"mat/eigen.go", "const lowest = 0x1p-400", "const lowest = 0", "blocks of subnormal elements are not split"},
	{"mat/gemm.go", "load := p.load || q > 0", "load := p.load", "later blocks of k overwrite the earlier"},
	{"mat/gemm.go", "if p.upper && i >= j+w {", "if p.upper && i >= j {", "the diagonal of a Gram matrix is left out"},
	{"mat/gemm.go", "if !p.load {\n\t\tclear(c)", "if p.load {\n\t\tclear(c)", "one row: C is cleared when it must be kept"},

	// fft
	{"fft/engine.go", "re, im := r.at(s * j * k)", "re, im := r.at(s * (j + 1) * k)", "twiddles do not depend on the column"},
	{"fft/engine.go", "xr, xi, yr, yi = yr, yi, xr, xi", "xr, xi, yr, yi = yi, yr, xr, xi", "real and imaginary parts are exchanged"},
	{"fft/engine.go", "asm.FFTLast(dst, xr, xi, e.last, scale, inverse)", "asm.FFTLast(dst, xr, xi, e.last, scale, false)", "the inverse ends as the forward transform"},

	// rng
	{"rng/stream.go", "key := s.seed ^ subKey", "key := s.seed", "substreams share the key of the numbers"},
	{"rng/stream.go", "k.lo = int(k.start % uint64(k.per))", "k.lo = 0", "numbers depend on where a call starts"},
	{"rng/stream.go", "return uint64(w[j+16])<<32 | uint64(w[j])", "return uint64(w[j])<<32 | uint64(w[j+16])", "high and low words exchanged"},
	{"rng/uniform.go", "float32(v>>8) * 0x1p-24", "float32(v) * 0x1p-32", "a float32 uniform that rounds to 1"},
	{"rng/uniform.go", "T(1 - 2*int(words[j/32]>>(j%32)&1))", "T(2*int(words[j/32]>>(j%32)&1) - 1)", "all Rademacher signs are flipped"},
	{"rng/chi.go", "(start+uint64(i))*uint64(d)", "(start + uint64(i))", "χ values share their normals"},
	{"rng/exponential.go", "u[i] = (float64(w) + 0.5) * 0x1p-32", "u[i] = (float64(w) + 1) * 0x1p-32", "exponential values are shifted by half a step"},
	{"rng/halton.go", "a, _ := bits.Mul32(words[2*k], d.base-1)", "a, _ := bits.Mul32(words[2*k], d.base)", "a scrambled digit can be lost"},
	{"rng/halton.go", "dst[j] = (float64(x) + 0.5) / d.whole", "dst[j] = float64(x) / d.whole", "Halton points are not centred"},
	{"rng/quantile.go", "rest := math.FMA(-r, r, l) / (2 * r)", "rest := 0 * r", "the rounding of the root is not corrected"},
	{"rng/choice.go", "return cumulative[k] > v", "return cumulative[k] >= v", "an entry of weight 0 can be chosen"},
	{"rng/ortho/diagonals.go", "u /= math.Sqrt(float64(s.block()))", "u /= math.Sqrt(float64(s.D))", "scale by the unpadded width"},
	{"rng/ortho/diagonals.go", "Sub(uint64(round))", "Sub(1)", "all rounds have the same signs"},
	{"rng/ortho/diagonals.go", "dst[i] = T(n[i] / length)", "dst[i] = T(n[i])", "the weights of a repeated input are not of length 1"},
	{"rng/ortho/hadamard.go", "for round := len(b.diagonals) - 1; round > 0; round-- {", "for round := 1; round < len(b.diagonals); round++ {", "the transpose runs its rounds forwards"},
	{"rng/ortho/spec.go", "return max(leastBlock, 1<<bits.Len(uint(s.D-1)))", "return 1 << bits.Len(uint(s.D-1))", "few columns have few directions"},
	{"rng/ortho/sequence.go", "if g > 0 || s.M < 1<<least {", "if g > 0 {", "few Sobol points are nearly opposite pairs"},
	{"rng/ortho/block.go", "p.spec.Kind == Simplex && d != 2", "p.spec.Kind == Simplex", "rows in two columns are opposite pairs"},
	{"rng/sobol.go", "a, _ := bits.Mul64(b[0], 1<<k-1)\n\ta++", "a := uint64(1)", "a shuffled sequence is in its natural order"},
	{"rng/ortho/block.go", "-length*(math.Sqrt(n+1)+1)", "-length*(math.Sqrt(n+1)-1)", "a simplex that is not regular"},
	{"rng/ortho/block.go", "uint64(b*d+lo)*uint64(d)", "uint64(lo)*uint64(d)", "all blocks are the same"},
	{"rng/ortho/block.go", "length := lengths(p.spec.source(i))", "length := lengths(i)", "selected rows have the wrong lengths"},

	// urf
	{"urf/moment.go", "t := 2 * d / (math.Sqrt(float64(s*s)+float64(8*d*phi)) + s)", "t := d / (math.Sqrt(float64(s*s)+float64(8*d*phi)) + s)", "A is not the best"},
	{"urf/moment.go", "kappa / r * dir.sin, kappa / r * dir.cos, 0}", "kappa / r * dir.cos, kappa / r * dir.sin, 0}", "ρη is not iκ"},
	{"urf/moment.go", "float64(d*log(four)) - float64(d/2*log(eight))", "float64(d*log(four)) + float64(d/2*log(eight))", "sign of (1−8A)^(−d/2)"},
	{"urf/moment.go", "(abs + float64(exp(re)*cos(math.FMA(2, psi, im)))) / 2", "(abs - float64(exp(re)*cos(math.FMA(2, psi, im)))) / 2", "sign of E Z² in the variance"},
	{"urf/universal.go", "m.psi.phase[i] = T(f.phase * w.Phase)", "m.psi.phase[i] = T(-f.phase * w.Phase)", "wrong sign of θ"},
	{"urf/universal.go", "m.psi.turn[i] = T(f.turn * w.Freq)", "m.psi.turn[i] = 0", "the bias is left out"},
	{"urf/universal.go", "common+shift+log(f.mass*w.Mass), f)", "common-shift+log(f.mass*w.Mass), f)", "the common scale does not cancel"},
	{"urf/universal.go", "row[len(row)-1] = T(m.constant)", "row[len(row)-1] = 1", "the constant of a spectrum is 1"},
	{"urf/fit.go", "math.FMA(-p.freq(j), p.middle, angle(a[j]/r, -b[j]/r))", "math.FMA(p.freq(j), p.middle, angle(a[j]/r, -b[j]/r))", "phase about the wrong middle"},
	{"urf/fit.go", "if lambda == 0 || i+from > 0 {", "if true {", "the constant is penalised"},
	{"urf/fit.go", "for extra := max(lambda, floorRidge) * points; ; extra *= 16 {", "for extra := floorRidge * points; ; extra *= 16 {", "the penalty is not applied"},
	{"urf/relu.go", "return math.Sqrt(2 / float64(p.M))", "return math.Sqrt(1 / float64(p.M))", "the factor 2 of arc-cosine features"},
	{"urf/relu.go", "n[i] = bias * v", "n[i] = v", "the appended input has weight 1"},

	{"urf/tower.go", "asm.Scale(e, e, -1)", "asm.Scale(e, e, 1)", "no conjugate: the sine terms are added"},
	{"urf/tower.go", "asm.Axpy(bias, -norm, t.qre)", "asm.Axpy(bias, norm, t.qre)", "sign of ‖z‖²/2"},
	{"urf/tower.go", "t.qim[i] = T(f.half * 2 * re * im)", "t.qim[i] = T(f.half * re * im)", "imaginary part of z²"},

	// bundle
	{"bundle/fit/solve.go", "asm.Axpy(r.ZY.Row(i), -1, part.ZY.Row(i))", "asm.Axpy(r.ZY.Row(i), 1, part.ZY.Row(i))", "held-out targets are added, not taken away"},
	{"bundle/fit/solve.go", "sum = asm.FMA(-2, asm.Dot(a.Row(i), m.ZY.Row(i)), sum)", "sum = asm.FMA(-1, asm.Dot(a.Row(i), m.ZY.Row(i)), sum)", "half of the mixed term of the squared error"},
	{"bundle/fit/solve.go", "float64(lambda*m.scale())", "lambda", "λ has the units of the features"},
	{"bundle/fit/solve.go", "for i := range p - 1 {\n\t\tw[i] = 1", "for i := range p {\n\t\tw[i] = 1", "the constant is penalised"},
	{"bundle/fit/solve.go", "sum += asm.FMA(-last[j]/n, last[j], v)", "sum += asm.FMA(-last[j]/n, 0, v)", "the variance is about 0"},
	{"bundle/fit/solve.go", "return m.times(tau / math.Sqrt(sum)), nil", "return m.times(tau / sum), nil", "the dot-product optimum has the wrong norm"},
	{"bundle/fit/stats.go", "root = math.Sqrt(float64(w[i]))", "root = float64(w[i])", "weights are squared"},
	{"bundle/fit/stats.go", "f := &s.folds[int(s.rows/int64(s.opt.Block)%int64(s.opt.Count))]", "f := &s.folds[int(s.rows%int64(s.opt.Count))]", "neighbouring rows fall into different folds"},
	{"bundle/fit/stats.go", "s.rows += o.rows", "", "merging forgets the rows"},
	{"bundle/fit/stats.go", "mirror(m.ZZ)", "", "half of the Gram matrix is empty"},
	{"bundle/fit/grid.go", "return hi + r, lo - r", "return hi + r, lo", "a carry is counted twice"},
	{"bundle/fit/grid.go", "func rounder(a, b float64) float64 { return float64(1.5 * 0x1p32 * a * b) }", "func rounder(a, b float64) float64 { return float64(1.5 * 0x1p12 * a * b) }", "sums round off the grid: order matters"},
	{"bundle/fit/select.go", "slices.Sort(chosen)", "slices.Reverse(chosen)", "selected features are not in order"},
	{"snnk/layer.go", "row[j] += b", "row[j] -= b", "sign of the bias"},
}
