package cluster

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"nnk/bundle/fit"
	"nnk/bundle/table"
)

// Sum is what a pipeline makes of rows: of any number of them, in any order. Only what the pipeline was asked for is there.
type Sum struct {
	head            record
	inputs, targets *fit.Survey
	stats           *fit.Stats[float32]
}

// record is the part of a sum that is small.
type record struct {
	Heads   []head   `json:",omitempty"`
	Picked  []picked `json:",omitempty"`
	Failure string   `json:",omitempty"` // what is wrong with the data, of the first range of which something is
	At      int      `json:",omitempty"` // that range
}

// head is what the head of a shard tells.
type head struct {
	Of         int // 0: inputs, 1: targets
	Index      int // of the shard
	Rows, Cols int
	Names      []string      `json:",omitempty"`
	Labels     *table.Labels `json:",omitempty"`
}

// picked is a row of a sample.
type picked struct {
	Row  int
	X, Y []float64
}

func init() {
	beam.RegisterCoder(reflect.TypeFor[Sum](), encodeSum, decodeSum)
}

// encodeSum writes four parts, each behind its length, of which all but the first may be empty.
func encodeSum(s Sum) ([]byte, error) {
	text, err := json.Marshal(s.head)
	if err != nil {
		return nil, err
	}
	parts := [4][]byte{text}
	if s.inputs != nil {
		parts[1], parts[2] = s.inputs.Marshal(), s.targets.Marshal()
	}
	if s.stats != nil {
		parts[3] = s.stats.Marshal()
	}
	size := 0
	for _, p := range parts {
		size += 8 + len(p)
	}
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return b, nil
}

func decodeSum(b []byte) (s Sum, err error) {
	var parts [4][]byte
	for i := range parts {
		if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8) {
			return s, fmt.Errorf("a sum that ends early: %w", table.ErrFormat)
		}
		n := binary.LittleEndian.Uint64(b)
		parts[i], b = b[8:8+n], b[8+n:]
	}
	if err := json.Unmarshal(parts[0], &s.head); err != nil {
		return s, err
	}
	if len(parts[1]) > 0 {
		if s.inputs, err = fit.UnmarshalSurvey(parts[1]); err != nil {
			return s, err
		}
		if s.targets, err = fit.UnmarshalSurvey(parts[2]); err != nil {
			return s, err
		}
	}
	if len(parts[3]) > 0 {
		s.stats, err = fit.UnmarshalStats[float32](parts[3])
	}
	return s, err
}

// add adds o to s, which keeps what it can of it.
func (s *Sum) add(o Sum) error {
	s.head.Heads = append(s.head.Heads, o.head.Heads...)
	s.head.Picked = append(s.head.Picked, o.head.Picked...)
	if o.head.Failure != "" && (s.head.Failure == "" || o.head.At < s.head.At) {
		s.head.Failure, s.head.At = o.head.Failure, o.head.At
	}
	if s.head.Failure != "" { // there will be no model
		s.inputs, s.targets, s.stats = nil, nil, nil
		return nil
	}
	switch {
	case o.inputs == nil:
	case s.inputs == nil:
		s.inputs, s.targets = o.inputs, o.targets
	default:
		if err := s.inputs.Merge(o.inputs); err != nil {
			return err
		}
		if err := s.targets.Merge(o.targets); err != nil {
			return err
		}
	}
	switch {
	case o.stats == nil:
	case s.stats == nil:
		s.stats = o.stats
	default:
		return s.stats.Merge(o.stats)
	}
	return nil
}
