package table

import (
	"fmt"
	"strings"
)

// likeness counts the rows whose text looks like something that has to be written otherwise.
type likeness struct{ rows, first int }

func (l *likeness) count(row int, like bool) {
	if !like {
		return
	}
	if l.rows == 0 {
		l.first = row
	}
	l.rows++
}

// likeAnother refuses a column of text, with so many values and levels, most of which look like numbers or dates: it is one with faults, or that is
// written in another way than is read.
func (t *CSV) likeAnother(c *Column, j, values, levels int) error {
	var word, dressed, foreign, undated likeness
	for i := range t.Rows() {
		f := strings.TrimSpace(t.Field(i, j))
		if Missing(f) {
			continue
		}
		_, iso := date(f)
		word.count(i, !t.isNumber(f))
		dressed.count(i, t.dressedNumber(f))
		undated.count(i, !iso)
		foreign.count(i, !iso && foreignDate(f))
	}
	numbers := values - word.rows
	at, what := word, ""
	switch {
	case dressed.rows > 0 && 2*(dressed.rows+numbers) > values:
		at, what = dressed, "looks like a number with a unit or with separators of thousands: write it without"
	case 2*foreign.rows > values:
		at, what = foreign, "looks like a date: write it as year-month-day, such as 2024-02-29"
	case 2*undated.rows <= values:
		at, what = undated, "is not a date, as most there are"
	case levels > fewLevels && word.rows < numbers || word.rows*rareWords <= values:
		what = "is not a number, as most there are; if they are names, say that the column is text"
	default:
		return nil
	}
	if at.first == 0 && t.twoHeaders() {
		what += twoHeaders
	}
	return fmt.Errorf("csv: line %d column %s: %s %s: %w", t.Line(at.first), quote(c.Name), quote(t.Field(at.first, j)), what, ErrFormat)
}

// dressedNumber reports whether a text that is no number would be one without signs of currencies, per cent and thousands.
func (t *CSV) dressedNumber(text string) bool {
	if len(text) > 40 || t.isNumber(text) || !strings.ContainsAny(text, "0123456789") {
		return false
	}
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("$€£¥%,' \u00a0\u202f_", r) && r != rune(t.decimal) {
			return -1
		}
		return r
	}, text)
	if t.decimal == ',' {
		plain = strings.ReplaceAll(plain, ".", "")
	}
	return len(plain) < len(text) && t.isNumber(plain)
}

// foreignDate reports whether a text looks like a date that is not one of ISO 8601: three numbers, of which that of a year may come first or last, between
// points, strokes or hyphens, and perhaps a time after that.
func foreignDate(text string) bool {
	text, _, _ = strings.Cut(text, " ")
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '/' || r == '-' })
	if len(parts) != 3 || len(text) < len("1/1/20") || len(text) > len("31.12.2024") || len(parts[0])+len(parts[1])+len(parts[2])+2 != len(text) {
		return false
	}
	for _, p := range parts {
		if strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	year := max(len(parts[0]), len(parts[2]))
	return len(parts[1]) <= 2 && min(len(parts[0]), len(parts[2])) <= 2 && (year == 2 || year == 4)
}
