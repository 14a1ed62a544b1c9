package faults_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"knotsandbox/faults"
)

func TestInlineKeepsItsOwnSchedule(t *testing.T) {
	t.Parallel()
	set := new(faults.Set)
	fault := mustParse(t, "reset times=2")
	play := func(client string, n int) string {
		var got []string
		for range n {
			d, hit := set.DecideInline(epoch(), 1, faults.Request{Client: client}, fault)
			got = append(got, fmt.Sprintf("%s%t", d.ID, hit))
		}
		return strings.Join(got, " ")
	}
	if got, want := play("a", 3), "i1true i1true false"; got != want {
		t.Errorf("times=2 of client a: %s, want %s", got, want)
	}
	if got, want := play("b", 1), "i2true"; got != want {
		t.Errorf("client b: %s, want %s", got, want)
	}
	fault = mustParse(t, "reset times=1")
	if got, want := play("a", 2), "i3true false"; got != want {
		t.Errorf("another text of client a: %s, want %s", got, want)
	}
	if _, hit := set.DecideInline(epoch(), 1, faults.Request{}, faults.Fault{}); hit {
		t.Error("a zero fault hits")
	}
	if hitAt(set, "a", 0) != "." || set.Armed() {
		t.Error("an inline fault meets a request that does not carry it")
	}
	r := lookup(t, set, "i1", 0)
	if !r.Inline || r.Match.Client != "a" || r.Matched != 3 || r.Hit != 2 || r.Remaining != 0 {
		t.Errorf("account of i1 = %+v, want inline, client a, 3 matched, 2 hit", r)
	}
	set.Clear(epoch(), "a")
	if got, want := play("a", 1), "i4true"; got != want {
		t.Errorf("after Clear(a): %s, want %s", got, want)
	}
}

func TestInlineTimelineStartsWithTheFirst(t *testing.T) {
	t.Parallel()
	set := new(faults.Set)
	fault := mustParse(t, "reset for=5s then close for=5s")
	var got []string
	for _, since := range []time.Duration{time.Hour, time.Hour + 5*time.Second, time.Hour + 10*time.Second} {
		d, _ := set.DecideInline(epoch().Add(since), 1, faults.Request{}, fault)
		got = append(got, d.Effect.String())
	}
	if want := []string{"reset", "close", ""}; !slices.Equal(got, want) {
		t.Errorf("inline timeline = %q, want %q", got, want)
	}
}

func TestInlineMemoryIsBounded(t *testing.T) {
	t.Parallel()
	set := new(faults.Set)
	fault := mustParse(t, "reset times=1")
	for i := range 20_000 {
		set.DecideInline(epoch(), 1, faults.Request{Client: fmt.Sprint(i)}, fault)
		if _, hit := set.DecideInline(epoch(), 1, faults.Request{Client: "steady"}, fault); hit != (i == 0) {
			t.Fatalf("client in steady use, request %d: hit %t", i+1, hit)
		}
	}
	list, seen := set.List(epoch()), map[string]bool{}
	for _, r := range list {
		seen[r.ID] = true
	}
	if got := len(list); got < 4096 || got > 2*4096 || len(seen) != got {
		t.Errorf("%d inline faults are remembered, %d of them different; want 4096 to 8192, each once", got, len(seen))
	}
}

func TestInlineIsExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	set := new(faults.Set)
	fault := mustParse(t, "reset times=10")
	var met atomic.Int64
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for range 20 {
				if _, hit := set.DecideInline(epoch(), 1, faults.Request{Client: "a"}, fault); hit {
					met.Add(1)
				}
			}
		})
	}
	callers.Wait()
	if got := met.Load(); got != 10 {
		t.Errorf("64 callers met %d inline faults, want 10", got)
	}
}
