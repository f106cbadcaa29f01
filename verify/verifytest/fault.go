package verifytest

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// Break makes the publisher misbehave until the next call; "" mends it. A fault is
// about the current release, one document of it or all:
//
//   - "missing artifact", "missing signature", "missing manifest": it isn't there
//     (404);
//   - "unreachable …" of the same three: 503;
//   - "slow …": it comes at ten bytes a second, for five seconds at most, and is
//     then cut;
//   - "cut …": it ends in the middle, and the connection with it;
//   - "flipped …": one bit, or character, of what counts is another one;
//   - "replayed": the release before it, signed, in its place;
//   - "mixed-up": another file of the release in the place of each, with that
//     file's signature;
//   - "wrong key": signed by keys that the table doesn't name;
//   - "retired key": signed by the key of [Publisher.Retire].
//
// A Fetcher that tries again takes its time over what is unreachable or cut.
func (p *Publisher) Break(fault string) {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault != "" && !slices.Contains(p.faults(true), fault) {
		p.tb.Fatalf("verifytest: no fault %q of this publisher, only %q", fault, p.faults(true))
	}
	p.fault = fault
}

// Faults returns what [Publisher.Break] takes for this publisher and what it has
// published, without what is slow. A program that demands a signed name and a
// signed version must refuse every one of them.
func (p *Publisher) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults(false)
}

func (p *Publisher) faults(slow bool) []string {
	if len(p.releases) == 0 {
		return nil
	}
	kinds := []string{"missing", "unreachable", "cut", "flipped"}
	if slow {
		kinds = append(kinds, "slow")
	}
	r := p.current()
	roles := map[string]bool{}
	for _, d := range r.good {
		roles[d.role] = true
	}
	var faults []string
	for _, kind := range kinds {
		for _, role := range slices.Sorted(maps.Keys(roles)) {
			faults = append(faults, kind+" "+role)
		}
	}
	if len(p.releases) > 1 {
		faults = append(faults, "replayed")
	}
	if len(r.files) > 1 {
		faults = append(faults, "mixed-up")
	}
	if len(p.keys) > 0 {
		faults = append(faults, "wrong key")
	}
	if r.late != nil {
		faults = append(faults, "retired key")
	}
	return faults
}

// find returns the document at a path as the fault has it, and what is to become
// of it on its way: "missing", "unreachable", "slow", "cut" or "".
func (p *Publisher) find(path string) (d document, way string) {
	if len(p.releases) == 0 {
		return document{}, "missing"
	}
	r := p.current()
	if _, ok := r.good[path]; !ok && !strings.HasPrefix(path, "/v"+r.version+"/") {
		for _, older := range p.releases[:len(p.releases)-1] { // they are as they were
			if d, ok := older.good[path]; ok {
				return d, ""
			}
		}
	}
	from := r.good
	switch p.fault {
	case "replayed":
		before := &p.releases[len(p.releases)-2]
		from, path = before.good, r.replayed(path, before)
	case "mixed-up":
		path = r.another(path)
	case "wrong key":
		from = r.strange
	case "retired key":
		from = r.late
	}
	d, ok := from[path]
	kind, role, _ := strings.Cut(p.fault, " ")
	switch {
	case !ok:
		return document{}, "missing"
	case role != d.role:
		return d, ""
	case kind == "flipped":
		return document{d.role, flip(d), d.file}, ""
	}
	return d, kind
}

// another is the path in which the file's name is that of the next file.
func (r *release) another(path string) string {
	file := r.good[path].file
	if file == "" {
		return path
	}
	names := slices.Sorted(maps.Keys(r.files))
	next := names[(slices.Index(names, file)+1)%len(names)]
	return fileAt(r.version, next) + strings.TrimPrefix(path, fileAt(r.version, file))
}

// replayed is the path of the same document in the release before: of the file
// whose name has that version where this one's name has this version, or else of
// the same name.
func (r *release) replayed(path string, before *release) string {
	folder, file := fileAt(r.version, ""), r.good[path].file
	rest, ok := strings.CutPrefix(path, folder+file)
	if !ok {
		return path
	}
	if old := strings.ReplaceAll(file, r.version, before.version); before.good[fileAt(before.version, old)].role != "" {
		file = old
	}
	return fileAt(before.version, file) + rest
}

// flip changes one bit of what counts: of an artifact any, of a manifest one of
// the first digest, of a signature one of the last base64 that is long enough to be
// no check sum.
func flip(d document) []byte {
	data := bytes.Clone(d.data)
	switch d.role {
	case artifact:
		if len(data) == 0 {
			return []byte{1}
		}
		data[len(data)/2] ^= 1
	case manifest:
		at := middles(data, 64, "0123456789abcdef")[0]
		data[at] = other(data[at], '0', '1')
	default:
		all := middles(data, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
		at := all[len(all)-1]
		data[at] = other(data[at], 'A', 'B')
	}
	return data
}

// middles are those of the runs of these bytes that are so long, in lines that
// don't begin with a dash, as those of an armor do.
func middles(data []byte, least int, alphabet string) (at []int) {
	offset := 0
	for line := range bytes.Lines(data) {
		start := 0
		for i := 0; i <= len(line); i++ {
			if i < len(line) && strings.IndexByte(alphabet, line[i]) >= 0 {
				continue
			}
			if i-start >= least && line[0] != '-' {
				at = append(at, offset+(start+i)/2)
			}
			start = i + 1
		}
		offset += len(line)
	}
	return at
}

func other(b, one, another byte) byte {
	if b == one {
		return another
	}
	return one
}
