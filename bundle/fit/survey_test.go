package fit

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// Blocks that are surveyed apart and merged in any order are those of one pass, bit for bit and as bytes.
func TestSurveyMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 1))
	for _, rows := range []int{1, 512, 513, 1024, 7*512 + 3, 8 * 512, 21*512 + 1} {
		x := random[float64](uint64(rows), rows, 3)
		for i := range rows {
			x.Set(i, 1, 1e9)
			x.Set(i, 2, math.Floor(float64(i)/1500)) // varies from row 1500 on
		}
		one, err := surveyOf(bundle.Matrix(x))
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			var parts []*Survey
			for lo := 0; lo < rows; lo += SurveyRows {
				s := NewSurvey(3)
				if err := s.Add(x.View(lo, 0, min(SurveyRows, rows-lo), 3), lo); err != nil {
					t.Fatal(err)
				}
				parts = append(parts, s, NewSurvey(3))
			}
			for len(parts) > 1 {
				r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				a, err := UnmarshalSurvey(parts[0].Marshal())
				if err != nil {
					t.Fatal(err)
				}
				b := parts[1].Marshal()
				if err := a.Merge(parts[1]); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(parts[1].Marshal(), b) {
					t.Fatal("merging changed what was merged")
				}
				parts = append(parts[2:], a)
			}
			if !slices.Equal(parts[0].Marshal(), one.Marshal()) {
				t.Fatalf("%d rows: another order of merging gives other bytes", rows)
			}
		}
		columns, err := one.columns(rows)
		if err != nil {
			t.Fatal(err)
		}
		other := -1
		if rows > 1500 {
			other = 1500
		}
		if columns[2].other != other || columns[1].other != -1 || columns[1].mean != 1e9 || (columns[0].other == 1) != (rows > 1) {
			t.Errorf("%d rows: %+v", rows, columns)
		}
		sum, square := 0.0, 0.0
		for i := range rows {
			sum += x.At(i, 0)
		}
		for i := range rows {
			square += (x.At(i, 0) - sum/float64(rows)) * (x.At(i, 0) - sum/float64(rows))
		}
		if e := math.Abs(columns[0].mean - sum/float64(rows)); e > 1e-14 {
			t.Errorf("%d rows: the mean is wrong by %g", rows, e)
		}
		if e := math.Abs(columns[0].spread - math.Sqrt(square/float64(rows))); e > 1e-14 {
			t.Errorf("%d rows: the spread is wrong by %g", rows, e)
		}
	}
}

// Rows that are there twice, or not at all, or are no survey's, are refused.
func TestSurveyErrors(t *testing.T) {
	x := random[float64](31, 4*SurveyRows, 2)
	survey := func(blocks ...int) *Survey {
		s := NewSurvey(2)
		for _, k := range blocks {
			if err := s.Add(x.View(k*SurveyRows, 0, SurveyRows, 2), k*SurveyRows); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	for _, blocks := range [][2][]int{{{0, 1}, {1}}, {{0, 1, 2, 3}, {2}}, {{2}, {3, 2}}, {{1}, {0, 1}}} {
		if err := survey(blocks[0]...).Merge(survey(blocks[1]...)); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("blocks %v: %v", blocks, err)
		}
	}
	if err := survey(0).Merge(NewSurvey(3)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("other columns: %v", err)
	}
	for _, blocks := range [][]int{{}, {1}, {0, 2}, {0, 1, 3}, {0, 1}} {
		if _, err := survey(blocks...).columns(3 * SurveyRows); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("blocks %v of 3: %v", blocks, err)
		}
	}
	short := NewSurvey(2)
	if err := short.Add(x.View(0, 0, 5, 2), 0); err != nil {
		t.Fatal(err)
	}
	if err := short.Merge(survey(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := short.columns(SurveyRows + 5); err == nil {
		// It is in its place, and the rows are as many, but others are missing behind it.
		t.Error("a short block before others: no error")
	}
	text := survey(0, 1, 3).Marshal()
	for n := range text {
		if _, err := UnmarshalSurvey(text[:n]); !errors.Is(err, bundle.ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", n, len(text), err)
		}
	}
	for i := range text {
		bad := slices.Clone(text)
		bad[i] ^= 0x80
		if s, err := UnmarshalSurvey(bad); err == nil {
			if !slices.Equal(s.Marshal(), bad) {
				t.Errorf("byte %d changed: read as something else", i)
			}
		} else if !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	defer func() {
		if _, ok := recover().(*mat.ShapeError); !ok {
			t.Error("a block that begins anywhere: no ShapeError")
		}
	}()
	NewSurvey(2).Add(x.View(0, 0, 5, 2), 7)
}

// A survey with other columns is that of a table with other columns, byte for byte.
func TestSurveyArrange(t *testing.T) {
	const rows = 5*SurveyRows + 7
	x, moved := random[float64](31, rows, 3), mat.New[float64](rows, 4)
	for i := range rows {
		x.Set(i, 0, 5)
		moved.Set(i, 0, x.At(i, 2))
		moved.Set(i, 2, x.At(i, 0))
		moved.Set(i, 3, x.At(i, 1))
	}
	s, err := surveyOf(bundle.Matrix(x))
	if err != nil {
		t.Fatal(err)
	}
	want, err := surveyOf(bundle.Matrix(moved))
	if err != nil {
		t.Fatal(err)
	}
	before := s.Marshal()
	if !slices.Equal(s.Arrange([]int{2, -1, 0, 1}).Marshal(), want.Marshal()) {
		t.Error("another survey")
	}
	if !slices.Equal(s.Marshal(), before) {
		t.Error("the survey has changed")
	}
}
