//go:build slow

package main

import "testing"

func TestConformanceSlow(t *testing.T) { checkConformanceOf(t, kernelSets()) }
