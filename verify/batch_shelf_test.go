package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
	"weak"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// TestShelf: what is on a shelf is as good as new for a while, what couldn't be had
// for a shorter one, and what was cancelled isn't there.
func TestShelf(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newShelf(ctx)
	now := time.Now()
	s.now = func() time.Time { return now }
	brought := 0
	get := func(name string, size int64, err error) (int, error) {
		t.Helper()
		n, ok, got := borrow(t.Context(), s, name, func(context.Context) (int, int64, error) {
			brought++
			return brought, size, err
		})
		if !ok {
			t.Fatal("closed")
		}
		return n, got
	}
	for _, c := range []struct {
		err   error
		after time.Duration
		again bool
	}{
		{nil, keepFor - time.Second, false},
		{nil, keepFor, true},
		{ErrMissing, failFor - time.Second, false},
		{ErrMissing, failFor, true},
		{context.Canceled, 0, true},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), 0, true},
	} {
		name := fmt.Sprint(c)
		before := brought
		first, err := get(name, 1, c.err)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		now = now.Add(c.after)
		second, err := get(name, 1, c.err)
		if !errors.Is(err, c.err) || (brought == before+2) != c.again || c.err == nil && (first == second) == c.again {
			t.Errorf("%s: brought %d times: %d, then %d, %v", name, brought-before, first, second, err)
		}
	}

	if s.order.Len() != len(s.items) {
		t.Errorf("%d of %d items have a name: what was stale is still there", len(s.items), s.order.Len())
	}

	// what nobody has wanted for longest goes first
	s.top = 10 * 1000
	loop := brought
	for i := range 20 {
		if _, err := get(fmt.Sprintf("large%02d", i), 1000-entrySize-int64(len("large00")), nil); err != nil {
			t.Error(err)
		}
		if _, err := get("wanted", 1000-entrySize-int64(len("wanted")), nil); err != nil {
			t.Error(err)
		}
	}
	if brought-loop != 20+1 {
		t.Errorf("brought %d times: what was wanted last was dropped", brought-loop)
	}
	before := brought
	for _, name := range []string{"wanted", "large19", "large11"} {
		_, _ = get(name, 0, nil)
	}
	if s.size > s.top || len(s.items) != s.order.Len() || len(s.items) != 10 || brought != before {
		t.Errorf("%d bytes, %d and %d items, %d brought", s.size, len(s.items), s.order.Len(), brought-before)
	}
	if _, _ = get("large10", 1, nil); brought != before+1 {
		t.Error("large10 was kept")
	}
	if n, err := get("huge", s.top, nil); err != nil || n != brought || s.size > s.top {
		t.Errorf("%d, %v, %d bytes", n, err, s.size)
	}

	cancel()
	s.close()
	if _, ok, _ := borrow(t.Context(), s, "x", func(context.Context) (int, int64, error) { return 1, 1, nil }); ok || s.open() {
		t.Error("a closed shelf")
	}
}

// TestShelfFlight: many ask at once and one brings it; the end of a batch isn't the
// end of who waits.
func TestShelfFlight(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newShelf(ctx)
	var brought atomic.Int64
	ready := make(chan struct{})
	results := make(chan error)
	for range 50 {
		go func() {
			n, ok, err := borrow(t.Context(), s, "x", func(context.Context) (int, int64, error) {
				brought.Add(1)
				<-ready
				return 7, 1, nil
			})
			if n != 7 || !ok {
				err = fmt.Errorf("%d, %t: %w", n, ok, err)
			}
			results <- err
		}()
	}
	time.Sleep(10 * time.Millisecond)
	close(ready)
	for range 50 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if brought.Load() != 1 {
		t.Errorf("brought %d times", brought.Load())
	}
	go func() {
		_, ok, err := borrow(t.Context(), s, "y", func(ctx context.Context) (int, int64, error) {
			cancel()
			return 0, 0, ctx.Err()
		})
		if ok {
			err = fmt.Errorf("had from a shelf that ended: %w", err)
		} else {
			err = nil
		}
		results <- err
	}()
	if err := <-results; err != nil {
		t.Error(err)
	}
	s.close()
}

// TestKeyring: a key is parsed once for the same bytes, for a while; it isn't kept
// beyond its size, and never one that panicked.
func TestKeyring(t *testing.T) {
	r := newKeyring()
	now := time.Now()
	r.now = func() time.Time { return now }
	parsed := 0
	get := func(name byte, size int64) {
		t.Helper()
		key, err := r.key([32]byte{name}, size, func() (algorithm.Key, error) { parsed++; return fakeKey{family: fmt.Sprint(name)}, nil })
		if got, ok := key.(fakeKey); err != nil || !ok || got.family != fmt.Sprint(name) {
			t.Errorf("%v, %v", key, err)
		}
	}
	for _, step := range []struct {
		name   byte
		size   int64
		after  time.Duration
		parsed int
	}{
		{1, 10, 0, 1},
		{1, 10, keepFor - 1, 1},
		{2, 10, 0, 2},
		{1, 10, 1, 3},       // too old
		{3, ringSize, 0, 4}, // no room for others
		{1, 10, 0, 5},       // gone
		{1, 10, 0, 5},       // there again
	} {
		now = now.Add(step.after)
		if get(step.name, step.size); parsed != step.parsed {
			t.Errorf("%+v: parsed %d times", step, parsed)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = r.key([32]byte{9}, 1, func() (algorithm.Key, error) { panic("on purpose") })
	}()
	if key, err := r.key([32]byte{9}, 1, nil); key != nil || !errors.Is(err, ErrUnverified) {
		t.Errorf("%v, %v", key, err)
	}
}

// TestKeyringSize: keys are remembered up to the size that is allowed, and counted
// anew when they are forgotten.
func TestKeyringSize(t *testing.T) {
	for over, want := range map[int64]int{0: 2, 1: 3} {
		r, parsed := newKeyring(), 0
		get := func(name byte, size int64) {
			_, _ = r.key([32]byte{name}, size, func() (algorithm.Key, error) { parsed++; return fakeKey{}, nil })
		}
		get(1, 10)
		get(2, ringSize-2*entrySize-10+over)
		if get(1, 10); parsed != want {
			t.Errorf("%d bytes too many: parsed %d times", over, parsed)
		}
		r.size = ringSize
		if get(3, 10); r.size != 10+entrySize || len(r.keys) != 1 {
			t.Errorf("%d keys of %d bytes", len(r.keys), r.size)
		}
	}
}

// parses is a family that counts how often it parses keys.
type parses struct {
	fake
	n *int
}

func (p parses) Key(t algorithm.Trust) (algorithm.Key, error) {
	*p.n++
	return p.fake.Key(t)
}

// TestPlanParsesOnce: a plan that is carried out again parses a key file again only
// if that is another one.
func TestPlanParsesOnce(t *testing.T) {
	n := 0
	folder := fstest.MapFS{"key": {Data: []byte("A")}}
	v, err := New(Config{Algorithms: []algorithm.Algorithm{parses{fake{"bytes"}, &n}}, Fetcher: &served{}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "bytes", "pubkey": map[string]any{"file": "key"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Plan(Artifact{Name: "tool", Signature: []byte(signedBy("A", data)), ManifestFS: folder}, table)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		key    string
		parsed int
		want   error
	}{{"A", 1, nil}, {"A", 1, nil}, {"B", 2, algorithm.ErrWrongKey}, {"B", 2, algorithm.ErrWrongKey}, {"A", 2, nil}} {
		folder["key"] = &fstest.MapFile{Data: []byte(step.key)}
		_, err := p.Open(t.Context(), bytes.NewReader([]byte(data)))
		if !errors.Is(err, step.want) || n != step.parsed {
			t.Errorf("step %d: parsed %d times, %v", i, n, err)
		}
	}
}

// TestCopyEvidence: nothing of a copy that can be changed is shared.
func TestCopyEvidence(t *testing.T) {
	var e algorithm.Evidence
	fill(t, reflect.ValueOf(&e).Elem())
	m := (&signedManifest{signatures: []Signature{{Evidence: &e}}}).forOne(&session{})
	c := m.signatures[0].Evidence
	if !reflect.DeepEqual(&e, c) {
		t.Errorf("%+v, and the copy is %+v", e, c)
	}
	shared(t, "Evidence", reflect.ValueOf(e), reflect.ValueOf(*c))
}

// fill gives every field a value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64, reflect.Int:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"name": "value"}))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	default:
		t.Fatalf("a %s: decide how it is copied", v.Type())
	}
}

func shared(t *testing.T, name string, a, b reflect.Value) {
	t.Helper()
	kind := a.Kind()
	if kind == reflect.Struct && a.Type() != reflect.TypeFor[time.Time]() {
		for i := range a.NumField() {
			shared(t, name+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	}
	if (kind == reflect.Slice || kind == reflect.Map || kind == reflect.Pointer) && (a.IsNil() || a.UnsafePointer() == b.UnsafePointer()) {
		t.Errorf("%s is shared", name)
	}
}

// random is a Fetcher of documents that are all different, and large.
type random struct{ size int }

func (r random) Fetch(_ context.Context, _ Request) (*Response, error) {
	return &Response{Body: io.NopCloser(bytes.NewReader(make([]byte, r.size))), Size: int64(r.size)}, nil
}

// TestBatchFlat: what a batch keeps of many artifacts, each with documents of its
// own, is bounded.
func TestBatchFlat(t *testing.T) {
	const n, size = 300, 1 << 20
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: random{size}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "bytes", "pubkey": "A"})
	if err != nil {
		t.Fatal(err)
	}
	var kept *shelf
	jobs := func(yield func(Job) bool) {
		for i := range n {
			if !yield(Job{Artifact: Artifact{URL: fmt.Sprint("https://example.com/", i)}, Table: table, Run: func(ctx context.Context, p *Plan) (*Report, error) {
				kept = p.v.common.(*shelf)
				_, err := p.Open(ctx, nil)
				return nil, err
			}}) {
				return
			}
		}
	}
	most := int64(0)
	for _, result := range v.Batch(t.Context(), jobs, 1) {
		if !errors.Is(result.Err, algorithm.ErrMalformed) {
			t.Fatal(result.Err)
		}
		kept.mu.Lock()
		sum := int64(0)
		for it := range maps.Values(kept.items) {
			sum += it.size
		}
		if sum != kept.size || kept.size > shelfSize {
			t.Fatalf("%d bytes, counted as %d", sum, kept.size)
		}
		most = max(most, sum)
		kept.mu.Unlock()
	}
	if most < shelfSize-2*size {
		t.Errorf("at most %d bytes: that says little", most)
	}
	if kept.items != nil || v.common != nil || v.keys != nil {
		t.Error("something is left of the batch")
	}
}

// TestShelfDocument: what one family does to a document's bytes no other sees; and
// a document of another role or URL is another one.
func TestShelfDocument(t *testing.T) {
	s := &served{files: map[string]string{"a": "text", "b": "other"}}
	p := planOf(t, nil, s)
	shelf := newShelf(t.Context())
	defer shelf.close()
	p.v.common = shelf
	for _, step := range []struct {
		role, url, want string
		asked           int
	}{
		{"key", "a", "text", 1}, {"key", "a", "text", 1}, {"signature", "a", "text", 2}, {"key", "b", "other", 3}, {"key", "a", "text", 3},
	} {
		text, err := p.session().fetch(t.Context(), step.role, "https://example.com/"+step.url)
		if err != nil || string(text) != step.want || len(s.asked) != step.asked {
			t.Errorf("%+v: %q, %v, asked for %q", step, text, err, s.asked)
		}
		clear(text)
	}
}

// TestShelfEnded: who asks a shelf that has ended, or ends while it is asked, gets
// the document as if there were none.
func TestShelfEnded(t *testing.T) {
	for name, end := range map[string]func(s *shelf, cancel func()){
		"ended":  func(_ *shelf, cancel func()) { cancel() },
		"closed": func(s *shelf, _ func()) { s.close() },
	} {
		s := &served{files: map[string]string{"a": "text"}}
		p := planOf(t, nil, s)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		shelf := newShelf(ctx)
		p.v.common = shelf
		end(shelf, cancel)
		text, err := p.session().fetch(t.Context(), roleKey, "https://example.com/a")
		if err != nil || string(text) != "text" || len(s.asked) != 1 {
			t.Errorf("%s: %q, %v, asked for %q", name, text, err, s.asked)
		}
	}
}

// TestShelfCloses: nothing is on its way any more when a shelf is closed, and what
// was brought holds no context.
func TestShelfCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newShelf(ctx)
	var had context.Context
	if _, ok, err := borrow(t.Context(), s, "had", func(ctx context.Context) (int, int64, error) { had = ctx; return 1, 1, nil }); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if had.Err() == nil {
		t.Error("the context of what was brought goes on")
	}
	var ended atomic.Bool
	under := make(chan struct{})
	go func() {
		_, _, _ = borrow(t.Context(), s, "slow", func(ctx context.Context) (int, int64, error) {
			close(under)
			<-ctx.Done()
			time.Sleep(20 * time.Millisecond)
			ended.Store(true)
			return 0, 0, ctx.Err()
		})
	}()
	<-under
	cancel()
	if s.close(); !ended.Load() {
		t.Error("closed before what was on its way had ended")
	}
}

// TestShelfLeft: what is on its way goes on as long as anybody waits for it, and
// then ends; who comes later has it brought anew.
func TestShelfLeft(t *testing.T) {
	s := newShelf(t.Context())
	defer s.close()
	under := make(chan context.Context, 2)
	bring := func(ctx context.Context) (int, int64, error) {
		under <- ctx
		<-ctx.Done()
		return 7, 1, nil // also what comes too late isn't kept
	}
	left := make(chan error, 2)
	var leave [2]context.CancelFunc
	for i := range leave {
		var ctx context.Context
		ctx, leave[i] = context.WithCancel(t.Context())
		go func() {
			_, _, err := borrow(ctx, s, "x", bring)
			left <- err
		}()
	}
	flight := <-under
	for {
		s.mu.Lock()
		waiting := s.items["x"].waiting
		s.mu.Unlock()
		if waiting == len(leave) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for i := range leave {
		if flight.Err() != nil {
			t.Errorf("%d have left, and it has ended", i)
		}
		leave[i]()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if flight.Err() == nil {
		t.Error("nobody waits, and it goes on")
	}
	n, ok, err := borrow(t.Context(), s, "x", func(context.Context) (int, int64, error) { return 8, 1, nil })
	if n != 8 || !ok || err != nil {
		t.Errorf("%d, %t, %v", n, ok, err)
	}
	s.flights.Wait()
	if n, _, _ := borrow(t.Context(), s, "x", bring); n != 8 {
		t.Errorf("%d, of those who had left", n)
	}
	if s.order.Len() != 1 || len(s.items) != 1 || s.size != s.items["x"].size {
		t.Errorf("%d and %d items of %d bytes", s.order.Len(), len(s.items), s.size)
	}
}

// TestShelfSizes: names and errors count by what they take.
func TestShelfSizes(t *testing.T) {
	s := newShelf(t.Context())
	defer s.close()
	long := strings.Repeat("x", 10_000)
	for _, c := range []struct {
		name  string
		err   error
		least int64
	}{
		{"short", ErrMissing, 2 * entrySize},
		{long, nil, 10_000},
		{long + "y", ErrMissing, 10_000},
		{"wrapped", fmt.Errorf("%s: %w", long, fmt.Errorf("%w: %s", ErrMissing, long)), 30_000},
		{"several", together(errors.New(long), errors.New(long), errors.New(long)), 60_000},
		{"refused", fail(stageSignature, "", &algorithm.RefusedError{What: "keys", Causes: []error{errors.New(long), errors.New(long)}}), 20_000},
	} {
		before := s.size
		_, _, err := borrow(t.Context(), s, c.name, func(context.Context) (int, int64, error) { return 0, 0, c.err })
		if size := s.size - before; (err == nil) != (c.err == nil) || size < c.least || size > 2*c.least+10*entrySize {
			t.Errorf("%.10s: %d bytes, %.100v", c.name, size, err)
		}
	}
}

// TestShelfIndex: manifests are read one at a time, and who waits for that ends with
// its context.
func TestShelfIndex(t *testing.T) {
	s := newShelf(t.Context())
	defer s.close()
	text := []byte(sumOf("a") + "  tool\n")
	for range 2 {
		index, err := s.index(t.Context(), text, "sums")
		if err != nil {
			t.Fatal(err)
		}
		if entries, err := index.Find("tool"); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
	}
	s.indexing <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := s.index(ctx, text, "sums"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beside another one: %v", err)
	}
	<-s.indexing
}

// TestManifestCost: what evidence and documents take counts.
func TestManifestCost(t *testing.T) {
	m := &signedManifest{signatures: []Signature{{Evidence: &algorithm.Evidence{Bundle: make([]byte, 1<<20)}}}, documents: []Document{{Size: 1 << 20}, {Size: 1 << 20}, {URL: strings.Repeat("x", 1<<20)}}}
	if cost := m.cost(); cost < 4<<20 || cost > 5<<20 {
		t.Errorf("%d bytes", cost)
	}
}

// TestTrustSize: all that a family gets counts, however it stands there.
func TestTrustSize(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for name, trusted := range map[string]algorithm.Trust{
		"keys":    {PublicKeys: []string{"a", long}},
		"text":    {Values: map[string]algorithm.Value{"v": {Text: long}}},
		"texts":   {Values: map[string]algorithm.Value{"v": {Texts: []string{"a", long}}}},
		"content": {Values: map[string]algorithm.Value{"v": {Content: []byte(long)}}},
		"claims":  {Values: map[string]algorithm.Value{"v": {Tables: [][]algorithm.Claim{{{Field: "a", Value: "b"}}, {{Field: "a", Value: long}}}}}},
	} {
		if size := trustSize(trusted); size < 10_000 || size > 11_000 {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}

// TestKeyringForgets: a key that is remembered doesn't hold the table that it was
// parsed for, nor the rest of a plan.
func TestKeyringForgets(t *testing.T) {
	var remembered []algorithm.Trust
	family := remembers{fake{"bytes"}, &remembered}
	plan := func() weak.Pointer[metadata.Signing] {
		table, err := metadata.NewSigning(map[string]any{"algorithm": "bytes", "pubkey": "A", "signed-name": "tool"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := New(Config{Algorithms: []algorithm.Algorithm{family}, Fetcher: &served{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Plan(Artifact{URL: "https://example.com/tool"}, table); err != nil {
			t.Fatal(err)
		}
		return weak.Make(table)
	}
	table := plan()
	for end := time.Now().Add(5 * time.Second); table.Value() != nil && time.Now().Before(end); {
		runtime.GC()
	}
	if table.Value() != nil {
		t.Error("the table is still there")
	}
	if len(remembered) != 1 || remembered[0].Bind("tool", "") != nil || !errors.Is(remembered[0].Bind("other", ""), algorithm.ErrNameMismatch) {
		t.Errorf("%d trusts", len(remembered))
	}
}

// remembers is a family whose keys hold all that they were parsed of.
type remembers struct {
	fake
	trusts *[]algorithm.Trust
}

func (r remembers) Key(t algorithm.Trust) (algorithm.Key, error) {
	*r.trusts = append(*r.trusts, t)
	return r.fake.Key(t)
}

func (remembers) Binds(map[string]algorithm.Value) (name, version bool) { return true, true }
