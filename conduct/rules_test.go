package conduct_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"knotsandbox/conduct"
	"knotsandbox/journal"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

// later is long after every scenario: all calls are over.
const later = time.Hour

type ruleCase struct {
	name      string
	exchanges []journal.Exchange
	at        time.Duration // of judging; later if 0
	want      conduct.Verdict
	reason    string // a part of it
	requests  string // ids, with blanks between; not compared if empty
}

func testRule(t *testing.T, rule string, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.at == 0 {
				c.at = later
			}
			f := finding(t, judge(c.at, c.exchanges...), rule)
			if f.Verdict != c.want || !strings.Contains(f.Reason, c.reason) {
				t.Errorf("%s = %s, %q, want %s, %q", rule, f.Verdict, f.Reason, c.want, c.reason)
			}
			if got := strings.Join(f.Requests, " "); c.requests != "" && got != c.requests {
				t.Errorf("%s shows %q, want %q", rule, got, c.requests)
			}
		})
	}
}

func list(exchanges ...journal.Exchange) []journal.Exchange { return exchanges }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	limited := try(0, "RateLimited", asks(3*s))
	testRule(t, "retry_after", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "RateLimited times=1 retry-after=2s"`},
		{name: "never asked", exchanges: list(try(0, "InternalServerError"), try(s, "Created")), want: conduct.NotMet},
		{name: "waited", exchanges: list(limited, try(3001*ms, "Created")), want: conduct.Pass, reason: "after 1 answer", requests: "r1 r2"},
		{name: "a timer that runs ahead", exchanges: list(limited, try(2976*ms, "Created")), want: conduct.Pass},
		{name: "too soon", exchanges: list(limited, try(2975*ms, "Created")), want: conduct.Fail,
			reason: "in 1 of 1 case: r2 came 2.97s after the answer to r1, which asked for 3s", requests: "r1 r2"},
		{name: "counted from the end of a slow answer", exchanges: list(try(0, "RateLimited", asks(3*s), took(2*s)), try(3*s, "Created")),
			want: conduct.Fail, reason: "r2 came 1s after"},
		{name: "no other attempt", exchanges: list(limited), want: conduct.Pass, requests: "r1"},
		{name: "still waiting", exchanges: list(limited), at: 2 * s, want: conduct.NotMet, reason: "r1 asks for is not over"},
		{name: "of a 503", exchanges: list(try(0, "ServiceUnavailable", asks(2*s)), try(s, "Created")), want: conduct.Fail},
		{name: "heeded and not", exchanges: list(limited, try(4*s, "RateLimited", asks(s)), try(4100*ms, "Created")), want: conduct.Fail,
			reason: "in 1 of 2 cases: r3 came 99ms after the answer to r2", requests: "r2 r3"},
		{name: "an attempt that was under way", exchanges: list(try(0, "RateLimited", asks(3*s), took(2*s)), try(s, "InternalServerError"), try(5*s, "Created")),
			want: conduct.Pass, requests: "r1 r3"},
		{name: "after an attempt that was under way", exchanges: list(try(0, "RateLimited", asks(3*s), took(s)), try(500*ms, "hang", took(s)), try(2*s, "Created")),
			want: conduct.Fail, reason: "r3 came 1s after the answer to r1"},
		{name: "long waits stay one call", exchanges: list(try(0, "RateLimited", asks(10*time.Minute)), try(10*time.Minute+s, "Created")),
			want: conduct.Pass, requests: "r1 r2"},
		{name: "another call", exchanges: list(limited, try(s, "Created", user("u-2"))), want: conduct.Pass, requests: "r1"},
		{name: "clock moved on", exchanges: list(limited, try(20*ms, "Created", clockAt(3005*ms))), want: conduct.Pass, requests: "r1 r2"},
		{name: "clock moved on too little", exchanges: list(limited, try(20*ms, "Created", clockAt(2*s))), want: conduct.Fail, reason: "r2 came 2s after"},
		{name: "clock frozen, time passed", exchanges: list(limited, try(3002*ms, "Created", clockAt(0))), want: conduct.Pass},
		{name: "clock frozen, too soon", exchanges: list(limited, try(s, "Created", clockAt(0))), want: conduct.Fail, reason: "r2 came 999ms after"},
		{name: "clock set back", exchanges: list(limited, try(4*s, "Created", clockAt(-later))), want: conduct.Pass},
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	failed := try(0, "InternalServerError")
	testRule(t, "backoff", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "InternalServerError times=3"`},
		{name: "one gap", exchanges: list(failed, try(100*ms, "Created")), want: conduct.NotMet},
		{name: "at once", exchanges: list(failed, try(3*ms, "Created")), want: conduct.Fail, reason: "1 of 1 gap after a failure lasted less than 3ms", requests: "r2"},
		{name: "not quite at once", exchanges: list(failed, try(4*ms, "Created")), want: conduct.NotMet},
		{name: "half at once", exchanges: list(failed, try(2*ms, "BadGateway"), try(102*ms, "Created")), want: conduct.Pass},
		{name: "growing", exchanges: list(failed, try(101*ms, "reset"), try(302*ms, "Created")), want: conduct.Pass,
			reason: "In 1 call the first gap is 100ms and the last 200ms on average; at least 1.2 times", requests: "r2 r3"},
		{name: "fixed", exchanges: list(failed, try(101*ms, "InternalServerError"), try(203*ms, "Created")), want: conduct.Fail,
			reason: "first gap is 100ms and the last 101ms on average, and most calls wait the same time", requests: "r2 r3"},
		{name: "shrinking in one call", exchanges: list(failed, try(401*ms, "malformed"), try(502*ms, "Created")), want: conduct.NotMet, reason: "only 20 calls could tell"},
		{name: "grown by noise", exchanges: list(failed, try(6*ms, "InternalServerError"), try(14*ms, "Created")), want: conduct.Fail, reason: "first gap is 5ms and the last 7ms"},
		{name: "Retry-After has its own rule", exchanges: list(try(0, "RateLimited", asks(s)), try(1002*ms, "RateLimited", asks(s)), try(1003*ms, "Created")), want: conduct.NotMet},
		{name: "a gap after Retry-After counts for nothing", exchanges: list(failed, try(101*ms, "RateLimited", asks(5*s)), try(5102*ms, "InternalServerError"), try(5203*ms, "Created")),
			want: conduct.Fail, reason: "first gap is 100ms and the last 100ms", requests: "r2 r4"},
		{name: "overlaps have no gap", exchanges: list(try(0, "InternalServerError", took(s)), try(s/2, "InternalServerError", took(s)), try(s, "Created", took(s))), want: conduct.NotMet},
		{name: "final answers are no failure to retry", exchanges: list(try(0, "NoAccess"), try(2*ms, "NoAccess"), try(4*ms, "NoAccess")), want: conduct.NotMet},
		{name: "caller noticed a timeout first", exchanges: list(try(0, "hang", took(2*s)), try(1990*ms, "Created")), want: conduct.Fail, reason: "1 of 1 gap"},
		{name: "caller noticed a break first", exchanges: list(try(0, "truncate", took(30*ms)), try(20*ms, "Created")), want: conduct.Fail, reason: "1 of 1 gap"},
		{name: "fixed and long", exchanges: list(failed, try(10*s, "reset"), try(20*s+50*ms, "Created")), want: conduct.Fail, reason: "wait the same time"},
		{name: "fixed in one call of two", exchanges: list(failed, try(101*ms, "reset"), try(202*ms, "Created"),
			try(0, "reset", user("u-2")), try(101*ms, "reset", user("u-2")), try(152*ms, "Created", user("u-2"))), want: conduct.NotMet},
		{name: "fixed in two calls of three", exchanges: list(failed, try(s, "reset"), try(2*s, "Created"),
			try(0, "reset", user("u-2")), try(s, "reset", user("u-2")), try(2*s, "Created", user("u-2")),
			try(0, "reset", user("u-3")), try(101*ms, "reset", user("u-3")), try(302*ms, "Created", user("u-3"))),
			want: conduct.Fail, reason: "In 3 calls", requests: "r2 r3 r5 r6"},
		{name: "frozen clock", exchanges: list(try(0, "reset", clockAt(0)), try(101*ms, "reset", clockAt(0)), try(302*ms, "Created", clockAt(0))), want: conduct.Pass},
		{name: "advanced clock", exchanges: list(try(0, "reset"), try(2*ms, "reset", clockAt(101*ms)), try(4*ms, "Created", clockAt(302*ms))), want: conduct.Pass,
			reason: "first gap is 100ms and the last 200ms"},
		{name: "over the quiet time", exchanges: list(failed, try(101*ms, "InternalServerError"), try(2*time.Minute, "Created")), want: conduct.NotMet},
	})
}

func TestSpread(t *testing.T) {
	t.Parallel()
	pair := func(id string, at, gap time.Duration, options ...option) []journal.Exchange {
		options = append(options, user(id))
		return list(try(at, "InternalServerError", options...), try(at+ms+gap, "Created", options...))
	}
	three := func(a, b, c time.Duration) []journal.Exchange {
		return slices.Concat(pair("u-1", 0, a), pair("u-2", 0, b), pair("u-3", 0, c))
	}
	testRule(t, "spread", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "InternalServerError p=0.7"`},
		{name: "two calls", exchanges: slices.Concat(pair("u-1", 0, s), pair("u-2", 0, s)), want: conduct.NotMet, reason: "No client retried 3 calls"},
		{name: "in step", exchanges: three(100*ms, 100*ms, 101*ms), want: conduct.Fail,
			reason: "2 gaps stray 0.5ms on average, 0.5%, from the median gap of the same ordinal; under 3ms or 1% is in step", requests: "r2 r4 r6"},
		{name: "spread", exchanges: three(60*ms, 100*ms, 140*ms), want: conduct.Pass, reason: "stray 40ms on average, 40.0%", requests: "r2 r4 r6"},
		{name: "noise of a short sleep", exchanges: three(10*ms, 12*ms, 14*ms), want: conduct.Fail, reason: "stray 2ms on average, 16.7%"},
		{name: "noise of a long sleep", exchanges: three(10*s, 10*s+40*ms, 10*s+90*ms), want: conduct.Fail, reason: "stray 45ms on average, 0.4%"},
		{name: "clients apart", exchanges: slices.Concat(pair("u-1", 0, 100*ms, client("a")), pair("u-2", 0, 100*ms, client("a")), pair("u-3", 0, 900*ms, client("b"))),
			want: conduct.NotMet},
		{name: "ordinals apart", exchanges: list(
			try(0, "reset", user("a")), try(101*ms, "reset", user("a")), try(1102*ms, "Created", user("a")),
			try(0, "reset", user("b")), try(101*ms, "reset", user("b")), try(1102*ms, "Created", user("b")),
			try(0, "reset", user("c")), try(101*ms, "reset", user("c")), try(1102*ms, "Created", user("c"))), want: conduct.Fail},
	})
}

func TestFinalAnswers(t *testing.T) {
	t.Parallel()
	denied := try(0, "NoAccess", fault("f1", "NoAccess"))
	testRule(t, "final_answers", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "NoAccess times=1"`},
		{name: "only failures that pass", exchanges: list(try(0, "InternalServerError"), try(s, "Created")), want: conduct.NotMet},
		{name: "stopped", exchanges: list(denied), want: conduct.Pass, reason: "after 1 answer", requests: "r1"},
		{name: "changed", exchanges: list(denied, func() journal.Exchange { e := try(s, "Created"); e.Body += " "; e.BodySize++; return e }()), want: conduct.Pass},
		{name: "repeated", exchanges: list(denied, try(101*ms, "Created")), want: conduct.Fail,
			reason: "1 of 1 answer that a retry cannot change did not stop the caller: r1 was answered 403 NoAccess, and r2 sent the same again 100ms later", requests: "r1 r2"},
		{name: "repeated for ever", exchanges: list(try(0, "TypeRequired"), try(s, "TypeRequired"), try(2*s, "TypeRequired")), want: conduct.Fail,
			reason: "2 of 3 answers", requests: "r1 r2 r3"},
		{name: "after the quiet time", exchanges: list(denied, try(2*time.Minute, "Created")), want: conduct.Pass},
		{name: "put right between", exchanges: list(try(0, "AuthFailed"), try(5*s, "Created")), want: conduct.Pass},
		{name: "a fault hides whether it was put right", exchanges: list(try(0, "AuthFailed"), try(5*s, "reset", fault("f1", "reset"))), want: conduct.Fail},
		{name: "sent before the answer", exchanges: list(try(0, "PayloadTooLarge", took(s)), try(s/2, "PayloadTooLarge", took(s))), want: conduct.Pass},
		{name: "answer broken off", exchanges: list(func() journal.Exchange { e := try(0, "truncate"); e.Status = 403; return e }(), try(s, "Created")), want: conduct.NotMet},
		{name: "request broken off", exchanges: list(try(0, "Unreadable"), try(s, "Created")), want: conduct.NotMet},
	})
	for status, want := range map[int]conduct.Verdict{
		400: conduct.Fail, 401: conduct.Fail, 403: conduct.Fail, 404: conduct.Fail, 405: conduct.Fail, 413: conduct.Fail, 422: conduct.Fail,
		408: conduct.NotMet, 425: conduct.NotMet, 429: conduct.NotMet, 500: conduct.NotMet, 503: conduct.NotMet, 0: conduct.NotMet, 200: conduct.NotMet,
	} {
		e := try(0, "Some", fault("f1", "Some"))
		e.Status = status
		if f := finding(t, judge(later, e, try(s, "Created")), "final_answers"); f.Verdict != want {
			t.Errorf("final_answers of a repeated %d = %s, want %s", status, f.Verdict, want)
		}
	}
}

func TestCap(t *testing.T) {
	t.Parallel()
	failing := func(n int) []journal.Exchange {
		var l []journal.Exchange
		for i := range n {
			l = append(l, try(time.Duration(i)*s, "InternalServerError"))
		}
		return l
	}
	testRule(t, "cap", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "InternalServerError times=100"`},
		{name: "recovered", exchanges: list(try(0, "reset"), try(s, "Created")), want: conduct.NotMet},
		{name: "still open", exchanges: failing(10), at: 69 * s, want: conduct.NotMet},
		{name: "gave up", exchanges: failing(10), at: 70 * s, want: conduct.Pass, reason: "1 call gave up after 10 attempts; more than 10", requests: "r10"},
		{name: "gave up differently", exchanges: append(failing(3), try(0, "reset", user("u-2"))), want: conduct.Pass, reason: "2 calls gave up after 1 to 3 attempts"},
		{name: "too many, still open", exchanges: failing(11), at: 11 * s, want: conduct.Fail,
			reason: "1 call made more than 10 attempts, the longest 11; no call gave up", requests: "r1 r11"},
		{name: "too many, then success", exchanges: append(failing(12), try(13*s, "Created")), want: conduct.Fail, reason: "the longest 13"},
	})
}

func TestDuplicateSessions(t *testing.T) {
	t.Parallel()
	lost := try(0, "InternalServerError", issues("S1"), fault("f1", "InternalServerError phase=after"))
	testRule(t, "duplicate_sessions", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "InternalServerError phase=after times=1"`},
		{name: "every session delivered", exchanges: list(try(0, "Created", issues("S1")), try(s, "Created", issues("S2"))), want: conduct.NotMet},
		{name: "failed before the work", exchanges: list(try(0, "InternalServerError"), try(s, "Created", issues("S1"))), want: conduct.NotMet},
		{name: "not retried", exchanges: list(lost), want: conduct.Pass, reason: "1 attempt issued a session that the caller was not given", requests: "r1"},
		{name: "retried in vain", exchanges: list(lost, try(s, "reset")), want: conduct.Pass},
		{name: "retried", exchanges: list(lost, try(s, "Created", issues("S2"))), want: conduct.Fail,
			reason:   "1 call made more than one session: r1 made the session S1, which the caller was not given and is orphaned, and r2 made S2. The API has no idempotency key",
			requests: "r1 r2"},
		{name: "truncated", exchanges: list(try(0, "truncate", issues("S1")), try(s, "Created", issues("S2"))), want: conduct.Fail},
		{name: "lost twice", exchanges: list(lost, try(s, "reset", issues("S2"))), want: conduct.Fail, reason: "r1 made the session S1"},
		{name: "hedged", exchanges: list(try(0, "Created", issues("S1"), took(s)), try(s/2, "Created", issues("S2"), took(s))), want: conduct.Fail,
			reason: "r1 and r2 were under way together and made the sessions S1 and S2", requests: "r1 r2"},
		{name: "hedged, the second lost", exchanges: list(try(0, "Created", issues("S1"), took(s)), try(s/2, "truncate", issues("S2"))), want: conduct.Fail,
			reason: "r2 made the session S2, which the caller was not given and is orphaned, and r1 made S1"},
		{name: "one after the other", exchanges: list(try(0, "Created", issues("S1"), took(s)), try(s, "Created", issues("S2"))), want: conduct.NotMet},
		{name: "two calls", exchanges: list(lost, try(s, "Created", issues("S2"), user("u-2"))), want: conduct.Pass},
	})
}

func TestRecovers(t *testing.T) {
	t.Parallel()
	testRule(t, "recovers", []ruleCase{
		{name: "nothing recorded", want: conduct.NotMet, reason: `arm "InternalServerError times=2"`},
		{name: "nothing failed", exchanges: list(try(0, "Created")), want: conduct.NotMet},
		{name: "tried again", exchanges: list(try(0, "InternalServerError"), try(s, "Created")), want: conduct.Pass,
			reason: "1 call recovered from a failure: r1 was answered 500 InternalServerError, and r2 was given a session", requests: "r1 r2"},
		{name: "tried again and again", exchanges: list(try(0, "reset"), try(s, "BadGateway"), try(3*s, "Created")), want: conduct.Pass, requests: "r1 r3"},
		{name: "not tried again", exchanges: list(try(0, "InternalServerError")), want: conduct.Fail,
			reason: "1 call failed in a way that may pass and was not tried again within 60s: r1 was answered 500 InternalServerError", requests: "r1"},
		{name: "may still be tried", exchanges: list(try(0, "InternalServerError")), at: s, want: conduct.NotMet},
		{name: "given up after some", exchanges: list(try(0, "InternalServerError"), try(s, "InternalServerError")), want: conduct.NotMet},
		{name: "refused for good", exchanges: list(try(0, "NoAccess")), want: conduct.NotMet},
		{name: "refused in the end", exchanges: list(try(0, "InternalServerError"), try(s, "NoAccess")), want: conduct.NotMet},
		{name: "one and the other", exchanges: list(try(0, "InternalServerError"), try(s, "Created"), try(2*s, "hang", user("u-2"))), want: conduct.Fail,
			reason: "1 call recovered", requests: "r3"},
	})
}
