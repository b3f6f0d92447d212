package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"nnk/internal/fault"
)

func TestText(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"plain: ärger → 3", "plain: ärger → 3"}, {"two\nlines\tand tab", "two\nlines\tand tab"},
		{"bell \a, escape \x1b[2J, C1 \u009b, bidi \u202e, del \x7f", `bell \a, escape \x1b[2J, C1 \u009b, bidi \u202e, del \x7f`},
		{"no UTF-8 \xff\xfe", `no UTF-8 \xff\xfe`}, {"replacement �", "replacement �"},
		{`a "` + long + `" b`, `a "` + long + `" b`},
		{`a "` + long + `y" b "c"`, `a "` + long + `…" b "c"`},
		{`a "` + long[1:] + `\"y" b`, `a "` + long[1:] + `\"…" b`},
		{`open "` + long + long, `open "` + long + "…"},
		{"a " + strings.Repeat("w", 1025) + " b", "a " + strings.Repeat("w", 1024) + "… b"}, {strings.Repeat("w", 1024) + " b", strings.Repeat("w", 1024) + " b"},
		{`"a"` + strings.Repeat("w", 1025), `"a"` + strings.Repeat("w", 1024) + "…"},
		{`"" ""`, `"" ""`}, {`back \" slash`, `back \" slash`}, {`end "\`, `end "\`},
		{strings.Repeat("ab ", 4000), strings.Repeat("ab ", 4000)[:8192] + "…"},
	} {
		if got := fault.Text(c.text); got != c.want {
			t.Errorf("%.60q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{"": "", "0.weight": "0.weight", "ä b": "ä b", " a": `" a"`, "a\nb": `"a\nb"`, "a\tb": `"a\tb"`, "\x1b[2J": `"\x1b[2J"`, "\xff": `"\xff"`} {
		if got := fault.Name(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestBrief(t *testing.T) {
	if fault.Brief(nil) != nil {
		t.Error("nothing is an error")
	}
	short := fmt.Errorf("short: %w", fault.Format)
	if fault.Brief(short) != short {
		t.Error("an error that is short enough is changed")
	}
	err := fault.Brief(fmt.Errorf("%q: %w", strings.Repeat("x", 10<<20), fault.Format))
	if !errors.Is(err, fault.Format) || len(err.Error()) > 300 || !strings.HasSuffix(err.Error(), `…": unusable data`) {
		t.Errorf("%.300v", err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a \"b\\\"\x1b\" \xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := fault.Text(text)
		if n := utf8.RuneCountInString(got); n > 8*8192+1 || !utf8.ValidString(got) || fault.Printable(got) != got {
			t.Errorf("%.100q: %d characters, %.100q", text, n, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Errorf("%.100q has %q", got, r)
			}
		}
	})
}
