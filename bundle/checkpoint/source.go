package checkpoint

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/internal/safetensors"
)

// A source is a file with those beside it.
type source struct {
	r      io.ReaderAt
	size   int64
	kind   fileKind
	name   string   // "" if it has none
	folder *os.Root // nil: the file stands alone
	opened []*os.File
}

// fileKind is what a file looks like.
type fileKind int

const (
	tensorFile fileKind = iota
	indexFile
	graphFile
	foreignFile // of a form that cannot be read
)

// kindOf looks at the first bytes of a file, and at its name.
func kindOf(r io.ReaderAt, name string) fileKind {
	b := make([]byte, 16)
	n, _ := r.ReadAt(b, 0)
	b = b[:n]
	switch {
	case len(b) > 8 && b[8] == '{':
		return tensorFile
	case bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")):
		return indexFile
	case strings.HasSuffix(name, ".onnx") || len(b) > 2 && b[0] == 8 && b[1] < 32 && b[2] != 0: // ir_version comes first
		return graphFile
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("\x80\x02")), bytes.HasPrefix(b, []byte("\x89HDF")), bytes.HasPrefix(b, []byte("GGUF")):
		return foreignFile
	}
	return tensorFile
}

// open opens a file in the folder. Names that lead out of it, links too, are refused.
func (s *source) open(name string) (io.ReaderAt, int64, error) {
	if s.folder == nil {
		return nil, 0, fmt.Errorf("the file %q is not at hand", name)
	}
	name = filepath.FromSlash(name)
	info, err := s.folder.Stat(name) // first: to open a pipe waits for who writes to it
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%q is no regular file", name)
	}
	f, err := s.folder.Open(name)
	if err != nil {
		return nil, 0, err
	}
	s.opened = append(s.opened, f)
	return f, info.Size(), nil
}

func (s *source) close() {
	for _, f := range s.opened {
		f.Close()
	}
}

// tensorFiles are the safetensors files of the source: one, or the shards of an index.
func (s *source) tensorFiles() ([]*safetensors.File, error) {
	switch s.kind {
	case indexFile:
		return s.shards()
	case foreignFile:
		return nil, fmt.Errorf("%w: neither safetensors nor ONNX: save the tensors with safetensors' save_file, or export the network with torch.onnx.export", bundle.ErrFormat)
	}
	if err := checkShard(s.name); err != nil {
		return nil, err
	}
	f, err := safetensors.Open(s.r, s.size)
	if err != nil {
		return nil, err
	}
	return []*safetensors.File{f}, nil
}

// checkShard refuses a file that is called one of several: NAME-00001-of-00002.safetensors.
func checkShard(file string) error {
	name, ok := strings.CutSuffix(file, ".safetensors")
	at := strings.LastIndex(name, "-of-")
	if !ok || at < 0 {
		return nil
	}
	which := strings.LastIndex(name[:at], "-")
	n, err := strconv.Atoi(name[at+len("-of-"):])
	if which < 0 || err != nil || n < 2 {
		return nil
	}
	if _, err := strconv.Atoi(name[which+1 : at]); err != nil {
		return nil
	}
	return fmt.Errorf("%w: one of %d shards: give the index, %s.safetensors.index.json", bundle.ErrFormat, n, name[:which])
}

// shards are the files that an index names.
func (s *source) shards() ([]*safetensors.File, error) {
	if s.size > safetensors.MaxIndex {
		return nil, fmt.Errorf("%w: an index of %d bytes", bundle.ErrFormat, s.size)
	}
	text := make([]byte, s.size)
	if n, err := s.r.ReadAt(text, 0); n < len(text) {
		return nil, fmt.Errorf("%w: index: %w", bundle.ErrFormat, err)
	}
	return safetensors.OpenShards(text, s.open)
}
