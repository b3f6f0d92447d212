package main

import (
	"bytes"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/snnk"
)

// Models of every command that makes one are kept in few bits, smaller, nearly as right as before, and read by the others.
func TestBits(t *testing.T) {
	f := newFolder(t)
	x, y, net := f.path("x.npy"), f.path("y.npy"), f.path("net.safetensors")
	ok(t, "train", "-x", x, "-y", y, "-hidden", "24", "-epochs", "4", "-lr", "5e-3", "-o", net, "-quiet")
	for _, c := range []struct {
		name string
		args []string
		loss float64 // of accuracy, at most
	}{
		{"fit", []string{"fit", "-x", x, "-y", y, "-features", "64", "-pool", "none", "-standardise", "no", "-scale", "0.05", "-loss", "squared"}, 0.02},
		{"dense", []string{"train", "-x", x, "-y", y, "-hidden", "24", "-epochs", "4", "-lr", "5e-3"}, 0.02},
		{"trained features", []string{"train", "-x", x, "-y", y, "-features", "24", "-epochs", "2"}, 0.04},
		{"compress", []string{"compress", "-model", net, "-layers", "auto:relu", "-x", x, "-y", y, "-features", "48", "-pool", "none", "-standardise", "no", "-scale", "0.05", "-loss", "squared"}, 0.02},
		{"compress and train on", []string{"compress", "-model", net, "-layers", "auto:relu", "-x", x, "-y", y, "-features", "24", "-pool", "none", "-standardise", "no", "-scale", "0.05", "-uptrain", "2"}, 0.04},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, small := f.path("whole"), f.path("small")
			ok(t, append(c.args, "-o", whole, "-quiet")...)
			bytesBefore := len(f.read("whole"))
			for _, bits := range []string{"8", "4"} {
				var r struct {
					Bytes    int64     `json:"file_bytes"`
					Rounding *rounding `json:"rounding"`
				}
				decode(t, ok(t, append(c.args, "-o", small, "-bits", bits, "-json")...), &r)
				if q := r.Rounding; q == nil || len(q.Matrices) == 0 || !(q.Change > 0) || !(q.Change < 0.2) || q.Matrices[0].Loss >= q.Matrices[0].Plain {
					t.Fatalf("%s bits: %+v", bits, r.Rounding)
				}
				file := f.read("small")
				if int64(len(file)) != r.Bytes || len(file) >= bytesBefore-3*24 {
					t.Errorf("%s bits: %d bytes, said %d, in 32 bits %d", bits, len(file), r.Bytes, bytesBefore)
				}
				_, err := bundle.ReadModel[float32](bytes.NewReader(file), int64(len(file)))
				if err != nil {
					t.Fatal(err)
				}
				if text := ok(t, "inspect", small); !strings.Contains(text, `"bits":`+bits) {
					t.Errorf("%s bits: inspect says\n%s", bits, text)
				}
				var e, before evaluation
				decode(t, ok(t, "eval", "-model", small, "-x", x, "-y", y, "-json"), &e)
				var in evaluation
				decode(t, ok(t, "eval", "-model", small, "-x", x, "-y", y, "-integers", "-json"), &in)
				if *in.Accuracy < *e.Accuracy-0.02 || in.Bytes != e.Bytes {
					t.Errorf("%s bits, in integers: accuracy %v of %v, %d bytes of %d", bits, *in.Accuracy, *e.Accuracy, in.Bytes, e.Bytes)
				}
				if c.name != "dense" {
					decode(t, ok(t, "eval", "-model", whole, "-x", x, "-y", y, "-json"), &before)
					if *e.Accuracy < *before.Accuracy-c.loss {
						t.Errorf("%s bits: accuracy %v, in 32 bits %v", bits, *e.Accuracy, *before.Accuracy)
					}
				} else if *e.Accuracy < 0.85 {
					t.Errorf("%s bits: accuracy %v", bits, *e.Accuracy)
				}
				ok(t, "predict", "-model", small, "-x", x, "-labels", "-o", f.path("labels.npy"))
				if text := ok(t, "inspect", small); !strings.Contains(text, ".scale") || !strings.Contains(text, map[string]string{"8": "I8 [", "4": "U8 ["}[bits]) {
					t.Errorf("inspect says\n%s", text)
				}
			}
			if text := ok(t, append(c.args, "-o", small, "-bits", "8")...); !strings.Contains(text, "bits of a weight") || !strings.Contains(text, "if weights were rounded to the nearest") {
				t.Errorf("the table says\n%s", text)
			}
		})
	}
	for _, args := range [][]string{
		{"fit", "-x", x, "-y", y, "-bits", "16", "-o", f.path("m")},
		{"train", "-x", x, "-y", y, "-bits", "0", "-o", f.path("m")},
		{"compress", "-model", net, "-layers", "auto:relu", "-method", "montecarlo", "-bits", "8", "-o", f.path("m")},
	} {
		if r := nnk(args...); r.code != 2 || !strings.Contains(r.stderr, "-bits") {
			t.Errorf("%v: exit %d, %s", args, r.code, r.stderr)
		}
	}
}

// Numbers are compared by R², with targets in their own unit.
func TestBitsOfNumbers(t *testing.T) {
	f := newFolder(t)
	var rows, targets strings.Builder
	for i := range 300 {
		a, b := float64(i%17)/17, float64(i%23)/23
		rows.WriteString(short(a) + "," + short(b) + "\n")
		targets.WriteString(short(1000+float64(50*a*b)) + "\n")
	}
	f.write("r.csv", []byte(rows.String()))
	f.write("t.csv", []byte(targets.String()))
	var r struct {
		Rounding *rounding `json:"rounding"`
	}
	decode(t, ok(t, "fit", "-x", f.path("r.csv"), "-y", f.path("t.csv"), "-features", "32", "-pool", "none", "-bits", "8", "-task", "regress", "-json", "-o", f.path("m")), &r)
	if q := r.Rounding; q == nil || q.R2 == nil || !(*q.R2 > *q.R2Before-1e-3) || !(*q.R2 > 0.9) || q.Accuracy != nil || q.Agrees != nil {
		t.Errorf("%+v", r.Rounding)
	}
	m, err := bundle.Load[float32](f.path("m"))
	if err != nil {
		t.Fatal(err)
	}
	if l, is := m.Network.Stages()[len(m.Network.Stages())-1].(*snnk.Layer[float32]); is && l.Quantised() == nil {
		t.Error("weights are no codes")
	}
}
