package cache

import (
	"errors"
	"log/slog"
	"testing"
)

// TestLoggerNone: a program may have no logger, also one in a variable of its type.
func TestLoggerNone(t *testing.T) {
	for name, o := range map[string]Options{"none": {}, "a nil pointer": {Logger: (*slog.Logger)(nil)}} {
		f := open(t, t.TempDir(), newServer(), o)
		f.lost(errors.New("not kept"))
		if f.options.Logger != nil {
			t.Errorf("%s: %v", name, f.options.Logger)
		}
	}
}
