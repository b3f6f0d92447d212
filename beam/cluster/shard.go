package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"nnk/bundle/table"
)

// shard is a file of rows, which are those from First on of all.
type shard struct {
	Name        string
	First, Rows int
}

// list returns the shards that match a pattern, in the order of their names.
func list(ctx context.Context, pattern string) ([]shard, error) {
	fs, err := filesystem.New(ctx, pattern)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	names, err := fs.List(ctx, pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file matches", pattern)
	}
	slices.Sort(names)
	shards := make([]shard, len(names))
	for i, name := range names {
		shards[i].Name = name
	}
	return shards, nil
}

// remote reports whether a file can only be read from its beginning.
func remote(name string) bool { return strings.Contains(name, "://") }

// opened is a shard that can be read anywhere.
type opened struct {
	*table.Table
	file   io.Closer
	bytes  *counted
	labels *table.Labels // of targets that are classes, nil before they are read
}

// open opens a shard through the file system of its name.
func open(ctx context.Context, name, tensor string) (*opened, error) {
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	r, err := fs.OpenRead(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plain(err))
	}
	o := &opened{file: r}
	var size int64
	if f, ok := r.(*os.File); ok {
		var info os.FileInfo
		if info, err = f.Stat(); err == nil {
			size, o.bytes = info.Size(), &counted{r: f}
		}
	} else if size, err = fs.Size(ctx, name); err == nil {
		s := &spool{r: r, size: size}
		o.file, o.bytes = s, &counted{r: s}
	}
	if err == nil {
		o.Table, err = table.Format{Tensor: tensor}.Read(ctx, name, o.bytes, size)
	}
	if err != nil {
		o.file.Close()
		return nil, err
	}
	return o, nil
}

// plain drops the name of the file from an error that names it again.
func plain(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// counted counts the bytes that are read.
type counted struct {
	r io.ReaderAt
	n int64
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(b, at)
	c.n += int64(n)
	return n, err
}

// spool is a stream that can be read anywhere: what was read of it is in a file, so that of a large shard of which the first
// rows are wanted no more is fetched.
type spool struct {
	mu         sync.Mutex
	r          io.ReadCloser
	file       *os.File
	have, size int64
}

func (s *spool) ReadAt(b []byte, at int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		f, err := os.CreateTemp("", "nnk-shard-")
		if err != nil {
			return 0, err
		}
		os.Remove(f.Name()) // where that cannot be done yet, Close does
		s.file = f
	}
	if want := min(at+int64(len(b)), s.size) - s.have; want > 0 {
		n, err := io.CopyN(s.file, s.r, want)
		s.have += n
		if err != nil && err != io.EOF {
			return 0, err
		}
	}
	return s.file.ReadAt(b, at)
}

// Close ends the stream and removes the file.
func (s *spool) Close() error {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
	return s.r.Close()
}
