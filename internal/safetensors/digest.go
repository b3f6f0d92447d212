package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"io"
	"maps"
	"slices"
)

// Digest is the first 16 bytes of the SHA-256, as 22 characters of URL-safe base64, of what the file will hold: all metadata but the one called except, and
// all tensors. It does not depend on the order in which they are in the file. The form that is hashed: for each
// of the metadata in the order of their keys 'm', the key and the value; for each tensor in the order of their names 't', the
// name, the type, the number of dimensions, these, and its bytes. A number is eight bytes, little-endian; a text is its
// length as such a number and its UTF-8.
func (w *Writer) Digest(except string) string {
	h := sha256.New()
	hashMetadata(h, w.Metadata, except)
	var buf []byte
	for _, name := range slices.Sorted(maps.Keys(w.places)) {
		e := &w.entries[w.places[name]]
		hashTensor(h, name, e.dtype, e.shape)
		buf = e.emit(buf[:0])
		h.Write(buf)
	}
	return digestText(h)
}

// Digest is what [Writer.Digest] said of the file when it was written, if it is undamaged. Cost: one pass over the file.
func (f *File) Digest(except string) (string, error) {
	h := sha256.New()
	hashMetadata(h, f.Metadata, except)
	buf := make([]byte, min(1<<18, f.Size))
	for _, name := range slices.Sorted(maps.Keys(f.places)) {
		t := &f.Tensors[f.places[name]]
		hashTensor(h, name, t.DType, t.Shape)
		for at, end := t.Offset, t.Offset+t.Bytes; at < end; {
			b := buf[:min(int64(len(buf)), end-at)]
			if err := readAt(f.r, b, at); err != nil {
				return "", err
			}
			h.Write(b)
			at += int64(len(b))
		}
	}
	return digestText(h), nil
}

// digestText is half of the sum: 16 bytes find damage as surely, and a small file has better use for the others.
func digestText(h hash.Hash) string {
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:sha256.Size/2])
}

func hashMetadata(h hash.Hash, metadata map[string]string, except string) {
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != except {
			h.Write([]byte{'m'})
			hashText(h, key)
			hashText(h, metadata[key])
		}
	}
}

func hashTensor[I int | int64](h hash.Hash, name, dtype string, shape []I) {
	h.Write([]byte{'t'})
	hashText(h, name)
	hashText(h, dtype)
	hashNumber(h, uint64(len(shape)))
	for _, s := range shape {
		hashNumber(h, uint64(s))
	}
}

func hashText(h hash.Hash, text string) {
	hashNumber(h, uint64(len(text)))
	io.WriteString(h, text)
}

func hashNumber(h hash.Hash, v uint64) {
	h.Write(binary.LittleEndian.AppendUint64(nil, v))
}

// Sealed returns the file b with the [File.Digest] of its contents where the metadata called key have another text of that
// length: what is changed on purpose is then not damage. b is as it was. What is no safetensors file with such metadata is returned as it is.
func Sealed(b []byte, key string) []byte {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return b
	}
	digest, err := f.Digest(key)
	if old := f.Metadata[key]; err == nil && len(old) == len(digest) {
		return bytes.Replace(b, []byte(old), []byte(digest), 1)
	}
	return b
}
