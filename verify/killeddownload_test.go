package verify_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestKilledDownload: a process that was killed has left what the next goes on
// with, and nothing at the destination.
func TestKilledDownload(t *testing.T) {
	keeps(t)
	data := noise(600 << 10)
	f := &tape{artifact: data, validator: `"v1"`, ranges: true}
	if dst := os.Getenv("RELSEAL_KILLED_DOWNLOAD"); dst != "" {
		f.cuts, f.hold, f.held = []int{500 << 10}, true, make(chan struct{})
		go func() {
			<-f.held
			_, _ = os.Stdout.WriteString("at work\n")
		}()
		_, err := taped(t, f, verify.Config{Resume: true}).Download(t.Context(), dst)
		t.Fatal(err)
	}
	d := newDestination(t)
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledDownload$")
		cmd.Env = append(os.Environ(), "RELSEAL_KILLED_DOWNLOAD="+d.name)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "at work\n" {
			t.Errorf("%q, %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
		if got, err := os.ReadFile(d.name); err != nil || string(got) != before {
			t.Errorf("the destination is %.20q, %v", got, err)
		}
		if kept := d.hidden(t); len(kept) != 2 {
			t.Errorf("left over: %q", kept)
		}
	}
	if _, err := taped(t, f, verify.Config{Resume: true}).Download(t.Context(), d.name); err != nil || f.asked[0] < 300<<10 {
		t.Errorf("asked for %v, %v", f.asked, err)
	}
	d.holds(t, string(data))
}
