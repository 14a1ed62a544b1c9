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
	for i := 5; i <= 7; i++ { // before or after it has begun to wait
		j.Record(exchange(i, string(rune('a'+(i+1)%2))), nil)
	}
	if got := <-results; got.err != nil || ids(got.list) != "r7 r5 r3 r1" {
		t.Errorf("Await() of what comes = %s, %v, want r7 r5 r3 r1", ids(got.list), got.err)
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
	next := func(f journal.Filter, last journal.Batch) string {
		b, err := j.Next(t.Context(), f, last)
		return fmt.Sprintf("%s up to %d, lost up to %d, cleared %t, %v", ids(b.Exchanges), b.UpTo, b.LostUpTo, b.Cleared, err)
	}
	for _, c := range []struct{ what, got, want string }{
		{"all", next(journal.Filter{}, j.From("", 0)), "r1 r2 r3 r4 up to 4, lost up to 0, cleared false, <nil>"},
		{"after 3", next(journal.Filter{}, j.From("", 3)), "r4 up to 4, lost up to 0, cleared false, <nil>"},
		{"of a client", next(journal.Filter{Client: "a"}, j.From("a", 0)), "r1 r3 up to 4, lost up to 0, cleared false, <nil>"},
		{"of another journal", next(journal.Filter{}, j.From("", 99)), " up to 4, lost up to 4, cleared false, <nil>"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	// What is not meant is passed over while waiting.
	done := make(chan string)
	now := j.Now("b")
	go func() { done <- next(journal.Filter{Client: "b"}, now) }()
	for i := 5; i <= 6; i++ {
		j.Record(exchange(i, string(rune('a'+(i+1)%2))), nil)
	}
	if got, want := <-done, "r6 up to 6, lost up to 0, cleared false, <nil>"; got != want {
		t.Errorf("of b, from now: %s, want %s", got, want)
	}
	for i := 7; i <= 20; i++ {
		j.Record(exchange(i, "a"), nil)
	}
	if got, want := next(journal.Filter{}, j.From("", 6)), "r17 r18 r19 r20 up to 20, lost up to 16, cleared false, <nil>"; got != want {
		t.Errorf("what was dropped: %s, want %s", got, want)
	}
	if got, want := next(journal.Filter{Client: "b"}, j.From("b", 5)), "r6 up to 20, lost up to 0, cleared false, <nil>"; got != want {
		t.Errorf("of a client that lost nothing: %s, want %s", got, want)
	}
}

// A loss is told once, however many pieces follow it.
func TestNextTellsOfALossOnce(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 1000}, 4000)
	last, told, seen := j.From("", 10), 0, 0
	for last.UpTo < 4000 {
		var err error
		if last, err = j.Next(t.Context(), journal.Filter{}, last); err != nil {
			t.Fatal(err)
		}
		if last.LostUpTo > 0 {
			told++
		}
		seen += len(last.Exchanges)
	}
	if told != 1 || seen != 2000 {
		t.Errorf("told %d times, %d exchanges, want once and 2000", told, seen)
	}
}

// Who waits is told that something of its client was cleared, and only then.
func TestNextTellsOfClearing(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	for _, c := range []struct {
		client string
		want   bool
	}{{"", true}, {"a", true}, {"b", false}} {
		now := j.Now(c.client)
		j.Clear("a")
		j.Record(exchange(5, "b"), nil)
		j.Record(exchange(6, "a"), nil)
		b, err := j.Next(t.Context(), journal.Filter{Client: c.client}, now)
		if err != nil || b.Cleared != c.want || len(b.Exchanges) == 0 {
			t.Errorf("client %q: %+v, %v, want cleared %t", c.client, b, err, c.want)
		}
	}
	done := make(chan journal.Batch)
	now := j.Now("")
	go func() {
		b, _ := j.Next(t.Context(), journal.Filter{}, now)
		done <- b
	}()
	j.Clear("")
	if b := <-done; !b.Cleared {
		t.Errorf("Next() = %+v, want it to tell of the clearing", b)
	}
}

func TestNextEnds(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := j.Next(gone, journal.Filter{}, j.Now("")); err == nil || b.Exchanges != nil || b.UpTo != 4 {
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
	b := j.From("", 0)
	for seen := 0; seen < many; {
		var err error
		if b, err = j.Next(t.Context(), journal.Filter{}, b); err != nil || b.LostUpTo > 0 {
			t.Fatalf("Next() = %+v, %v", b, err)
		}
		for _, e := range b.Exchanges {
			if seen++; e.ID != fmt.Sprint("r", seen) {
				t.Fatalf("number %d is %s", seen, e.ID)
			}
		}
	}
}
