package fuzz

import (
	"bytes"
	"context"
	"errors"
	"nnk/asm"
	"testing"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// FuzzProjectionText: a text is refused with ErrSpec, or names a projection whose
// own text reads back to itself.
func FuzzProjectionText(f *testing.F) {
	for _, s := range []string{"iid(seed=1,m=40,d=20)", "hadamard(seed=2,m=100,d=20,rounds=3,norm=chi)", "hadamard(seed=3,m=64,d=33,rounds=1,norm=sqrt,select=0+63)", "pursuit(seed=3,m=4,d=9,atoms=256,terms=1,base=-9,codes=-aE8Jg0dMJ6lCA4)", "pursuit(m=1,d=1,atoms=2,terms=1,codes=)", "iid(m=1,d=1", "iid()", "(,)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ortho.ParseSpec(text)
		if err != nil {
			if !errors.Is(err, ortho.ErrSpec) {
				t.Fatalf("%q: error does not wrap ErrSpec: %v", text, err)
			}
			return
		}
		again, err := ortho.ParseSpec(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q: its text %q reads back as %q, %v", text, s, again, err)
		}
	})
}

func FuzzMapText(f *testing.F) {
	for _, s := range []string{"fourier(kernel=gaussian,scale=0.5) on hadamard(seed=1,m=256,d=64,rounds=3,norm=chi)", "relu() on iid(seed=1,m=4,d=3)", "fourier(scale=0.5) on pursuit(seed=4,m=4,d=5,atoms=2,terms=2,base=-9,codes=cIvLdMtYBOyP9g)", "relu(floor=nan) on iid(m=1,d=1)", " on ", "urf(spectrum=0 1:2:0,angle=0.25) on iid(seed=9,m=5,d=2,select=1+3)", "maclaurin(coefficients=1 1 0.5) on iid(seed=9,m=5,d=2)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := urf.ParseSpec(text)
		if err != nil {
			if !errors.Is(err, urf.ErrSpec) && !errors.Is(err, ortho.ErrSpec) {
				t.Fatalf("%q: error wraps neither ErrSpec: %v", text, err)
			}
			return
		}
		again, err := urf.ParseSpec(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q: its text %q reads back as %v, %v", text, s, again, err)
		}
	})
}

// FuzzModel: reading any bytes as a model ends in an error that wraps what is
// documented, or in a model whose file, once it is written, reads back and is written
// again to the byte.
func FuzzModel(f *testing.F) {
	f.Add([]byte{})
	f.Add(modelFile(f))
	f.Add(diagonalsFile(f))
	f.Add(codesFile(f, 8))
	f.Add(codesFile(f, 4))
	f.Add(tableFile(f, `{"columns":[{"name":"size","kind":"number","center":-7.5,"spread":2,"marked":true},{"name":"city","kind":"text","levels":["Oslo"]}],"targets":["a","b"]}`))
	f.Add(tableFile(f, `{"columns":[{"name":"size","kind":"number","spread":0},{"name":"size","kind":"date","spread":1e999,"levels":["x"]}],"targets":["size"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = safetensors.Sealed(b, "nnk.sha256") // or nearly all changes would be found as damage
		m, err := bundle.ReadModel[float32](bytes.NewReader(b), int64(len(b)))
		if (m == nil) != (err != nil) {
			t.Fatalf("model %v and error %v", m, err)
		}
		if err != nil {
			if !errors.Is(err, bundle.ErrFormat) && !errors.Is(err, bundle.ErrNotFinite) && !errors.Is(err, bundle.ErrArithmetic) {
				t.Fatalf("error wraps neither ErrFormat, ErrNotFinite nor ErrArithmetic: %v", err)
			}
			return
		}
		var once, twice bytes.Buffer
		if _, err := m.WriteTo(&once); err != nil {
			t.Fatal(err)
		}
		again, err := bundle.ReadModel[float32](bytes.NewReader(once.Bytes()), int64(once.Len()))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if _, err := again.WriteTo(&twice); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("%d bytes were written, and %d others of what was read from them", once.Len(), twice.Len())
		}
	})
}

// FuzzStats: reading any bytes as statistics ends in an error that wraps ErrFormat, or
// in statistics whose bytes are the ones that were read.
func FuzzStats(f *testing.F) {
	f.Add([]byte{})
	f.Add(statistics(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := fit.UnmarshalStats[float32](b)
		if err != nil {
			if !errors.Is(err, bundle.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		if again := s.Marshal(); !bytes.Equal(again, b) {
			t.Fatalf("%d bytes were read and %d others written", len(b), len(again))
		}
	})
}

// modelFile is a small model, as it is saved.
func modelFile(f *testing.F) []byte {
	x := mat.New[float32](60, 3)
	y := mat.New[float32](60, 2)
	rng.Normal(rng.New(1), x.Data(), 0)
	rng.Normal(rng.New(2), y.Data(), 0)
	m, _, err := fit.Run[float32](context.Background(), bundle.Matrix(x), bundle.Matrix(y), fit.Options{Task: bundle.Regress, Features: 4})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// tableFile is a model of three inputs and two outputs with a schema in its file, which may be a wrong one.
func tableFile(f *testing.F, schema string) []byte {
	w := safetensors.Writer{Metadata: map[string]string{
		"nnk.format": "2", "nnk.arithmetic": asm.ArithmeticVersion, "nnk.type": "float32", "nnk.task": "regress", "nnk.inputs": "3", "nnk.outputs": "2",
		"nnk.stages": `[{"kind":"linear","activation":"none"}]`, "nnk.schema": schema,
	}}
	safetensors.Add(&w, "0.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	w.Metadata["nnk.sha256"] = w.Digest("nnk.sha256")
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// diagonalsFile is a small model with trained diagonals, as it is saved.
func diagonalsFile(f *testing.F) []byte {
	d, err := urf.NewDiagonals[float32](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 6, D: 3}})
	if err != nil {
		f.Fatal(err)
	}
	m := &bundle.Model[float32]{Task: bundle.Outputs, Network: bundle.NewNetwork[float32](bundle.NewFeatures[float32](d), bundle.NewLinear(mat.New[float32](2, 6), nil, urf.Activation{}))}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// codesFile is a small model whose weights are codes, as it is saved.
func codesFile(f *testing.F, bits int) []byte {
	w := mat.New[float32](2, 3)
	rng.Normal(rng.New(1), w.Data(), 0)
	q, err := mat.Quantise(w, bits)
	if err != nil {
		f.Fatal(err)
	}
	m := &bundle.Model[float32]{Task: bundle.Outputs, Network: bundle.NewNetwork[float32](bundle.NewQuantisedLinear(q, []float32{1, 2}, urf.Activation{}))}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// statistics are those of a few samples, as they are saved.
func statistics(f *testing.F) []byte {
	z, y := mat.New[float32](40, 3), mat.New[float32](40, 2)
	rng.Normal(rng.New(1), z.Data(), 0)
	rng.Normal(rng.New(2), y.Data(), 0)
	s, err := fit.NewStats(z, y, fit.Folds{})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Add(z, y); err != nil {
		f.Fatal(err)
	}
	return s.Marshal()
}

// FuzzSurvey: reading any bytes as a survey ends in an error that wraps ErrFormat, or in a survey whose bytes are the ones
// that were read.
func FuzzSurvey(f *testing.F) {
	f.Add([]byte{})
	x := mat.New[float64](fit.SurveyRows, 2)
	rng.Normal(rng.New(1), x.Data(), 0)
	s := fit.NewSurvey(2)
	for _, block := range []int{0, 1, 4, 7} {
		if err := s.Add(x, block*fit.SurveyRows); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(s.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := fit.UnmarshalSurvey(b)
		if err != nil {
			if !errors.Is(err, bundle.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		if again := s.Marshal(); !bytes.Equal(again, b) {
			t.Fatalf("%d bytes were read and %d others written", len(b), len(again))
		}
	})
}

// FuzzSentPass: reading any bytes as a pass over rows ends in an error, or in a pass that is the same when it is written and read again.
func FuzzSentPass(f *testing.F) {
	f.Add([]byte{})
	f.Add(passFile(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := fit.UnmarshalPass[float32](b)
		if err != nil {
			return
		}
		once, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := fit.UnmarshalPass[float32](once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if twice, err := again.Marshal(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%d bytes were written, and %d others of what was read from them: %v", len(once), len(twice), err)
		}
	})
}

// watched are data that keep the pass that is made over them.
type watched struct {
	fit.Data[float32]
	x, y *mat.Dense[float32]
	pass []byte
}

func (w *watched) Rows() int    { return w.x.Rows() }
func (w *watched) Inputs() int  { return w.x.Cols() }
func (w *watched) Targets() int { return w.y.Cols() }

func (w *watched) Survey(context.Context) (inputs, targets *fit.Survey, err error) {
	inputs, targets = fit.NewSurvey(w.Inputs()), fit.NewSurvey(w.Targets())
	x, y, _ := w.Pick(context.Background(), nil)
	if err = inputs.Add(x, 0); err == nil {
		err = targets.Add(y, 0)
	}
	return inputs, targets, err
}

func (w *watched) Pick(context.Context, []int) (x, y *mat.Dense[float64], err error) {
	x, y = mat.New[float64](w.Rows(), w.Inputs()), mat.New[float64](w.Rows(), w.Targets())
	if err = bundle.Matrix(w.x).Read(x, 0); err == nil {
		err = bundle.Matrix(w.y).Read(y, 0)
	}
	return x, y, err
}

func (w *watched) Statistics(ctx context.Context, p *fit.Pass[float32], _ func(done, total int)) (s *fit.Stats[float32], err error) {
	if w.pass, err = p.Marshal(); err != nil {
		return nil, err
	}
	return p.Statistics(ctx, bundle.Matrix(w.x), bundle.Matrix(w.y), nil)
}

// passFile is a small pass, as it is sent.
func passFile(f *testing.F) []byte {
	w := &watched{x: mat.New[float32](60, 3), y: mat.New[float32](60, 2)}
	rng.Normal(rng.New(1), w.x.Data(), 0)
	rng.Normal(rng.New(2), w.y.Data(), 0)
	if _, _, err := fit.NewDistributed(w).Run(context.Background(), fit.Options{Task: bundle.Regress, Features: 4, Standardise: fit.StandardiseAlways}); err != nil {
		f.Fatal(err)
	}
	return w.pass
}
