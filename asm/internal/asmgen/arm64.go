package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const neonRegisters = 32

// Programs of few steps go through four vectors at a time, which one load and one store take: then a register of the program is
// four of these, V(4r) to V(4r+3), but for those of parameters and constants, which come behind.
const (
	neonAbreast = 4
	neonGroups  = 7
)

// neon turns a program into NEON assembly. Registers are given as for x86. There
// are no operands in memory: constants stay in the registers that the loop leaves
// free, most used first, and the others are loaded where they are used; one that a
// multiply-add adds to is always loaded, since the instruction overwrites it.
type neon struct {
	p     *program
	b     strings.Builder
	place []int // register of each live value, or −1
	last  []int // instruction that uses a value last
	free  []int
	table map[uint64]int // place of each constant in the table
	order []uint64
	fixed map[value]bool // constants and parameters that keep a register
	full  bool           // the registers did not suffice

	wide    bool // four vectors at a time
	abreast int  // in the loop of a wide program: how many vectors its lines are for; else 0
	kept    int  // parameters and constants of a wide program
}

func (w *neon) symbol() string { return fmt.Sprintf("%s%dNEON", w.p.name, w.p.bits) }

func (w *neon) line(format string, args ...any) {
	for j := range max(w.abreast, 1) {
		of := slices.Clone(args)
		for k, a := range args {
			if r, ok := a.(int); ok && w.abreast > 0 {
				of[k] = w.vector(r, j)
			}
		}
		fmt.Fprintf(&w.b, "\t"+format+"\n", of...)
	}
}

// vector is the register of vector j of those that go through a wide program together.
func (w *neon) vector(r, j int) int {
	switch {
	case !w.wide:
		return r
	case r < neonGroups:
		return neonAbreast*r + j
	}
	return (neonAbreast-1)*neonGroups + r
}

// vectors are the registers of all of them, and how many bytes these hold.
func (w *neon) vectors(r int) (list string, bytes int) {
	arr, _ := w.lanes()
	var all []string
	for j := range max(w.abreast, 1) {
		all = append(all, fmt.Sprintf("V%d.%s", w.vector(r, j), arr))
	}
	return "[" + strings.Join(all, ", ") + "]", 16 * len(all)
}

// lanes is the arrangement of a vector: the argument's in Go's notation, the
// result's as the macros' names end.
func (w *neon) lanes() (arrangement, suffix string) {
	if w.p.bits == 32 {
		return "S4", "4S"
	}
	return "D2", "2D"
}

func (w *neon) isConst(v value) bool { return w.p.code[v].op == opConst }

func (w *neon) take() int {
	if len(w.free) == 0 {
		w.full = true
		return 0
	}
	r := w.free[0]
	w.free = w.free[1:]
	return r
}

// keep returns a register that nothing else gets.
func (w *neon) keep() int {
	if !w.wide {
		return w.take()
	}
	if w.kept == neonRegisters-neonAbreast*neonGroups {
		w.full = true
		return neonGroups
	}
	w.kept++
	return neonGroups + w.kept - 1
}

func (w *neon) giveBack(r int) { w.free = slices.Insert(w.free, 0, r) }

// registers are those of the number of elements, the table of constants and the elements
// done, after the pointers in R0…, and R7 and R8, which are for passing use.
func (w *neon) registers() (n, table, done string) {
	if w.p.outputs+w.p.inputs > 4 {
		return "R9", "R10", "R11"
	}
	return "R4", "R5", "R6"
}

// load brings a constant into a new register.
func (w *neon) load(v value) int {
	if w.abreast > 0 { // all are to be in registers
		w.full = true
		return 0
	}
	r := w.take()
	w.loadInto(r, v)
	return r
}

func (w *neon) loadInto(r int, v value) {
	bits := w.p.code[v].imm
	if _, ok := w.table[bits]; !ok {
		w.table[bits] = len(w.order)
		w.order = append(w.order, bits)
	}
	_, table, _ := w.registers()
	w.line("FMOVQ %d(%s), F%d", 16*w.table[bits], table, w.vector(r, 0))
}

// dies reports whether instruction i may overwrite the register of v.
func (w *neon) dies(i int, v value) bool { return !w.isConst(v) && !w.fixed[v] && w.last[v] == i }

// operands returns the registers of values that instruction i reads, and a function
// that gives back those that it reads last.
func (w *neon) operands(i int, vs ...value) (regs []int, release func(keep int)) {
	var done []int
	for k, v := range vs {
		switch j := slices.Index(vs[:k], v); {
		case j >= 0:
			regs = append(regs, regs[j])
		case w.isConst(v) && !w.fixed[v]:
			regs = append(regs, w.load(v))
			done = append(done, regs[k])
		default:
			regs = append(regs, w.place[v])
			if w.dies(i, v) {
				done = append(done, regs[k])
				w.place[v] = -1
			}
		}
	}
	return regs, func(keep int) {
		for _, r := range done {
			if r != keep {
				w.giveBack(r)
			}
		}
	}
}

// simple writes an instruction whose destination may be any register.
func (w *neon) simple(i int, format string, vs ...value) {
	regs, release := w.operands(i, vs...)
	release(-1)
	w.place[i] = w.take()
	args := []any{}
	for _, r := range regs {
		args = append(args, r)
	}
	w.line(format, append(args, w.place[i])...)
}

// overwritten returns a register with the value v that instruction i may write to.
func (w *neon) overwritten(i int, v value) int {
	switch {
	case w.isConst(v) && !w.fixed[v]:
		return w.load(v)
	case w.dies(i, v):
		r := w.place[v]
		w.place[v] = -1
		return r
	}
	r := w.take()
	w.line("VMOV V%d.B16, V%d.B16", w.place[v], r)
	return r
}

// fused writes dst = c ± a·b.
func (w *neon) fused(i int, name string) {
	in := w.p.code[i]
	arr, suffix := w.lanes()
	factor := in.c == in.a || in.c == in.b // c is read again
	switch {
	case in.op == opFMS && !factor && !w.isConst(in.c):
		regs, release := w.operands(i, in.c)
		release(-1)
		w.place[i] = w.take()
		w.line("FNEG%s(%d, %d)", suffix, regs[0], w.place[i])
	case in.op == opFMS:
		panic(w.symbol() + ": a product less its factor or a constant")
	case factor && !w.isConst(in.c):
		w.place[i] = w.take()
		w.line("VMOV V%d.B16, V%d.B16", w.place[in.c], w.place[i])
	default:
		w.place[i] = w.overwritten(i, in.c)
	}
	regs, release := w.operands(i, in.a, in.b)
	w.line("%s V%d.%s, V%d.%s, V%d.%s", name, regs[1], arr, regs[0], arr, w.place[i], arr)
	release(-1)
}

// extremum writes dst = a if yes > no, else b, where the pair is (a, b) or (b, a).
func (w *neon) extremum(i int, max bool) {
	in := w.p.code[i]
	_, suffix := w.lanes()
	regs, release := w.operands(i, in.a, in.b)
	a, b := regs[0], regs[1]
	dst := w.take()
	if max {
		w.line("FCMGT%s(%d, %d, %d)", suffix, b, a, dst)
	} else {
		w.line("FCMGT%s(%d, %d, %d)", suffix, a, b, dst)
	}
	w.line("VBSL V%d.B16, V%d.B16, V%d.B16", b, a, dst)
	release(-1)
	w.place[i] = dst
}

// choose writes dst = mask ? b : c over whichever of the mask and c dies.
func (w *neon) choose(i int) {
	in := w.p.code[i]
	if !w.dies(i, in.a) && w.dies(i, in.c) {
		dst := w.place[in.c]
		w.place[in.c] = -1
		regs, release := w.operands(i, in.a, in.b)
		w.line("VBIT V%d.B16, V%d.B16, V%d.B16", regs[0], regs[1], dst)
		release(-1)
		w.place[i] = dst
		return
	}
	dst := w.overwritten(i, in.a)
	regs, release := w.operands(i, in.b, in.c)
	w.line("VBSL V%d.B16, V%d.B16, V%d.B16", regs[1], regs[0], dst)
	release(-1)
	w.place[i] = dst
}

func (w *neon) instruction(i int) {
	in := w.p.code[i]
	arr, s := w.lanes()
	switch in.op {
	case opConst, opParam:
	case opLoad:
		w.place[i] = w.take()
		list, bytes := w.vectors(w.place[i])
		fmt.Fprintf(&w.b, "\tVLD1.P %d(R%d), %s\n", bytes, w.p.outputs+int(in.imm), list)
	case opWord:
		w.place[i] = w.take()
		if w.p.bits == 64 {
			w.line("FMOVD %d(R1), F%d", 4*groupLanes*in.imm, w.place[i])
			w.line("VUXTL V%d.S2, V%d.D2", w.place[i], w.place[i])
		} else {
			w.line("FMOVQ %d(R1), F%d", 4*groupLanes*in.imm, w.place[i])
		}
	case opFMA, opFMS:
		w.fused(i, "VFMLA")
	case opFNMA:
		w.fused(i, "VFMLS")
	case opAdd:
		w.simple(i, "FADD"+s+"(%d, %d, %d)", in.b, in.a)
	case opSub:
		w.simple(i, "FSUB"+s+"(%d, %d, %d)", in.b, in.a)
	case opMul:
		w.simple(i, "FMUL"+s+"(%d, %d, %d)", in.b, in.a)
	case opDiv:
		w.simple(i, "FDIV"+s+"(%d, %d, %d)", in.b, in.a)
	case opMin:
		w.extremum(i, false)
	case opMax:
		w.extremum(i, true)
	case opAnd:
		w.simple(i, "VAND V%d.B16, V%d.B16, V%d.B16", in.b, in.a)
	case opOr:
		w.simple(i, "VORR V%d.B16, V%d.B16, V%d.B16", in.b, in.a)
	case opXor:
		w.simple(i, "VEOR V%d.B16, V%d.B16, V%d.B16", in.b, in.a)
	case opIAdd:
		w.simple(i, "VADD V%d."+arr+", V%d."+arr+", V%d."+arr, in.b, in.a)
	case opISub:
		w.simple(i, "VSUB V%d."+arr+", V%d."+arr+", V%d."+arr, in.b, in.a)
	case opShl:
		w.simple(i, fmt.Sprintf("VSHL $%d, V%%d.%s, V%%d.%s", in.imm, arr, arr), in.a)
	case opShr:
		w.simple(i, fmt.Sprintf("VUSHR $%d, V%%d.%s, V%%d.%s", in.imm, arr, arr), in.a)
	case opSqrt:
		w.simple(i, "FSQRT"+s+"(%d, %d)", in.a)
	case opCvt:
		w.simple(i, "SCVTF4S(%d, %d)", in.a)
	case opSignMask:
		w.simple(i, "CMLT"+s+"(%d, %d)", in.a)
	case opCmp:
		switch in.imm {
		case cmpEQ:
			w.simple(i, "FCMEQ"+s+"(%d, %d, %d)", in.b, in.a)
		case cmpLT:
			w.simple(i, "FCMGT"+s+"(%d, %d, %d)", in.a, in.b)
		case cmpGT:
			w.simple(i, "FCMGT"+s+"(%d, %d, %d)", in.b, in.a)
		case cmpNLE:
			w.simple(i, "FCMGE"+s+"(%d, %d, %d)", in.a, in.b)
			w.line("NOT16B(%d, %d)", w.place[i], w.place[i])
		case cmpNGE:
			w.simple(i, "FCMGE"+s+"(%d, %d, %d)", in.b, in.a)
			w.line("NOT16B(%d, %d)", w.place[i], w.place[i])
		default:
			panic(fmt.Sprintf("%s: comparison %d", w.symbol(), in.imm))
		}
	case opSelect:
		w.choose(i)
	case opReject:
		regs, release := w.operands(i, in.a)
		w.line("VMOV V%d.D[0], R7", regs[0])
		w.line("VMOV V%d.D[1], R8", regs[0])
		w.line("ORR R7, R8, R8")
		w.line("CBNZ R8, done")
		release(-1)
	case opStore:
		regs, release := w.operands(i, in.a)
		if w.p.groups {
			w.line("FMOVQ F%d, %d(R0)", regs[0], groupLanes*w.p.bits/8*int(in.imm))
		} else {
			list, bytes := w.vectors(regs[0])
			fmt.Fprintf(&w.b, "\tVST1.P %s, %d(R%d)\n", list, bytes, in.imm)
		}
		release(-1)
	default:
		panic(fmt.Sprintf("%s: operation %d", w.symbol(), in.op))
	}
}

// reused lists the constants that are operands of more than additions in
// multiply-adds, most used first: those worth a register.
func (p *program) reused() []value {
	uses := map[value]int{}
	for _, in := range p.code {
		for k, v := range in.uses() {
			addend := k == 2 && in.op != opSelect
			if p.code[v].op == opConst && !addend {
				uses[v]++
			}
		}
	}
	var list []value
	for v := range p.code {
		if uses[value(v)] > 0 {
			list = append(list, value(v))
		}
	}
	slices.SortStableFunc(list, func(a, b value) int { return cmp.Compare(uses[b], uses[a]) })
	return list
}

// neonKernel writes the whole function, wide if that fits, else with as many constants in registers as fit.
func neonKernel(p *program) string {
	keep := p.reused()
	rejects := slices.ContainsFunc(p.code, func(in instr) bool { return in.op == opReject })
	if !p.groups && !rejects {
		w := &neon{p: p, wide: true}
		if text := w.kernel(keep); !w.full {
			return text
		}
	}
	for {
		w := &neon{p: p}
		text := w.kernel(keep)
		if !w.full {
			return text
		}
		if len(keep) == 0 {
			panic(w.symbol() + ": out of registers")
		}
		keep = keep[:len(keep)-1]
	}
}

// steps writes what is done to one vector, or, of a wide program, to several.
func (w *neon) steps(abreast int) {
	if w.wide {
		w.abreast = abreast
	}
	for i := range w.p.code {
		w.instruction(i)
	}
	w.abreast = 0
}

func (w *neon) kernel(keep []value) string {
	p := w.p
	arr, _ := w.lanes()
	regN, regTable, regDone := w.registers()
	w.place = make([]int, len(p.code))
	w.last = make([]int, len(p.code))
	w.table, w.fixed = map[uint64]int{}, map[value]bool{}
	registers := neonRegisters
	if w.wide {
		registers = neonGroups
	}
	for r := range registers {
		w.free = append(w.free, r)
	}
	for i, in := range p.code {
		for _, v := range in.uses() {
			w.last[v] = i
		}
	}
	offset := 0
	for i := range p.outputs + p.inputs {
		w.line("MOVD %s+%d(FP), R%d", p.args[i], offset, i)
		offset += 8
	}
	w.line("MOVD n+%d(FP), %s", offset, regN)
	offset += 8
	hasTable := slices.ContainsFunc(p.code, func(in instr) bool { return in.op == opConst })
	if hasTable {
		w.line("MOVD $%sConst<>(SB), %s", w.symbol(), regTable)
	}
	for i, in := range p.code {
		if in.op == opParam {
			w.place[i], w.fixed[value(i)] = w.keep(), true
			w.line("MOVD $%s+%d(FP), R7", p.args[p.outputs+p.inputs+int(in.imm)], offset+int(in.imm)*p.bits/8)
			w.line("VLD1R (R7), [V%d.%s]", w.vector(w.place[i], 0), arr)
		}
	}
	for _, v := range keep {
		w.place[v] = w.keep()
		w.loadInto(w.place[v], v)
		w.fixed[v] = true
	}
	offset = (offset + p.params*p.bits/8 + 7) / 8 * 8
	w.line("MOVD $0, %s", regDone)
	lanes := 128 / p.bits
	if w.wide {
		w.line("SUB $%d, %s, R7 // what is done when fewer than %d vectors are left", (neonAbreast-1)*lanes, regN, neonAbreast)
		w.line("CMP R7, %s", regDone)
		w.line("BGE rest")
		fmt.Fprintf(&w.b, "\nwide:\n")
		w.steps(neonAbreast)
		w.line("ADD $%d, %s", neonAbreast*lanes, regDone)
		w.line("CMP R7, %s", regDone)
		w.line("BLT wide")
		fmt.Fprintf(&w.b, "\nrest:\n")
		w.line("CMP %s, %s", regN, regDone)
		w.line("BGE done")
	}
	fmt.Fprintf(&w.b, "\nloop:\n")
	w.steps(1)
	w.line("ADD $%d, %s", lanes, regDone)
	if p.groups {
		out, in := p.gap()
		w.line("ADD $16, R0")
		w.line("ADD $%d, R1", 4*lanes)
		w.line("TST $%d, %s // the next group?", groupLanes-1, regDone)
		w.line("BNE more")
		w.line("ADD $%d, R0", out)
		w.line("ADD $%d, R1", in)
		fmt.Fprintf(&w.b, "more:\n")
	}
	w.line("CMP %s, %s", regN, regDone)
	w.line("BLT loop")
	fmt.Fprintf(&w.b, "\ndone:\n")
	w.line("MOVD %s, ret+%d(FP)", regDone, offset)
	w.line("RET")
	body := w.b.String()

	var head strings.Builder
	for k, bits := range w.order {
		for half := range 2 {
			if p.bits == 32 {
				bits = bits&(1<<32-1) | bits<<32
			}
			fmt.Fprintf(&head, "DATA %sConst<>+%d(SB)/8, $%#016x\n", w.symbol(), 16*k+8*half, bits)
		}
	}
	if hasTable {
		fmt.Fprintf(&head, "GLOBL %sConst<>(SB), RODATA|NOPTR, $%d\n\n", w.symbol(), 16*len(w.order))
	}
	fmt.Fprintf(&head, "// %s\n//\n// %s\n//\n", p.signature(w.symbol()), strings.Join(strings.Split(p.doc, "\n"), "\n// "))
	var regs []string
	for i := range p.outputs + p.inputs {
		regs = append(regs, fmt.Sprintf("R%d %s", i, p.args[i]))
	}
	vectors := fmt.Sprintf("V0… parameters and %d constants first, then values in the order of their making.", len(keep))
	if w.wide {
		vectors = fmt.Sprintf("V0… four vectors of each value in the order of their making, V%d… parameters and %d constants.", neonAbreast*neonGroups, len(keep))
	}
	first, last, elements := "\nloop:", "\ndone:", lanes
	if w.wide {
		first, last, elements = "\nwide:", "\nrest:", neonAbreast*lanes
	}
	count := strings.Count(body[strings.Index(body, first)+1:strings.Index(body, last)+1], "\n") - 2
	fmt.Fprintf(&head, "// %s, %s n, %s constants, %s elements done;\n// %s\n", strings.Join(regs, ", "), regN, regTable, regDone, vectors)
	fmt.Fprintf(&head, "// Assumes n > 0 and a multiple of %d. Requires NEON.\n", p.multiple(lanes))
	fmt.Fprintf(&head, "// %d instructions for %d elements, %.1f each.\n", count, elements, float64(count)/float64(elements))
	fmt.Fprintf(&head, "TEXT ·%s(SB), NOSPLIT, $0-%d\n", w.symbol(), offset+8)
	return head.String() + body
}

// neonFile writes the NEON kernels of one function, both element types.
func neonFile(name string, list []*program) string {
	var b strings.Builder
	b.WriteString("// Code generated by asmgen; DO NOT EDIT.\n\n//go:build !purego\n\n#include \"textflag.h\"\n#include \"neon_arm64.h\"\n")
	for _, p := range list {
		if p.name == name {
			b.WriteString("\n" + neonKernel(p))
		}
	}
	return b.String()
}
