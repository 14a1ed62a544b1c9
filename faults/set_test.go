package faults_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"knotsandbox/faults"
)

// armed returns a set with the rules armed at the epoch, in order: f1, f2, ….
func armed(t testing.TB, rules ...string) *faults.Set {
	t.Helper()
	set := new(faults.Set)
	for _, text := range rules {
		if _, err := set.Arm(epoch(), mustRule(t, text)); err != nil {
			t.Fatalf("Arm(%q) = %v", text, err)
		}
	}
	return set
}

// hits plays n requests of a client at the epoch and returns what hit each: a
// rule's id or a dot.
func hits(set *faults.Set, client string, n int) string {
	var ids []string
	for range n {
		ids = append(ids, hitAt(set, client, 0))
	}
	return strings.Join(ids, " ")
}

func hitAt(set *faults.Set, client string, since time.Duration) string {
	d, hit := set.Decide(epoch().Add(since), 1, faults.Request{Client: client})
	if !hit {
		return "."
	}
	return d.ID
}

// lookup returns the account of a rule some time after the epoch.
func lookup(t *testing.T, set *faults.Set, id string, since time.Duration) faults.Report {
	t.Helper()
	r, ok := set.Lookup(epoch().Add(since), id)
	if !ok {
		t.Fatalf("Lookup(%s) finds nothing", id)
	}
	return r
}

func TestDecideFollowsPrecedenceAndSchedule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rules []string
		want  string
	}{
		{"nothing armed", nil, ". . ."},
		{"always", []string{"reset"}, "f1 f1 f1"},
		{"times", []string{"reset times=2"}, "f1 f1 ."},
		{"after", []string{"reset after=2"}, ". . f1"},
		{"after, then times", []string{"reset after=1 times=1"}, ". f1 ."},
		{"first armed first", []string{"reset times=1", "close times=1", "hang"}, "f1 f2 f3"},
		{"own before everyone's", []string{"reset", "client=acme close times=2"}, "f2 f2 f1"},
		{"another's does not count", []string{"client=other reset"}, ". . ."},
		{"nor does another request's", []string{"client=acme user=ada reset", "path=/x close", "hang"}, "f3 f3 f3"},
		{"a no goes on", []string{"client=acme reset after=2", "close times=1"}, "f2 . f1"},
		{"counted although passed on", []string{"reset times=1", "close after=1 times=1"}, "f1 . f2"},
	} {
		if got := hits(armed(t, c.rules...), "acme", 3); got != c.want {
			t.Errorf("%s: %q hit %s, want %s", c.name, c.rules, got, c.want)
		}
	}
}

// Rules for one user stand apart from the others, but their turn is that of arming.
func TestDecideKeepsTheOrderOfArming(t *testing.T) {
	t.Parallel()
	set := armed(t, "user=ada reset times=1", "user=a* close times=1", "user=bob hang", "user=ada empty times=1", "garbage")
	got := ""
	for _, user := range []string{"ada", "ada", "ada", "ada", "bob", "carl"} {
		d, _ := set.Decide(epoch(), 1, faults.Request{User: user})
		got += d.ID + " "
	}
	if want := "f1 f2 f4 f5 f3 f5 "; got != want {
		t.Errorf("the rules that hit are %s, want %s", got, want)
	}
}

func TestDecideNamesFaultAndEffect(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=acme delay=1s RateLimited retry-after=3s phase=after times=2")
	got, hit := set.Decide(epoch(), 1, faults.Request{Client: "acme"})
	want := faults.Effect{
		Kind: faults.Outcome, Name: "RateLimited", Delay: time.Second, RetryAfter: 3 * time.Second, AfterWork: true,
	}
	if !hit || got.ID != "f1" || got.Effect != want || got.Fault.String() != "delay=1s RateLimited retry-after=3s phase=after times=2" {
		t.Errorf("Decide = %+v, %t, want effect %+v of f1", got, hit, want)
	}
}

func TestTimesCountsAllClientsTogether(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset times=2")
	got := hits(set, "a", 1) + " " + hits(set, "b", 2) + " " + hits(set, "a", 1)
	if want := "f1 f1 . ."; got != want {
		t.Errorf("two clients: %s, want %s", got, want)
	}
}

func TestTimesIsExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	set := armed(t, "close times=777 after=100", "client=c1 reset times=5")
	var met atomic.Int64
	var callers sync.WaitGroup
	for i := range 64 {
		callers.Go(func() {
			for range 100 {
				if _, hit := set.Decide(epoch(), 1, faults.Request{Client: fmt.Sprint("c", i)}); hit {
					met.Add(1)
				}
			}
		})
	}
	callers.Wait()
	if got := met.Load(); got != 777+5 {
		t.Errorf("64 callers met %d faults, want 782", got)
	}
	if r := lookup(t, set, "f1", 0); r.Matched != 6400-5 || r.Hit != 777 || r.Remaining != 0 {
		t.Errorf("account = %+v, want 6395 matched, 777 hit, 0 remaining", r)
	}
}

func TestForEndsByTheClock(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset for=30s")
	for _, c := range []struct {
		since time.Duration
		want  string
	}{
		{0, "f1"}, {30*time.Second - 1, "f1"}, {30 * time.Second, "."}, {time.Hour, "."},
		{time.Second, "f1"}, // the clock was set back
		{-time.Hour, "f1"},  // to before arming
	} {
		if got := hitAt(set, "a", c.since); got != c.want {
			t.Errorf("%s after arming: %s, want %s", c.since, got, c.want)
		}
	}
	if r := lookup(t, set, "f1", time.Minute); !r.Expired || r.Remaining != 0 || r.Matched != 4 {
		t.Errorf("account a minute later = %+v, want expired, 4 matched, none remaining", r)
	}
	if r := lookup(t, set, "f1", 0); r.Expired || r.Remaining != -1 {
		t.Errorf("account with the clock set back = %+v, want not expired, no limit", r)
	}
}

func TestTimelineRunsOnTheClock(t *testing.T) {
	t.Parallel()
	set := armed(t, "delay=1s for=5s then well for=5s then BadGateway times=1 for=10s then reset for=1s")
	for _, c := range []struct {
		since        time.Duration
		effect       string
		remaining    int
		stage        string
		expired, hit bool
	}{
		{0, "delay=1s", -1, "delay=1s for=5s", false, true},
		{5 * time.Second, "", -1, "well for=5s", false, false},
		{10 * time.Second, "BadGateway", -1, "BadGateway times=1 for=10s", false, true},
		{12 * time.Second, "", -1, "BadGateway times=1 for=10s", false, false},
		{20 * time.Second, "reset", -1, "reset for=1s", false, true},
		{21 * time.Second, "", 0, "", true, false},
	} {
		d, hit := set.Decide(epoch().Add(c.since), 1, faults.Request{})
		if hit != c.hit || d.Effect.String() != c.effect {
			t.Errorf("at %s: %q, %t, want %q, %t", c.since, d.Effect, hit, c.effect, c.hit)
		}
		if r := lookup(t, set, "f1", c.since); r.Stage != c.stage || r.Expired != c.expired || r.Remaining != c.remaining {
			t.Errorf("account at %s = %+v, want stage %q, expired %t, remaining %d", c.since, r, c.stage, c.expired, c.remaining)
		}
	}
	if r := lookup(t, set, "f1", 0); r.Matched != 5 || r.Hit != 3 {
		t.Errorf("account = %+v, want 5 matched, 3 hit", r)
	}
}

func TestBrownoutGrowsThenFailsThenEnds(t *testing.T) {
	t.Parallel()
	set := armed(t, "brownout")
	last := time.Duration(0)
	for _, since := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 15 * time.Second} {
		d, hit := set.Decide(epoch().Add(since), 1, faults.Request{})
		if !hit || d.Effect.Kind != faults.Proceed || d.Effect.Delay < last {
			t.Errorf("brownout at %s = %q, %t, want a delay of at least %s", since, d.Effect, hit, last)
		}
		last = d.Effect.Delay
	}
	if d, _ := set.Decide(epoch().Add(20*time.Second), 1, faults.Request{}); d.Effect.Name != faults.ServiceUnavailable {
		t.Errorf("brownout at 20s = %q, want ServiceUnavailable", d.Effect)
	}
	if got := hitAt(set, "", 30*time.Second); got != "." {
		t.Errorf("brownout at 30s hits, want well")
	}
}

func TestAccountTellsWhatHappened(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=a reset times=3")
	before := lookup(t, set, "f1", 0)
	if before.Matched != 0 || before.Hit != 0 || before.Remaining != 3 || !before.LastHit.IsZero() || !before.ArmedAt.Equal(epoch()) {
		t.Errorf("account before = %+v, want armed at %s, nothing met, 3 remaining", before, epoch())
	}
	hitAt(set, "a", time.Second)
	hitAt(set, "a", 2*time.Second)
	after := lookup(t, set, "f1", 3*time.Second)
	if after.Matched != 2 || after.Hit != 2 || after.Remaining != 1 || !after.LastHit.Equal(epoch().Add(2*time.Second)) {
		t.Errorf("account after = %+v, want 2 hit, the last at 2 s, 1 remaining", after)
	}
	if after.Match.Client != "a" || after.Fault.String() != "reset times=3" || after.Inline || after.Stage != "" {
		t.Errorf("account names %+v", after)
	}
}

func TestIDsAreNeverUsedAgain(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset", "close")
	if r, ok := set.Disarm(epoch(), "f2"); !ok || r.Fault.String() != "close" {
		t.Errorf("Disarm(f2) = %+v, %t", r, ok)
	}
	if _, ok := set.Disarm(epoch(), "f2"); ok {
		t.Error("Disarm(f2) a second time finds it")
	}
	if r, ok := set.Lookup(epoch(), "f2"); ok {
		t.Errorf("Lookup(f2) after Disarm finds %+v", r)
	}
	set.ClearAll(epoch())
	if r, err := set.Arm(epoch(), mustRule(t, "hang")); err != nil || r.ID != "f3" {
		t.Errorf("Arm = %+v, %v, want f3", r, err)
	}
}

func TestArmRefusesAndChangesNothing(t *testing.T) {
	t.Parallel()
	set := armed(t)
	if _, err := set.Arm(epoch(), faults.Rule{}); !errors.Is(err, faults.ErrNoFault) {
		t.Errorf("Arm(no fault) = %v, want ErrNoFault", err)
	}
	var field *faults.MatchError
	bad := faults.Rule{Match: faults.Match{Client: "*"}, Fault: mustParse(t, "reset")}
	if _, err := set.Arm(epoch(), bad); !errors.As(err, &field) {
		t.Errorf("Arm(%q) = %v, want a *MatchError", bad, err)
	}
	if set.Armed() {
		t.Error("Armed() after refusals")
	}
	for range faults.MaxRules {
		if _, err := set.Arm(epoch(), mustRule(t, "client=a reset")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := set.Arm(epoch(), mustRule(t, "reset")); !errors.Is(err, faults.ErrFull) {
		t.Errorf("Arm beyond the bound = %v, want ErrFull", err)
	}
	if got := len(set.List(epoch())); got != faults.MaxRules {
		t.Errorf("%d rules are armed, want %d", got, faults.MaxRules)
	}
}

func TestClearLeavesOtherClientsAlone(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=a reset times=1", "client=b reset", "close after=9", "client=a hang")
	hits(set, "a", 1)
	set.DecideInline(epoch(), 1, faults.Request{Client: "a"}, mustParse(t, "empty after=5"))
	set.DecideInline(epoch(), 1, faults.Request{Client: "b"}, mustParse(t, "empty"))

	if got, want := ids(set.Clear(epoch(), "a")), "f4 i1"; got != want {
		t.Errorf("Clear(a) = %s never met, want %s", got, want)
	}
	if got, want := ids(set.List(epoch())), "f2 f3 i2"; got != want {
		t.Errorf("after Clear(a) there are %s, want %s", got, want)
	}
	if got, want := ids(set.ClearAll(epoch())), "f2 f3"; got != want {
		t.Errorf("ClearAll = %s never met, want %s", got, want)
	}
	if got := set.List(epoch()); len(got) != 0 || set.Armed() {
		t.Errorf("after ClearAll there are %+v", got)
	}
}

func ids(reports []faults.Report) string {
	var all []string
	for _, r := range reports {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestReportsAreCopies(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset")
	list := set.List(epoch())
	list[0].Hit, list[0].Match.Client = 99, "z"
	list[0].Fault.Timeline()[0] = "hang"
	if r := lookup(t, set, "f1", 0); r.Hit != 0 || r.Match.Client != "" || r.Fault.Timeline()[0] != "reset" {
		t.Errorf("writing to a report changed the set: %+v", r)
	}
}

func TestRulesChangeUnderTraffic(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=own reset p=0.5")
	rule := mustRule(t, "client=other close p=0.5")
	var traffic sync.WaitGroup
	for i := range 16 {
		traffic.Go(func() {
			client := fmt.Sprint("c", i)
			for range 50 {
				r, err := set.Arm(epoch(), faults.Rule{Match: faults.Match{Client: client}, Fault: rule.Fault})
				if err != nil {
					t.Error(err)
				}
				set.Decide(epoch(), 1, faults.Request{Client: client})
				set.DecideInline(epoch(), 1, faults.Request{Client: client}, rule.Fault)
				set.List(epoch())
				set.Disarm(epoch(), r.ID)
				if d, hit := set.Decide(epoch(), 1, faults.Request{Client: client}); hit {
					t.Errorf("%s hit %s after it was disarmed", client, d.ID)
				}
				set.Clear(epoch(), client)
			}
		})
	}
	traffic.Wait()
	if got, want := ids(set.List(epoch())), "f1"; got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
}

func TestTwoHundredClientsDoNotMeet(t *testing.T) {
	t.Parallel()
	set := new(faults.Set)
	for i := range 200 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			client := fmt.Sprintf("client-%d", i)
			r, err := set.Arm(epoch(), mustRule(t, fmt.Sprintf("client=%s reset times=%d", client, i%5+1)))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(strings.Repeat(r.ID+" ", i%5+1) + strings.Repeat(". ", 9-i%5))
			if got := hits(set, client, 10); got != want {
				t.Errorf("%s met %s, want %s", client, got, want)
			}
		})
	}
}
