package main

import (
	"fmt"
	"math"
)

// value is the result of an instruction, or a constant.
type value int

// opcode is an operation on vectors; the comment gives it for one lane.
type opcode int

const (
	opLoad  opcode = iota // input number imm, at the current element
	opParam               // scalar argument number imm, in every lane
	opConst               // the bits imm in every lane
	opFMA                 // a·b + c, one rounding
	opFNMA                // −a·b + c
	opFMS                 // a·b − c
	opAdd                 // a + b
	opSub
	opMul
	opDiv
	opSqrt
	opMin // a < b ? a : b, so b if one is NaN
	opMax // a > b ? a : b, so b if one is NaN
	opAnd
	opOr
	opXor
	opIAdd     // integers as wide as the elements
	opISub     // likewise
	opShl      // left by imm bits
	opShr      // right by imm bits, zeros from the left
	opCvt      // signed 32-bit integer to float32
	opCmp      // comparison imm of a and b: a mask
	opSignMask // the sign bit of a: a mask
	opSelect   // mask a ? b : c
	opReject   // mask a: stop before this vector if any lane is set
	opStore    // a to output number imm
	opScale    // a·2^b for an integer b, rounded once; AVX-512 only
	opWord     // 32-bit word number imm of the current Philox block, with zeros to the element's width

	// For AVX-512 only, each one instruction in place of several.
	opEven    // the lowest bit of a is 0: a mask
	opAddOver // mask a ? b + c : value imm
	opQuarter // scalar argument number imm, negative in the second and third of every four lanes
	opPick    // lane a of b, for the integer a modulo the number of lanes

	// For text only, each in place of the bit patterns that vectors need for it.
	opCall       // the function call, of a and, where it has more arguments, b and c
	opPoly       // the polynomial with the coefficients coef, highest first, in a: a chain of opFMA
	opAbs        // |a|
	opNeg        // −a
	opCopysign   // |a| with the sign of b
	opPower      // 2^(a + imm) for an integer a
	opSplitK     // k of a = 2^k·m, for √½ ≤ m < √2
	opSplitM     // m of the same
	opQuadrant   // a, b, −a, −b for c = 0, 1, 2, 3 modulo 4
	opQuadrantOf // b, −a, −b, a likewise
)

// The comparisons, as the immediate byte of VCMPPS.
const (
	cmpEQ  = 0  // a = b
	cmpLT  = 1  // a < b
	cmpNLE = 6  // not a ≤ b: true if unordered
	cmpNGE = 9  // not a ≥ b: true if unordered
	cmpGT  = 14 // a > b
)

// instr is one operation; value i of a program is the result of its i-th one.
type instr struct {
	op      opcode
	a, b, c value
	imm     uint64
	call    string    // of opCall
	coef    []float64 // of opPoly
}

// program is an elementwise function: what it does to one element is what it
// does to every lane.
type program struct {
	name    string // of the kernel, without the element type and the set: "exp"
	bits    int    // of an element: 32 or 64
	generic string // the defining form
	args    []string
	outputs int // the first pointers of the signature are outputs, the others inputs
	inputs  int
	params  int
	byHand  bool // for amd64
	avx512  bool // opScale may be used
	groups  bool // from words of Philox groups to values in the same places: see opWord
	text    bool // for people: see text.go
	doc     string
	code    []instr
	consts  map[uint64]value
	names   map[value]string // in the text
}

func (p *program) emit(i instr) value {
	p.code = append(p.code, i)
	return value(len(p.code) - 1)
}

// word is a constant of the given bits.
func (p *program) word(bits uint64) value {
	if p.bits == 32 {
		bits &= 1<<32 - 1
	}
	if v, ok := p.consts[bits]; ok {
		return v
	}
	v := p.emit(instr{op: opConst, imm: bits})
	p.consts[bits] = v
	return v
}

// num is a floating-point constant, which must be exact in the element type.
func (p *program) num(x float64) value {
	if p.bits == 64 {
		return p.word(math.Float64bits(x))
	}
	if float64(float32(x)) != x {
		panic(fmt.Sprintf("%s: constant %x is no float32", p.name, x))
	}
	return p.word(uint64(math.Float32bits(float32(x))))
}

// pick is f32 for float32 and f64 for float64.
func (p *program) pick(f32, f64 float64) value {
	if p.bits == 32 {
		return p.num(float64(float32(f32)))
	}
	return p.num(f64)
}

func (p *program) load(i int) value        { return p.emit(instr{op: opLoad, imm: uint64(i)}) }
func (p *program) param(i int) value       { return p.emit(instr{op: opParam, imm: uint64(i)}) }
func (p *program) fma(a, b, c value) value { return p.emit(instr{op: opFMA, a: a, b: b, c: c}) }
func (p *program) fnma(a, b, c value) value {
	return p.emit(instr{op: opFNMA, a: a, b: b, c: c})
}
func (p *program) fms(a, b, c value) value { return p.emit(instr{op: opFMS, a: a, b: b, c: c}) }
func (p *program) add(a, b value) value    { return p.emit(instr{op: opAdd, a: a, b: b}) }
func (p *program) sub(a, b value) value    { return p.emit(instr{op: opSub, a: a, b: b}) }
func (p *program) mul(a, b value) value    { return p.emit(instr{op: opMul, a: a, b: b}) }
func (p *program) div(a, b value) value    { return p.emit(instr{op: opDiv, a: a, b: b}) }
func (p *program) min(a, b value) value    { return p.emit(instr{op: opMin, a: a, b: b}) }
func (p *program) max(a, b value) value    { return p.emit(instr{op: opMax, a: a, b: b}) }
func (p *program) and(a, b value) value    { return p.emit(instr{op: opAnd, a: a, b: b}) }
func (p *program) or(a, b value) value     { return p.emit(instr{op: opOr, a: a, b: b}) }
func (p *program) xor(a, b value) value    { return p.emit(instr{op: opXor, a: a, b: b}) }
func (p *program) iadd(a, b value) value   { return p.emit(instr{op: opIAdd, a: a, b: b}) }
func (p *program) isub(a, b value) value   { return p.emit(instr{op: opISub, a: a, b: b}) }
func (p *program) shl(a value, n int) value {
	return p.emit(instr{op: opShl, a: a, imm: uint64(n)})
}
func (p *program) shr(a value, n int) value {
	return p.emit(instr{op: opShr, a: a, imm: uint64(n)})
}
func (p *program) sqrt(a value) value { return p.emit(instr{op: opSqrt, a: a}) }
func (p *program) cvt(a value) value  { return p.emit(instr{op: opCvt, a: a}) }
func (p *program) word32(i int) value { return p.emit(instr{op: opWord, imm: uint64(i)}) }
func (p *program) cmp(pred int, a, b value) value {
	return p.emit(instr{op: opCmp, a: a, b: b, imm: uint64(pred)})
}
func (p *program) signMask(a value) value { return p.emit(instr{op: opSignMask, a: a}) }
func (p *program) sel(mask, yes, no value) value {
	return p.emit(instr{op: opSelect, a: mask, b: yes, c: no})
}

// addOver is mask ? a + b : no.
func (p *program) addOver(mask, a, b, no value) value {
	if p.avx512 {
		return p.emit(instr{op: opAddOver, a: mask, b: a, c: b, imm: uint64(no)})
	}
	return p.sel(mask, p.add(a, b), no)
}
func (p *program) reject(mask value)    { p.emit(instr{op: opReject, a: mask}) }
func (p *program) store(i int, a value) { p.emit(instr{op: opStore, a: a, imm: uint64(i)}) }
func (p *program) sign() value          { return p.word(1 << (p.bits - 1)) }

func (p *program) abs(a value) value {
	if p.text {
		return p.emit(instr{op: opAbs, a: a})
	}
	return p.and(a, p.word(1<<(p.bits-1)-1))
}

func (p *program) neg(a value) value {
	if p.text {
		return p.emit(instr{op: opNeg, a: a})
	}
	return p.xor(a, p.sign())
}

// negAbs is −|a|.
func (p *program) negAbs(a value) value {
	if p.text {
		return p.neg(p.abs(a))
	}
	return p.or(a, p.sign())
}

func (p *program) copysign(a, s value) value {
	if p.text {
		return p.emit(instr{op: opCopysign, a: a, b: s})
	}
	return p.or(p.abs(a), p.and(s, p.sign()))
}

// let names a value in the text. A name that comes again is another value from there on.
func (p *program) let(name string, v value) value {
	if p.text {
		p.names[v] = name
	}
	return v
}

// called returns the call of a function that has a text of its own, in any other
// function's text.
func (p *program) called(name string, args ...value) (v value, ok bool) {
	if !p.text || p.name == name {
		return 0, false
	}
	i := instr{op: opCall, call: name, a: args[0], b: -1, c: -1}
	if len(args) > 1 {
		i.b, i.c = args[1], args[2]
	}
	return p.emit(i), true
}

// horner is the polynomial with these coefficients, highest first, in x.
func (p *program) horner(x value, c []float64) value {
	if p.text {
		for _, k := range c {
			p.num(k) // which must be exact
		}
		return p.emit(instr{op: opPoly, a: x, coef: c})
	}
	v := p.num(c[0])
	for _, k := range c[1:] {
		v = p.fma(v, x, p.num(k))
	}
	return v
}

// groupLanes is the number of blocks in a Philox group, whose words stand side by
// side.
const groupLanes = 16

// gap is what the pointers to outputs and inputs skip after a group, in bytes, beyond
// the places of one word and one value of its blocks.
func (p *program) gap() (out, in int) {
	return groupLanes * p.bits / 8, groupLanes * 4 * (p.bits/16 - 1)
}

// uses lists the operands of an instruction.
func (i instr) uses() []value {
	switch i.op {
	case opLoad, opParam, opConst, opWord, opQuarter:
		return nil
	case opFMA, opFNMA, opFMS, opSelect, opQuadrant, opQuadrantOf:
		return []value{i.a, i.b, i.c}
	case opCall:
		if i.b < 0 {
			return []value{i.a}
		}
		return []value{i.a, i.b, i.c}
	case opAddOver:
		return []value{i.a, i.b, i.c, value(i.imm)}
	case opSqrt, opShl, opShr, opCvt, opSignMask, opReject, opStore, opEven, opPoly, opAbs, opNeg, opPower, opSplitK, opSplitM:
		return []value{i.a}
	}
	return []value{i.a, i.b}
}
