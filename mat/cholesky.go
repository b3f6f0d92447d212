package mat

import (
	"math"

	"nnk/asm"
)

// cholBase is the order of the diagonal blocks that are factored without matrix
// products. It changes no bit, only speed.
const cholBase = 32

// Cholesky sets dst to the lower triangular L with a = L·Lᵀ, zeros above the
// diagonal, and returns it; dst == nil allocates and dst may be a. a is n×n,
// symmetric and positive definite; only its lower triangle is read.
//
// Every element is one chain over ascending k, from a's element:
//
//	c = FMA(−l[j][k], l[i][k], c), k < j;  l[j][j] = √c;  l[i][j] = c·(1/l[j][j])
//
// so block sizes and goroutines change no bit. The computed factor is exact for
// a matrix within about n·ε·a[i][i]^½·a[j][j]^½ of a, elementwise (Higham, Accuracy and
// Stability of Numerical Algorithms, theorem 10.3).
//
// A pivot c that is not positive, or overflows, gives a [*PivotError], which
// wraps [ErrSingular], and leaves dst in an unspecified state; an element of the lower triangle
// that is NaN or infinite gives an error that wraps [ErrNotFinite] and leaves
// dst as it was. Cost n³/6 multiply-adds.
func Cholesky[T asm.Float](dst, a *Dense[T]) (*Dense[T], error) {
	const op = "mat.Cholesky"
	n := checkSquare(op, a)
	if dst != nil {
		checkShape(op, dst, n, n)
		checkSameOrApart(op, "dst", dst, "a", a)
	}
	for i := range n {
		if err := checkFinite(op, i, a.Row(i)[:i+1]); err != nil {
			return nil, err
		}
	}
	if dst == nil {
		dst = New[T](n, n)
	}
	if !dst.Same(a) {
		for i := range n {
			copy(dst.Row(i)[:i+1], a.Row(i))
		}
	}
	buf := getScratch[T](max(n*(n/2+16), cholBase*cholBase))
	defer putScratch(buf)
	if k, p := cholesky(*dst, *buf); k >= 0 {
		return nil, &PivotError{op, k, float64(p)}
	}
	for i := range n {
		clear(dst.Row(i)[i+1:])
	}
	return dst, nil
}

func checkSquare[T asm.Float](op string, a *Dense[T]) int {
	if a.rows != a.cols {
		panic(wrong(op, "a matrix of %d×%d is not square", a.rows, a.cols))
	}
	return a.rows
}

// cholesky factors the lower triangle of a in place and leaves garbage above the
// diagonal. It returns the index and value of a bad pivot, or −1.
func cholesky[T asm.Float](a Dense[T], buf []T) (int, T) {
	if a.rows <= cholBase {
		return choleskyBlock(a, buf)
	}
	n1 := half(a.rows)
	n2 := a.rows - n1
	a11, a21, a22 := a.part(0, 0, n1, n1), a.part(n1, 0, n2, n1), a.part(n1, n1, n2, n2)
	if k, p := cholesky(a11, buf); k >= 0 {
		return k, p
	}
	// L₂₁ = A₂₁·L₁₁⁻ᵀ is solved on its transpose, where rows are long.
	stride := n2 | 8 // no power of two: its rows would share few lines of a cache
	x, neg := Dense[T]{n1, n2, stride, buf[:n1*stride]}, Dense[T]{n1, n2, stride, buf[n1*stride : 2*n1*stride]}
	transpose(x, a21)
	solveLower(x, a11, neg)
	transpose(a21, x)
	subLower(a22, a21, neg)
	if k, p := cholesky(a22, buf); k >= 0 {
		return n1 + k, p
	}
	return -1, 0
}

// subLower sets c −= p·pᵀ on and below the diagonal, given w = −pᵀ; what is above
// the diagonal becomes unspecified.
func subLower[T asm.Float](c, p, w Dense[T]) {
	if c.rows <= 2*cholBase {
		MulAdd(&c, &p, &w)
		return
	}
	n1 := half(c.rows)
	n2 := c.rows - n1
	p2, w1 := p.part(n1, 0, n2, p.cols), w.part(0, 0, w.rows, n1)
	c21 := c.part(n1, 0, n2, n1)
	MulAdd(&c21, &p2, &w1)
	subLower(c.part(0, 0, n1, n1), p.part(0, 0, n1, p.cols), w1)
	subLower(c.part(n1, n1, n2, n2), p2, w.part(0, n1, w.rows, n2))
}

// choleskyBlock factors a small block. It works on the transpose, where the
// updates run along rows.
func choleskyBlock[T asm.Float](a Dense[T], buf []T) (int, T) {
	n := a.rows
	for i := range n {
		for j, v := range a.Row(i)[:i+1] {
			buf[j*n+i] = v
		}
	}
	for j := range n {
		u := buf[j*n+j : j*n+n]
		p := u[0]
		if !(p > 0) || p-p != 0 {
			return j, p
		}
		u[0] = T(math.Sqrt(float64(p))) // rounded correctly for float32 too: 53 ≥ 2·24+2
		inv := 1 / u[0]
		for i := 1; i < len(u); i++ {
			u[i] *= inv
		}
		for i := 1; i < len(u); i++ {
			asm.Axpy(buf[(j+i)*n+j+i:(j+i)*n+n], -u[i], u[i:])
		}
	}
	for i := range n {
		for j := range i + 1 {
			a.data[i*a.stride+j] = buf[j*n+i]
		}
	}
	return -1, 0
}

// CholeskySolve sets dst = a⁻¹·b for the factor l that [Cholesky] returned for a
// (n×n), and returns it. b and dst are n×c; dst == nil allocates and dst may be
// b. Cost n²·c multiply-adds.
func CholeskySolve[T asm.Float](dst, l, b *Dense[T]) *Dense[T] {
	dst = SolveLower(dst, l, b)
	return SolveLowerT(dst, l, dst)
}

// PivotRatio returns min l[i][i]² / max l[i][i]² over the diagonal of a Cholesky
// factor, 1 if it is empty. Its inverse is a lower bound of the condition number of l·lᵀ; when
// the ratio comes near n·ε, solutions may have no correct digit.
func PivotRatio[T asm.Float](l *Dense[T]) T {
	if checkSquare("mat.PivotRatio", l) == 0 {
		return 1
	}
	lo, hi := l.At(0, 0), l.At(0, 0)
	for i := range l.rows {
		lo, hi = min(lo, l.At(i, i)), max(hi, l.At(i, i))
	}
	r := lo / hi
	return r * r
}
