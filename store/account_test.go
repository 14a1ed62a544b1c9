package store_test

import (
	"errors"
	"testing"
	"time"

	"knotsandbox/knot"
	"knotsandbox/store"
)

func TestClocks(t *testing.T) {
	t.Parallel()
	clock := newClock()
	real := clock.Now()
	s := store.New(store.Config{Now: clock.Now})
	s.Put(client("a"))
	s.Put(client("b"))
	advance := func(id string, d time.Duration) {
		t.Helper()
		if err := s.ChangeClock(id, func(c knot.Clock, real time.Time) knot.Clock { return c.Advance(real, d) }); err != nil {
			t.Fatal(err)
		}
	}
	want := func(step string, a, b, common time.Duration) {
		t.Helper()
		for id, offset := range map[string]time.Duration{"a": a, "b": b, "": common, "unknown": common} {
			if got := s.Now(id).Sub(real); got != offset {
				t.Errorf("%s: Now(%q) = real time + %v, want + %v", step, id, got, offset)
			}
		}
	}
	want("at first", 0, 0, 0)
	advance("a", time.Hour)
	want("after advancing a", time.Hour, 0, 0)
	advance("", time.Minute)
	want("after advancing the common clock", time.Hour, time.Minute, time.Minute)
	clock.advance(time.Second)
	want("a second later", time.Hour+time.Second, time.Minute+time.Second, time.Minute+time.Second)
	if err := s.ReleaseClock("a"); err != nil {
		t.Fatal(err)
	}
	want("after releasing a", time.Minute+time.Second, time.Minute+time.Second, time.Minute+time.Second)
	if err := s.ReleaseClock(""); err != nil {
		t.Fatal(err)
	}
	want("after releasing the common clock", time.Second, time.Second, time.Second)
	for what, err := range map[string]error{
		"ChangeClock":  s.ChangeClock("unknown", func(c knot.Clock, _ time.Time) knot.Clock { return c }),
		"ReleaseClock": s.ReleaseClock("unknown"),
	} {
		if !errors.Is(err, knot.ErrUnknownClient) {
			t.Errorf("%s(unknown) = %v, want ErrUnknownClient", what, err)
		}
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := store.New(store.Config{Now: clock.Now})
	s.Put(client("a"))
	s.Put(client("b"))
	limit := knot.RateLimit{Requests: 2, Per: time.Minute}
	first := clock.Now()
	for _, step := range []struct {
		client    string
		advance   time.Duration
		remaining int
		exceeded  bool
		reset     time.Duration // from the first request
	}{
		{"a", 0, 1, false, time.Minute},
		{"a", 59 * time.Second, 0, false, time.Minute},
		{"a", 0, 0, true, time.Minute},
		{"b", 0, 1, false, 119 * time.Second}, // a window of its own
		{"a", time.Second, 1, false, 2 * time.Minute},
		{"unknown", 0, 1, false, 2 * time.Minute},
		{"", 0, 0, false, 2 * time.Minute}, // strangers share a window
		{"another", 0, 0, true, 2 * time.Minute},
	} {
		clock.advance(step.advance)
		q := s.Take(step.client, limit)
		if q.Limit != 2 || q.Remaining != step.remaining || q.Exceeded != step.exceeded || q.Reset.Sub(first) != step.reset {
			t.Errorf("Take(%q) = %+v, want remaining %d, exceeded %v, reset after %v", step.client, q, step.remaining, step.exceeded, step.reset)
		}
	}
	clock.advance(-time.Hour) // a clock that was set back must not lock anybody out
	if q := s.Take("a", limit); q.Exceeded || q.Remaining != 1 {
		t.Errorf("Take after the clock was set back = %+v, want a new window", q)
	}
}

func TestAddUpdateRemove(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	if err := s.Add(client("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(client("a")); !errors.Is(err, knot.ErrClientExists) {
		t.Errorf("Add(a) again = %v, want ErrClientExists", err)
	}
	create(t, s, "a", 1)
	changed, err := s.Update("a", func(c *knot.Client) { c.ID, c.Products = "other", 0 })
	if err != nil || changed.ID != "a" || changed.Products != 0 {
		t.Errorf("Update(a) = %+v, %v, want no products and the same id", changed, err)
	}
	if got, _ := s.Sessions("a"); len(got) != 1 {
		t.Errorf("%d sessions after Update, want 1", len(got))
	}
	if err := s.Remove("a"); err != nil || s.Has("a") {
		t.Errorf("Remove(a) = %v, still there: %v", err, s.Has("a"))
	}
	if _, err := s.Update("a", func(*knot.Client) {}); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Update of a removed client = %v, want ErrUnknownClient", err)
	}
	if err := s.Remove("a"); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Remove of a removed client = %v, want ErrUnknownClient", err)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := store.New(store.Config{Now: clock.Now})
	configured := client("a")
	configured.Seed = knot.NewSeed(7)
	s.Put(configured)
	if err := s.Add(client("minted")); err != nil {
		t.Fatal(err)
	}
	limit := knot.RateLimit{Requests: 1, Per: time.Hour}
	first := create(t, s, "a", 1)[0]
	spoil := func(id string) {
		t.Helper()
		if _, err := s.Update(id, func(c *knot.Client) { c.Products = 0 }); err != nil {
			t.Fatal(err)
		}
		_ = s.ChangeClock(id, func(c knot.Clock, real time.Time) knot.Clock { return c.Advance(real, time.Hour) })
		s.Take(id, limit)
	}
	isNew := func(id string) bool {
		c, err := s.Client(id)
		sessions, _ := s.Sessions(id)
		return err == nil && c.Products == knot.AllProducts() && len(sessions) == 0 && s.Now(id).Equal(clock.Now()) && !s.Take(id, limit).Exceeded
	}
	spoil("a")
	spoil("minted")
	if err := s.Reset("a"); err != nil {
		t.Fatal(err)
	}
	if !isNew("a") {
		t.Error("a is not as it was at the beginning")
	}
	if again := create(t, s, "a", 1)[0]; again != first {
		t.Errorf("first id after Reset = %s, want %s", again, first)
	}
	if c, _ := s.Client("minted"); c.Products != 0 {
		t.Error("Reset(a) changed the client minted")
	}
	spoil("a")
	s.ResetAll()
	if !isNew("a") || s.Has("minted") {
		t.Errorf("after ResetAll: a as at the beginning %v, minted there %v, want true, false", isNew("a"), s.Has("minted"))
	}
	if err := s.Reset("minted"); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Reset(minted) = %v, want ErrUnknownClient", err)
	}
}
