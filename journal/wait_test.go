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
	ctx := t.Context()
	list, upTo, lost, err := j.Next(ctx, journal.Filter{After: 1}, 2)
	if err != nil || lost || ids(list) != "r2 r3" || upTo != 3 {
		t.Errorf("Next(after 1) = %s, up to %d, lost %t, %v; want r2 r3, up to 3", ids(list), upTo, lost, err)
	}
	list, upTo, lost, err = j.Next(ctx, journal.Filter{After: 3}, 2)
	if err != nil || lost || ids(list) != "r4" || upTo != 4 {
		t.Errorf("Next(after 3) = %s, up to %d, lost %t, %v; want r4, up to 4", ids(list), upTo, lost, err)
	}
	// What is not meant is passed over while waiting.
	done := make(chan string)
	go func() {
		list, upTo, _, err := j.Next(ctx, journal.Filter{Client: "b", After: 4}, 2)
		done <- fmt.Sprintf("%s up to %d, %v", ids(list), upTo, err)
	}()
	j.Record(exchange(5, "a"), nil)
	j.Record(exchange(6, "b"), nil)
	if got := <-done; got != "r6 up to 6, <nil>" {
		t.Errorf("Next(b, after 4) = %s, want r6 up to 6", got)
	}
	for i := 7; i <= 20; i++ {
		j.Record(exchange(i, "a"), nil)
	}
	list, upTo, lost, err = j.Next(ctx, journal.Filter{After: 6}, 100)
	if err != nil || !lost || ids(list) != "r17 r18 r19 r20" || upTo != 20 {
		t.Errorf("Next() of what was dropped = %s, up to %d, lost %t, %v; want the rest, and lost", ids(list), upTo, lost, err)
	}
	if _, _, lost, _ := j.Next(ctx, journal.Filter{Client: "b", After: 5}, 100); lost {
		t.Error("Next() of a client that lost nothing says that something is lost")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if list, upTo, _, err := j.Next(gone, journal.Filter{After: 20}, 100); err == nil || list != nil || upTo != 20 {
		t.Errorf("Next() when the context is over = %v, %d, %v", list, upTo, err)
	}
	if got := j.Position(); got != 20 {
		t.Errorf("Position() = %d, want 20", got)
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
	var f journal.Filter
	for seen := 0; seen < many; {
		list, upTo, lost, err := j.Next(t.Context(), f, 100)
		if err != nil || lost {
			t.Fatalf("Next() = lost %t, %v", lost, err)
		}
		for _, e := range list {
			if seen++; e.ID != fmt.Sprint("r", seen) {
				t.Fatalf("number %d is %s", seen, e.ID)
			}
		}
		f.After = upTo
	}
}
