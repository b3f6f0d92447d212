package main

import (
	"fmt"
	"strconv"

	"nnk/mat"
)

// parseRows reads a JSON list of rows, lists of so many numbers, and nothing else: encoding/json would take null for 0, leave what is
// too much, and make of many short rows a hundred times as much memory as they are long. Of rows there may be so many at most.
func parseRows(text []byte, cols, most int) (*mat.Dense[float64], error) {
	p := &parser{text: text}
	var data []float64
	rows := 0
	p.want('[')
	if !p.next(']') {
		for ok := true; ok && p.err == nil; ok = p.next(',') {
			if p.row = rows; rows == most {
				p.fail("more than %d rows: send fewer at a time", most)
				break
			}
			data = p.numbers(data, cols)
			rows++
		}
		p.want(']')
	}
	if p.space(); p.err == nil && p.at < len(text) {
		p.fail("the list of rows ends before")
	}
	if p.err != nil {
		return nil, p.err
	}
	if rows == 0 {
		return nil, fmt.Errorf("no rows")
	}
	return mat.Of(rows, cols, data), nil
}

// parser is where in the text it is; after an error it stays there.
type parser struct {
	text []byte
	at   int
	row  int
	err  error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("row %d, byte %d: %s", p.row, p.at, fmt.Sprintf(format, args...))
	}
}

func (p *parser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\r' || p.text[p.at] == '\t') {
		p.at++
	}
}

// next reports whether c comes next, and passes it.
func (p *parser) next(c byte) bool {
	p.space()
	if p.err != nil || p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) want(c byte) {
	if !p.next(c) {
		p.fail("want %q", c)
	}
}

// numbers appends a row.
func (p *parser) numbers(data []float64, cols int) []float64 {
	p.want('[')
	n := 0
	if !p.next(']') {
		for ok := true; ok && p.err == nil; ok = p.next(',') {
			if n++; n > cols {
				p.fail("more than %d numbers", cols)
				return data
			}
			data = append(data, p.number())
		}
		p.want(']')
	}
	if n != cols {
		p.fail("%d numbers, want %d", n, cols)
	}
	return data
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (p *parser) number() float64 {
	p.space()
	start := p.at
	p.sign("-")
	if p.at < len(p.text) && p.text[p.at] == '0' {
		p.at++
	} else {
		p.digits()
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		p.digits()
	}
	if p.at < len(p.text) && p.text[p.at]|0x20 == 'e' {
		p.at++
		p.sign("+-")
		p.digits()
	}
	if p.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(string(p.text[start:p.at]), 64)
	if err != nil {
		p.fail("a number that is too large")
	}
	return v
}

func (p *parser) sign(signs string) {
	for _, s := range []byte(signs) {
		if p.at < len(p.text) && p.text[p.at] == s {
			p.at++
			return
		}
	}
}

func (p *parser) digits() {
	start := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	if p.at == start {
		p.fail("want a number")
	}
}

// formatRows writes a JSON list of rows of finite numbers, each with the digits that tell it from its neighbours of so many bits.
func formatRows(x *mat.Dense[float64], bits int) []byte {
	text := []byte{'['}
	for i := range x.Rows() {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		for j, v := range x.Row(i) {
			if j > 0 {
				text = append(text, ',')
			}
			text = strconv.AppendFloat(text, v, 'g', -1, bits)
		}
		text = append(text, ']')
	}
	return append(text, "]\n"...)
}
