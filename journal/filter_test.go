package journal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
)

// varied returns a journal of exchanges that differ in what a filter can tell.
func varied() *journal.Journal {
	j := journal.New(journal.Config{})
	j.Record(exchange(1, "a"), http.Header{"X-Test": {"Needle"}})
	j.Record(exchange(2, "b", func(e *journal.Exchange) {
		e.Product, e.ExternalUserID, e.SessionID = "card_switcher", "test-7", "S2"
	}), nil)
	j.Record(exchange(3, "", func(e *journal.Exchange) {
		e.GivenID, e.Outcome, e.Status, e.SessionID, e.Hint = "typo", "AuthFailed", 401, "", "no client `typo`"
	}), nil)
	j.Record(exchange(4, "a", func(e *journal.Exchange) {
		e.Outcome, e.Rule, e.Fault, e.Work = "RateLimited", "f1", "delay=137ms RateLimited retry-after=3s", ""
	}), nil)
	j.Record(exchange(5, "a", func(e *journal.Exchange) {
		e.Outcome, e.Rule, e.Fault, e.ExternalUserID = "truncate", "i2", "truncate=20", "test-8"
	}), nil)
	return j
}

func TestFilter(t *testing.T) {
	t.Parallel()
	j := varied()
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	for _, c := range []struct {
		filter journal.Filter
		want   string
	}{
		{journal.Filter{}, "r5 r4 r3 r2 r1"},
		{journal.Filter{Client: "a"}, "r5 r4 r1"},
		{journal.Filter{Client: "nobody"}, ""},
		{journal.Filter{Strangers: true}, "r3"},
		{journal.Filter{Product: "card_switcher"}, "r2"},
		{journal.Filter{User: "test-*"}, "r5 r2"},
		{journal.Filter{User: "test-7"}, "r2"},
		{journal.Filter{User: "test"}, ""},
		{journal.Filter{Outcome: "Created"}, "r2 r1"},
		{journal.Filter{Fault: "any"}, "r5 r4"},
		{journal.Filter{Fault: "none"}, "r3 r2 r1"},
		{journal.Filter{Fault: "f1"}, "r4"},
		{journal.Filter{Fault: "RateLimited"}, "r4"},
		{journal.Filter{Fault: "delay"}, "r4"},
		{journal.Filter{Fault: "truncate"}, "r5"},
		{journal.Filter{Fault: "truncate=20"}, "r5"},
		{journal.Filter{Fault: "delay=137ms RateLimited retry-after=3s"}, "r4"},
		{journal.Filter{Fault: "trunc"}, ""},
		{journal.Filter{SessionID: "S2"}, "r2"},
		{journal.Filter{Text: "nEEdle"}, "r1"},
		{journal.Filter{Text: "TYPO"}, "r3"},
		{journal.Filter{Text: "external_user_id"}, "r5 r4 r3 r2 r1"},
		{journal.Filter{Text: "r4"}, "r4"},
		{journal.Filter{Since: at(3)}, "r5 r4 r3"},
		{journal.Filter{Until: at(3)}, "r2 r1"},
		{journal.Filter{Since: at(2), Until: at(4)}, "r3 r2"},
		{journal.Filter{After: 3}, "r5 r4"},
		{journal.Filter{Before: 3}, "r2 r1"},
		{journal.Filter{Client: "a", After: 1, Before: 5}, "r4"},
		{journal.Filter{Client: "a", Outcome: "Created", User: "u", Fault: "none", Text: "link"}, "r1"},
	} {
		if got := ids(j.All(c.filter)); got != c.want {
			t.Errorf("All(%+v) = %s, want %s", c.filter, got, c.want)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 1000)
	var f journal.Filter
	seen := 0
	for page := range 200 {
		p := j.Find(f, 7)
		for i, e := range p.Exchanges {
			if want := fmt.Sprint("r", 1000-seen-i); e.ID != want {
				t.Fatalf("page %d, number %d: %s, want %s", page, i, e.ID, want)
			}
		}
		seen += len(p.Exchanges)
		if f.Before = p.Next; f.Before == 0 {
			break
		}
	}
	if seen != 1000 {
		t.Errorf("%d exchanges on all pages, want 1000", seen)
	}
	if p := j.Find(journal.Filter{}, 1000); len(p.Exchanges) != 1000 || p.Next != 0 {
		t.Errorf("a page that holds all has %d exchanges and goes on at %d", len(p.Exchanges), p.Next)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{})
	e := j.Record(exchange(1, "a", func(e *journal.Exchange) {
		e.Body, e.Duration, e.RetryAfter = "<b>\x00\xff", 1234567*time.Nanosecond, 3*time.Second
	}), http.Header{"X-Test": {"1", "2"}}).Exchange()
	got, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"r1","position":1,"at":"2025-09-10T12:00:01Z","began":"2025-09-10T12:00:01Z","duration_ms":1.235,"client":"a",` +
		`"method":"POST","path":"/session/create","headers":{"X-Test":["1","2"]},"body":"\u003cb\u003e\u0000\ufffd","body_base64":"PGI+AP8=","body_size":38,` +
		`"product":"link","external_user_id":"u","outcome":"Created","status":200,"answer":"{\"session\":\"s\"}","session":"s","retry_after_seconds":3}`
	if string(got) != want {
		t.Errorf("JSON = %s\nwant   %s", got, want)
	}
	brief, err := json.Marshal(e.Brief())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"headers", "body", "body_base64", "answer"} {
		if strings.Contains(string(brief), `"`+name+`"`) {
			t.Errorf("Brief() holds %s: %s", name, brief)
		}
	}
	more, err := e.With("as", map[string]string{"curl": "x"})
	if err != nil || string(more) != want[:len(want)-1]+`,"as":{"curl":"x"}}` {
		t.Errorf("With(as) = %s, %v", more, err)
	}
}
