package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// compareArchitectures compares the first cases with those of this program on other architectures, given as ARCH=EMULATOR,….
func (c *campaign) compareArchitectures(list string, count uint64) (different int, err error) {
	if list == "" {
		return 0, nil
	}
	own, err := packagePath()
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "campaign")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	for entry := range strings.SplitSeq(list, ",") {
		arch, emulator, ok := strings.Cut(entry, "=")
		if !ok {
			return different, fmt.Errorf("-emulate %s: want ARCH=EMULATOR", entry)
		}
		binary := filepath.Join(dir, arch)
		build := exec.Command("go", "build", "-o", binary, own)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return different, fmt.Errorf("%s: %w: %s", arch, err, out)
		}
		command := append(strings.Fields(emulator), binary, "-hashes", "-count", strconv.FormatUint(count, 10), "-seed", strconv.FormatUint(c.seed, 10), "-size", strconv.Itoa(c.most))
		out, err := exec.Command(command[0], command[1:]...).Output()
		if err != nil {
			return different, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
		}
		n, err := c.compareHashes(out, arch, count)
		different += n
		if err != nil {
			return different, err
		}
		fmt.Fprintf(c.stdout, "%d cases on %s: %d differ\n", count, arch, n)
	}
	return different, nil
}

// packagePath is what to build this program from.
func packagePath() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path == "" {
		return "", errors.New("-emulate needs a program that was built by the go command")
	}
	return info.Path, nil
}

// compareHashes compares what a program printed with -hashes with the digests of this one.
func (c *campaign) compareHashes(out []byte, arch string, count uint64) (different int, err error) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	n := uint64(0)
	for ; lines.Scan(); n++ {
		number, got, ok := strings.Cut(lines.Text(), " ")
		if !ok || number != strconv.FormatUint(n, 10) {
			return different, fmt.Errorf("%s: line %d is %.60q", arch, n+1, lines.Text())
		}
		if want := c.compute(n, c.most, ways()[0]); got != want {
			c.show(n, c.most, arch, want, got)
			different++
		}
	}
	if n != count {
		return different, fmt.Errorf("%s: %d cases, want %d", arch, n, count)
	}
	return different, lines.Err()
}
