// Package lint holds the rules of this repository that no general tool knows,
// as tests: who may import whom, which operations would give different bits on
// different machines, and which compiled instructions round once where the
// source rounds twice.
package lint
