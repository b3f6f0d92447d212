// Command mutate shows that the tests notice mistakes: it copies the module,
// makes one mutation of its table at a time in the copy, runs the short tests of
// the package, and prints whether they failed.
//
//	go run ./conformance/mutate              # all: an hour or two
//	go run ./conformance/mutate -filter urf  # those whose line matches
//	go run ./conformance/mutate -list
//
// A mutation of an arm64 or riscv64 file is tested with an emulator; one of a kernel
// set that this machine lacks is left out. Where the package's own tests pass,
// the fingerprint is tried too, and what only that notices is said. The tests of each
// package run without a mistake first: they have to pass. README.md
// beside this file holds the last results. The command exits 1 if fewer than
// 95 % were noticed, or if a mutation does not compile.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mutation replaces old, which stands once in file, by new.
type mutation struct {
	file, old, new string
	what           string // what goes wrong
}

// pkg is the package that the mutation is in and whose tests run.
func (m mutation) pkg() string { return filepath.ToSlash(filepath.Dir(m.file)) }

// arch is the architecture that m's file is for, if it needs an emulator.
func (m mutation) arch() string {
	base := strings.TrimSuffix(filepath.Base(m.file), filepath.Ext(m.file))
	if arch := base[strings.LastIndexByte(base, '_')+1:]; emulators[arch] != nil {
		return arch
	}
	return ""
}

func (m mutation) String() string { return m.file + ": " + m.what }

// outcome of the tests of a mutation.
type outcome string

const (
	killed      outcome = "killed"
	tooLong     outcome = "killed: took too long"
	fingerprint outcome = "killed by the fingerprint"
	survived    outcome = "SURVIVED"
	broken      outcome = "DOES NOT COMPILE"
	leftOut     outcome = "left out"
)

func main() {
	filter := flag.String("filter", "", "only the mutations whose line matches this `regexp`")
	list := flag.Bool("list", false, "list the mutations and do nothing")
	limit := flag.Duration("timeout", 4*time.Minute, "for the tests of one mutation; running longer counts as killed")
	flag.Parse()
	match, err := regexp.Compile(*filter)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var chosen []mutation
	for _, m := range all() {
		if match.MatchString(m.String()) {
			chosen = append(chosen, m)
		}
	}
	if *list {
		for _, m := range chosen {
			fmt.Println(m)
		}
		return
	}
	ok, err := run(chosen, *limit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run tries the mutations and prints what came of them. It reports whether all
// compiled and 95 % were noticed.
func run(list []mutation, limit time.Duration) (ok bool, err error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return false, fmt.Errorf("go list -m: %w", err)
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	w := workshop{dir: dir, limit: limit}
	if err := w.copy(strings.TrimSpace(string(out))); err != nil {
		return false, err
	}
	count := map[outcome]int{}
	sound := map[string]bool{}
	for _, m := range list {
		start := time.Now()
		if err := w.control(m, sound); err != nil {
			return false, err
		}
		o, err := w.try(m)
		if err != nil {
			return false, fmt.Errorf("%s: %w", m, err)
		}
		count[o]++
		fmt.Printf("%-26s %4.0fs  %s\n", o, time.Since(start).Seconds(), m)
	}
	tried := count[killed] + count[tooLong] + count[fingerprint] + count[survived]
	if tried == 0 {
		return false, errors.New("no mutation was tried")
	}
	noticed := tried - count[survived]
	fmt.Printf("%d of %d noticed (%.1f %%), %d of them by the fingerprint alone; %d left out, %d do not compile\n",
		noticed, tried, 100*float64(noticed)/float64(tried), count[fingerprint], count[leftOut], count[broken])
	return count[broken] == 0 && 100*noticed >= 95*tried, nil
}

// workshop is a copy of the module to change.
type workshop struct {
	dir   string
	limit time.Duration
}

// copy takes what the library and its tests need.
func (w workshop) copy(root string) error {
	for _, name := range []string{"go.mod", "go.sum", "asm", "bundle", "conformance", "examples/digits", "fft", "internal", "mat", "rng", "snnk", "urf"} {
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			if d.IsDir() {
				return os.MkdirAll(filepath.Join(w.dir, rel), 0o755)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(w.dir, rel), b, 0o644)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// control runs the tests of m's package without a mistake, once: where they fail or
// take too long anyway, every mistake would seem to be noticed.
func (w workshop) control(m mutation, sound map[string]bool) error {
	if m.lacking() {
		return nil
	}
	for _, pkg := range []string{m.pkg(), "conformance"} {
		match := ""
		if pkg == "conformance" {
			match = "^TestFingerprint$"
		}
		key := fmt.Sprint(pkg, m.arch())
		if sound[key] {
			continue
		}
		o, err := w.test(pkg, match, m.arch())
		if err != nil {
			return err
		}
		if o != survived {
			return fmt.Errorf("%s: without any mistake: %s; nothing can be told from its tests", pkg, o)
		}
		sound[key] = true
	}
	return nil
}

// try makes a mutation, runs the tests and takes it back.
func (w workshop) try(m mutation) (outcome, error) {
	if needs := m.lacking(); needs {
		return leftOut, nil
	}
	path := filepath.Join(w.dir, filepath.FromSlash(m.file))
	before, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(before), m.old); n != 1 {
		return "", fmt.Errorf("%q stands %d times in the file", m.old, n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(before), m.old, m.new, 1)), 0o644); err != nil {
		return "", err
	}
	defer os.WriteFile(path, before, 0o644)
	o, err := w.test(m.pkg(), "", m.arch())
	if o == survived && err == nil {
		if o, err = w.test("conformance", "^TestFingerprint$", m.arch()); o == killed || o == tooLong {
			o = fingerprint
		}
	}
	return o, err
}

// test compiles the tests of a package and runs those that match.
func (w workshop) test(pkg, match, arch string) (outcome, error) {
	binary := filepath.Join(w.dir, "mutated.test")
	compile := exec.Command("go", "test", "-c", "-vet=off", "-p=1", "-o", binary, "./"+pkg)
	compile.Dir = w.dir
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	args := []string{binary, "-test.short", "-test.failfast", "-test.run", match}
	if arch != "" {
		compile.Env = append(compile.Env, "GOARCH="+arch)
		args = append(slices.Clone(emulators[arch]), args...)
	}
	if out, err := compile.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s", out)
		return broken, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = filepath.Join(w.dir, filepath.FromSlash(pkg))
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return survived, nil
	case ctx.Err() != nil:
		return tooLong, nil
	case errors.As(err, &failed):
		return killed, nil
	}
	return "", err
}

// emulators run programs of other architectures.
var emulators = map[string][]string{
	"arm64":   {"qemu-aarch64-static"},
	"riscv64": {"qemu-riscv64-static", "-cpu", "rv64,v=true,vext_spec=v1.0,rvv_ta_all_1s=true"},
}

// lacking reports whether this machine cannot run the tests of m's kernel set.
func (m mutation) lacking() bool {
	if arch := m.arch(); arch != "" {
		_, err := exec.LookPath(emulators[arch][0])
		return err != nil
	}
	if !strings.Contains(m.file, "_amd64.") {
		return false
	}
	cpu, err := os.ReadFile("/proc/cpuinfo")
	flag := "avx2"
	if strings.Contains(m.file+m.what, "avx512") || strings.Contains(m.what, "AVX-512") {
		flag = "avx512dq"
	}
	return err != nil || !strings.Contains(string(cpu), " "+flag+" ")
}
