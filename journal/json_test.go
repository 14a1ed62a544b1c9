package journal_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
)

// What a program reads from the control API is what the journal has.
func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	full := func(e *journal.Exchange) {
		e.GivenID, e.Work, e.Evidence, e.Hint = "who", "Created", "documented", "a \"hint\" <&>"
		e.Rule, e.Fault, e.RetryAfter = "f1", "RateLimited retry-after=1.5s", 1500*time.Millisecond
		e.Outcome, e.Status, e.Duration = "RateLimited", 429, 1234567*time.Microsecond
	}
	noText := func(e *journal.Exchange) { e.Body, e.BodySize = "\xff\x00\xfe", 3 }
	empty := func(e *journal.Exchange) {
		*e = journal.Exchange{ID: e.ID, At: e.At, Began: e.Began, Method: "GET", Path: "/"}
	}
	header := http.Header{"Accept": {"a/b", "c/d"}, "Authorization": {"Basic c2VjcmV0"}, "X-Colon": {"a: b"}, "X-Empty": {""}}
	for name, change := range map[string]func(*journal.Exchange){"full": full, "body is no text": noText, "empty": empty} {
		j := journal.New(journal.Config{})
		want := j.Record(exchange(1, "a", change), header).Exchange()
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got journal.Exchange
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: Unmarshal(%s) = %v", name, text, err)
		}
		if !reflect.DeepEqual(got.Header(), want.Header()) {
			t.Errorf("%s: header = %v, want %v", name, got.Header(), want.Header())
		}
		if again, err := json.Marshal(got); err != nil || string(again) != string(text) {
			t.Errorf("%s: encoded again, it is\n%s, %v; want\n%s", name, again, err, text)
		}
		// Brief leaves the header aside, whose lines have no order, and the texts that are looked at apart.
		if got.Body != want.Body || got.Answer != want.Answer || got.Brief() != want.Brief() {
			t.Errorf("%s: decoded = %+v, want %+v", name, got, want)
		}
	}
}

// Fields of a later version and the other forms beside an exchange do no harm;
// what cannot be read is an error.
func TestUnmarshalExchange(t *testing.T) {
	t.Parallel()
	var e journal.Exchange
	if err := json.Unmarshal([]byte(`{"id":"r1","as":{"curl":"curl"},"new":1}`), &e); err != nil || e.ID != "r1" {
		t.Errorf("Unmarshal = %v, id %q, want r1", err, e.ID)
	}
	for text, want := range map[string]string{
		`{"id":1}`:               "decode exchange: ",
		`{"body_base64":"****"}`: "decode exchange: body_base64: ",
	} {
		if err := json.Unmarshal([]byte(text), &e); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Unmarshal(%s) = %v, want %s…", text, err, want)
		}
	}
}
