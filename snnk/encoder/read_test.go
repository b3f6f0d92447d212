package encoder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nnk/internal/safetensors"
)

// checkpointOf is a checkpoint of testdata as a folder in memory, with its tensors changed.
func checkpointOf(t *testing.T, name string, change func(tensors map[string][]float32, shapes map[string][]int)) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	config, err := os.ReadFile(filepath.Join("testdata", name, configFile))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join("testdata", name, tensorsFile))
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	tensors, shapes := map[string][]float32{}, map[string][]int{}
	for i := range f.Tensors {
		if tensors[f.Tensors[i].Name], err = safetensors.Load[float32](f, &f.Tensors[i]); err != nil {
			t.Fatal(err)
		}
		for _, n := range f.Tensors[i].Shape {
			shapes[f.Tensors[i].Name] = append(shapes[f.Tensors[i].Name], int(n))
		}
	}
	change(tensors, shapes)
	var w safetensors.Writer
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		safetensors.Add(&w, name, shapes[name], tensors[name])
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	folder[configFile], folder[tensorsFile] = &fstest.MapFile{Data: config}, &fstest.MapFile{Data: out.Bytes()}
	return folder
}

// TestTensorsRefused: a tensor too many, too few, of another shape or not finite is an error that names it.
func TestTensorsRefused(t *testing.T) {
	const query = "bert.encoder.layer.1.attention.self.query.weight"
	for _, c := range []struct {
		name   string
		of     string
		change func(tensors map[string][]float32, shapes map[string][]int)
		want   string
		is     error
	}{
		{"unknown", "bert", func(v map[string][]float32, s map[string][]int) {
			v["bert.encoder.layer.2.x"], s["bert.encoder.layer.2.x"] = []float32{1}, []int{1}
		}, `"bert.encoder.layer.2.x"`, ErrFormat},
		{"many unknown", "bert", func(v map[string][]float32, s map[string][]int) {
			for i := range 6 {
				v[fmt.Sprint("z", i)], s[fmt.Sprint("z", i)] = []float32{1}, []int{1}
			}
		}, `["z0" "z1" "z2" "z3"] and 2 more`, ErrFormat},
		{"missing", "bert", func(v map[string][]float32, s map[string][]int) { delete(v, query) }, `no tensor "` + query, ErrFormat},
		{"a bias that is missing", "vit", func(v map[string][]float32, s map[string][]int) { delete(v, "classifier.bias") }, `classifier.bias`, ErrFormat},
		{"transposed", "bert", func(v map[string][]float32, s map[string][]int) {
			s["bert.encoder.layer.0.output.dense.weight"] = []int{40, 24}
		}, `"bert.encoder.layer.0.output.dense.weight" has shape [40 24], want [24 40]`, ErrFormat},
		{"flat", "bert", func(v map[string][]float32, s map[string][]int) { s[query] = []int{576} }, `has shape [576], want [24 24]`, ErrFormat},
		{"not finite", "bert", func(v map[string][]float32, s map[string][]int) { v[query][3] = float32(math.Inf(1)) }, `"` + query + `", element 3`, ErrNotFinite},
		{"no encoder", "bert", func(v map[string][]float32, s map[string][]int) { delete(v, "bert.embeddings.word_embeddings.weight") }, `no tensor "embeddings.word_embeddings.weight"`, ErrFormat},
		{"two encoders", "bert", func(v map[string][]float32, s map[string][]int) {
			v["b.embeddings.word_embeddings.weight"], s["b.embeddings.word_embeddings.weight"] = []float32{1}, []int{1}
		}, "two encoders", ErrFormat},
		{"a head for tokens", "bert", func(v map[string][]float32, s map[string][]int) { delete(v, "bert.pooler.dense.weight") }, "a head for each token", ErrFormat},
		{"a head for tokens of DistilBERT", "distilbert", func(v map[string][]float32, s map[string][]int) { delete(v, "pre_classifier.weight") }, "a head for each token", ErrFormat},
		{"a head of no shape", "vit", func(v map[string][]float32, s map[string][]int) { s["classifier.weight"] = []int{3, 24, 1} }, `"classifier.weight" of shape [3 24 1]`, ErrFormat},
		{"a head of another width", "vit", func(v map[string][]float32, s map[string][]int) { s["classifier.weight"] = []int{24, 3} }, `"classifier.weight" has shape [24 3], want [24 24]`, ErrFormat},
	} {
		_, err := Read[float32](t.Context(), checkpointOf(t, c.of, c.change), Options{})
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestFilesRefused: files that are missing, too long or of another kind are named.
func TestFilesRefused(t *testing.T) {
	whole := checkpointOf(t, "bert", func(map[string][]float32, map[string][]int) {})
	with := func(name string, data []byte) fstest.MapFS {
		folder := maps.Clone(whole)
		if folder[name] = (&fstest.MapFile{Data: data}); data == nil {
			delete(folder, name)
		}
		return folder
	}
	indexed := func(text string) fstest.MapFS {
		folder := with(tensorsFile, nil)
		folder[indexFile] = &fstest.MapFile{Data: []byte(text)}
		folder["sub"] = &fstest.MapFile{Mode: fs.ModeDir}
		return folder
	}
	for _, c := range []struct {
		name   string
		folder fs.FS
		want   string
		is     error
	}{
		{"no config", with(configFile, nil), configFile, fs.ErrNotExist},
		{"no tensors", with(tensorsFile, nil), tensorsFile, fs.ErrNotExist},
		{"a long config", with(configFile, make([]byte, mostConfig+1)), "config.json of 1048577 bytes", ErrFormat},
		{"a config that is none", with(configFile, []byte("[]")), "config.json: ", ErrFormat},
		{"tensors that are none", with(tensorsFile, []byte("PK")), tensorsFile, ErrFormat},
		{"an index that is none", indexed("{"), "index", ErrFormat},
		{"an index twice", indexed(`{"weight_map":{},"weight_map":{}}`), "two weight_maps", ErrFormat},
		{"a tensor twice", indexed(`{"weight_map":{"a":"b","a":"c"}}`), `"a" twice`, ErrFormat},
		{"an empty index", indexed(`{"metadata":{}}`), "0 files", ErrFormat},
		{"a shard outside", indexed(`{"weight_map":{"a":"../x"}}`), `"../x" is no file of the folder`, ErrFormat},
		{"a shard elsewhere", indexed(`{"weight_map":{"a":"/etc/passwd"}}`), "no file of the folder", ErrFormat},
		{"a shard in a folder below", indexed(`{"weight_map":{"a":"sub/x"}}`), "no file of the folder", ErrFormat},
		{"a shard that is a folder", indexed(`{"weight_map":{"a":"sub"}}`), "no regular file", ErrFormat},
		{"a shard that is missing", indexed(`{"weight_map":{"a":"x.safetensors"}}`), "x.safetensors", fs.ErrNotExist},
	} {
		_, err := Read[float32](t.Context(), c.folder, Options{})
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	tokens := with(configFile, bytes.Replace(whole[configFile].Data, []byte("{"), []byte(`{"architectures": ["BertForTokenClassification"],`), 1))
	if _, err := Read[float32](t.Context(), tokens, Options{}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `"classifier.weight" is a head for each token`) {
		t.Errorf("a head for tokens, with a pooler: %v", err)
	}
	if c, err := Read[float32](t.Context(), tokens, Options{Ignore: []string{"classifier.*"}}); err != nil || c.Parameters.Config().Classes != 0 {
		t.Errorf("without it: %v", err)
	}
	if _, err := Read[float32](t.Context(), whole, Options{Ignore: []string{"x.*"}}); !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), `"x.*"`) {
		t.Errorf("a pattern of nothing: %v", err)
	}
	if _, err := Open[float32](t.Context(), filepath.Join("testdata", "bert", configFile), Options{}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("a file for a folder: %v", err)
	}
	if _, err := Open[float32](t.Context(), filepath.Join("testdata", "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestTypes: elements that are not of 16, 32 or 64 bits are refused by the name of their type.
func TestTypes(t *testing.T) {
	folder := checkpointOf(t, "bert", func(map[string][]float32, map[string][]int) {})
	b := folder[tensorsFile].Data
	folder[tensorsFile] = &fstest.MapFile{Data: bytes.Replace(b, []byte(`"dtype":"F32"`), []byte(`"dtype":"I32"`), 1)}
	if _, err := Read[float32](t.Context(), folder, Options{}); !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), "of type I32") {
		t.Errorf("%v", err)
	}
}

// TestConfig: options have transformers' names and defaults; what would make another encoder is refused by name.
func TestConfig(t *testing.T) {
	gelu := named("gelu")
	base := Config{Layout: BERT, Width: 768, Blocks: 12, Heads: 12, Inner: 3072, Activation: gelu, Epsilon: 1e-12, Vocabulary: 30522, Positions: 512, Types: 2}
	for text, change := range map[string]func(c *Config){
		`{"model_type":"bert"}`: func(c *Config) {},
		` {"model_type":"bert", "pruned_heads":{}, "is_decoder":false, "architectures":["BertModel"], "x":[{"y":null}], "classifier_dropout":null, "hidden_act":null} ` + "\n": func(c *Config) {},
		`{"model_type":"bert","hidden_size":16,"num_attention_heads":4,"num_hidden_layers":3,"intermediate_size":7,"layer_norm_eps":1e-05,"vocab_size":9,"max_position_embeddings":8,"type_vocab_size":1,"hidden_act":"gelu_new"}`: func(c *Config) {
			*c = Config{Width: 16, Heads: 4, Blocks: 3, Inner: 7, Epsilon: 1e-5, Vocabulary: 9, Positions: 8, Types: 1, Activation: named("gelu-tanh")}
		},
		`{"model_type":"roberta"}`:                         func(c *Config) { c.Layout, c.Vocabulary, c.Pad = RoBERTa, 50265, 1 },
		`{"model_type":"xlm-roberta","vocab_size":250002}`: func(c *Config) { c.Layout, c.Vocabulary, c.Pad = RoBERTa, 250002, 1 },
		`{"model_type":"distilbert","hidden_size":5,"layer_norm_eps":0.1,"dim":32,"n_heads":2,"n_layers":1,"hidden_dim":5,"activation":"relu"}`: func(c *Config) {
			*c = Config{Layout: DistilBERT, Width: 32, Heads: 2, Blocks: 1, Inner: 5, Activation: named("relu"), Epsilon: 1e-12, Vocabulary: 30522, Positions: 512}
		},
		`{"model_type":"vit","image_size":[32,48],"patch_size":16,"num_channels":1,"qkv_bias":false,"hidden_act":"swish"}`: func(c *Config) {
			c.Layout, c.Vocabulary, c.Positions, c.Types, c.Image, c.NoQKVBias, c.Activation = ViT, 0, 0, 0, Image{1, 32, 48, 16, 16}, true, named("silu")
		},
	} {
		want := base
		change(&want)
		got, err := ParseConfig([]byte(text))
		if err != nil || *got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`{}`:                    "no model_type",
		`{"model_type":"gpt2"}`: `model_type "gpt2"`,
		`{"model_type":"bert","position_embedding_type":"relative_key"}`: "position_embedding_type",
		`{"model_type":"bert","is_decoder":true}`:                        "is_decoder",
		`{"model_type":"bert","pruned_heads":{"0":[1]}}`:                 "pruned_heads",
		`{"model_type":"bert","quantization_config":{"bits":4}}`:         "quantization_config",
		`{"model_type":"bert","hidden_act":"gelu_fast"}`:                 `activation "gelu_fast"`,
		`{"model_type":"bert","hidden_size":1.5}`:                        "hidden_size 1.5",
		`{"model_type":"bert","hidden_size":-8}`:                         "hidden_size -8",
		`{"model_type":"bert","hidden_size":1e300}`:                      "hidden_size 1e+300",
		`{"model_type":"bert","hidden_size":"8"}`:                        `option "hidden_size"`,
		`{"model_type":"bert","hidden_size":[8,8]}`:                      "hidden_size: want a number",
		`{"model_type":"bert","hidden_size":8,"hidden_size":8}`:          `option "hidden_size": byte`,
		`{"model_type":"bert","hidden_size":10}`:                         "12 heads do not divide the width 10",
		`{"model_type":"bert","num_attention_heads":0}`:                  "heads 0",
		`{"model_type":"bert","layer_norm_eps":0}`:                       "epsilon 0",
		`{"model_type":"bert","architectures":"BertModel"}`:              `option "architectures"`,
		`{"model_type":"bert"} x`:                                        "after the end",
		`{"model_type":"roberta","max_position_embeddings":2}`:           "positions 2, want 3",
		`{"model_type":"vit","image_size":[224]}`:                        `option "image_size"`,
		`{"model_type":"vit","image_size":[1,2,3]}`:                      `option "image_size"`,
		`{"model_type":"vit","patch_size":0}`:                            "patch height 0",
		`{"model_type":"vit","patch_size":15}`:                           "do not tile",
		`{"model_type":"vit","image_size":16777216}`:                     "an image of 3 channels",
		`{"model_type":"vit","pooler_act":"relu"}`:                       "pooler_act",
		`{"model_type":"vit","pooler_output_size":8}`:                    "pooler_output_size 8",
	} {
		_, err := ParseConfig([]byte(text))
		if err == nil || !errors.Is(err, ErrFormat) && !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	headless := textConfig(BERT)
	headless.Pooler = false
	if _, err := Build(headless, func(string, ...int) ([]float32, error) { return nil, nil }); !errors.Is(err, ErrRange) {
		t.Errorf("a head without a pooler: %v", err)
	}
	if s := fmt.Sprint(BERT, RoBERTa, DistilBERT, ViT, Layout(9)); s != "bert roberta distilbert vit Layout(9)" {
		t.Error(s)
	}
}
