package journal_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"knotsandbox/journal"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	ctx := t.Context()
	if got, err := j.Await(ctx, journal.Filter{Client: "a"}, 2); err != nil || ids(got) != "r3 r1" {
		t.Errorf("Await() of what is there = %s, %v, want r3 r1", ids(got), err)
	}
	type result struct {
		list []journal.Exchange
		err  error
	}
	results := make(chan result)
	go func() {
		list, err := j.Await(ctx, journal.Filter{Client: "a"}, 4)
		results <- result{list, err}
	}()
	for i := 5; i <= 9; i++ { // before or after it has begun to wait
		j.Record(exchange(i, string(rune('a'+(i+1)%2))), nil)
	}
	if got := <-results; got.err != nil || len(got.list) != 4 {
		t.Errorf("Await() of what comes = %s, %v, want 4 of client a", ids(got.list), got.err)
	}
}

func TestAwaitEnds(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	got, err := j.Await(ctx, journal.Filter{Client: "a"}, 3)
	if !errors.Is(err, gone) || ids(got) != "r3 r1" {
		t.Errorf("Await() = %s, %v, want what there was and the cause", ids(got), err)
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 4}, 4)
	next := func(f journal.Filter, last journal.Batch, limit int) string {
		b, err := j.Next(t.Context(), f, last, limit)
		return fmt.Sprintf("%s up to %d, lost %t, clears %d, %v", ids(b.Exchanges), b.UpTo, b.Lost, b.Clears, err)
	}
	for _, c := range []struct {
		what string
		got  string
		want string
	}{
		{"after 1, two at most", next(journal.Filter{}, journal.Batch{UpTo: 1}, 2), "r2 r3 up to 3, lost false, clears 0, <nil>"},
		{"after 3", next(journal.Filter{}, journal.Batch{UpTo: 3}, 2), "r4 up to 4, lost false, clears 0, <nil>"},
		{"of a client", next(journal.Filter{Client: "a"}, journal.Batch{}, 9), "r1 r3 up to 4, lost false, clears 0, <nil>"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	// What is not meant is passed over while waiting.
	done := make(chan string)
	now := j.Now()
	go func() { done <- next(journal.Filter{Client: "b"}, now, 2) }()
	for i := 5; i <= 6; i++ {
		j.Record(exchange(i, string(rune('a'+(i+1)%2))), nil)
	}
	if got, want := <-done, "r6 up to 6, lost false, clears 0, <nil>"; got != want {
		t.Errorf("of b, from now: %s, want %s", got, want)
	}
	for i := 7; i <= 20; i++ {
		j.Record(exchange(i, "a"), nil)
	}
	if got, want := next(journal.Filter{}, journal.Batch{UpTo: 6}, 100), "r17 r18 r19 r20 up to 20, lost true, clears 0, <nil>"; got != want {
		t.Errorf("what was dropped: %s, want %s", got, want)
	}
	if got, want := next(journal.Filter{Client: "b"}, journal.Batch{UpTo: 5}, 100), "r6 up to 20, lost false, clears 0, <nil>"; got != want {
		t.Errorf("of a client that lost nothing: %s, want %s", got, want)
	}
	if got := j.Now(); got.UpTo != 20 {
		t.Errorf("Now() = %+v, want position 20", got)
	}
}

// Who waits is told that something was cleared.
func TestNextTellsOfClearing(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	now := j.Now()
	done := make(chan journal.Batch)
	go func() {
		b, _ := j.Next(t.Context(), journal.Filter{}, now, 9)
		done <- b
	}()
	j.Clear("a")
	if b := <-done; b.Clears != now.Clears+1 || len(b.Exchanges) != 0 || b.Lost {
		t.Errorf("Next() = %+v, want one clearing more and no exchange", b)
	}
	j.Forget("b")
	if got := j.Now().Clears; got != now.Clears+2 {
		t.Errorf("%d clearings, want %d", got, now.Clears+2)
	}
}

func TestNextEnds(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := j.Next(gone, journal.Filter{}, journal.Batch{UpTo: 4}, 9); err == nil || b.Exchanges != nil || b.UpTo != 4 {
		t.Errorf("Next() when the context is over = %+v, %v", b, err)
	}
}

// Followers see every exchange once and in order, whatever comes meanwhile.
func TestNextMissesNothing(t *testing.T) {
	t.Parallel()
	const many = 5000
	j := journal.New(journal.Config{})
	go func() {
		for i := 1; i <= many; i++ {
			j.Record(exchange(i, "a"), http.Header{})
		}
	}()
	var b journal.Batch
	for seen := 0; seen < many; {
		var err error
		if b, err = j.Next(t.Context(), journal.Filter{}, b, 100); err != nil || b.Lost {
			t.Fatalf("Next() = %+v, %v", b, err)
		}
		for _, e := range b.Exchanges {
			if seen++; e.ID != fmt.Sprint("r", seen) {
				t.Fatalf("number %d is %s", seen, e.ID)
			}
		}
	}
}
