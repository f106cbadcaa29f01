package verify_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/relseal/relseal/verify"
)

// TestBatchPlaces: as many jobs are under way as may be, and no more; and as many
// finished ones wait for the first.
func TestBatchPlaces(t *testing.T) {
	for concurrency, behind := range map[int]int64{1: 1, 2: 3, 4: 5} { // with the first, which is under way itself
		synctest.Test(t, func(t *testing.T) {
			var started atomic.Int64
			first, others := make(chan struct{}), make(chan struct{})
			jobs := counted(20, func(i int) verify.Job {
				return verify.Job{Run: func(context.Context, *verify.Plan) (*verify.Report, error) {
					started.Add(1)
					if i == 0 {
						<-first
					} else {
						<-others
					}
					return &verify.Report{}, nil
				}}
			})
			results := 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				for _, result := range newVerifier(t, verify.Config{Policy: verify.IfDeclared}).Batch(t.Context(), jobs, concurrency) {
					if result.Err != nil {
						t.Error(result.Err)
					}
					results++
				}
			}()
			synctest.Wait()
			if got := started.Load(); got != int64(concurrency) {
				t.Errorf("%d at a time: %d under way", concurrency, got)
			}
			close(others)
			synctest.Wait()
			if got := started.Load(); got != behind {
				t.Errorf("%d at a time: %d started while the first is under way", concurrency, got)
			}
			close(first)
			<-done
			if results != 20 {
				t.Errorf("%d results", results)
			}
		})
	}
}
