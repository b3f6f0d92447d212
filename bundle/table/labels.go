package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/internal/npy"
)

// Labels are the classes of samples.
type Labels struct {
	Class []int
	// Names are the classes' names in the order of their numbers; nil if they are
	// 0, 1, … themselves.
	Names []string
	Count int
	// Type is NumPy's name of the labels' type: "i8", "b1", "U" for texts, ….
	Type string
	// Kept are the rows that have a label, if there are others; else nil.
	Kept []int
}

// Missing says what becomes of rows without a label.
type MissingLabels int

const (
	MissingFails   MissingLabels = iota // an error
	MissingDropped                      // left out
	MissingClass                        // a class like others
)

// mostIntegers is the largest number of different integers that are taken for classes unasked.
const mostIntegers = 20

// Integral reports whether the table is one column of text, or of integers, as class labels are. More than 20 different texts that are more
// than half as many as there are rows are an error: numbers with units, dates and names. Integers may be
// amounts as well: more than 20 different ones, or more than half as many as there are rows, are an error, since nobody
// but who asks knows what they are.
func (t *Table) Integral() (bool, error) {
	if t.cols != 1 {
		return false, nil
	}
	integers := true
	for i := range t.parts {
		switch p := &t.parts[i]; {
		case p.array != nil:
			text := p.array.Type() == "U" || p.array.Type() == "S" || p.array.Type() == "b1"
			if !text && !p.array.Integer() {
				return false, nil
			}
			integers = integers && !text
		case p.text.Numeric():
			for j := range p.rows {
				f := strings.TrimSpace(p.text.Field(j, 0))
				if _, err := strconv.ParseInt(f, 10, 64); err != nil && !Missing(f) {
					return false, nil
				}
			}
		default:
			integers = false
		}
	}
	words, _, err := t.words()
	if err != nil {
		return !integers, err
	}
	if n := len(distinct(words)); !integers && n > mostIntegers && 2*n > len(words) {
		return false, fmt.Errorf("%s: %d different texts in %d rows, such as %s, are hardly classes: %w", t.parts[0].name, n, len(words), quote(words[0]), ErrFormat)
	}
	if !integers {
		return true, nil
	}
	if n := len(distinct(words)); n > mostIntegers || 2*n > len(words) && n > 2 {
		return false, fmt.Errorf("%s: %d different integers in %d rows may be classes or amounts: %w", t.parts[0].name, n, len(words), ErrFormat)
	}
	return true, nil
}

// Labels reads the only column as class labels. With names, those of a model,
// every label must be one of them; otherwise the classes are the different labels, numbers
// in ascending order or text in alphabetical order. Texts stay as they are, "01067" is not 1067, but
// for blanks around them, which do not count, in text files as in arrays.
func (t *Table) Labels(names []string, count int, missing MissingLabels) (*Labels, error) {
	if t.cols != 1 {
		return nil, fmt.Errorf("%s: %d columns; class labels are one: %w", t.parts[0].name, t.cols, ErrFormat)
	}
	words, kind, err := t.words()
	if err != nil {
		return nil, err
	}
	var kept []int
	gaps := 0
	for i, w := range words {
		if missing != MissingClass && Missing(w) {
			if gaps++; missing == MissingFails {
				return nil, fmt.Errorf("%s: %s stands for a missing label: %w", t.Place(i), quote(w), ErrFormat)
			}
			continue
		}
		if Missing(w) && kind == "i8" {
			kind = "U"
		}
		kept = append(kept, i)
	}
	if gaps == 0 {
		kept = nil
	} else {
		present := make([]string, len(kept))
		for i, row := range kept {
			present[i] = words[row]
		}
		words = present
	}
	if names == nil && count == 0 {
		names = distinct(words)
		count = len(names)
	}
	if names == nil && count == 2 && kind == "b1" {
		names = []string{"False", "True"}
	}
	l := &Labels{Class: make([]int, len(words)), Names: names, Count: count, Type: kind, Kept: kept}
	if plain(names) {
		l.Names = nil
	}
	index := map[string]int{}
	for i := range count {
		if names == nil {
			index[strconv.Itoa(i)] = i
		} else {
			index[names[i]] = i
		}
	}
	for i, w := range words {
		c, ok := index[w]
		if v, err := strconv.ParseFloat(w, 64); !ok && err == nil && strings.ContainsAny(w, ".e") && v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			c, ok = index[strconv.FormatInt(int64(v), 10)] // as numpy.savetxt writes integers
		}
		if !ok {
			row := i
			if kept != nil {
				row = kept[i]
			}
			return nil, fmt.Errorf("%s: class %s is not one of the model's %d classes: %w", t.Place(row), quote(w), count, ErrFormat)
		}
		l.Class[i] = c
	}
	return l, nil
}

// Classes are those of labels that were read in parts, each by itself, as [Table.Labels] finds them in all: their names, nil if
// they are 0, 1, …, their number and the labels' type.
func Classes(parts []*Labels) (names []string, count int, kind string) {
	for _, l := range parts {
		if kind != "" && kind != l.Type {
			kind = "U"
		} else {
			kind = l.Type
		}
		for i := range l.Count {
			if l.Names == nil {
				names = append(names, strconv.Itoa(i))
			} else {
				names = append(names, l.Names[i])
			}
		}
	}
	names = distinct(names)
	count = len(names)
	if plain(names) {
		names = nil
	}
	return names, count, kind
}

// Place says where a row is: its file, and its line there, counted from 1, or its number, counted from 0.
func (t *Table) Place(row int) string {
	for i := range t.parts {
		p := &t.parts[i]
		if row >= p.rows {
			row -= p.rows
			continue
		}
		if p.text != nil {
			return fmt.Sprintf("%s: line %d", p.name, p.text.Line(row))
		}
		return fmt.Sprintf("%s: row %d", p.name, row)
	}
	return fmt.Sprintf("row %d", row)
}

// words are the labels as text, and their type.
func (t *Table) words() ([]string, string, error) {
	words, kind := make([]string, 0, t.rows), ""
	for i := range t.parts {
		p := &t.parts[i]
		list, k, err := p.words()
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", p.name, err)
		}
		if words = append(words, list...); i > 0 && k != kind {
			k = "U"
		}
		kind = k
	}
	return words, kind, nil
}

func (p *part) words() ([]string, string, error) {
	if p.text != nil {
		words, kind := make([]string, p.rows), "i8"
		for j := range words {
			words[j] = strings.TrimSpace(p.text.Field(j, 0))
			if v, err := strconv.ParseInt(words[j], 10, 64); (err != nil || strconv.FormatInt(v, 10) != words[j]) && !Missing(words[j]) {
				kind = "U"
			}
		}
		return words, kind, nil
	}
	kind := p.array.Type()
	if kind == "U" || kind == "S" {
		words, err := npy.ReadStrings(p.array)
		for j := range words {
			words[j] = strings.TrimSpace(words[j])
		}
		return words, kind, err
	}
	column := make([]float64, p.rows)
	if err := npy.ReadRows(p.array, column, 0, p.rows); err != nil {
		return nil, "", err
	}
	words := make([]string, p.rows)
	for j, v := range column {
		switch {
		case kind == "b1":
			words[j] = map[bool]string{false: "False", true: "True"}[v != 0]
		case v != v:
			words[j] = "NaN"
		case v != math.Trunc(v) || math.Abs(v) > 1<<53:
			return nil, "", fmt.Errorf("row %d: %g is not a class label, which is an integer: %w", j, v, ErrFormat)
		default:
			words[j] = strconv.FormatInt(int64(v), 10)
		}
	}
	if kind == "f2" {
		kind = "f4"
	}
	return words, kind, nil
}

// distinct returns the different words: as numbers if all are, else as text.
func distinct(words []string) []string {
	var names []string
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			names = append(names, w)
		}
	}
	slices.Sort(names)
	for _, w := range names {
		if v, err := strconv.Atoi(w); err != nil || strconv.Itoa(v) != w {
			return names
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return names
}

// plain reports whether the names are 0, 1, ….
func plain(names []string) bool {
	for i, name := range names {
		if name != strconv.Itoa(i) {
			return false
		}
	}
	return true
}
