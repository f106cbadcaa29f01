package metadata

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

func TestTargetVariables(t *testing.T) {
	// target-family, os-name, target-arch, target-libc, target-vendor, binary-ext, os, arch
	for triple, want := range map[string]string{
		"x86_64-unknown-linux-gnu":         "linux linux x86_64 gnu unknown - linux amd64",
		"x86_64-unknown-linux-musl":        "linux linux x86_64 musl unknown - linux amd64",
		"aarch64-unknown-linux-gnu":        "linux linux aarch64 gnu unknown - linux arm64",
		"armv7-unknown-linux-gnueabihf":    "linux linux armv7 gnueabihf unknown - linux arm",
		"arm-unknown-linux-musleabi":       "linux linux arm musleabi unknown - linux arm",
		"i686-unknown-linux-gnu":           "linux linux i686 gnu unknown - linux 386",
		"riscv64gc-unknown-linux-gnu":      "linux linux riscv64gc gnu unknown - linux riscv64",
		"powerpc64le-unknown-linux-gnu":    "linux linux powerpc64le gnu unknown - linux ppc64le",
		"powerpc-unknown-linux-gnu":        "linux linux powerpc gnu unknown - linux -",
		"s390x-unknown-linux-gnu":          "linux linux s390x gnu unknown - linux s390x",
		"loongarch64-unknown-linux-musl":   "linux linux loongarch64 musl unknown - linux loong64",
		"mips64el-unknown-linux-gnuabi64":  "linux linux mips64el gnuabi64 unknown - linux mips64le",
		"mipsel-unknown-linux-uclibc":      "linux linux mipsel uclibc unknown - linux mipsle",
		"x86_64-unknown-linux-gnux32":      "linux linux x86_64 gnux32 unknown - linux amd64",
		"x86_64-alpine-linux-musl":         "linux linux x86_64 musl alpine - linux amd64",
		"aarch64-linux-android":            "linux linux aarch64 android unknown - android arm64",
		"armv7-linux-androideabi":          "linux linux armv7 androideabi unknown - android arm",
		"x86_64-apple-darwin":              "darwin macos x86_64 unknown apple - darwin amd64",
		"aarch64-apple-darwin":             "darwin macos aarch64 unknown apple - darwin arm64",
		"universal-apple-darwin":           "darwin macos universal unknown apple - darwin -",
		"universal2-apple-darwin":          "darwin macos universal unknown apple - darwin -",
		"aarch64-apple-ios":                "ios ios aarch64 unknown apple - ios arm64",
		"aarch64-apple-ios-sim":            "ios ios aarch64 sim apple - ios arm64",
		"x86_64-pc-windows-msvc":           "windows windows x86_64 msvc pc .exe windows amd64",
		"i686-pc-windows-gnu":              "windows windows i686 gnu pc .exe windows 386",
		"aarch64-pc-windows-gnullvm":       "windows windows aarch64 gnullvm pc .exe windows arm64",
		"x86_64-unknown-freebsd":           "freebsd freebsd x86_64 unknown unknown - freebsd amd64",
		"armv7-unknown-netbsd-eabihf":      "netbsd netbsd armv7 eabihf unknown - netbsd arm",
		"x86_64-pc-solaris":                "solaris solaris x86_64 unknown pc - solaris amd64",
		"powerpc64-ibm-aix":                "aix aix powerpc64 unknown ibm - aix ppc64",
		"wasm32-wasip1":                    "wasip1 wasip1 wasm32 unknown unknown - wasip1 wasm",
		"wasm32-wasip2":                    "wasip2 wasip2 wasm32 unknown unknown - - wasm",
		"wasm64-unknown-unknown":           "unknown unknown wasm64 unknown unknown - - -",
		"wasm32-unknown-unknown":           "unknown unknown wasm32 unknown unknown - - wasm",
		"thumbv7em-none-eabihf":            "none none thumbv7em eabihf unknown - - -",
		"riscv32imac-unknown-none-elf":     "none none riscv32imac unknown unknown - - -",
		"x86_64-fortanix-unknown-sgx":      "unknown unknown x86_64 sgx fortanix - - amd64",
		"aarch64_be-unknown-linux-gnu":     "",
		"":                                 "",
		"x86_64":                           "",
		"linux":                            "",
		"x86_64-linux":                     "linux linux x86_64 unknown unknown - linux amd64",
		"x86_64-unknown":                   "",
		"x86_64--linux-gnu":                "",
		"-unknown-linux-gnu":               "",
		"x86_64-unknown-linux-":            "",
		"x86_64-unknown-linux-glibc":       "",
		"x86_64-unknown-linux-gnu-gnu":     "",
		"x86_64-unknown-windoze-msvc":      "",
		"amd64-unknown-linux-gnu":          "",
		"X86_64-unknown-linux-gnu":         "",
		"x86_64-unknown-linux-gnu ":        "",
		"x86_64-unkn\x1bown-linux-gnu":     "",
		"x86_64-../..-linux-gnu":           "",
		"x86_64-unknown-windows-android":   "",
		"x86_64-unknown-linux-gnuabi":      "",
		strings.Repeat("x86_64-", 1000):    "",
		"x86_64-unknown-linux-musl_eabi_x": "",
	} {
		got, err := TargetVariables(triple)
		if want == "" {
			var e *TargetError
			if got != nil || !errors.As(err, &e) || e.Target != triple || e.Reason == "" {
				t.Errorf("%q: got %v, %v", triple, got, err)
			}
			if len(err.Error()) > 200 || strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("%q: message %q", triple, err)
			}
			continue
		}
		wantVars := map[string]string{"target": triple}
		for i, name := range []string{"target-family", "os-name", "target-arch", "target-libc", "target-vendor", "binary-ext", "os", "arch"} {
			switch value := strings.Fields(want)[i]; {
			case value != "-":
				wantVars[name] = value
			case name == "binary-ext":
				wantVars[name] = ""
			}
		}
		if err != nil || !maps.Equal(got, wantVars) {
			t.Errorf("%s:\ngot  %v, %v\nwant %v", triple, got, err, wantVars)
		}
	}
}

// hosts are ports of Go that have a Rust target.
const hosts = `aix/ppc64 android/386 android/amd64 android/arm android/arm64
	darwin/amd64 darwin/arm64 dragonfly/amd64 freebsd/386 freebsd/amd64 freebsd/arm freebsd/arm64 freebsd/riscv64
	illumos/amd64 ios/amd64 ios/arm64 linux/386 linux/amd64 linux/arm linux/arm64 linux/loong64 linux/mips linux/mips64
	linux/mips64le linux/mipsle linux/ppc64 linux/ppc64le linux/riscv64 linux/s390x netbsd/386 netbsd/amd64 netbsd/arm
	netbsd/arm64 openbsd/386 openbsd/amd64 openbsd/arm64 openbsd/ppc64 openbsd/riscv64 solaris/amd64 wasip1/wasm
	windows/386 windows/amd64 windows/arm windows/arm64`

func TestHostTarget(t *testing.T) {
	for _, host := range strings.Fields(hosts) {
		goos, goarch, _ := strings.Cut(host, "/")
		vars, err := TargetVariables(hostTarget(goos, goarch))
		if err != nil || vars["os"] != goos || vars["arch"] != goarch {
			t.Errorf("%s: %q: %v, %v", host, hostTarget(goos, goarch), vars, err)
		}
	}
	for _, host := range []string{"plan9/amd64", "js/wasm", "linux/sparc64", "linux/none", "/"} {
		goos, goarch, _ := strings.Cut(host, "/")
		if got := hostTarget(goos, goarch); got != "" {
			t.Errorf("%s: %q", host, got)
		}
	}
	if got := hostTarget("linux", "amd64"); got != "x86_64-unknown-linux-gnu" {
		t.Errorf("linux/amd64: %q", got)
	}
}

// TestHostTargetIsRustc: the targets exist.
func TestHostTargetIsRustc(t *testing.T) {
	list := " " + strings.Join(strings.Fields(run(t, testkeys.Tool(t, "rustc"), "--print", "target-list")), " ") + " "
	for _, host := range strings.Fields(hosts) {
		goos, goarch, _ := strings.Cut(host, "/")
		if target := hostTarget(goos, goarch); !strings.Contains(list, " "+target+" ") {
			t.Errorf("%s: %s is no target of rustc's", host, target)
		}
	}
	if target := HostTarget(); target != "" && !strings.Contains(list, " "+target+" ") {
		t.Errorf("this host: %s is no target of rustc's", target)
	}
}
