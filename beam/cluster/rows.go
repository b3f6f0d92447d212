package cluster

import (
	"context"
	"fmt"
	"sort"

	"nnk/bundle/table"
	"nnk/mat"
)

// shards are the rows of a list of shards, of which few are open at a time.
type shards struct {
	list    []shard
	tensor  string // of .safetensors files
	cols    int
	names   []string // in the order of the columns, nil if there are none
	classes *classes // of targets that are classes, else nil
	open    map[int]*opened
	bytes   int64 // that were read of shards that are closed
}

// classes are those of labels.
type classes struct {
	Names []string
	Count int
}

// mostOpen is the number of shards that stay open: that of the range that was read last, and those in which it ended.
const mostOpen = 4

// at opens the shard with the given number.
func (s *shards) at(ctx context.Context, i int) (*opened, error) {
	if o := s.open[i]; o != nil {
		return o, nil
	}
	if len(s.open) >= mostOpen {
		s.close()
	}
	o, err := open(ctx, s.list[i].Name, s.tensor)
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[int]*opened{}
	}
	s.open[i] = o
	if o.Rows() != s.list[i].Rows || o.Cols() != s.cols && s.classes == nil {
		return nil, fmt.Errorf("%s: %d×%d numbers, and there were %d×%d before: %w", s.list[i].Name, o.Rows(), o.Cols(), s.list[i].Rows, s.cols, table.ErrFormat)
	}
	if s.names != nil && o.Names() != nil {
		if _, err := o.Arrange(ctx, s.names); err != nil {
			return nil, err
		}
	}
	if s.classes != nil {
		if o.labels, err = o.Labels(s.classes.Names, s.classes.Count, table.MissingFails); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// close closes all that is open.
func (s *shards) close() {
	for i, o := range s.open {
		s.bytes += o.bytes.n
		o.file.Close()
		delete(s.open, i)
	}
}

// read is the number of bytes that were read.
func (s *shards) read() int64 {
	n := s.bytes
	for _, o := range s.open {
		n += o.bytes.n
	}
	return n
}

// span are rows lo to hi−1 of all. It implements bundle.Source.
type span struct {
	ctx    context.Context
	of     *shards
	lo, hi int
}

func (s span) Rows() int { return s.hi - s.lo }
func (s span) Cols() int { return s.of.cols }

func (s span) Read(dst *mat.Dense[float64], row int) error {
	row += s.lo
	list := s.of.list
	i := sort.Search(len(list), func(i int) bool { return list[i].First+list[i].Rows > row })
	for done := 0; done < dst.Rows(); i++ {
		from := row + done - list[i].First
		n := min(list[i].Rows-from, dst.Rows()-done)
		if n == 0 {
			continue // an empty shard
		}
		o, err := s.of.at(s.ctx, i)
		if err != nil {
			return err
		}
		if err := o.rows(dst.View(done, 0, n, s.of.cols), from); err != nil {
			return err
		}
		done += n
	}
	return nil
}

// rows fills dst with the rows from row on, of classes 1 in the column of each and 0 elsewhere.
func (o *opened) rows(dst *mat.Dense[float64], row int) error {
	if o.labels == nil {
		return o.Read(dst, row)
	}
	for i := range dst.Rows() {
		out := dst.Row(i)
		clear(out)
		out[o.labels.Class[row+i]] = 1
	}
	return nil
}
