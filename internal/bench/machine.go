package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
)

// machineTable says on what is measured, and with which versions. It has no
// name of a host and no path.
func machineTable(ctx context.Context, root string, cores int) string {
	rows := [][]string{
		{"relseal", commit(ctx, root)},
		{"day", time.Now().UTC().Format(time.DateOnly)},
		{"processor", processor()},
		{"cores", fmt.Sprint(cores)},
		{"system", system(ctx)},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
	}
	for _, path := range peerModules() {
		rows = append(rows, []string{path, moduleVersion(path)})
	}
	var seen []string
	for _, p := range installedPrograms() {
		name := p.names[0]
		if slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		version := "not installed: its rows are left out"
		if p.find() != "" {
			version = p.tell(ctx)
		}
		rows = append(rows, []string{name, version})
	}
	return markdown([]string{"what", "version"}, rows)
}

// peerModules are the modules that stand beside relseal or under it.
func peerModules() []string {
	return []string{
		"golang.org/x/crypto", "github.com/jedisct1/go-minisign", "aead.dev/minisign",
		"github.com/ProtonMail/go-crypto", "github.com/hiddeco/sshsig", "github.com/sigstore/sigstore-go",
	}
}

// moduleVersion is the one that this program was built with.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "unknown"
}

// processor is its model, as the system has it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // where there is none it isn't told
	family := map[string]string{}
	for line := range bytes.Lines(text) {
		name, value, _ := strings.Cut(string(line), ":")
		if name = strings.TrimSpace(name); family[name] == "" {
			family[name] = strings.TrimSpace(value)
		}
	}
	if family["model name"] == "" {
		return runtime.GOARCH
	}
	model := family["model name"]
	if family["cpu family"] != "" {
		model += fmt.Sprintf(" (family %s, model %s)", family["cpu family"], family["model"])
	}
	return model + ", " + runtime.GOARCH
}

// commit is that of the repository.
func commit(ctx context.Context, root string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// system is the kernel, without the name of the host.
func system(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		return runtime.GOOS
	}
	return strings.TrimSpace(string(out))
}

// A busyness tells how much of the machine others use meanwhile.
type busyness struct {
	busy, own time.Duration
	at        time.Time
}

func startBusyness() busyness {
	return busyness{busyTime(), process.CPU() + process.ChildrenCPU(), time.Now()}
}

// others is their part of all processors since the start, and whether it can be
// told.
func (b busyness) others(cores int) (share float64, ok bool) {
	now := startBusyness()
	if b.busy == 0 || cores == 0 {
		return 0, false
	}
	others := (now.busy - b.busy) - (now.own - b.own)
	return max(0, float64(others)/float64(cores)/float64(now.at.Sub(b.at))), true
}

// busyTime is what all processors have worked since the system began, stolen
// time included (proc(5), /proc/stat), in the 100th seconds that all Linux has.
func busyTime() time.Duration {
	text, _ := os.ReadFile("/proc/stat") // where there is none it isn't told
	line, _, _ := strings.Cut(string(text), "\n")
	return busyIn(line)
}

// busyIn reads the line of all processors: user, nice, system, idle, iowait, irq,
// softirq, steal. guest is part of user.
func busyIn(line string) time.Duration {
	words := strings.Fields(line)
	if len(words) < 9 || words[0] != "cpu" {
		return 0
	}
	var ticks int64
	for i, word := range words[1:9] {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0
		}
		if i != 3 && i != 4 {
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
