package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"knotsandbox/journal"
)

func TestVerifyCount(t *testing.T) {
	t.Parallel()
	j := varied()
	n := func(n int) *int { return &n }
	created := journal.Filter{Outcome: "Created"}
	for _, c := range []struct {
		x        journal.Expectation
		ok       bool
		reason   string
		requests string
	}{
		{journal.Expectation{Filter: created}, true, "", "r1 r2"},
		{journal.Expectation{Filter: created, Count: n(2)}, true, "", "r1 r2"},
		{journal.Expectation{Filter: created, Count: n(1)}, false, "2 requests are as described, want exactly 1", "r1 r2"},
		{journal.Expectation{Filter: created, AtLeast: n(2), AtMost: n(2)}, true, "", "r1 r2"},
		{journal.Expectation{Filter: created, AtLeast: n(3)}, false, "2 requests are as described, want at least 3", "r1 r2"},
		{journal.Expectation{Filter: created, AtMost: n(1)}, false, "2 requests are as described, want at most 1", "r1 r2"},
		{journal.Expectation{Filter: journal.Filter{Outcome: "NoAccess"}, Count: n(0)}, true, "", ""},
		{journal.Expectation{Filter: journal.Filter{Outcome: "NoAccess"}, AtMost: n(1)}, true, "", ""},
		{journal.Expectation{Filter: journal.Filter{Outcome: "NoAccess"}}, false, "0 requests are as described, want at least 1", ""},
		{journal.Expectation{Filter: journal.Filter{Outcome: "AuthFailed"}, Count: n(2)}, false, "1 request is as described, want exactly 2", "r3"},
		{journal.Expectation{Order: []journal.Filter{created, {Outcome: "AuthFailed"}, {Fault: "any"}}}, true, "", "r1 r3 r4"},
		{journal.Expectation{Order: []journal.Filter{{Fault: "any"}, created}}, false, "step 2 of 2 was not found after r4", "r4"},
		{journal.Expectation{Order: []journal.Filter{created, created, created}}, false, "step 3 of 3 was not found after r2", "r1 r2"},
		{journal.Expectation{Order: []journal.Filter{{Outcome: "NoAccess"}}}, false, "step 1 of 1 was not found", ""},
		{journal.Expectation{Filter: journal.Filter{Client: "a"}, Order: []journal.Filter{created, created}}, false, "step 2 of 2 was not found after r1", "r1"},
	} {
		v := j.Verify(c.x)
		if got := strings.Join(v.Requests, " "); v.OK != c.ok || v.Reason != c.reason || got != c.requests {
			t.Errorf("Verify(%+v) = %t, %q, %s, want %t, %q, %s", c.x, v.OK, v.Reason, got, c.ok, c.reason, c.requests)
		}
	}
}

// What came nearest is named with the fields in which it differs, the fewest
// first, of equals the newest.
func TestVerifyNearest(t *testing.T) {
	t.Parallel()
	j := varied()
	v := j.Verify(journal.Expectation{Filter: journal.Filter{Product: "link", User: "test-*", Outcome: "Created"}})
	if got, want := fmt.Sprint(v.Nearest), "[{r5 [{outcome Created truncate}]} {r2 [{product link card_switcher}]} {r1 [{user test-* u}]}]"; got != want {
		t.Errorf("nearest = %s, want %s", got, want)
	}
	v = j.Verify(journal.Expectation{Order: []journal.Filter{{Outcome: "AuthFailed"}, {User: "u", Fault: "none"}}})
	if got, want := fmt.Sprint(v.Nearest), "[{r1 [{order after r3 before it}]} {r4 [{fault none f1 delay=137ms RateLimited retry-after=3s}]} {r5 [{user u test-8} {fault none i2 truncate=20}]}]"; got != want {
		t.Errorf("nearest behind the first step = %s, want %s", got, want)
	}
	if got := j.Nearest(journal.Filter{Client: "b", Outcome: "NoAccess"}); len(got) != 1 || got[0].Request != "r2" {
		t.Errorf("Nearest() = %v, want r2, the client's only one", got)
	}
}

// Requests are held against an order as they came in, not as they ended.
func TestVerifyOrderIsOfArrival(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{})
	j.Record(exchange(2, "a", func(e *journal.Exchange) { e.Outcome = "NoAccess" }), nil)
	j.Record(exchange(1, "a"), nil) // came first, ended last
	if v := j.Verify(journal.Expectation{Order: []journal.Filter{{Outcome: "Created"}, {Outcome: "NoAccess"}}}); !v.OK {
		t.Errorf("Verify() = %+v, want it to hold", v)
	}
}

// A verdict over what is no longer all there says so.
func TestVerifyTellsOfDropped(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 2}, 10)
	n := 5
	v := j.Verify(journal.Expectation{Filter: journal.Filter{Client: "a"}, Count: &n})
	if want := "; 3 older ones are no longer kept, raise --journal or --journal-size to keep more"; !strings.HasSuffix(v.Reason, want) {
		t.Errorf("reason = %q, want it to end in %q", v.Reason, want)
	}
	// That there are no more than are kept cannot be told, unless only later ones count.
	none, two := 0, 2
	for _, c := range []struct {
		x  journal.Expectation
		ok bool
	}{
		{journal.Expectation{Filter: journal.Filter{Client: "a", Outcome: "NoAccess"}, Count: &none}, false},
		{journal.Expectation{Filter: journal.Filter{Client: "a"}, AtMost: &two}, false},
		{journal.Expectation{Filter: journal.Filter{Client: "a"}, AtLeast: &two}, true},
		{journal.Expectation{Filter: journal.Filter{Client: "a", After: 8}, Count: new(1)}, true},
	} {
		if v := j.Verify(c.x); v.OK != c.ok || !c.ok && !strings.Contains(v.Reason, "cannot be told") {
			t.Errorf("Verify(%+v) = %+v, want %t", c.x, v, c.ok)
		}
	}
	if v := j.Verify(journal.Expectation{Filter: journal.Filter{Strangers: true}, Count: &none}); !v.OK {
		t.Errorf("of strangers, of whom nothing was dropped: %+v, want it to hold", v)
	}
	j.Clear("a")
	if v := j.Verify(journal.Expectation{Filter: journal.Filter{Client: "a"}, Count: &none}); !v.OK {
		t.Errorf("after Clear(a): %+v, want it to hold", v)
	}
}
