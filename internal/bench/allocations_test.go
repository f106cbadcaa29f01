package main

import (
	"maps"
	"slices"
	"testing"
)

// kept keeps what is allocated on the heap.
type kept struct{ data []byte }

func TestAllocated(t *testing.T) {
	k := &kept{}
	for _, size := range []int{1 << 10, 8 << 10} {
		got, err := allocated(func() error { k.data = make([]byte, size); return nil })
		if want := (allocations{uint64(size), 1}); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if got, err := allocated(func() error { return nil }); err != nil || got != (allocations{}) {
		t.Errorf("nothing allocates %+v, %v", got, err)
	}
	if _, err := allocated(func() error { return errPeer }); err == nil {
		t.Error("a verification that fails was measured")
	}
}

func TestExceeds(t *testing.T) {
	limit := allocations{100, 10}
	for a, want := range map[allocations]string{
		{100, 10}: "",
		{99, 9}:   "",
		{101, 10}: "101 bytes, and 100 are the limit",
		{100, 11}: "11 allocations, and 10 are the limit",
		{200, 20}: "200 bytes, and 100 are the limit; 20 allocations, and 10 are the limit",
	} {
		if got := a.exceeds(limit); got != want {
			t.Errorf("%+v: %q, want %q", a, got, want)
		}
	}
}

// TestLimits: each subject has one, and nothing else.
func TestLimits(t *testing.T) {
	got := slices.Sorted(maps.Keys(limits()))
	if want := slices.Sorted(slices.Values(smallSubjects())); !slices.Equal(got, want) {
		t.Errorf("limits of %q, want %q", got, want)
	}
}

// TestAllocationsJob: the amounts of all sides. Whether they are within the
// limits is the command's to say: under the race detector they are others.
func TestAllocationsJob(t *testing.T) {
	a, err := job{Kind: jobAllocations, Fixtures: testFixtures(t), Family: "minisign"}.do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Allocations) != 3 || a.Allocations[0][0].Bytes == 0 || a.Allocations[1][0] != (allocations{}) || a.Allocations[2][0].Count == 0 {
		t.Errorf("%+v; ed25519.Verify allocates nothing, the others something", a.Allocations)
	}
}
