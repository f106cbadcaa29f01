package metadata

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

// TargetError is the error for a target triple that isn't one, or that has an
// architecture, system or environment this package doesn't know.
type TargetError struct {
	Target string
	Reason string
}

// Error returns one line of less than 500 bytes.
func (e *TargetError) Error() string {
	return fmt.Sprintf("target %s: %s", terminal.Limit(terminal.Quoted(e.Target), maxNameText), terminal.Limit(e.Reason, maxNameText))
}

// A target is a parsed target triple.
type target struct {
	arch, vendor, os, env string // as the triple spells them; env may be ""

	goos, goarch string // Go's spelling; "" where Go has none

	universal bool // a macOS binary for several architectures, of which rustc knows nothing

	// What rustc's cfg() sees.
	cfgArch, cfgOS, cfgEnv, cfgWidth string
	families                         []string
}

// parseTarget reads a target triple as LLVM and rustc write it:
// arch-vendor-os-env, where vendor and env may be missing.
// https://doc.rust-lang.org/rustc/platform-support.html
func parseTarget(triple string) (target, error) {
	fail := func(reason string) (target, error) {
		return target{}, &TargetError{Target: triple, Reason: reason}
	}
	parts := strings.Split(triple, "-")
	if len(parts) < 2 || len(parts) > 4 {
		return fail("not of the form arch-vendor-os-env")
	}
	t := target{arch: parts[0], vendor: "unknown"}
	if !t.setArch() {
		return fail("unknown architecture")
	}
	rest := parts[1:]
	if t.os = rest[0]; t.os == "unknown" || !t.setOS() {
		if len(rest) < 2 || rest[0] == "" || strings.ContainsFunc(rest[0], func(r rune) bool { return !isBare(r) }) {
			return fail("unknown system")
		}
		t.vendor, t.os = rest[0], rest[1]
		rest = rest[1:]
		if !t.setOS() {
			return fail("unknown system")
		}
	}
	switch len(rest) {
	case 1:
	case 2:
		if t.env = rest[1]; t.env == "" || !t.setEnv() {
			return fail("unknown environment")
		}
	default:
		return fail("not of the form arch-vendor-os-env")
	}
	return t, nil
}

// setArch fills in what follows from the architecture.
func (t *target) setArch() bool {
	t.cfgArch, t.cfgWidth = t.arch, "64"
	switch t.arch {
	case "x86_64":
		t.goarch = "amd64"
	case "x86_64h":
		t.cfgArch, t.goarch = "x86_64", "amd64"
	case "aarch64":
		t.goarch = "arm64"
	case "arm64e":
		t.cfgArch, t.goarch = "aarch64", "arm64"
	case "universal", "universal2": // to cargo-binstall the same
		t.arch, t.cfgArch, t.universal = "universal", "", true
	case "powerpc64", "powerpc64le":
		t.cfgArch, t.goarch = "powerpc64", "ppc64"+strings.TrimPrefix(t.arch, "powerpc64")
	case "mips64", "mips64el":
		t.cfgArch, t.goarch = "mips64", strings.Replace(t.arch, "el", "le", 1)
	case "riscv64gc", "riscv64a23":
		t.cfgArch, t.goarch = "riscv64", "riscv64"
	case "riscv64", "s390x", "sparc64", "wasm64":
		if t.arch != "wasm64" {
			t.goarch = t.arch
		}
	case "sparcv9":
		t.cfgArch, t.goarch = "sparc64", "sparc64"
	case "loongarch64":
		t.goarch = "loong64"
	default:
		return t.setArch32()
	}
	return true
}

func (t *target) setArch32() bool {
	t.cfgWidth = "32"
	switch t.arch {
	case "i386", "i586", "i686":
		t.cfgArch, t.goarch = "x86", "386"
	case "arm", "armv5te", "armv6", "armv6k", "armv7", "armv7a", "armv7k", "armv7s", "thumbv7a", "thumbv7neon":
		t.cfgArch, t.goarch = "arm", "arm"
	case "armv4t", "thumbv4t", "thumbv5te", "thumbv6m", "thumbv7m", "thumbv7em", "armv7r", "armv8r":
		t.cfgArch = "arm"
	case "mips", "mipsel":
		t.cfgArch, t.goarch = "mips", strings.Replace(t.arch, "el", "le", 1)
	case "riscv32gc", "riscv32i", "riscv32im", "riscv32imc", "riscv32imac", "riscv32imafc":
		t.cfgArch = "riscv32"
	case "wasm32":
		t.goarch = "wasm"
	case "powerpc", "sparc", "m68k":
	default:
		return false
	}
	return true
}

// setOS fills in what follows from the system.
func (t *target) setOS() bool {
	t.cfgOS, t.families = t.os, []string{"unix"}
	switch t.os {
	case "linux", "freebsd", "netbsd", "openbsd", "dragonfly", "illumos", "solaris", "aix":
		t.goos = t.os
	case "ios":
		t.goos = t.os
		t.setSimulator()
	case "tvos", "watchos":
		t.setSimulator()
	case "darwin":
		t.cfgOS, t.goos = "macos", "darwin"
	case "windows":
		t.goos, t.families = t.os, []string{"windows"}
	case "wasip1", "wasip2":
		t.cfgOS, t.cfgEnv, t.families = "wasi", strings.TrimPrefix(t.os, "wasi"), []string{"wasm"}
		if t.os == "wasip1" {
			t.goos = t.os
		}
	case "emscripten":
		t.families = []string{"unix", "wasm"}
	case "unknown", "none", "uefi", "hermit":
		t.families = nil
		if t.os == "unknown" && strings.HasPrefix(t.arch, "wasm") {
			t.families = []string{"wasm"}
		}
	case "redox":
		t.cfgEnv = "relibc"
	case "visionos", "cygwin", "fuchsia", "haiku", "hurd":
	default:
		return false
	}
	return true
}

// setSimulator: devices have no Intel processors, so that is the simulator.
func (t *target) setSimulator() {
	if t.cfgArch == "x86_64" || t.cfgArch == "x86" {
		t.cfgEnv = "sim"
	}
}

// setEnv fills in what follows from the environment, which is that of a C
// library with its ABI, an ABI alone, or something of the system's own.
func (t *target) setEnv() bool {
	for _, libc := range []string{"gnu", "musl", "uclibc", "msvc", "ohos", "sgx"} {
		abi, ok := strings.CutPrefix(t.env, libc)
		if !ok {
			continue
		}
		switch abi {
		case "", "eabi", "eabihf", "abi64", "abin32", "spe", "llvm", "sf":
		case "x32", "_ilp32":
			t.cfgWidth = "32"
		default:
			return false
		}
		t.cfgEnv = libc
		return true
	}
	switch t.env {
	case "android", "androideabi":
		if t.os != "linux" {
			return false
		}
		t.cfgOS, t.goos = "android", "android"
	case "sim", "macabi":
		t.cfgEnv = t.env
	case "elf":
		t.env = "" // a format, which LLVM's triples may name last
	case "eabi", "eabihf", "softfloat":
	default:
		return false
	}
	return true
}

// TargetVariables returns the template variables that follow from a target
// triple, with cargo-binstall's meaning: target, target-family, os-name,
// target-arch ("universal" for universal2-apple-darwin as well), target-libc
// ("unknown" where the triple names none), target-vendor and binary-ext (".exe"
// or ""), and os and arch in Go's spelling. os and arch are absent where Go has no name, which makes a
// template that uses them an error. The error is a [*TargetError].
func TargetVariables(triple string) (map[string]string, error) {
	t, err := parseTarget(triple)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{
		"target":        triple,
		"target-family": t.os,
		"os-name":       t.os,
		"target-arch":   t.arch,
		"target-libc":   t.env,
		"target-vendor": t.vendor,
		"binary-ext":    "",
	}
	if t.os == "darwin" {
		vars["os-name"] = "macos"
	}
	if t.env == "" {
		vars["target-libc"] = "unknown"
	}
	if t.os == "windows" {
		vars["binary-ext"] = ".exe"
	}
	if t.goos != "" {
		vars["os"] = t.goos
	}
	if t.goarch != "" {
		vars["arch"] = t.goarch
	}
	return vars, nil
}

// HostTarget returns the target triple under which releases for this program's
// own system are usually published: that of glibc on Linux and of MSVC on
// Windows, and ARMv7 with hardware floats for GOARCH=arm. It is a guess from
// GOOS and GOARCH alone; a program that knows better (musl, an older ARM) names
// its target itself. It is "" where Rust has no such target.
func HostTarget() string { return hostTarget(runtime.GOOS, runtime.GOARCH) }

func hostTarget(goos, goarch string) string {
	arch := map[string]string{
		"386": "i686", "amd64": "x86_64", "arm": "armv7", "arm64": "aarch64",
		"loong64": "loongarch64", "mips": "mips", "mips64": "mips64", "mips64le": "mips64el", "mipsle": "mipsel",
		"ppc64": "powerpc64", "ppc64le": "powerpc64le", "riscv64": "riscv64gc", "s390x": "s390x", "wasm": "wasm32",
	}[goarch]
	if arch == "" {
		return ""
	}
	switch goos {
	case "linux":
		switch goarch {
		case "arm":
			return "armv7-unknown-linux-gnueabihf"
		case "mips64", "mips64le":
			return arch + "-unknown-linux-gnuabi64"
		}
		return arch + "-unknown-linux-gnu"
	case "android":
		if goarch == "arm" {
			return "armv7-linux-androideabi"
		}
		return arch + "-linux-android"
	case "windows":
		if goarch == "arm" {
			arch = "thumbv7a"
		}
		return arch + "-pc-windows-msvc"
	case "darwin", "ios":
		return arch + "-apple-" + goos
	case "netbsd":
		if goarch == "arm" {
			return "armv7-unknown-netbsd-eabihf"
		}
		return arch + "-unknown-netbsd"
	case "freebsd", "openbsd", "dragonfly", "illumos":
		return arch + "-unknown-" + goos
	case "solaris":
		return arch + "-pc-solaris"
	case "aix":
		return arch + "-ibm-aix"
	case "wasip1":
		return arch + "-wasip1"
	}
	return ""
}
