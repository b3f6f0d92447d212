// Package impl is the registry of kernel sets: package asm enters the sets that
// the CPU has, tests and the command switch between them. Switching is not safe
// while other goroutines compute, which is why the public API cannot do it.
package impl

import (
	"errors"
	"slices"
)

// ErrUnknown is returned by Select for a set that does not exist here.
var ErrUnknown = errors.New("no such kernel set on this machine")

type set struct {
	name   string
	enable func()
}

var (
	room   [8]set // a program that starts allocates nothing
	sets   = room[:0]
	active string
)

// Register adds a set. Sets are registered best first, "generic" last; the
// first one becomes active.
func Register(name string, enable func()) {
	sets = append(sets, set{name, enable})
	if active == "" {
		active = name
		enable()
	}
}

// Names lists the registered sets, best first.
func Names() []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.name
	}
	return names
}

// Active is the name of the set in use.
func Active() string { return active }

// Select makes the named set the one in use.
func Select(name string) error {
	i := slices.IndexFunc(sets, func(s set) bool { return s.name == name })
	if i < 0 {
		return ErrUnknown
	}
	sets[i].enable()
	active = name
	return nil
}
