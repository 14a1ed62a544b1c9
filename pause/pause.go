// Package pause waits for a time that can be cut short.
package pause

import (
	"context"
	"time"
)

// For waits for d or until ctx ends, whichever comes first. The error is the
// context's cause, or nil if d is over.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
