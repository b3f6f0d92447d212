//go:build slow

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nnk/examples/web/pen"
)

// browser is a Chromium that is told what to do over two pipes, in the protocol of its developer tools.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	number  int
	session string
}

func start(t *testing.T) *browser {
	t.Helper()
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--window-size=900,640", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, to: ourOut, from: bufio.NewReader(ourIn)}
	t.Cleanup(func() {
		b.call("Browser.close", map[string]any{}, nil)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		ourOut.Close()
		ourIn.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	return b
}

// call sends a command and waits for its answer.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.number++
	message := map[string]any{"id": b.number, "method": method, "params": params}
	if b.session != "" && !strings.HasPrefix(method, "Browser.") {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		text, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(bytes.TrimRight(text, "\x00"), &answer); err != nil {
			b.t.Fatal(err)
		}
		switch {
		case answer.ID != b.number: // an event
		case answer.Error != nil:
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		case result == nil:
			return
		default:
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
			return
		}
	}
}

// eval returns the value of an expression of the page, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails any
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %v", expression, got.ExceptionDetails)
	}
	return fmt.Sprint(got.Result.Value)
}

// until waits for the page to say something that begins so.
func (b *browser) until(begins string) string {
	b.t.Helper()
	const patience = 60 * time.Second
	said := ""
	for from := time.Now(); time.Since(from) < patience; time.Sleep(50 * time.Millisecond) {
		if said = b.eval(`document.getElementById('says')?.textContent`); strings.HasPrefix(said, begins) {
			return said
		}
	}
	b.t.Fatalf("the page says %q, want %q", said, begins)
	return ""
}

// draw moves the mouse, or a finger, over the paper.
func (b *browser) draw(strokes [][]pen.Point, finger bool) {
	b.t.Helper()
	var box struct{ X, Y, Size float64 }
	text := b.eval(`(() => { const b = document.getElementById('paper').getBoundingClientRect(); return JSON.stringify({x: b.left, y: b.top, size: b.width}) })()`)
	if err := json.Unmarshal([]byte(text), &box); err != nil {
		b.t.Fatal(err)
	}
	for _, s := range strokes {
		for i, p := range s {
			at := map[string]any{"x": box.X + p.X*box.Size, "y": box.Y + p.Y*box.Size}
			if finger {
				kind := "touchMove"
				if i == 0 {
					kind = "touchStart"
				}
				b.call("Input.dispatchTouchEvent", map[string]any{"type": kind, "touchPoints": []any{at}}, nil)
				continue
			}
			at["type"], at["button"], at["buttons"] = "mouseMoved", "left", 1
			if i == 0 {
				at["type"], at["clickCount"] = "mousePressed", 1
			}
			b.call("Input.dispatchMouseEvent", at, nil)
		}
		if finger {
			b.call("Input.dispatchTouchEvent", map[string]any{"type": "touchEnd", "touchPoints": []any{}}, nil)
			continue
		}
		last := s[len(s)-1]
		b.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseReleased", "button": "left", "clickCount": 1, "x": box.X + last.X*box.Size, "y": box.Y + last.Y*box.Size}, nil)
	}
}

// The page, opened from a disk with no network, reads what is drawn with the mouse and with a finger.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digits.html")
	var says strings.Builder
	if err := write(&says, path); err != nil {
		t.Fatal(err)
	}
	t.Log(strings.TrimSpace(says.String()))
	b := start(t)
	b.call("Emulation.setTouchEmulationEnabled", map[string]any{"enabled": true}, nil)
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	b.until("Ready")
	for i, digit := range []int{3, 8, 0, 7, 5} {
		b.draw(strokes[digit], i%2 == 1)
		said := b.until(fmt.Sprintf("This is a %d: ", digit))
		t.Log(said)
		if best := b.eval(`document.querySelector('.best td').textContent`); best != fmt.Sprint(digit) {
			t.Errorf("the longest bar is that of %s", best)
		}
		if sum := b.eval(`rows.reduce((s, r) => s + parseFloat(r.share.textContent), 0).toFixed(0)`); sum != "100" {
			t.Errorf("the bars add up to %s %%", sum)
		}
		if i == 0 {
			b.picture(t, "page.png")
		}
		b.eval(`document.getElementById('clear').click()`)
		b.until("Ready")
	}
	if files := b.eval(`performance.getEntriesByType('resource').filter((r) => !r.name.startsWith('data:')).length`); files != "0" {
		t.Errorf("the page asks for %s files", files)
	}
}

// picture keeps what the page looks like among the artifacts of the test.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	var picture struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{}, &picture)
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), png, 0o666); err != nil {
		t.Fatal(err)
	}
}
