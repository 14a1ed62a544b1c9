package conduct_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"knotsandbox/conduct"
	"knotsandbox/journal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shape prints a report's calls, newest first: state, then the attempts' ids.
func shape(r conduct.Report) string {
	var calls []string
	for _, c := range r.Calls {
		text := string(c.State)
		for _, a := range c.Attempts {
			text += " " + a.Request
		}
		calls = append(calls, text)
	}
	return strings.Join(calls, "; ")
}

func TestCallsAndTheirStates(t *testing.T) {
	t.Parallel()
	failed, fine := try(0, "InternalServerError"), try(s, "Created")
	method := func(m string) option { return func(e *journal.Exchange) { e.Method = m } }
	stranger := func(e *journal.Exchange) { e.Client, e.GivenID = "", "typo" }
	for _, c := range []struct {
		name      string
		exchanges []journal.Exchange
		at        time.Duration
		want      string
	}{
		{"nothing", nil, 0, ""},
		{"a success alone is not worth a look", list(fine), later, ""},
		{"recovered", list(failed, fine), later, "succeeded r1 r2"},
		{"a new call after success", list(failed, fine, try(2*s, "reset")), later, "gave_up r3; succeeded r1 r2"},
		{"open", list(failed), 60 * s, "open r1"},
		{"gave up", list(failed), 60*s + 2*ms, "gave_up r1"},
		{"waits for Retry-After", list(try(0, "RateLimited", asks(s))), 61 * s, "open r1"},
		{"waited for Retry-After", list(try(0, "RateLimited", asks(s))), 61*s + 2*ms, "gave_up r1"},
		{"refused at once", list(try(0, "AuthFailed")), 2 * ms, "refused r1"},
		{"refused in the end", list(failed, try(s, "NoAccess")), later, "refused r1 r2"},
		{"quiet between", list(failed, try(61*s+2*ms, "Created")), later, "gave_up r1"},
		{"just not quiet", list(failed, try(60*s, "Created")), later, "succeeded r1 r2"},
		{"quiet by the client's clock", list(failed, try(s, "reset", clockAt(2*time.Minute))), 2 * s, "open r2; gave_up r1"},
		{"clock set back after quiet", list(try(0, "reset", clockAt(0)), try(s, "reset", clockAt(2*time.Minute)), try(2*s, "reset", clockAt(0))), 2 * s, "open r2 r3; gave_up r1"},
		{"overlap beats the clock", list(try(0, "hang", took(10*s)), try(s, "Created", clockAt(later))), later, "succeeded r1 r2"},
		{"hedged", list(try(0, "Created", took(s)), try(s/2, "Created", took(s)), try(s, "reset")), later, "gave_up r3; succeeded r1 r2"},
		{"hedged, the second faster", list(try(0, "Created", took(10*s)), try(s, "Created"), try(5*s, "reset")), later, "gave_up r3; succeeded r1 r2"},
		{"a session that was cut short", list(try(0, "Created", issues("S1"), func(e *journal.Exchange) { e.Work = "Created" })), later, "gave_up r1"},
		{"a session that was not delivered", list(try(0, "truncate", issues("S1"))), later, "gave_up r1"},
		{"any order", list(try(2*s, "Created"), try(s, "reset"), failed), later, "succeeded r3 r2 r1"},
		{"position settles a tie", list(try(0, "NoAccess", took(0)), try(0, "reset", took(0))), later, "gave_up r1 r2"},
		{"users apart", list(failed, try(s, "reset", user("u-2"))), later, "gave_up r2; gave_up r1"},
		{"clients apart", list(failed, try(s, "reset", client("other"))), later, "gave_up r2; gave_up r1"},
		{"strangers apart", list(try(0, "AuthFailed", stranger), try(s, "AuthFailed", client(""))), later, "refused r2; refused r1"},
		{"bodies apart", list(failed, try(s, "reset", func(e *journal.Exchange) { e.Body = "{}" })), later, "gave_up r2; gave_up r1"},
		{"sizes apart", list(failed, try(s, "reset", func(e *journal.Exchange) { e.BodySize = 9 })), later, "gave_up r2; gave_up r1"},
		{"products apart", list(failed, try(s, "reset", func(e *journal.Exchange) { e.Product = "card" })), later, "gave_up r2; gave_up r1"},
		{"not the operation", list(try(0, "RouteNotFound"), try(s, "MethodNotAllowed"), try(2*s, "InvalidMethodOverride"), try(3*s, "Preflight"), try(4*s, "reset", method("GET"))), later, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := shape(judge(c.at, c.exchanges...)); got != c.want {
				t.Errorf("calls = %q, want %q", got, c.want)
			}
		})
	}
}

func TestClockOfTheClientEndsCalls(t *testing.T) {
	t.Parallel()
	exchanges := number(try(0, "reset"), try(s, "reset", client("")))
	r := conduct.Judge(exchanges, epoch().Add(2*s), func(client string) time.Time {
		if client == "sandbox" {
			return epoch().Add(later)
		}
		return epoch()
	})
	if got, want := shape(r), "open r2; gave_up r1"; got != want {
		t.Errorf("calls = %q, want %q", got, want)
	}
}

// story is a page with something of everything.
func story() conduct.Report {
	day := func(minute int) time.Duration { return time.Duration(minute) * time.Minute }
	exchanges := number(
		try(0, "RateLimited", fault("f1", "RateLimited retry-after=1s"), asks(s)),
		try(200*ms, "ServiceUnavailable", fault("f2", "delay=1.5s ServiceUnavailable retry-after=2s"), asks(2*s), took(1501*ms)),
		try(3702*ms, "Created", issues("915efe72-5136-4652-a91a-d9d48003c102")),
		try(day(5), "InternalServerError", user("u-2"), fault("f3", "InternalServerError phase=after"), issues("0b0e0d6c-3b43-4b47-8f3c-2d3a2f0d8f10")),
		try(day(5)+120*ms, "reset", user("u-2"), fault("f4", "reset")),
		try(day(5)+400*ms, "Created", user("u-2"), issues("6c3d21a6-95f1-4a2b-9a53-2f1f6f1f2d21")),
		try(day(10), "hang", user("u-3"), fault("f5", "hang"), took(2*s)),
		try(day(10)+s, "BadGateway", user("u-3"), took(15*s), fault("f6", "BadGateway")),
		try(day(15), "NoAccess", user("u-4"), fault("f7", "NoAccess")),
		try(day(15)+10*ms, "ExternalUserIdRequired", user("u-4"), clockAt(day(15)+5*s)),
		try(day(20), "Created", user("u-5"), issues("b5f4d7e2-3f8e-4c57-8b8b-0f4f8f3d6a11")),
	)
	exchanges[9].Status = 400
	now := epoch().Add(later)
	r := conduct.Judge(exchanges, now, func(string) time.Time { return now })
	r.Client = "sandbox"
	return r
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]conduct.Report{"story": story(), "empty": judge(0)} {
		golden(t, name+".txt", r.Text())
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(story(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "story.json", string(text)+"\n")
	text, err = json.Marshal(judge(0))
	if want := `"calls":[],"summary":{"calls":0,"attempts":0,"failed":0,"recovered":0,"gave_up":0}}`; err != nil || !strings.HasSuffix(string(text), want) {
		t.Errorf("empty report = %s, %v, want it to end with %s", text, err, want)
	}
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; go test ./conduct -update writes it anew. Got:\n%s", path, got)
	}
}

func TestSummaryCountsAllCalls(t *testing.T) {
	t.Parallel()
	r := judge(later, try(0, "reset"), try(s, "Created"), try(2*s, "Created"), try(0, "NoAccess", user("u-2")), try(0, "reset", user("u-3")))
	want := conduct.Summary{Calls: 4, Attempts: 5, Failed: 3, Recovered: 1, GaveUp: 1}
	if r.Summary != want {
		t.Errorf("summary = %+v, want %+v", r.Summary, want)
	}
}

func TestBrokenRulesStandBesideTheirCalls(t *testing.T) {
	t.Parallel()
	r := judge(later,
		try(0, "RateLimited", asks(2*s)), try(s/2, "RateLimited", asks(2*s)), try(s, "NoAccess", fault("f1", "NoAccess")), try(2*s, "reset", issues("S1")), try(3*s, "reset", issues("S2")),
		try(0, "reset", user("u-2")), try(s, "Created", user("u-2")),
		try(0, "RateLimited", user("u-3"), asks(2*s)), try(s, "Created", user("u-3")))
	want := map[string][]string{"u-1": {"retry_after", "final_answers", "duplicate_sessions"}, "u-3": {"retry_after"}}
	for _, c := range r.Calls {
		if !slices.Equal(c.Broken, want[c.ExternalUserID]) {
			t.Errorf("call of %s breaks %q, want %q", c.ExternalUserID, c.Broken, want[c.ExternalUserID])
		}
	}
}

func TestNoCallBreaksSpreadAlone(t *testing.T) {
	t.Parallel()
	r := judge(100*later, calls(1, 5, 2, policies()[4].wait)...)
	if f := finding(t, r, "spread"); f.Verdict != conduct.Fail {
		t.Fatalf("spread = %+v, want a fail", f)
	}
	for _, c := range r.Calls {
		if len(c.Broken) > 0 {
			t.Errorf("call of %s breaks %q, want nothing", c.ExternalUserID, c.Broken)
		}
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	r := judge(later,
		try(0, "hang", took(10*s)), try(s, "reset"), // the second is under way beside the first
		try(12*s, "hang", took(s)), // 2s after the end of the first, which ended last
		try(12*s+990*ms, "reset"),  // the sandbox learned of the end 10ms after the caller
		try(13*s, "Created", clockAt(23*s)))
	want := []conduct.Attempt{{}, {Overlaps: true}, {GapMS: 2000}, {GapMS: 0}, {GapMS: 10000}}
	for i, a := range r.Calls[0].Attempts {
		if a.GapMS != want[i].GapMS || a.Overlaps != want[i].Overlaps {
			t.Errorf("%s has a gap of %gms, overlaps %t; want %gms, %t", a.Request, a.GapMS, a.Overlaps, want[i].GapMS, want[i].Overlaps)
		}
	}
}

func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	var exchanges []journal.Exchange
	for i := range 150 {
		id := user(fmt.Sprint("u-", i))
		exchanges = append(exchanges, try(time.Duration(i)*s, "NoAccess", id), try(time.Duration(i)*s+20*ms, "NoAccess", id))
	}
	r := judge(later, exchanges...)
	if len(r.Calls) != 100 || r.Calls[0].ExternalUserID != "u-149" || r.Summary.Calls != 150 {
		t.Errorf("report shows %d calls from %s on, of %d; want 100 from u-149 on, of 150", len(r.Calls), r.Calls[0].ExternalUserID, r.Summary.Calls)
	}
	if f := finding(t, r, "final_answers"); len(f.Requests) != 20 || !strings.Contains(f.Reason, "150 of 300") || !strings.Contains(f.Reason, "r1 was answered") {
		t.Errorf("final_answers shows %d requests: %s; want 20, of 150 offences", len(f.Requests), f.Reason)
	}
}

func TestExamplesOfAPassAreFew(t *testing.T) {
	t.Parallel()
	var exchanges []journal.Exchange
	for i := range 30 {
		exchanges = append(exchanges, try(0, "NoAccess", user(fmt.Sprint("u-", i))))
	}
	if f := finding(t, judge(later, exchanges...), "final_answers"); f.Verdict != conduct.Pass || len(f.Requests) != 5 {
		t.Errorf("final_answers = %+v, want a pass with 5 examples", f)
	}
}

func TestTextShortensEndlessCalls(t *testing.T) {
	t.Parallel()
	var exchanges []journal.Exchange
	for i := range 500 {
		exchanges = append(exchanges, try(time.Duration(i)*s, "reset"))
	}
	text := judge(later, exchanges...).Text()
	for _, want := range []string{"\n  r19 ", "\n  and 480 attempts more, until\n  r500 "} {
		if !strings.Contains(text, want) {
			t.Errorf("text lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\n  r20 ") || strings.Contains(text, "\n  r499 ") {
		t.Errorf("text shows more than 20 attempts:\n%s", text)
	}
}

func TestHostileTextsAreHarmless(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{
		"\x1b[2J\x1b]0;title\a", "line\r\nfail     cap", "\xff\xfe\x00", "\u202etxt.exe", "\"quoted\" \\", strings.Repeat("A", 1<<20),
		strings.Repeat("é", 1<<19), strings.Repeat("\x00", 1<<20),
	} {
		r := judge(later, try(0, "InternalServerError", func(e *journal.Exchange) {
			e.ExternalUserID, e.Product, e.Body, e.BodySize = hostile, hostile, hostile, len(hostile)
			e.Client, e.GivenID = "", hostile
		}))
		r.Client = hostile
		text := r.Text()
		for _, line := range strings.Split(text, "\n") {
			if len(line) > 100 {
				t.Errorf("line of %d columns for %.20q: %s", len(line), hostile, line)
			}
			for _, char := range line {
				if char < ' ' || char > '~' {
					t.Errorf("text for %.20q holds %q", hostile, char)
					break
				}
			}
		}
		if !strings.Contains(text, "\ngave_up  ") {
			t.Errorf("text for %.20q has lost its call:\n%s", hostile, text)
		}
		r.Client = ""
		encoded, err := json.Marshal(r)
		if err != nil || !json.Valid(encoded) || !utf8.Valid(encoded) || len(encoded) > 8<<10 {
			t.Errorf("JSON for %.20q: %d bytes, %v", hostile, len(encoded), err)
		}
	}
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	r := judge(later, try(0, "reset", user("a"+strings.Repeat("é", 200))))
	if got, want := r.Calls[0].ExternalUserID, "a"+strings.Repeat("é", 127)+"…"; got != want {
		t.Errorf("external user id = %q, want %q", got, want)
	}
}

func TestJudgeIsDeterministic(t *testing.T) {
	t.Parallel()
	exchanges := calls(7, 40, 3, policies()[7].wait)
	want := judge(100*later, exchanges...)
	for range 20 {
		if got := judge(100*later, exchanges...); !reflect.DeepEqual(got, want) || got.Text() != want.Text() {
			t.Fatal("two judgements of the same exchanges differ")
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	exchanges := calls(1, 2500, 3, policies()[7].wait)
	now := epoch().Add(later)
	b.ReportAllocs()
	for b.Loop() {
		conduct.Judge(exchanges, now, func(string) time.Time { return now })
	}
}

// Every attempt of one call was under way at once: the worst case for finding
// what followed an answer.
func BenchmarkJudgeOverlapping(b *testing.B) {
	var exchanges []journal.Exchange
	for i := range 10_000 {
		exchanges = append(exchanges, try(time.Duration(i)*time.Microsecond, "RateLimited", asks(s), took(s)))
	}
	number(exchanges...)
	now := epoch().Add(later)
	b.ReportAllocs()
	for b.Loop() {
		conduct.Judge(exchanges, now, func(string) time.Time { return now })
	}
}
