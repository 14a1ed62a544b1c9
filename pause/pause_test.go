package pause_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"knotsandbox/pause"
)

func TestFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := pause.For(t.Context(), time.Second); err != nil || time.Since(began) != time.Second {
			t.Errorf("For(1s) = %v after %v, want nil after 1s", err, time.Since(began))
		}
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		began = time.Now()
		if err := pause.For(ctx, time.Hour); !errors.Is(err, why) || time.Since(began) != time.Second {
			t.Errorf("For(1h), cut short = %v after %v, want %v after 1s", err, time.Since(began), why)
		}
	})
}
