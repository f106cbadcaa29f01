package metadata

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

func TestCfg(t *testing.T) {
	const linux, musl, windows, mac, wasm = "x86_64-unknown-linux-gnu", "armv7-unknown-linux-musleabihf",
		"i686-pc-windows-msvc", "aarch64-apple-darwin", "wasm32-wasip1"
	all := []string{linux, musl, windows, mac, wasm}
	for _, tt := range []struct {
		cfg  string
		want []string
	}{
		{`cfg(unix)`, []string{linux, musl, mac}},
		{`cfg(windows)`, []string{windows}},
		{`cfg(not(windows))`, []string{linux, musl, mac, wasm}},
		{`cfg(target_os = "linux")`, []string{linux, musl}},
		{`cfg(target_os="macos")`, []string{mac}},
		{`cfg(target_os = "darwin")`, nil},
		{`cfg(target_os = "wasi")`, []string{wasm}},
		{`cfg(target_arch = "x86")`, []string{windows}},
		{`cfg(target_arch = "arm")`, []string{musl}},
		{`cfg(target_arch = "armv7")`, nil},
		{`cfg(target_env = "gnu")`, []string{linux}},
		{`cfg(target_env = "musl")`, []string{musl}},
		{`cfg(target_env = "")`, []string{mac}},
		{`cfg(target_vendor = "apple")`, []string{mac}},
		{`cfg(target_vendor = "pc")`, []string{windows}},
		{`cfg(target_family = "unix")`, []string{linux, musl, mac}},
		{`cfg(target_family = "wasm")`, []string{wasm}},
		{`cfg(target_pointer_width = "32")`, []string{musl, windows, wasm}},
		{`cfg(all(unix, target_arch = "x86_64"))`, []string{linux}},
		{`cfg(any(windows, target_os = "macos"))`, []string{windows, mac}},
		{`cfg(any(windows, all(unix, not(any(target_env = "musl", target_os = "macos")),),))`, []string{linux, windows}},
		{`cfg(all())`, all},
		{`cfg(any())`, nil},
		{`cfg(true)`, all},
		{`cfg(false)`, nil},
		{"cfg(\n all ( unix ,\ttarget_os\n=\"linux\" ) )", []string{linux, musl}},
		{`cfg(target_os = " linux")`, nil},
		{`cfg(target_os = "LINUX")`, nil},
	} {
		pred, err := parseCfg(tt.cfg)
		if err != nil {
			t.Errorf("%s: %v", tt.cfg, err)
			continue
		}
		var got []string
		for _, triple := range all {
			if pred(rustcValues(t, triple)) {
				got = append(got, triple)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: matches %q, want %q", tt.cfg, got, tt.want)
		}
	}
}

// TestCfgOfOddTargets: what follows from a system and an architecture together.
func TestCfgOfOddTargets(t *testing.T) {
	for triple, want := range map[string]struct {
		env      string
		families []string
	}{
		"x86_64-apple-ios":            {"sim", []string{"unix"}},
		"i386-apple-ios":              {"sim", []string{"unix"}},
		"aarch64-apple-ios":           {"", []string{"unix"}},
		"x86_64-apple-tvos":           {"sim", []string{"unix"}},
		"aarch64-apple-tvos":          {"", []string{"unix"}},
		"wasm32-unknown-unknown":      {"", []string{"wasm"}},
		"wasm32-unknown-none":         {"", nil},
		"x86_64-unknown-none":         {"", nil},
		"x86_64-fortanix-unknown-sgx": {"sgx", nil},
	} {
		if got := mustTarget(t, triple); got.cfgEnv != want.env || !slices.Equal(got.families, want.families) {
			t.Errorf("%s: %q, %q, want %+v", triple, got.cfgEnv, got.families, want)
		}
	}
}

func TestMalformedCfg(t *testing.T) {
	for cfg, message := range map[string]string{
		``:                              `"" is neither a target triple nor cfg(…)`,
		`unix`:                          `"unix" is neither a target triple nor cfg(…)`,
		`cfg`:                           `"cfg" is neither a target triple nor cfg(…)`,
		`Cfg(unix)`:                     `"Cfg(unix)" is neither a target triple nor cfg(…)`,
		` cfg(unix)`:                    `" cfg(unix)" is neither a target triple nor cfg(…)`,
		`cfg(`:                          `malformed "cfg(": want a name, got the end`,
		`cfg()`:                         `malformed "cfg()": want a name at ")"`,
		`cfg(unix`:                      `malformed "cfg(unix": want ), got the end`,
		`cfg(unix))`:                    `malformed "cfg(unix))": want the end at ")"`,
		`cfg(unix) x`:                   `malformed "cfg(unix) x": want the end at "x"`,
		`cfg(unix, windows)`:            `malformed "cfg(unix, windows)": want ) at ", windows)"`,
		`cfg(all(unix windows))`:        `malformed "cfg(all(unix windows))": want ) at "windows))"`,
		`cfg(not(unix, windows x))`:     `malformed "cfg(not(unix, windows x))": want ) at "x))"`,
		`cfg(all(,))`:                   `malformed "cfg(all(,))": want a name at ",))"`,
		`cfg(all(unix,,))`:              `malformed "cfg(all(unix,,))": want a name at ",))"`,
		`cfg(not())`:                    `malformed "cfg(not())": not() takes one condition, got 0`,
		`cfg(not(unix, windows))`:       `malformed "cfg(not(unix, windows))": not() takes one condition, got 2`,
		`cfg(none(unix))`:               `malformed "cfg(none(unix))": want all, any or not before a parenthesis, got "none"`,
		`cfg(not)`:                      `malformed "cfg(not)": unknown name "not"`,
		`cfg(linux)`:                    `malformed "cfg(linux)": unknown name "linux"`,
		`cfg(target_os)`:                `malformed "cfg(target_os)": target_os needs a value`,
		`cfg(unix = "x")`:               `malformed "cfg(unix = \"x\")": unknown name "unix"`,
		`cfg(feature = "x")`:            `malformed "cfg(feature = \"x\")": unknown name "feature"`,
		`cfg(target_abi = "x")`:         `malformed "cfg(target_abi = \"x\")": unknown name "target_abi"`,
		`cfg(target_so = "x")`:          `malformed "cfg(target_so = \"x\")": unknown name "target_so" (did you mean "target_os"?)`,
		`cfg(target_os = linux)`:        `malformed "cfg(target_os = linux)": want a string in double quotes at "linux)"`,
		`cfg(target_os = 'linux')`:      `malformed "cfg(target_os = 'linux')": want a string in double quotes at "'linux')"`,
		`cfg(target_os = "linux)`:       `malformed "cfg(target_os = \"linux)": want a string in double quotes, without backslashes`,
		`cfg(target_os = "li\u006eux")`: `malformed "cfg(target_os = \"li\\u006eux\")": want a string in double quotes, without backslashes`,
		`cfg(target_os == "linux")`:     `malformed "cfg(target_os == \"linux\")": want a string in double quotes at "= \"linux\")"`,
		"cfg(unix\x00)":                 `malformed "cfg(unix\x00)": want ) at "\x00)"`,
	} {
		_, err := parseCfg(cfg)
		if !errors.Is(err, errCfg) || err.Error() != message {
			t.Errorf("%q:\ngot  %v\nwant %s", cfg, err, message)
		}
	}
	nested := func(n int) string { return "cfg(" + strings.Repeat("not(", n) + "unix" + strings.Repeat(")", n) + ")" }
	if _, err := parseCfg(nested(maxCfgDepth)); err != nil {
		t.Errorf("%d levels: %v", maxCfgDepth, err)
	}
	if _, err := parseCfg(nested(maxCfgDepth + 1)); !errors.Is(err, errCfg) || !strings.HasSuffix(err.Error(), "nested more than 16 levels deep") {
		t.Errorf("%d levels: %v", maxCfgDepth+1, err)
	}
	long := func(n int) string { return "cfg(unix" + strings.Repeat(" ", n-len("cfg(unix)")) + ")" }
	if _, err := parseCfg(long(maxCfg)); err != nil {
		t.Errorf("%d bytes: %v", maxCfg, err)
	}
	if _, err := parseCfg(long(maxCfg + 1)); !errors.Is(err, errCfg) || !strings.HasSuffix(err.Error(), "longer than 4096 bytes") {
		t.Errorf("%d bytes: %v", maxCfg+1, err)
	}
}

// TestCfgLikeRustc compares with what rustc tells of each of its targets that
// this package knows.
func TestCfgLikeRustc(t *testing.T) {
	rustc := testkeys.Tool(t, "rustc")
	if testing.Short() {
		t.Skip("runs rustc some 200 times")
	}
	const wali = "wasm32-wali-linux-musl" // not a vendor, and Linux in name only
	known := 0
	for _, triple := range strings.Fields(run(t, rustc, "--print", "target-list")) {
		parsed, err := parseTarget(triple)
		if err != nil || triple == wali {
			continue
		}
		known++
		seen, _ := parsed.rustc()
		t.Run(triple, func(t *testing.T) {
			t.Parallel()
			want := map[string][]string{}
			for line := range strings.Lines(run(t, rustc, "--print", "cfg", "--target", triple)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				want[name] = append(want[name], strings.Trim(value, `"`))
			}
			for _, name := range []string{
				"target_os", "target_arch", "target_env", "target_vendor", "target_pointer_width", "target_family",
			} {
				got := slices.Sorted(slices.Values(cfgValue(name)(seen)))
				slices.Sort(want[name])
				if !slices.Equal(got, want[name]) {
					t.Errorf("%s is %q, but rustc says %q", name, got, want[name])
				}
			}
		})
	}
	if known < 100 {
		t.Errorf("knows %d of rustc's targets only", known)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

func rustcValues(tb testing.TB, triple string) cfgValues {
	tb.Helper()
	seen, ok := mustTarget(tb, triple).rustc()
	if !ok {
		tb.Fatalf("%s is no target of rustc's", triple)
	}
	return seen
}

func mustTarget(tb testing.TB, triple string) target {
	tb.Helper()
	parsed, err := parseTarget(triple)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}
