package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

func TestVersionIn(t *testing.T) {
	for text, want := range map[string]string{
		"minisign 0.11\n":                           "minisign 0.11",
		"gpgv (GnuPG) 2.2.40\nlibgcrypt 1.10.1\n":   "gpgv (GnuPG) 2.2.40",
		" / __| banner\n\nGitVersion:    v3.1.3\n":  "v3.1.3",
		"signify-openbsd\t31-3\n":                   "signify-openbsd 31-3",
		"OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.22 \n": "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.22",
		"":                      "of a version that isn't told",
		"usage: program [-h]\n": "of a version that isn't told",
	} {
		if got := versionIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBusyIn(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"cpu  1 2 3 400 500 6 7 8 9 9":        270 * time.Millisecond,
		"cpu0 1 2 3 400 500 6 7 8 9 9":        0,
		"cpu  1 2 3":                          0,
		"cpu  1 2 3 400 500 6 7 x":            0,
		"":                                    0,
		"intr 1 2 3 4 5 6 7 8 9 10 11 12 13 ": 0,
	} {
		if got := busyIn(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// TestMachineTable: it names every peer, and neither the host nor a path.
func TestMachineTable(t *testing.T) {
	root := testkeys.Root(t)
	table := machineTable(t.Context(), root, 2)
	for _, p := range installedPrograms() {
		if !strings.Contains(table, "| "+p.names[0]+" |") {
			t.Errorf("%s isn't named in\n%s", p.names[0], table)
		}
	}
	for _, path := range peerModules() {
		if !strings.Contains(table, "| "+path+" |") {
			t.Errorf("%s isn't named in\n%s", path, table)
		}
	}
	if strings.Contains(table, root) {
		t.Errorf("the repository's folder is in\n%s", table)
	}
	if name, err := os.Hostname(); err == nil && len(name) > 3 && strings.Contains(table, name) {
		t.Errorf("the host's name, %s, is in\n%s", name, table)
	}
}

// TestConditions: who reads figures of a busy machine is told so.
func TestConditions(t *testing.T) {
	one := &document{modes: []mode{{cores: 1}}}
	two := &document{modes: []mode{{cores: 1}, {cores: 2}}}
	now := startBusyness()
	if now.busy == 0 {
		t.Skip("this system doesn't tell how busy it is")
	}
	busy, idle := now, now
	busy.at = now.at.Add(-time.Hour)
	busy.busy -= time.Hour * time.Duration(runtime.NumCPU())
	idle.at = now.at.Add(-24 * time.Hour)
	for begin, want := range map[busyness]bool{busy: true, idle: false} {
		text := two.conditions(begin)
		if got := strings.Contains(text, "not to be relied on"); got != want || !strings.Contains(text, "Other programs used ") {
			t.Errorf("%q", text)
		}
	}
	if got := one.conditions(busyness{}); got != "\nThis machine has one core: rows with two are left out.\n" {
		t.Errorf("%q", got)
	}
}
