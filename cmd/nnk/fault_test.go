package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"nnk/internal/atomicfile"
)

// faults are what a file system may say to any call: a device that fails, is full, has become read-only, a quota, a permission.
var faults = []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS, syscall.EPERM}

// withFault runs the command while call n to the system that changes a file fails. It returns the call, "" if there were fewer.
func withFault(n int, args []string) (r result, failed string) {
	calls := 0
	atomicfile.Fault = func(call, path string) error {
		if calls++; calls-1 != n {
			return nil
		}
		failed = call + " " + path
		return &os.PathError{Op: call, Path: path + "-temporary", Err: faults[n%len(faults)]}
	}
	defer func() { atomicfile.Fault = nil }()
	return nnk(args...), failed
}

// Whatever call to the system fails, of every command that writes: exit 1 and one line that names the file, and of every file
// the old content or the new one, whole. Nothing is left beside them; the same command then succeeds, from its checkpoint
// too, as if nothing had been.
func TestFaults(t *testing.T) {
	f := newFolder(t)
	var rows, labels strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rows, "%d.5,%d.25\n", i%5, i%7)
		fmt.Fprintf(&labels, "%s\n", []string{"cat", "dog"}[i%2])
	}
	f.write("r.csv", []byte(rows.String()))
	f.write("l.csv", []byte(labels.String()))
	f.write("ids.txt", []byte("1 2 3\n4\n"))
	few := []string{"-features", "6", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-loss", "squared", "-standardise", "no"}
	data := []string{"-quiet", "-x", f.path("r.csv"), "-y", f.path("l.csv")}
	ok(t, slices.Concat([]string{"fit", "-o", f.path("m")}, few, data)...)
	ok(t, slices.Concat([]string{"train", "-o", f.path("net"), "-hidden", "4", "-epochs", "1"}, data)...)
	ok(t, slices.Concat([]string{"train", "-o", f.path("waves"), "-hidden", "4", "-activation", "sin", "-epochs", "1"}, data)...) // its map is planned at once
	ok(t, slices.Concat([]string{"stats", "-first", "0", "-task", "classify", "-o", f.path("survey")}, data)...)
	ok(t, slices.Concat([]string{"merge-stats", "-o", f.path("plan"), f.path("survey")}, few)...)
	planned := []string{"-plan", f.path("plan")}
	ok(t, slices.Concat([]string{"stats", "-first", "0", "-o", f.path("sums")}, planned, data)...)
	predict := []string{"predict", "-quiet", "-model", f.path("m"), "-x", f.path("r.csv")}
	network := []string{"compress", "-quiet", "-model", f.path("net"), "-x", f.path("r.csv")}
	covered := map[string]bool{"demo": true} // it works for seconds before it writes its page, by the same means
	defer func() {
		for _, cmd := range commands() {
			if !covered[cmd.name] && filesOf(t, cmd, writes) != nil {
				t.Errorf("nnk %s writes: it belongs here", cmd.name)
			}
		}
	}()
	for _, c := range []struct {
		name, out, checkpoint string
		args                  []string
	}{
		{"fit", "o", "", slices.Concat([]string{"fit"}, few, data)},
		{"fit, JSON", "o", "", slices.Concat([]string{"fit", "-json"}, few, data)},
		{"predict to .npy", "o.npy", "", predict},
		{"predict to .csv", "o.csv", "", predict},
		{"labels to .npy", "o.npy", "", append(predict, "-labels")},
		{"labels to .csv", "o.csv", "", append(predict, "-labels")},
		{"train", "o", "", slices.Concat([]string{"train", "-hidden", "4", "-epochs", "2"}, data)},
		{"train with a checkpoint", "o", "c", slices.Concat([]string{"train", "-hidden", "4", "-epochs", "2"}, data)},
		{"train features with a checkpoint", "o", "c", slices.Concat([]string{"train", "-features", "4", "-epochs", "1"}, data)},
		{"compress", "o", "", slices.Concat(network, few)},
		{"compress by Monte Carlo", "o", "", []string{"compress", "-quiet", "-model", f.path("waves"), "-x", f.path("r.csv"), "-method", "montecarlo", "-features", "64", "-bundle", "0:1"}},
		{"report of a fit", "o.html", "", slices.Concat([]string{"fit", "-o", f.path("reported")}, few, data)},
		{"report of an evaluation", "o.html", "", slices.Concat([]string{"eval", "-model", f.path("m")}, data)},
		{"page of a plan", "o.html", "", []string{"plan", "-act", "sin", "-range", "-1,1", "-norms", "1,1", "-error", "0.5"}},
		{"export", "o.onnx", "", []string{"export", "-quiet", "-model", f.path("m")}},
		{"embed", "o.npy", "", []string{"embed", "-quiet", "-json", "-encoder", filepath.Join("..", "..", "snnk", "encoder", "testdata", "bert"), "-tokens", f.path("ids.txt")}},
		{"survey", "o", "", slices.Concat([]string{"stats", "-json", "-first", "0", "-task", "classify"}, data)},
		{"sums", "o", "", slices.Concat([]string{"stats", "-json", "-first", "0"}, planned, data)},
		{"plan", "o", "", slices.Concat([]string{"merge-stats", f.path("survey")}, few)},
		{"model of sums", "o", "", slices.Concat([]string{"merge-stats", f.path("sums")}, planned)},
		{"compress and train on", "o", "", slices.Concat(network, few, []string{"-uptrain", "1"})},
	} {
		covered[c.args[0]] = true
		t.Run(c.name, func(t *testing.T) {
			flag := "-o"
			switch path := f.path(c.out); {
			case c.args[0] == "plan":
				flag = "-html"
			case strings.HasSuffix(path, ".html"):
				flag = "-report"
			case strings.HasSuffix(path, ".onnx"):
				flag = "-onnx"
			}
			args := append(c.args, flag, f.path(c.out))
			if c.checkpoint != "" {
				args = append(args, "-checkpoint", f.path(c.checkpoint))
			}
			remove := func() {
				os.Remove(f.path(c.out))
				if c.checkpoint != "" {
					os.Remove(f.path(c.checkpoint))
				}
			}
			remove()
			around := list(t, f.dir)
			ok(t, args...)
			whole, files := f.read(c.out), list(t, f.dir)
			tried := 0
			for _, old := range []string{"", "old"} {
				for n := 0; ; n++ {
					remove()
					if old != "" {
						f.write(c.out, []byte(old))
					}
					r, failed := withFault(n, args)
					if failed == "" {
						if r.code != 0 || !bytes.Equal(f.read(c.out), whole) {
							t.Fatalf("without a fault: %+v", r)
						}
						break
					}
					tried++
					_, path, _ := strings.Cut(failed, " ")
					if r.code != 1 || r.stdout != "" && c.args[0] != "compress" || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, path+": "+faults[n%len(faults)].Error()) || strings.Contains(r.stderr, "tmp") && !strings.Contains(f.dir, "tmp") || strings.Contains(r.stderr, "-temporary") {
						t.Errorf("%s fails: %+v", failed, r)
					}
					got, _ := os.ReadFile(f.path(c.out))
					if string(got) != old && !bytes.Equal(got, whole) {
						t.Errorf("%s fails: the output is neither the old one nor whole: %.60q", failed, got)
					}
					left := strings.Fields(list(t, f.dir))
					for _, name := range left {
						if !slices.Contains(strings.Fields(around+" "+files), name) {
							t.Errorf("%s fails: %s is left", failed, name)
						}
					}
					if ok(t, args...); !bytes.Equal(f.read(c.out), whole) {
						t.Errorf("%s failed: the next run makes another file", failed)
					}
				}
			}
			if least := 12; tried < least {
				t.Errorf("%d faults, want at least %d", tried, least)
			}
			remove()
		})
	}
}
