package table

import "strings"

// signs says what the points and commas of a number mean: decimal is the sign before its decimals and group that between its
// thousands, 0 if there is none; both are 0 for a text that is no such number. Of one sign with one to three
// digits before it and three after, as in 1.234, either may be meant: it is returned as both, and not as sure.
func signs(text string) (decimal, group byte, sure bool) {
	text = strings.TrimSpace(text)
	if text != "" && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	mantissa, power := text, false
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], true
	}
	if mantissa == "" || strings.Trim(mantissa, "0123456789.,") != "" {
		return 0, 0, false
	}
	last := strings.LastIndexAny(mantissa, ".,")
	if last < 0 {
		return 0, 0, false
	}
	sign := mantissa[last]
	whole, other := mantissa[:last], byte('.'+','-sign)
	switch {
	case strings.IndexByte(whole, other) >= 0: // 1.234,5
		if power || strings.IndexByte(whole, sign) >= 0 || !grouped(whole, other) {
			return 0, 0, false
		}
		return sign, other, true
	case strings.IndexByte(whole, sign) >= 0: // 1.234.567
		if power || !grouped(mantissa, sign) {
			return 0, 0, false
		}
		return 0, sign, true
	case !power && grouped(mantissa, sign): // 1.234
		return sign, sign, false
	}
	return sign, 0, true
}

// grouped reports whether digits stand in groups of three but the first, which has one to three and does not begin with 0.
func grouped(digits string, sign byte) bool {
	for i, part := range strings.Split(digits, string(rune(sign))) {
		if i > 0 && len(part) != 3 || len(part) < 1 || len(part) > 3 || i == 0 && part[0] == '0' {
			return false
		}
	}
	return true
}

// findSigns looks at all numbers for the decimal sign, and the one between thousands, of a file: a comma can be neither if it
// separates fields. Where no number is sure, signs stand before decimals, and t.doubt is a number that may be another.
func (t *CSV) findSigns() {
	t.decimal = '.'
	if t.sep == ',' {
		return
	}
	var point, comma bool        // decimals, for sure
	var points, commas [2]string // the first number that is not sure, and the first that is
	start := uint32(0)
	for _, end := range t.ends {
		f := t.text[start:end]
		start = end
		if !strings.ContainsAny(f, ".,") {
			continue
		}
		decimal, group, sure := signs(f)
		if decimal == 0 && group == 0 {
			continue
		}
		k := 0
		if sure {
			k = 1
			point = point || decimal == '.' || group == ','
			comma = comma || decimal == ',' || group == '.'
		}
		for _, c := range []struct {
			sign  byte
			first *[2]string
		}{{'.', &points}, {',', &commas}} {
			if (decimal == c.sign || group == c.sign) && c.first[k] == "" {
				c.first[k] = strings.TrimSpace(f)
			}
		}
	}
	switch {
	case point && comma: // what is written with the comma is no number
	case comma:
		t.decimal, t.group = ',', '.'
	case point:
		t.group = ','
	case commas[0] != "" && points[0] == "":
		t.decimal, t.doubt = ',', commas[0]
	case points[0] != "" && commas[0] == "":
		t.doubt = points[0]
	}
	if rune(t.group) == t.sep {
		t.group = 0
	}
}

// ungrouped is a number without the signs between its thousands; false if they stand where they do not belong.
func (t *CSV) ungrouped(field string) (string, bool) {
	if t.group == 0 || strings.IndexByte(field, t.group) < 0 {
		return field, true
	}
	if _, group, _ := signs(field); group != t.group {
		return field, false
	}
	return strings.ReplaceAll(field, string(rune(t.group)), ""), true
}
