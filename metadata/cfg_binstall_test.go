package metadata

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCfgLikeBinstall: what cargo-binstall sees of a target, as its target_triple.rs
// and the crate target-lexicon have it.
func TestCfgLikeBinstall(t *testing.T) {
	// target_os, target_arch, target_env, target_vendor, target_family
	for triple, want := range map[string]string{
		"x86_64-unknown-linux-gnu":         "linux x86_64 gnu unknown unix",
		"i686-unknown-linux-gnu":           "linux i686 gnu unknown unix",
		"armv7-unknown-linux-gnueabihf":    "linux armv7 gnueabihf unknown unix",
		"arm-unknown-linux-musleabi":       "linux arm musleabi unknown unix",
		"riscv64gc-unknown-linux-gnu":      "linux riscv64gc gnu unknown unix",
		"powerpc64le-unknown-linux-gnu":    "linux powerpc64le gnu unknown unix",
		"x86_64-unknown-linux-gnux32":      "linux x86_64 gnux32 unknown unix",
		"aarch64-linux-android":            "linux aarch64 android unknown unix",
		"armv7-linux-androideabi":          "linux armv7 androideabi unknown unix",
		"x86_64-apple-darwin":              "macos x86_64 unknown apple unix",
		"x86_64h-apple-darwin":             "macos x86_64h unknown apple unix",
		"universal-apple-darwin":           "macos universal unknown apple unix",
		"universal2-apple-darwin":          "macos universal unknown apple unix",
		"aarch64-apple-ios":                "ios aarch64 unknown apple unix",
		"x86_64-apple-ios":                 "ios x86_64 unknown apple unix",
		"aarch64-apple-ios-sim":            "ios aarch64 sim apple unix",
		"x86_64-pc-windows-msvc":           "windows x86_64 msvc pc windows",
		"aarch64-pc-windows-gnullvm":       "windows aarch64 gnullvm pc windows",
		"x86_64-unknown-freebsd":           "freebsd x86_64 unknown unknown unix",
		"x86_64-unknown-redox":             "redox x86_64 unknown unknown unix",
		"wasm32-wasip1":                    "wasip1 wasm32 unknown unknown -",
		"wasm32-unknown-unknown":           "unknown wasm32 unknown unknown -",
		"wasm32-unknown-emscripten":        "emscripten wasm32 unknown unknown unix",
		"x86_64-unknown-none":              "none x86_64 unknown unknown -",
		"riscv32imac-unknown-none-elf":     "none riscv32imac unknown unknown -",
		"thumbv7em-none-eabihf":            "none thumbv7em eabihf unknown -",
		"mips64el-unknown-linux-muslabi64": "linux mips64el muslabi64 unknown unix",
	} {
		seen := mustTarget(t, triple).binstall()
		words := strings.Fields(want)
		for i, name := range []string{"target_os", "target_arch", "target_env", "target_vendor", "target_family"} {
			values := []string{words[i]}
			if words[i] == "-" {
				values = nil
			}
			if got := cfgValue(name)(seen); !slices.Equal(got, values) {
				t.Errorf("%s: %s is %q, want %q", triple, name, got, values)
			}
		}
		if got := cfgValue("target_pointer_width")(seen); got != nil {
			t.Errorf("%s: target_pointer_width is %q, which cargo-binstall doesn't have", triple, got)
		}
	}
}

// TestOverrideByCfg: what holds for cargo-binstall counts, and what holds to rustc
// alone is never passed over.
func TestOverrideByCfg(t *testing.T) {
	const (
		applies = "applies"
		not     = "not"
		refused = "refused"
	)
	for _, tt := range []struct{ triple, cfg, want string }{
		// To both the same.
		{"x86_64-unknown-linux-gnu", `unix`, applies},
		{"x86_64-unknown-linux-gnu", `target_os = "windows"`, not},
		{"aarch64-apple-darwin", `target_os = "macos"`, applies},
		{"aarch64-apple-darwin", `target_os = "darwin"`, not},
		{"x86_64-unknown-linux-musl", `target_env = "musl"`, applies},
		{"x86_64-unknown-linux-musl", `not(target_env = "musl")`, not},

		// To cargo-binstall alone.
		{"universal-apple-darwin", `target_arch = "universal"`, applies},
		{"universal2-apple-darwin", `target_arch = "universal"`, applies},
		{"universal2-apple-darwin", `target_arch = "universal2"`, not},
		{"universal-apple-darwin", `target_env = "unknown"`, applies},
		{"universal-apple-darwin", `target_env = ""`, not},
		{"universal-apple-darwin", `target_arch = ""`, not},
		{"universal-apple-darwin", `target_arch = "x86_64"`, not},
		{"universal-apple-darwin", `target_pointer_width = "64"`, not},
		{"aarch64-apple-darwin", `target_env = "unknown"`, applies},
		{"i686-unknown-linux-gnu", `target_arch = "i686"`, applies},
		{"armv7-unknown-linux-gnueabihf", `target_arch = "armv7"`, applies},
		{"armv7-unknown-linux-gnueabihf", `target_env = "gnueabihf"`, applies},
		{"armv7-unknown-linux-musleabihf", `not(target_env = "musl")`, applies},
		{"aarch64-linux-android", `target_os = "linux"`, applies},
		{"aarch64-linux-android", `target_env = "android"`, applies},
		{"wasm32-wasip1", `target_os = "wasip1"`, applies},

		// To rustc alone.
		{"i686-unknown-linux-gnu", `target_arch = "x86"`, refused},
		{"armv7-unknown-linux-gnueabihf", `target_arch = "arm"`, refused},
		{"armv7-unknown-linux-gnueabihf", `target_env = "gnu"`, refused},
		{"armv7-unknown-linux-gnueabihf", `not(target_env = "gnueabihf")`, refused},
		{"aarch64-linux-android", `target_os = "android"`, refused},
		{"aarch64-apple-darwin", `target_env = ""`, refused},
		{"x86_64-unknown-linux-gnu", `target_pointer_width = "64"`, refused},
		{"x86_64-unknown-linux-gnu", `target_pointer_width = "32"`, not},
		{"wasm32-wasip1", `target_os = "wasi"`, refused},
		{"wasm32-unknown-unknown", `target_family = "wasm"`, refused},
		{"riscv64gc-unknown-linux-gnu", `target_arch = "riscv64"`, refused},
		{"powerpc64le-unknown-linux-gnu", `target_arch = "powerpc64"`, refused},
	} {
		for _, base := range []string{"", "[package.metadata.binstall.signing]\nalgorithm = 'base'\n"} {
			text := base + fmt.Sprintf("[package.metadata.binstall.overrides.'cfg(%s)'.signing]\nalgorithm = 'override'\n", tt.cfg)
			m, err := Parse("Cargo.toml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			b, err := m.For(tt.triple)
			got := not
			switch {
			case err != nil:
				got = refused
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, errCfg) || e.Line != strings.Count(base, "\n")+1 || b != nil {
					t.Errorf("%s, cfg(%s): %v", tt.triple, tt.cfg, err)
				}
			case b.Signing != nil && b.Signing.Algorithm == "override":
				got = applies
			case (b.Signing != nil) != (base != ""):
				t.Errorf("%s, cfg(%s): the table itself is lost", tt.triple, tt.cfg)
			}
			if got != tt.want {
				t.Errorf("%s, cfg(%s): %s, want %s (%v)", tt.triple, tt.cfg, got, tt.want, err)
			}
		}
	}
}

// TestCfgBehindAnother: what comes before it, by name or in the file, decides.
func TestCfgBehindAnother(t *testing.T) {
	const (
		triple = "armv7-unknown-linux-gnueabihf"
		of     = "[package.metadata.binstall.overrides."
		rust   = of + "'cfg(target_arch = \"arm\")'.signing]\nalgorithm = 'rust'\n"
		unix   = of + "'cfg(unix)'.signing]\nalgorithm = 'unix'\n"
		named  = of + triple + ".signing]\nalgorithm = 'named'\n"
		format = of + "'cfg(target_arch = \"arm\")']\npkg-fmt = 'zip'\n"
	)
	for text, want := range map[string]string{
		unix + rust:   "unix",
		rust + named:  "named",
		format + unix: "unix", // it has no signature that could be lost
		rust + unix:   "Cargo.toml:1: package.metadata.binstall.overrides.'cfg(target_arch = \"arm\")': for armv7-unknown-linux-gnueabihf it holds to rustc and not to cargo-binstall, which sees target_arch = \"armv7\", target_env = \"gnueabihf\", no target_pointer_width",
	} {
		m, err := Parse("Cargo.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.For(triple)
		got := fmt.Sprint(err)
		if err == nil {
			got = b.Signing.Algorithm
			if b.PkgFmt != "" {
				t.Errorf("%q: pkg-fmt %q of an override that isn't for it", text, b.PkgFmt)
			}
		}
		if got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestUnmatched(t *testing.T) {
	m, err := Parse("Cargo.toml", []byte("[package.metadata.binstall.overrides.'cfg(unix)']\npkg-fmt = 'zip'\n"+
		"[package.metadata.binstall.overrides.'cfg(target_arch = \"x86\")']\npkg-fmt = 'zip'\n"+
		"[package.metadata.binstall.overrides.x86_64-apple-darwin]\npkg-fmt = 'zip'\n"+
		"[metadata.binstall.overrides.'cfg(windows)'.signing]\nalgorithm = 'x'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for triples, want := range map[string]string{
		"": "1 3 7", "i686-unknown-linux-gnu": "3 7", "i686-pc-windows-msvc": "1 3", "i686-pc-windows-msvc x86_64-apple-darwin no-target": "3",
	} {
		var lines []string
		for _, e := range m.Unmatched(strings.Fields(triples)) {
			lines = append(lines, fmt.Sprint(e.Line))
			if !errors.Is(e, errCfg) || e.Name != "Cargo.toml" || !strings.Contains(e.Table, "cfg(") {
				t.Error(e)
			}
		}
		if got := strings.Join(lines, " "); got != want {
			t.Errorf("%q: lines %s, want %s", triples, got, want)
		}
	}
	// One place for all is looked at once.
	m, err = Parse("Cargo.toml", []byte("[package.metadata.binstall.overrides.'cfg(unix)'.signing]\nalgorithm = 'x'\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Unmatched(nil); len(got) != 1 {
		t.Errorf("%d times: %v", len(got), got)
	}
	if got := (&Manifest{}).Unmatched(nil); got != nil {
		t.Errorf("without a place: %v", got)
	}
}
