package verify

import (
	"context"
	"reflect"
)

// A logger is that of [Config].
type logger interface {
	DebugContext(ctx context.Context, msg string, args ...any)
}

// listening returns nil for a pointer that is nil as well: a program may keep its
// [log/slog.Logger] in a variable and have none.
func listening(l logger) logger {
	if v := reflect.ValueOf(l); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return l
}
