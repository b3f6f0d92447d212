package bundle

import (
	"fmt"

	"nnk/urf"
)

// A drawing is what the maps of a file may still cost to make: a short text can ask for any
// amount of memory and time. Every feature that is used has at least half a byte of weights in the
// file, so both grow with its size.
type drawing struct {
	size    int64 // of the file, in bytes
	numbers int64 // random numbers
	work    int64 // multiply-adds of orthogonalising them
}

func newDrawing(size int64) *drawing {
	return &drawing{size, 1<<20 + size<<12, 1<<30 + size<<20}
}

// check refuses a map that does not fit the stage before it, which has inputs outputs
// (0 if there is none), or that is out of proportion to the file, before it is made.
func (b *drawing) check(text string, stage, inputs int) error {
	s, err := urf.ParseSpec(text)
	if err != nil {
		return nil // no map, or one that cannot be read: its reader says so
	}
	g := s.Base()
	if inputs > 0 && g.D != inputs {
		return fmt.Errorf("%w: stage %d reads %d numbers, but the one before gives %d", ErrFormat, stage, g.D, inputs)
	}
	numbers, work := s.Draws()
	b.numbers -= numbers
	b.work -= work
	if int64(g.Rows()) > 8*b.size || b.numbers < 0 || b.work < 0 {
		return fmt.Errorf("%w: stage %d draws %d random numbers of a pool of %d×%d and needs %d multiply-adds, out of proportion to a file of %d bytes", ErrFormat, stage, numbers, g.M, g.D, work, b.size)
	}
	return nil
}
