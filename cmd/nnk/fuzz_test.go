package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzCommand: whatever the arguments are, the command ends with 0, 1 or 2, says one
// line on standard error if it is not 0 and nothing if it is, and writes no file outside
// its directory. The arguments are the parts of a line between blanks.
func FuzzCommand(f *testing.F) {
	for _, line := range []string{
		"", "help", "-h", "fit -h", "nothing", "plan", "plan -act relu -range -1,1 -norms 1,1 -error 0.1",
		"plan -act gelu -range 1 -norms 1,1 -error 0.1", "plan -act relu -range -1,1 -norms 1,1 -error 1e-300 -json",
		"fit -x x.npy -y y.npy -o out -features 0", "fit -shards x* -y y.csv -o out -lambda nan", "predict -model m -x x.csv -o p.txt",
		"eval -model m -x x -y y -json -quiet", "inspect rows.csv", "inspect a b", "export -model rows.csv -onnx out", "export -model absent.onnx -onnx rows.csv -json", "export -onnx", "compress -model rows.csv -layers 0:relu -x rows.csv -o out",
		"bench -filter (", "bench -count -1", "conformance -json=maybe", "demo -html", "inspect --", "fit -features 99999999999999999999", "plan -cosine 7\n-h",
		"train -x rows.csv -y rows.csv -hidden 2,3 -epochs 1 -checkpoint kept -o out -json", "train -x rows.csv -y rows.csv -features 2 -epochs 1 -held-out 0 -o out",
		"train -x rows.csv -y rows.csv -hidden 2,x -o out", "train -x rows.csv -y rows.csv -optimiser sgd -momentum 2 -clip -1 -lr nan -batch 0 -o out",
		"fit rows.csv -target 2 -o out", "fit rows.csv -target 1,2 -drop 1 -o out", "fit -target \" rows.csv -o out", "predict rows.csv -model rows.csv -o p.csv -unseen zero", "eval rows.csv -model m",
		"stats -x rows.csv -y rows.csv -first 0 -task regress -o out", "stats -x rows.csv -y rows.csv -first -1 -plan rows.csv -o out", "merge-stats rows.csv -o out", "merge-stats rows.csv rows.csv -plan rows.csv -o out -partial -rows x",
		"compress -model rows.csv -layers auto:relu -x rows.csv -uptrain -method auto -budget -1 -o out", "fit -x rows.csv -y rows.csv -loss cross-entropy -o out",
	} {
		f.Add(line)
	}
	work := filepath.Join(f.TempDir(), "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		f.Fatal(err)
	}
	f.Chdir(work)
	if err := os.WriteFile("rows.csv", []byte("1,2\n3,4\n"), 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(strings.NewReplacer("/", "_", "\\", "_", "..", "__").Replace(line), " ")
		switch args[0] {
		case "": // no command
			args = args[1:]
		case "demo", "bench", "conformance": // these run for seconds: an argument too many stops them behind their flags, the last of which may take one
			args = append(args, "stop", "stop")
		}
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, &stdout, &stderr)
		says := stderr.String()
		switch {
		case code < 0 || code > 2:
			t.Fatalf("nnk %q: exit %d", args, code)
		case code == 0 && says != "":
			t.Fatalf("nnk %q: exit 0 and says %q", args, says)
		case code != 0 && len(args) > 0 && (strings.Count(says, "\n") != 1 || !strings.HasSuffix(says, "\n")):
			t.Fatalf("nnk %q: exit %d and says %q, want one line", args, code, says)
		case code == 2 && stdout.Len() > 0:
			t.Fatalf("nnk %q: wrong usage, and prints %q", args, stdout.String())
		}
		around, err := os.ReadDir("..")
		if err != nil || len(around) != 1 {
			t.Fatalf("nnk %q: wrote outside its directory: %v, %v", args, around, err)
		}
		entries, err := os.ReadDir(".")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "rows.csv" {
				if err := os.RemoveAll(e.Name()); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// FuzzStatsFile: reading any bytes as a file of nnk stats or merge-stats, whose checksum is made right, ends in an error, or in what is written as the same
// again and is merged with itself to an error.
func FuzzStatsFile(f *testing.F) {
	f.Add([]byte{})
	f.Chdir(f.TempDir())
	if err := errors.Join(os.WriteFile("x.csv", []byte("1,2\n3,5\n6,2\n1,1\n0,7\n"), 0o644), os.WriteFile("y.csv", []byte("a\nb\na\nb\nb\n"), 0o644)); err != nil {
		f.Fatal(err)
	}
	shard := []string{"stats", "-quiet", "-x", "x.csv", "-y", "y.csv", "-first"}
	for _, args := range [][]string{
		append(shard, "0", "-task", "classify", "-o", "0.survey"), append(shard[:len(shard):len(shard)], "5", "-task", "classify", "-o", "5.survey"),
		{"merge-stats", "-features", "2", "-pool", "none", "-scale", "1", "-standardise", "no", "-lambda", "1", "-projection", "iid", "-o", "plan", "0.survey", "5.survey"},
		append(shard[:len(shard):len(shard)], "5", "-plan", "plan", "-o", "sums"),
	} {
		if r := nnk(args...); r.code != 0 {
			f.Fatalf("%q: %+v", args, r)
		}
	}
	for _, name := range []string{"0.survey", "plan", "sums"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:len(b)-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sum := sha256.Sum256(b)
		b = append(b[:len(b):len(b)], sum[:]...)
		if p, err := unmarshalPlan(b); err == nil {
			again, err := p.marshal()
			if err != nil {
				t.Fatal(err)
			}
			if q, err := unmarshalPlan(again); err != nil || q.id(0) != p.id(0) {
				t.Fatalf("a plan that was written: %v", err)
			}
		}
		p, err := unmarshalPart(b)
		if err != nil {
			return
		}
		again, err := p.marshal()
		if err != nil {
			t.Fatal(err)
		}
		q, err := unmarshalPart(again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		p.sources = slices.Repeat([]string{"a"}, len(p.Spans))
		q.sources = slices.Repeat([]string{"b"}, len(q.Spans))
		if err := p.agree(q); err != nil {
			return
		}
		if err := p.merge(q, p.surveying(0)); err == nil {
			t.Fatal("merged with itself")
		}
	})
}
