package metadata

import (
	"net/url"
	"strings"
)

// The templates of cargo-binstall for a package that declares no pkg-url: a
// name in a release's folder. Which folders there are is the hosting service's.
const (
	versionFolder  = "{ version }"
	vVersionFolder = "v{ version }"
	subcrateFolder = "{ subcrate }%2F" // before one of these; %2F is a slash in the name of a tag
)

// namesWithVersion are unique among all releases; namesWithout are so in the
// folder of one release.
func namesWithVersion() []string {
	return []string{
		"{ name }-{ target }-v{ version }{ archive-suffix }",
		"{ name }-{ target }-{ version }{ archive-suffix }",
		"{ name }-{ version }-{ target }{ archive-suffix }",
		"{ name }-v{ version }-{ target }{ archive-suffix }",
		"{ name }_{ target }_v{ version }{ archive-suffix }",
		"{ name }_{ target }_{ version }{ archive-suffix }",
		"{ name }_{ version }_{ target }{ archive-suffix }",
		"{ name }_v{ version }_{ target }{ archive-suffix }",
	}
}

func namesWithout() []string {
	return []string{
		"{ name }-{ target }{ archive-suffix }",
		"{ name }_{ target }{ archive-suffix }",
	}
}

// A hosting is where a service keeps the files of releases: before and after
// the name of a release's folder, and at the end of the URL. Without folders all
// releases are in one.
type hosting struct {
	before, after, end string
	folders            bool
}

// hostingOf knows a service by the host of a repository's URL.
func hostingOf(repo string) (h hosting, ok bool) {
	u, err := url.Parse(repo)
	if err != nil {
		return hosting{}, false
	}
	switch host := strings.ToLower(u.Hostname()); {
	case strings.HasPrefix(host, "github"), host == "codeberg.org":
		return hosting{before: "{ repo }/releases/download/", after: "/", folders: true}, true
	case strings.HasPrefix(host, "gitlab"):
		return hosting{before: "{ repo }/-/releases/", after: "/downloads/binaries/", folders: true}, true
	case host == "bitbucket.org":
		return hosting{before: "{ repo }/downloads/"}, true
	case host == "sourceforge.net":
		return hosting{before: "{ repo }/files/binaries/", after: "/", end: "/download", folders: true}, true
	}
	return hosting{}, false
}

// guesses are the templates for a pkg-url, in cargo-binstall's order.
func (h hosting) guesses(subcrate bool) []string {
	folders, names := []string{""}, namesWithVersion()
	if h.folders {
		folders = []string{versionFolder, vVersionFolder}
		if subcrate {
			folders = append(folders, subcrateFolder+versionFolder, subcrateFolder+vVersionFolder)
		}
		names = append(names, namesWithout()...)
	}
	var urls []string
	for _, name := range names {
		for _, folder := range folders {
			urls = append(urls, h.before+folder+h.after+name+h.end)
		}
	}
	return urls
}

// binaryFolders are where a binary may be within an archive where bin-dir isn't
// declared, in cargo-binstall's order; "" is the archive itself.
func binaryFolders() []string {
	return []string{
		"{ name }-{ target }-v{ version }/",
		"{ name }-{ target }-{ version }/",
		"{ name }-{ version }-{ target }/",
		"{ name }-v{ version }-{ target }/",
		"{ name }-{ target }/",
		"{ name }-{ version }/",
		"{ name }-v{ version }/",
		"{ name }/",
		"",
	}
}
