//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asCommand makes the test binary the command, for what only a process of its own can show.
const asCommand = "NNK_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process starts the command.
func process(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := exec.Command(self, args...)
	p.Env = append(os.Environ(), asCommand+"=yes")
	said := &bytes.Buffer{}
	p.Stderr = said
	// Who runs the tests may ignore signals, as nohup does and shells for what they run in the background, and so would the
	// process; but not those that are handled here when it starts.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err = p.Start()
	signal.Stop(heard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p, said
}

// waitFor waits until there is a file.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 60_000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("no %s", path)
}

// Training that a signal stops, or a kill, goes on from its checkpoint to the same bytes; nothing but that is left.
func TestStoppedTraining(t *testing.T) {
	f := folder{t, t.TempDir()}
	var rows, labels strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "%d,%d\n", i%17, i*i%23)
		fmt.Fprintf(&labels, "%d\n", i*i%23/12)
	}
	f.write("x.csv", []byte(rows.String()))
	f.write("y.csv", []byte(labels.String()))
	train := func(out string) []string {
		return []string{"train", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-hidden", "8", "-epochs", "60", "-batch", "1", "-o", f.path(out)}
	}
	ok(t, train("straight")...)
	args := append(train("stopped"), "-checkpoint", f.path("checkpoint"))
	f.write("stopped", []byte("old"))
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		os.Remove(f.path("checkpoint"))
		p, said := process(t, args...)
		waitFor(t, f.path("checkpoint"))
		if err := p.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		p.Wait()
		if code := p.ProcessState.ExitCode(); code != 128+int(s) || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "after step") || !strings.Contains(said.String(), "goes on from") {
			t.Errorf("%v: exit %d, %q", s, code, said)
		}
		if string(f.read("stopped")) != "old" || list(t, f.dir) != "checkpoint stopped straight x.csv y.csv" {
			t.Errorf("%v: left %s", s, list(t, f.dir))
		}
	}
	for range 5 { // some of them while the checkpoint is written
		p, _ := process(t, args...)
		time.Sleep(10 * time.Millisecond)
		p.Process.Kill()
		p.Wait()
	}
	ok(t, args...)
	if !bytes.Equal(f.read("straight"), f.read("stopped")) {
		t.Error("the run that was stopped made another model")
	}
	if got := list(t, f.dir); got != "checkpoint stopped straight x.csv y.csv" {
		t.Errorf("left %s", got)
	}
}

// A signal that whoever started the command wants ignored, as nohup does, stays ignored.
func TestIgnoredSignal(t *testing.T) {
	f := newFolder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := exec.Command("sh", "-c", `trap "" HUP; exec "$0" "$@"`, self, "train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "8", "-epochs", "60", "-checkpoint", f.path("checkpoint"), "-o", f.path("net"))
	p.Env = append(os.Environ(), asCommand+"=yes")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, f.path("checkpoint"))
	p.Process.Signal(syscall.SIGHUP)
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(f.path("net")); errors.Is(err, os.ErrNotExist) {
		t.Error("no network")
	}
}
