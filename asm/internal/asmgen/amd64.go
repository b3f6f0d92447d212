package main

import (
	"fmt"
	"slices"
	"strings"
)

// target is one of the two x86 kernel sets.
type target struct {
	name   string // as in kernel names
	reg    string // letter of its registers
	bytes  int
	regs   int
	needs  string
	avx512 bool
}

var targets = []target{
	{name: "AVX2", reg: "Y", bytes: 32, regs: 16, needs: "AVX2 and FMA"},
	{name: "AVX512", reg: "Z", bytes: 64, regs: 32, needs: "AVX-512 F, DQ", avx512: true},
}

// writer turns a program into the assembly of one target: registers are given in
// the order of the program, each free again after the last use of its value;
// constants are operands in memory.
type writer struct {
	target
	p     *program
	b     strings.Builder
	place []string       // register of each live value
	last  []int          // instruction that uses a value last
	free  []int          // vector registers
	masks []int          // mask registers
	table map[uint64]int // offset of each constant
	order []uint64
}

// symbol is the kernel's name.
func (w *writer) symbol() string { return fmt.Sprintf("%s%d%s", w.p.name, w.p.bits, w.name) }

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, "\t"+format+"\n", args...)
}

// suffix of packed instructions, S for float32 and D for float64.
func (w *writer) suffix() string {
	if w.p.bits == 32 {
		return "S"
	}
	return "D"
}

// width of integer instructions, D or Q.
func (w *writer) width() string {
	if w.p.bits == 32 {
		return "D"
	}
	return "Q"
}

func (w *writer) isConst(v value) bool { return w.p.code[v].op == opConst }

// mem is the memory operand of a constant, and the instruction's suffix for it.
func (w *writer) mem(v value) (operand, bcst string) {
	bits := w.p.code[v].imm
	if _, ok := w.table[bits]; !ok {
		size := w.bytes
		if w.avx512 {
			size = w.p.bits / 8
		}
		w.table[bits] = len(w.order) * size
		w.order = append(w.order, bits)
	}
	operand = fmt.Sprintf("%sConst<>+%d(SB)", w.symbol(), w.table[bits])
	if w.avx512 {
		bcst = ".BCST"
	}
	return operand, bcst
}

func (w *writer) take() string {
	if len(w.free) == 0 {
		panic(w.symbol() + ": out of registers")
	}
	r := w.free[0]
	w.free = w.free[1:]
	return fmt.Sprintf("%s%d", w.reg, r)
}

// release gives the registers of operands back that instruction i uses last.
func (w *writer) release(i int) {
	for _, v := range w.p.code[i].uses() {
		r := w.place[v]
		if w.last[v] != i || r == "" || w.p.pinned(v) {
			continue
		}
		w.place[v] = ""
		w.giveBack(r)
	}
}

func (w *writer) giveBack(r string) {
	var n int
	fmt.Sscanf(r[1:], "%d", &n)
	if r[0] == 'K' {
		w.masks = append([]int{n}, w.masks...)
	} else {
		w.free = append([]int{n}, w.free...)
	}
}

// register is the place of v; a constant is loaded into a register, which the
// second result says to give back.
func (w *writer) register(v value) (string, bool) {
	if !w.isConst(v) {
		return w.place[v], false
	}
	r := w.take()
	m, _ := w.mem(v)
	if w.avx512 {
		w.line("VBROADCASTS%s %s, %s", w.suffix(), m, r)
	} else {
		w.line("VMOVUP%s %s, %s", w.suffix(), m, r)
	}
	return r, true
}

// binary writes dst = a op b with b in memory if it is a constant.
func (w *writer) binary(i int, name string, commutes bool) {
	in := w.p.code[i]
	if commutes && w.isConst(in.a) {
		in.a, in.b = in.b, in.a
	}
	a, temp := w.register(in.a)
	b, bcst := w.place[in.b], ""
	if w.isConst(in.b) {
		b, bcst = w.mem(in.b)
	}
	w.release(i)
	if temp {
		w.giveBack(a)
	}
	w.place[i] = w.take()
	w.line("%s%s %s, %s, %s", name, bcst, b, a, w.place[i])
}

// dies reports whether v is in a register that instruction i may overwrite.
func (w *writer) dies(i int, v value) bool {
	return !w.isConst(v) && w.last[v] == i && !w.p.pinned(v)
}

// fused writes a multiply-add. The three forms differ in which operand they
// overwrite and which may be in memory.
func (w *writer) fused(i int, name string) {
	in := w.p.code[i]
	a, b, c := in.a, in.b, in.c
	if w.isConst(a) {
		a, b = b, a
	}
	s := "P" + w.suffix()
	switch {
	case w.isConst(c) && !w.isConst(b): // 213: dst = dst·b + c
		if !w.dies(i, a) && w.dies(i, b) && a != b {
			a, b = b, a
		}
		m, bcst := w.mem(c)
		dst := w.overwrite(i, a)
		w.line("V%s213%s%s %s, %s, %s", name, s, bcst, m, w.regOr(b, a, dst), dst)
		w.finish(i, dst)
	case w.isConst(b): // 231: dst = a·b + dst, b in memory
		m, bcst := w.mem(b)
		if !w.isConst(c) && !w.dies(i, c) && w.dies(i, a) { // 132: dst = dst·b + c
			dst := w.place[a]
			w.line("V%s132%s%s %s, %s, %s", name, s, bcst, m, w.place[c], dst)
			w.finish(i, dst)
			return
		}
		dst := w.overwrite(i, c)
		w.line("V%s231%s%s %s, %s, %s", name, s, bcst, m, w.place[a], dst)
		w.finish(i, dst)
	case w.dies(i, c):
		dst := w.place[c]
		w.line("V%s231%s %s, %s, %s", name, s, w.place[b], w.place[a], dst)
		w.finish(i, dst)
	case w.dies(i, a) && a != b:
		dst := w.place[a]
		w.line("V%s213%s %s, %s, %s", name, s, w.place[c], w.place[b], dst)
		w.finish(i, dst)
	case w.dies(i, b) && a != b:
		dst := w.place[b]
		w.line("V%s213%s %s, %s, %s", name, s, w.place[c], w.place[a], dst)
		w.finish(i, dst)
	default:
		dst := w.overwrite(i, c)
		w.line("V%s231%s %s, %s, %s", name, s, w.place[b], w.place[a], dst)
		w.finish(i, dst)
	}
}

// overwrite returns a register with the value v that instruction i may write to.
func (w *writer) overwrite(i int, v value) string {
	if w.dies(i, v) {
		return w.place[v]
	}
	if w.isConst(v) {
		r, _ := w.register(v)
		return r
	}
	r := w.take()
	w.line("VMOVAP%s %s, %s", w.suffix(), w.place[v], r)
	return r
}

// regOr is b's register; if b is the operand a that was overwritten, dst.
func (w *writer) regOr(b, a value, dst string) string {
	if b == a {
		return dst
	}
	return w.place[b]
}

// finish makes dst the place of value i and gives the other operands back.
func (w *writer) finish(i int, dst string) {
	for _, v := range w.p.code[i].uses() {
		if w.place[v] == dst {
			w.place[v] = ""
		}
	}
	w.release(i)
	w.place[i] = dst
}

func (w *writer) instruction(i int) {
	in := w.p.code[i]
	s, d := "P"+w.suffix(), w.width()
	logic := func(avx2, avx512 string) string {
		if w.avx512 {
			return avx512 + d
		}
		return avx2 + s
	}
	switch in.op {
	case opConst, opParam, opQuarter:
	case opLoad:
		w.place[i] = w.take()
		w.line("VMOVU%s (%s)(BX*%d), %s", s, w.p.pointer(w.p.outputs+int(in.imm)), w.p.bits/8, w.place[i])
	case opWord:
		w.place[i] = w.take()
		load := "VMOVUPS"
		if w.p.bits == 64 {
			load = "VPMOVZXDQ"
		}
		w.line("%s %d(%s)(BX*4), %s", load, 4*groupLanes*in.imm, w.p.pointer(1), w.place[i])
	case opFMA:
		w.fused(i, "FMADD")
	case opFNMA:
		w.fused(i, "FNMADD")
	case opFMS:
		w.fused(i, "FMSUB")
	case opAdd:
		w.binary(i, "VADD"+s, true)
	case opSub:
		w.binary(i, "VSUB"+s, false)
	case opMul:
		w.binary(i, "VMUL"+s, true)
	case opDiv:
		w.binary(i, "VDIV"+s, false)
	case opScale:
		w.binary(i, "VSCALEF"+s, false)
	case opMin:
		w.binary(i, "VMIN"+s, false)
	case opMax:
		w.binary(i, "VMAX"+s, false)
	case opAnd:
		w.binary(i, logic("VAND", "VPAND"), true)
	case opOr:
		w.binary(i, logic("VOR", "VPOR"), true)
	case opXor:
		w.binary(i, logic("VXOR", "VPXOR"), true)
	case opIAdd:
		w.binary(i, "VPADD"+d, true)
	case opISub:
		w.binary(i, "VPSUB"+d, false)
	case opShl, opShr, opSqrt, opCvt:
		a := w.place[in.a]
		w.release(i)
		w.place[i] = w.take()
		switch in.op {
		case opShl:
			w.line("VPSLL%s $%d, %s, %s", d, in.imm, a, w.place[i])
		case opShr:
			w.line("VPSRL%s $%d, %s, %s", d, in.imm, a, w.place[i])
		case opSqrt:
			w.line("VSQRT%s %s, %s", s, a, w.place[i])
		case opCvt:
			w.line("VCVTDQ2PS %s, %s", a, w.place[i])
		}
	case opCmp:
		a, temp := w.register(in.a)
		b, bcst := w.place[in.b], ""
		if w.isConst(in.b) {
			b, bcst = w.mem(in.b)
		}
		w.release(i)
		if temp {
			w.giveBack(a)
		}
		if w.avx512 {
			w.place[i] = fmt.Sprintf("K%d", w.masks[0])
			w.masks = w.masks[1:]
		} else {
			w.place[i] = w.take()
		}
		w.line("VCMP%s%s $%d, %s, %s, %s", s, bcst, in.imm, b, a, w.place[i])
	case opSignMask:
		if w.avx512 {
			a := w.place[in.a]
			w.release(i)
			w.place[i] = fmt.Sprintf("K%d", w.masks[0])
			w.masks = w.masks[1:]
			w.line("VPMOV%s2M %s, %s", d, a, w.place[i])
			return
		}
		if !w.dies(i, in.a) {
			w.place[i] = w.take()
			w.line("VMOVA%s %s, %s", s, w.place[in.a], w.place[i])
			return
		}
		w.place[i], w.place[in.a] = w.place[in.a], "" // the sign bit is the mask
	case opSelect:
		no, tempNo := w.register(in.c)
		yes, bcst := w.place[in.b], ""
		if w.isConst(in.b) {
			yes, bcst = w.mem(in.b)
		}
		mask := w.place[in.a]
		w.release(i)
		if tempNo {
			w.giveBack(no)
		}
		w.place[i] = w.take()
		if w.avx512 {
			w.line("VBLENDM%s%s %s, %s, %s, %s", s, bcst, yes, no, mask, w.place[i])
		} else {
			w.line("VBLENDV%s %s, %s, %s, %s", s, mask, yes, no, w.place[i])
		}
	case opEven:
		m, bcst := w.mem(w.p.word(1))
		a := w.place[in.a]
		w.release(i)
		w.place[i] = fmt.Sprintf("K%d", w.masks[0])
		w.masks = w.masks[1:]
		w.line("VPTESTNM%s%s %s, %s, %s", d, bcst, m, a, w.place[i])
	case opAddOver:
		dst := w.overwrite(i, value(in.imm))
		w.line("VADD%s %s, %s, %s, %s", s, w.place[in.c], w.place[in.b], w.place[in.a], dst)
		w.finish(i, dst)
	case opPick:
		a := w.place[in.a]
		w.release(i)
		w.place[i] = w.take()
		w.line("VPERM%s %s, %s, %s", s, w.place[in.b], a, w.place[i])
	case opReject:
		mask := w.place[in.a]
		w.release(i)
		if w.avx512 {
			w.line("KTESTW %s, %s", mask, mask)
		} else {
			w.line("VMOVMSK%s %s, R9", s, mask)
			w.line("TESTL R9, R9")
		}
		w.line("JNZ done")
	case opStore:
		if w.p.groups {
			w.line("VMOVU%s %s, %d(%s)(BX*%d)", s, w.place[in.a], groupLanes*w.p.bits/8*int(in.imm), w.p.pointer(0), w.p.bits/8)
			w.release(i)
			return
		}
		w.line("VMOVU%s %s, (%s)(BX*%d)", s, w.place[in.a], w.p.pointer(int(in.imm)), w.p.bits/8)
		w.release(i)
	}
}

// pinned reports whether v is in a register from before the loop.
func (p *program) pinned(v value) bool {
	return p.code[v].op == opParam || p.code[v].op == opQuarter
}

var pointers = []string{"DI", "SI", "DX", "R8", "R10", "R11", "R12"}

// pointer is the register of pointer argument i.
func (p *program) pointer(i int) string { return pointers[i] }

// kernel writes the whole function.
func (w *writer) kernel() string {
	p := w.p
	w.place = make([]string, len(p.code))
	w.last = make([]int, len(p.code))
	w.table = map[uint64]int{}
	for r := range w.regs {
		w.free = append(w.free, r)
	}
	for k := 1; k < 8; k++ {
		w.masks = append(w.masks, k)
	}
	for i, in := range p.code {
		for _, v := range in.uses() {
			w.last[v] = i
		}
	}
	size := p.bits / 8
	offset := 0
	for i := range p.outputs + p.inputs {
		w.line("MOVQ %s+%d(FP), %s", p.args[i], offset, p.pointer(i))
		offset += 8
	}
	w.line("MOVQ n+%d(FP), CX", offset)
	offset += 8
	for i, in := range p.code {
		if p.pinned(value(i)) {
			w.place[i] = w.take()
			w.line("VBROADCASTS%s %s+%d(FP), %s", w.suffix(), p.args[p.outputs+p.inputs+int(in.imm)], offset+int(in.imm)*size, w.place[i])
		}
		if in.op == opQuarter {
			w.line("VXORP%s %sQuarter<>+0(SB), %s, %s", w.suffix(), w.symbol(), w.place[i], w.place[i])
		}
	}
	offset = (offset + p.params*size + 7) / 8 * 8
	w.line("XORQ BX, BX")
	fmt.Fprintf(&w.b, "\nloop:\n")
	for i := range p.code {
		w.instruction(i)
	}
	w.line("ADDQ $%d, BX", w.bytes/size)
	if p.groups {
		out, in := p.gap()
		w.line("TESTQ $%d, BX // the next group?", groupLanes-1)
		w.line("JNE  more")
		w.line("ADDQ $%d, %s", out, p.pointer(0))
		w.line("ADDQ $%d, %s", in, p.pointer(1))
		fmt.Fprintf(&w.b, "more:\n")
	}
	w.line("CMPQ BX, CX")
	w.line("JLT loop")
	fmt.Fprintf(&w.b, "\ndone:\n")
	w.line("MOVQ BX, ret+%d(FP)", offset)
	w.line("VZEROUPPER")
	w.line("RET")
	body := w.b.String()

	var head strings.Builder
	fmt.Fprintf(&head, "// %s\n//\n// %s\n//\n", p.signature(w.symbol()), strings.Join(strings.Split(p.doc, "\n"), "\n// "))
	var regs []string
	for i := range p.outputs + p.inputs {
		regs = append(regs, p.pointer(i)+" "+p.args[i])
	}
	fmt.Fprintf(&head, "// %s, CX n, BX elements done; %s0… values in the order of their making,\n// constants in memory.\n", strings.Join(regs, ", "), w.reg)
	fmt.Fprintf(&head, "// Assumes n > 0 and a multiple of %d. Requires %s.\n", p.multiple(w.bytes/size), w.needs)
	fmt.Fprintf(&head, "// %d instructions for %d elements: at four a cycle %.2g cycles an element.\n", strings.Count(body[strings.Index(body, "loop:"):strings.Index(body, "done:")], "\n")-2, w.bytes/size,
		float64(strings.Count(body[strings.Index(body, "loop:"):strings.Index(body, "done:")], "\n")-2)/4/float64(w.bytes/size))
	fmt.Fprintf(&head, "TEXT ·%s(SB), NOSPLIT, $0-%d\n", w.symbol(), offset+8)

	var data strings.Builder
	repeat := 1
	if !w.avx512 {
		repeat = w.bytes / size
	}
	for k, bits := range w.order {
		for r := range repeat {
			fmt.Fprintf(&data, "DATA %sConst<>+%d(SB)/%d, $%#0*x\n", w.symbol(), (k*repeat+r)*size, size, size*2+2, bits)
		}
	}
	if len(w.order) > 0 {
		fmt.Fprintf(&data, "GLOBL %sConst<>(SB), RODATA|NOPTR, $%d\n\n", w.symbol(), len(w.order)*repeat*size)
	}
	if slices.ContainsFunc(p.code, func(in instr) bool { return in.op == opQuarter }) {
		for lane := range w.bytes / size {
			fmt.Fprintf(&data, "DATA %sQuarter<>+%d(SB)/%d, $%#0*x\n", w.symbol(), lane*size, size, size*2+2, uint64((lane+1)>>1&1)<<(p.bits-1))
		}
		fmt.Fprintf(&data, "GLOBL %sQuarter<>(SB), RODATA|NOPTR, $%d\n\n", w.symbol(), w.bytes)
	}
	return data.String() + head.String() + body
}

// multiple is what n must be a multiple of for vectors of so many lanes.
func (p *program) multiple(lanes int) int {
	if p.groups {
		return groupLanes
	}
	return lanes
}

// signature is the kernel's declaration in Go.
func (p *program) signature(symbol string) string {
	ptr, scalar := "*float32", "float32"
	if p.bits == 64 {
		ptr, scalar = "*float64", "float64"
	}
	s := fmt.Sprintf("func %s(%s %s, n int", symbol, strings.Join(p.args[:p.outputs+p.inputs], ", "), ptr)
	if p.groups {
		s = fmt.Sprintf("func %s(dst %s, words *uint32, n int", symbol, ptr)
	}
	if p.params > 0 {
		s += fmt.Sprintf(", %s %s", strings.Join(p.args[p.outputs+p.inputs:], ", "), scalar)
	}
	return s + ") int"
}

// file writes all kernels of one set for one function, both element types.
func file(name string, t target, list []*program) string {
	var b strings.Builder
	b.WriteString("// Code generated by asmgen; DO NOT EDIT.\n\n//go:build !purego\n\n#include \"textflag.h\"\n")
	for _, p := range slices.DeleteFunc(slices.Clone(list), func(p *program) bool { return p.name != name }) {
		w := &writer{target: t, p: p}
		b.WriteString("\n" + w.kernel())
	}
	return b.String()
}
