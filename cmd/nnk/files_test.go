package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"nnk/examples/digits"
)

// flagsOf are the flags of a command.
func flagsOf(t *testing.T, cmd command) *flag.FlagSet {
	t.Helper()
	c := &call{ctx: t.Context(), command: cmd, arguments: []string{"-h"}, stdout: io.Discard, stderr: io.Discard}
	c.flags = flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	if err := cmd.run(c); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("nnk %s -h: %v", cmd.name, err)
	}
	return c.flags
}

// filesOf are the flags of a command that name files, by their use.
func filesOf(t *testing.T, cmd command, use fileUse) (names []string) {
	flagsOf(t, cmd).VisitAll(func(f *flag.Flag) {
		if fileFlags[f.Name] == use {
			names = append(names, f.Name)
		}
	})
	return names
}

// Every flag that names a file is known as one, by the word that its usage shows for the value.
func TestFileFlags(t *testing.T) {
	for _, cmd := range commands() {
		flagsOf(t, cmd).VisitAll(func(f *flag.Flag) {
			word, _ := flag.UnquoteUsage(f)
			named := strings.EqualFold(word, "file") || strings.Contains(word, ".npy") || f.Name == "shards"
			if known := fileFlags[f.Name] != 0; known != named {
				t.Errorf("nnk %s: -%s takes %q: a file is %v, known is %v", cmd.name, f.Name, word, named, known)
			}
		})
	}
}

// writing is a command line without its files.
var writing = map[string][]string{
	"fit": {"-features", "8"}, "predict": nil, "train": {"-epochs", "1"}, "compress": {"-features", "8"}, "demo": nil, "eval": nil, "export": nil, "embed": {"-encoder", "folder"}, "plan": {"-act", "gelu", "-range", "-3,3", "-norms", "1,1", "-error", "0.1"},
	"stats": {"-first", "0"}, "merge-stats": {"other.sums"},
}

// An output that is an input, or another output, is wrong usage: nothing is done, and the line names both flags.
func TestOutputIsInput(t *testing.T) {
	t.Chdir(t.TempDir())
	const in = "in.npy"
	if err := errors.Join(os.WriteFile(in, []byte("precious"), 0o666), os.Symlink(in, "link.npy"), os.Link(in, "hard.npy"), os.Symlink("new.npy", "dangling.npy")); err != nil {
		t.Fatal(err)
	}
	refused := func(args []string, flags ...string) {
		t.Helper()
		r := nnk(args...)
		if r.code != 2 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, %q", args, r.code, r.stderr)
		}
		for _, name := range flags {
			if !strings.Contains(r.stderr, name+" ") {
				t.Errorf("%q: %q does not name %s", args, r.stderr, name)
			}
		}
	}
	for _, cmd := range commands() {
		outputs, inputs := filesOf(t, cmd, writes), filesOf(t, cmd, reads)
		if len(outputs) == 0 {
			continue
		}
		more, known := writing[cmd.name]
		if !known {
			t.Errorf("nnk %s writes: give what its command line needs", cmd.name)
		}
		line := func(files map[string]string) []string {
			args := append([]string{cmd.name}, more...)
			for _, name := range append(inputs[:len(inputs):len(inputs)], outputs...) {
				path, ok := files[name]
				switch {
				case ok && name == "check":
					args = append(args, "-check", "other.npy", path)
				case ok:
					args = append(args, "-"+name, path)
				case name == "o" || name == "model":
					args = append(args, "-"+name, "other-"+name+".npy")
				case name == "y" || name == "x" && files["shards"] == "":
					args = append(args, "-"+name, "other.npy")
				}
			}
			return args
		}
		for _, out := range outputs {
			for _, input := range inputs {
				for _, name := range []string{in, "./in.npy", "link.npy", "hard.npy"} {
					refused(line(map[string]string{out: name, input: in}), "-"+out, "-"+input)
				}
			}
			for _, other := range outputs {
				if other != out {
					refused(line(map[string]string{out: "new.npy", other: "new.npy"}), "-"+out, "-"+other)
					refused(line(map[string]string{out: "new.npy", other: "dangling.npy"}), "-"+out, "-"+other)
				}
			}
		}
	}
	refused([]string{"fit", "-shards", "*.npy", "-y", "y.npy", "-o", in}, "-o", "-shards")
	refused([]string{"fit", in, "-target", "y", "-o", "link.npy"}, "-o", "the argument")
	refused([]string{"predict", "-model", "m", "hard.npy", "-o", in}, "-o", "the argument")
	refused([]string{"eval", "-model", "m", in, "-report", "./in.npy"}, "-report", "the argument")
	if b, err := os.ReadFile(in); err != nil || string(b) != "precious" {
		t.Errorf("the input holds %q, %v", b, err)
	}
	if _, err := os.Stat("new.npy"); err == nil {
		t.Error("there is an output")
	}
}

// A shard of the network is an input too.
func TestOutputIsShard(t *testing.T) {
	f := newFolder(t)
	index := map[string]map[string]string{"weight_map": {}}
	for _, name := range []string{"0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"} {
		index["weight_map"][name] = "teacher.safetensors"
	}
	text, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	f.write("m.safetensors.index.json", text)
	r := nnk("compress", "-model", f.path("m.safetensors.index.json"), "-x", f.path("x.npy"), "-features", "8", "-o", f.path("teacher.safetensors"))
	if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "-o ") || !strings.Contains(r.stderr, "-model") || !bytes.Equal(f.read("teacher.safetensors"), digits.Teacher()) {
		t.Errorf("%+v", r)
	}
}

// Every output of every command is tried before the work: there are no inputs here, and yet it is the output that is wrong.
func TestOutputTriedFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.WriteFile("file", nil, 0o666), os.Mkdir("folder", 0o777), os.Symlink("no/where", "link"), os.Symlink("ring", "ring")); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, cmd := range commands() {
		for _, out := range filesOf(t, cmd, writes) {
			for _, path := range []string{"no/out.npy", "file/out.npy", "folder", "link", "ring", strings.Repeat("x", 300) + ".npy"} {
				args := append([]string{cmd.name}, writing[cmd.name]...)
				for _, name := range filesOf(t, cmd, reads) {
					if name != "shards" && name != "check" {
						args = append(args, "-"+name, "absent.npy")
					}
				}
				if out != "o" && slices.Contains(filesOf(t, cmd, writes), "o") {
					args = append(args, "-o", "new.npy")
				}
				r := nnk(append(args, "-"+out, path)...)
				if r.code != 1 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "nnk "+cmd.name+": "+path+": ") {
					t.Errorf("nnk %s -%s %s: exit %d, %q", cmd.name, out, path, r.code, r.stderr)
				}
				tried++
			}
		}
	}
	if tried < 30 {
		t.Errorf("%d outputs tried, want more", tried)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 4 {
		t.Errorf("%v, %v: want what was there", entries, err)
	}
}
