package mat

import (
	"runtime"
	"sync"
	"sync/atomic"

	"nnk/asm"
)

// operand is a matrix read as it lies or transposed: element (i, j) is
// data[i*rs+j*cs].
type operand[T asm.Float] struct {
	rows, cols, rs, cs int
	data               []T
}

func byRows[T asm.Float](a *Dense[T]) operand[T] {
	return operand[T]{a.rows, a.cols, a.stride, 1, a.data}
}

func byCols[T asm.Float](a *Dense[T]) operand[T] {
	return operand[T]{a.cols, a.rows, 1, a.stride, a.data}
}

// product is one matrix product C = A·B or C += A·B. B is given either as an
// operand or as packed panels.
type product[T asm.Float] struct {
	m, n, k int
	a, b    operand[T]
	packed  *Packed[T]
	c       []T
	cs      int
	load    bool // start from C's values
	upper   bool // C is square and only its upper triangle is asked for
}

// multiply runs the product that writes dst.
func multiply[T asm.Float](dst *Dense[T], a, b operand[T], packed *Packed[T], load bool) {
	p := product[T]{m: dst.rows, n: dst.cols, k: a.cols, a: a, b: b, packed: packed, c: dst.data, cs: dst.stride, load: load}
	p.run()
}

// tuning holds the sizes at which the way of computing changes; none of them
// changes a bit of the result. Tests lower them to take every way with small
// matrices.
var tuning = struct {
	work   int // multiply-adds a goroutine must have to be worth its start of some microseconds
	depth  int // bytes of a row of A, or of a column of B, that a block of k takes
	near   int // bytes of A that stay in the L1 cache while the panels of B pass by
	far    int // bytes of B that stay in the L2 cache, beside those that come next, while the rows of A pass by
	cached int // bytes of B that are as fast where they are, in rows of moderate length
	many   int // rows from which a packed B pays
	fewer  int // rows from which it pays if the rows of B fall into a few sets of the caches
	tall   int // rows of A to pack at a time
	again  int // bytes of A that may pass by for every block of columns
	narrow int // columns of B up to which Aᵀ·B is the transpose of Bᵀ·A
}{1 << 19, 3 << 10, 24 << 10, 384 << 10, 512 << 10, 128, 17, 2048, 1 << 20, 48}

// run splits C among goroutines. The sums are not split, so the number of
// goroutines changes no bit.
func (p *product[T]) run() {
	if p.m == 0 || p.n == 0 {
		return
	}
	work := p.m * p.n * (p.k + 1)
	if p.upper {
		work /= 2
	}
	if workers := min(runtime.GOMAXPROCS(0), work/tuning.work); workers > 1 {
		q := *p // the copy that goroutines share lives on the heap, the caller's need not
		q.parallel(workers)
		return
	}
	p.block(0, p.m, 0, p.n)
}

// parallel cuts C into blocks and lets workers take them in turn. A goroutine may need
// a tenth of a millisecond to wake, in which the caller has already worked.
// Columns are cut first, because then no two blocks pack the same part of B.
func (p *product[T]) parallel(workers int) {
	w, h := asm.TileCols[T](), asm.TileRows()
	across := max(min(workers, p.n/(2*w)), 1)
	down := 1
	if !p.upper {
		down = max(min(workers/across, p.m/h), 1)
	}
	unit := w
	if p.packed == nil && !p.upper {
		unit = w / 3 // the widest vector
	}
	rows, cols := []int{0, p.m}, p.cuts(across, unit)
	switch {
	case p.upper || p.m == 1 || p.a.cs != 1 || p.m*p.k*(192/w) > tuning.again:
		// Every block packs or fetches A, or reads rows of B once: as few blocks as workers.
		if down > 1 {
			rows = shares(p.m, (p.m+down-1)/down, 1)
		}
	case down > 1:
		// Every block may copy its part of B, which many rows make worth while.
		rows = shares(p.m, (tuning.many+h-1)/h*h, down)
	default:
		cols = shares(p.n, w, across)
	}
	blocks := (len(rows) - 1) * (len(cols) - 1)
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= blocks {
				return
			}
			y, x := i/(len(cols)-1), i%(len(cols)-1)
			p.block(rows[y], rows[y+1], cols[x], cols[x+1])
		}
	}
	var wg sync.WaitGroup
	for range min(workers, blocks) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// shares cuts 0…n, at multiples of unit, into ranges that become shorter: each is
// half of what an equal part of the rest would be for each worker.
func shares(n, unit, workers int) []int {
	at := []int{0}
	for c := 0; c < n; at = append(at, c) {
		units := (n - c + unit - 1) / unit
		c = min(c+max(units/(2*workers), 1)*unit, n)
	}
	return at
}

// cuts divides the columns into parts of equal work at multiples of width. In a
// triangle, column j costs j+1 multiply-adds a step, so parts end at √(x/parts).
func (p *product[T]) cuts(parts, width int) []int {
	at := make([]int, parts+1)
	panels := (p.n + width - 1) / width
	for x := 1; x <= parts; x++ {
		c := panels * x / parts
		if p.upper {
			for c = 0; c*c*parts < panels*panels*x; c++ {
			}
		}
		at[x] = min(c*width, p.n)
	}
	return at
}

// row computes part of a row of C against a B that lies in rows: one stream.
func (p *product[T]) row(i, j0, j1 int) {
	c := p.c[i*p.cs+j0 : i*p.cs+j1]
	if !p.load {
		clear(c)
	}
	asm.AxpyRows(c, p.k, p.a.from(i, 0), p.a.cs, p.b.from(0, j0), p.b.rs)
}

// packedRow does the same against packed panels; j0 begins one.
func (p *product[T]) packedRow(i, j0, j1 int) {
	a, c := p.a.from(i, 0), p.c[i*p.cs+j0:i*p.cs+j1]
	width := asm.TileCols[T]()
	if panels := len(c) / width; panels > 0 {
		b, _ := p.packed.panel(j0, 0)
		asm.TileRow(panels, p.k, a, p.a.cs, b, width*p.k, c, p.load)
		c = c[panels*width:]
	}
	if rest := len(c); rest > 0 {
		b, distance := p.packed.panel(j1-rest, 0)
		asm.Tile(1, rest, p.k, a, 0, p.a.cs, b, distance, c, rest, p.load)
	}
}

// block computes rows i0…i1 and columns j0…j1 of C.
func (p *product[T]) block(i0, i1, j0, j1 int) {
	if i1-i0 == 1 && p.packed != nil {
		p.packedRow(i0, j0, j1)
		return
	}
	if i1-i0 == 1 && p.b.cs == 1 {
		p.row(i0, j0, j1)
		return
	}
	tall := i1 - i0
	if p.upper {
		i1 = min(i1, j1)
	} else if p.a.cs != 1 {
		tall = tuning.tall
	}
	for ; i0 < i1; i0 += tall {
		p.panels(i0, min(i0+tall, i1), j0, j1)
	}
}

// panels computes a block that is not too tall. C is cut into strips of columns
// whose part of B, for one block of k, stays in the L2 cache; A passes by in steps
// of rows that stay in the L1 cache.
func (p *product[T]) panels(i0, i1, j0, j1 int) {
	g := p.geometry(i1-i0, j1-j0)
	sizeA, sizeB := 0, 0
	if g.packA {
		sizeA = (i1 - i0 + g.width - 1) / g.width * g.width * g.depth
	}
	if g.packB {
		sizeB = min(g.strip, j1-j0) * g.depth
	}
	var bufA, bufB []T
	if size := sizeA + sizeB; size > 0 {
		buf := getScratch[T](size)
		defer putScratch(buf)
		bufA, bufB = (*buf)[:sizeA], (*buf)[sizeA:]
	}
	for q := 0; q == 0 || q < p.k; q += g.depth {
		depth := min(g.depth, p.k-q)
		if g.packA {
			for i := i0; i < i1; i += g.width {
				if i > i0 && p.shared(&g, i, j0, j1) {
					continue // strip copies it
				}
				packPanel(bufA[(i-i0)*depth:], g.width, p.a, i, min(g.width, i1-i), q, depth)
			}
		}
		for j := j0; j < j1; j += g.strip {
			later := place{j + g.strip, q}
			if later.j >= j1 {
				later = place{j0, q + depth}
			}
			p.strip(&g, bufA, bufB, i0, i1, j, min(j+g.strip, j1), q, depth, later)
		}
	}
}

// geometry is how a block is computed.
type geometry struct {
	width        int  // columns of a panel of B, rows of a packed panel of A
	depth        int  // k of a block
	rows, step   int  // rows of a step, and those that the kernels do at a time
	strip        int  // columns of a strip
	packA, packB bool // copy to panels
	far          bool // B does not stay in the caches
}

func (p *product[T]) geometry(m, n int) geometry {
	width := asm.TileCols[T]()
	size := 192 / width // bytes of an element: a panel is three vectors of 64 bytes
	g := geometry{width: width, step: asm.TileRows(), depth: max(p.k, 1), packA: p.a.cs != 1}
	// Copying an element of B costs about as much as ten multiply-adds.
	large := p.k*n*size > tuning.cached
	many := tuning.many
	if p.b.rs*size%4096 == 0 {
		many = tuning.fewer
	}
	g.packB = p.packed == nil && !p.upper && (p.b.cs != 1 || (m >= many && large))
	g.far = large && m > 1 && !g.packB && !p.upper
	kc := tuning.depth / size
	if large && !g.packB && p.packed == nil && !p.upper {
		kc /= 3 // the lines of long rows would fight for a few sets of the L2 cache
	}
	// All blocks of k are of about one length, up to half as much again as
	// intended. One row makes no use of blocks.
	if m > 1 && p.k > kc {
		blocks := max((p.k+kc/2)/kc, 1)
		g.depth = (p.k + blocks - 1) / blocks
	}
	g.rows = max(tuning.near/size/g.depth/g.step, 1) * g.step
	// Strips are of about equal width, up to a third more than intended.
	strips := max((3*n*g.depth*size+4*tuning.far-1)/(4*tuning.far), 1)
	g.strip = ((n+strips-1)/strips + width - 1) / width * width
	return g
}

// place is where a strip begins in B.
type place struct{ j, q int }

// ahead returns the part of the strip of packed panels that begins at a place
// which the panel of rows number step should bring to the L2 cache. It is nil if
// they are all there, and empty if B is read where it is: then a strip lies scattered
// in rows, and fetching its lines early was measured to gain nothing.
func (p *product[T]) ahead(g *geometry, at place, step, depth int) []T {
	const lines = 3 // in a row of a panel
	j := at.j + step/lines*g.width
	if g.far && p.packed == nil {
		return p.b.data[:0]
	}
	if !g.far || at.q >= p.k || j >= min(at.j+g.strip, p.n) {
		return nil
	}
	b, _ := p.packed.panel(j, at.q)
	return b[min(step%lines*depth*(g.width/lines), len(b)):]
}

// strip computes columns j0…j1 for depth values of k from q; later is where the
// next strip begins.
func (p *product[T]) strip(g *geometry, bufA, bufB []T, i0, i1, j0, j1, q, depth int, later place) {
	copying := g.packB && p.b.cs == 1 // while the first rows of A pass by
	if g.packB && !copying {
		for j, w := j0, 0; j < j1; j += w {
			w = panelWidth[T](j1-j, false)
			packPanel(bufB[(j-j0)*depth:], w, p.b.transposed(), j, w, q, depth)
		}
	}
	load := p.load || q > 0
	if p.upper {
		i1 = min(i1, j1)
	}
	step := 0
	for i, h := i0, 0; i < i1; i += h {
		h = min(g.rows, i1-i)
		a, ars, aks := p.a.from(i, q), p.a.rs, p.a.cs
		if g.packA {
			in := (i - i0) % g.width
			h = min(h, g.width-in)
			a, ars, aks = bufA[(i-i0-in)*depth+in:], 1, g.width
		}
		for j, w := j0, 0; j < j1; j += w {
			w = panelWidth[T](j1-j, p.packed != nil || p.upper)
			if p.upper && i >= j+w {
				continue
			}
			if i == i0 && j > i0 && p.shared(g, j, j0, j1) {
				asm.TileCopy(h, w, depth, a, ars, aks, p.b.from(q, j), p.b.rs, p.c[i*p.cs+j:], p.cs, load, bufA[j*depth:])
				continue
			}
			if copying && i == i0 {
				asm.TileCopy(h, w, depth, a, ars, aks, p.b.from(q, j), p.b.rs, p.c[i*p.cs+j:], p.cs, load, bufB[(j-j0)*depth:])
				continue
			}
			b, bs := p.panel(g, bufA, bufB, j, w, j0, q, depth)
			skip := 0 // vectors below the diagonal
			if p.upper && i > j {
				skip = (i - j) / (g.width / 3) * (g.width / 3)
			}
			asm.TileAhead(h, w-skip, depth, a, ars, aks, b[skip:], bs, p.c[i*p.cs+j+skip:], p.cs, load, p.ahead(g, later, step, depth))
			step += (h + g.step - 1) / g.step
		}
	}
}

// panel returns columns j…j+w of B for depth values of k from q, and the
// distance of its rows. j0 is where the strip begins.
func (p *product[T]) panel(g *geometry, bufA, bufB []T, j, w, j0, q, depth int) ([]T, int) {
	switch {
	case p.packed != nil:
		return p.packed.panel(j, q)
	case p.upper: // A is B's transpose and has the same panels
		return bufA[j*depth:], g.width
	case g.packB:
		return bufB[(j-j0)*depth:], w
	}
	return p.b.from(q, j), p.b.rs
}

// shared reports whether columns j… of B are a whole panel of columns j0…j1 and, as
// A is B's transpose, one of A too. It is copied while the first rows pass by, unless they are its own.
func (p *product[T]) shared(g *geometry, j, j0, j1 int) bool {
	return p.upper && j >= j0 && j+g.width <= j1
}

// panelWidth is the number of columns of the next panel when rest are left. The
// last two share what is left, unless the panels are given.
func panelWidth[T asm.Float](rest int, given bool) int {
	width := asm.TileCols[T]()
	if given || rest <= width || rest >= 2*width {
		return min(rest, width)
	}
	third := width / 3 // the widest vector
	return (rest/2 + third - 1) / third * third
}

// from is the part of the operand's data that starts at element (i, j).
func (a *operand[T]) from(i, j int) []T {
	if o := i*a.rs + j*a.cs; o < len(a.data) {
		return a.data[o:]
	}
	return nil // an empty operand
}

func (a *operand[T]) transposed() operand[T] {
	return operand[T]{a.cols, a.rows, a.cs, a.rs, a.data}
}
