package table

import (
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// sampleBytes are looked at to find the separator.
const sampleBytes = 1 << 16

// separators are tried in this order, which decides between equals.
var separators = [...]rune{',', ';', '\t', '|'}

// separator returns the one that gives the most lines of a file's head equally many fields, at least two, and these the look
// of whole ones: numbers, or texts without another separator in them. whole says that the head is the file.
func separator(head string, whole bool) rune {
	if end := strings.LastIndexByte(head, '\n'); !whole && end >= 0 {
		head = head[:end+1]
	}
	if blanksSeparate(head, whole) {
		return ' '
	}
	best, most := ',', 0.0
	for _, sep := range separators {
		if score := separates(head, sep); score > most {
			best, most = sep, score
		}
	}
	return best
}

func separates(head string, sep rune) float64 {
	c := csv.NewReader(strings.NewReader(head))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace = sep, -1, true, sep != '\t'
	lines, fields, good := 0, 0, 0
	widths := map[int]int{}
	for lines < 100 {
		record, err := c.Read()
		if err != nil {
			break
		}
		lines++
		widths[len(record)]++
		for _, f := range record {
			fields++
			number := f
			if sep != ',' {
				number = strings.Replace(f, ",", ".", 1)
			}
			_, group, _ := signs(f)
			if _, err := parse(strings.TrimSpace(number), 64); err == nil || group != 0 && sep != ',' || !strings.ContainsAny(f, ",;\t|") {
				good++
			}
		}
	}
	same := 0
	for _, width := range slices.Sorted(maps.Keys(widths)) {
		if width > 1 {
			same = max(same, widths[width])
		}
	}
	if fields == 0 || same == 0 {
		return 0
	}
	return float64(same) / float64(lines) * float64(good) / float64(fields)
}

// missing are the texts that stand for a missing value, in lower case.
var missing = [...]string{"", "?", "-", "--", ".", "na", "n/a", "n.a.", "nan", "<na>", "#n/a", "#na", "#value!", "#div/0!", "#ref!", "#name?", "#null!", "#num!", "null", "none", "nil", "missing"}

// Missing reports whether a text stands for a missing value, as "", "NA", "None", "?" and "null" do.
func Missing(text string) bool {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	return len(text) <= 8 && slices.Contains(missing[:], strings.ToLower(text))
}

// hasNames reports whether the first line, here still a row, has all the names, of which one at least is no number.
func (t *CSV) hasNames(names []string) bool {
	words := false
	for _, name := range names {
		there := false
		for j := range t.cols {
			there = there || strings.TrimSpace(t.Field(0, j)) == name
		}
		if !there {
			return false
		}
		words = words || !t.isNumber(name)
	}
	return words && t.Rows() > 0
}

// hasHeader reports whether the first line, here still a row, is a header, or one of words; see [Format.ReadCSV].
func (t *CSV) hasHeader(rows int, words bool) bool {
	if t.Rows() < 2 {
		return false
	}
	names, numbers, above, counted := 0, 0, false, true
	for j := range t.cols {
		f := t.Field(0, j)
		switch {
		case t.isNumber(f) && !Missing(f):
			numbers++
		case !Missing(f):
			names++
			above = above || t.isNumber(t.Field(1, j))
		}
		counted = counted && strings.TrimSpace(f) == strconv.Itoa(j)
	}
	switch {
	case counted && words:
		return false
	case counted && rows > 0:
		return t.Rows() == rows+1
	case counted:
		return t.realBelow()
	case numbers > 0 || names == 0:
		return false
	case above:
		return true
	case rows > 0 && t.Rows() == rows:
		return false
	case rows > 0 && t.Rows() == rows+1:
		return !t.againBelow()
	}
	for j := range t.cols {
		if t.numericBelow(j) {
			return true // under a gap
		}
	}
	for j := range t.cols {
		if !t.onceAbove(j) {
			return false
		}
	}
	return true
}

func (t *CSV) numericBelow(j int) bool {
	for i := 1; i < t.Rows(); i++ {
		if f := t.Field(i, j); !Missing(f) {
			return t.isNumber(f)
		}
	}
	return false
}

// realBelow reports whether a column holds, below the first line, only numbers that are not written as integers.
func (t *CSV) realBelow() bool {
	for j := range t.cols {
		only := true
		for i := 1; i < t.Rows() && only; i++ {
			f := strings.TrimSpace(t.Field(i, j))
			_, err := strconv.ParseInt(f, 10, 64)
			only = err != nil && (t.isNumber(f) || Missing(f))
		}
		if only {
			return true
		}
	}
	return false
}

// againBelow reports whether the first text of every column stands in another row too: labels do, names of columns do not.
func (t *CSV) againBelow() bool {
	for j := range t.cols {
		first, again := strings.TrimSpace(t.Field(0, j)), false
		for i := 1; i < t.Rows() && !again; i++ {
			again = strings.TrimSpace(t.Field(i, j)) == first
		}
		if !again {
			return false
		}
	}
	return true
}

// onceAbove reports whether the first text of a column occurs once and all others more often.
func (t *CSV) onceAbove(j int) bool {
	counts := map[string]int{}
	for i := range t.Rows() {
		counts[strings.TrimSpace(t.Field(i, j))]++
	}
	first := strings.TrimSpace(t.Field(0, j))
	for i := range t.Rows() {
		if text := strings.TrimSpace(t.Field(i, j)); (counts[text] == 1) != (text == first) {
			return false
		}
	}
	return true
}
