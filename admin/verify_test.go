package admin_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// expectationOf returns the expectation that a query means, with a count.
func expectationOf(t *testing.T, query string, count int) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{"count": count}
	for name := range values {
		fields[name] = values.Get(name)
		if position, err := strconv.Atoi(values.Get(name)); err == nil && (name == "after" || name == "before") {
			fields[name] = position
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// An expectation holds, or else it is told how many requests there are, which,
// and what came nearest.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for _, c := range []struct {
		body   string
		status int
		want   string // requests, or why not and what came nearest
	}{
		{`{"at_least":1}`, 200, "13: r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13"},
		{`{"user":"ada"}`, 200, "4: r1 r2 r6 r7"},
		{`{"user":"ada","count":4}`, 200, "4: r1 r2 r6 r7"},
		{`{"user":"ada","at_least":4}`, 200, "4: r1 r2 r6 r7"},
		{`{"user":"ada","at_most":4}`, 200, "4: r1 r2 r6 r7"},
		{`{"user":"ada","at_least":4,"at_most":4}`, 200, "4: r1 r2 r6 r7"},
		{`{"user":"zoe","count":0}`, 200, "0:"},
		{`{"user":"zoe","at_most":0}`, 200, "0:"},
		{`{"user":"zoe","at_least":0}`, 200, "0:"},

		{`{"user":"ada","count":3}`, 409, "4 requests are as described, want exactly 3 [r1 r2 r6 r7] 4:"},
		{`{"user":"ada","count":5}`, 409, "4 requests are as described, want exactly 5 [r1 r2 r6 r7] 4: r13(user) r12(user) r11(user)"},
		{`{"user":"ada","at_least":5}`, 409, "4 requests are as described, want at least 5 [r1 r2 r6 r7] 4: r13(user) r12(user) r11(user)"},
		{`{"user":"ada","at_least":1,"at_most":3}`, 409, "4 requests are as described, want at most 3 [r1 r2 r6 r7] 4:"},
		{`{"session":"` + s.show("r1").Session + `","count":0}`, 409, "1 request is as described, want exactly 0 [r1] 1:"},
		{`{"user":"zoe"}`, 409, "0 requests are as described, want at least 1 [] 0: r13(user) r12(user) r11(user)"},
		{`{"client":"other","user":"eve","outcome":"Created"}`, 409, "0 requests are as described, want at least 1 [] 0: r13(outcome) r3(user)"},
		{`{"client":"other","user":"eve","fault":"none"}`, 409, "0 requests are as described, want at least 1 [] 0: r13(fault) r3(user)"},
		{`{"client":"other","product":"card_switcher","outcome":"NoAccess","text":"eve"}`, 409, "0 requests are as described, want at least 1 [] 0: r13(product outcome) r3(product outcome text)"},
		{`{"client":"other","user":"bob","after":12}`, 409, "0 requests are as described, want at least 1 [] 0: r13(user)"},
		{`{"client":"other","user":"eve","before":13}`, 409, "0 requests are as described, want at least 1 [] 0: r3(user)"},
		{`{"client":"other","user":"b*","until":"60m"}`, 409, "0 requests are as described, want at least 1 [] 0: r3(until) r13(user until)"},

		{`{"order":[{"user":"ada"},{"user":"ada"},{"user":"ada"},{"user":"ada"}]}`, 200, "4: r1 r2 r6 r7"},
		{`{"order":[{"outcome":"NoAccess"},{"outcome":"InternalServerError","fault":"any"},{"client":"other"}]}`, 200, "3: r4 r9 r13"},
		{`{"user":"bob","order":[{"outcome":"Created"},{"outcome":"NoAccess"}]}`, 200, "2: r3 r4"},
		{`{"order":[{"outcome":"NoAccess"},{"outcome":"NoAccess"}]}`, 409, "step 2 of 2 was not found after r4 [r4] 1: r13(outcome) r12(outcome) r11(outcome)"},
		{`{"order":[{"client":"other"},{"client":"other"},{"client":"other"}]}`, 409, "step 3 of 3 was not found after r13 [r3 r13] 2:"},
		{`{"order":[{"outcome":"Abandoned"}]}`, 409, "step 1 of 1 was not found [] 0: r13(outcome) r12(outcome) r11(outcome)"},
		{`{"user":"bob","order":[{"outcome":"NoAccess"},{"outcome":"Created"}]}`, 409, "step 2 of 2 was not found after r4 [r4] 1: r3(order)"},
	} {
		a := s.call("POST /verify", c.body)
		var v struct {
			Verified bool
			failure
		}
		a.decode(t, &v)
		got := strings.TrimSpace(fmt.Sprintf("%d: %s", v.Count, strings.Join(v.Requests, " ")))
		if a.status != 200 {
			got = fmt.Sprintf("%s %v %s", a.problem.Message, v.Requests, missed(t, a))
		}
		if a.status != c.status || v.Verified != (c.status == 200) || got != c.want {
			t.Errorf("POST /verify %s: %d %s, want %d %s", c.body, a.status, got, c.status, c.want)
		}
		if a.describedRequest != nil {
			t.Errorf("POST /verify %s: not as described: %v", c.body, a.describedRequest)
		}
	}
}

// A difference tells what was wanted and what there is.
func TestVerifyDifferences(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for id, want := range map[string]string{
		"r3":  "product: card_switcher, not link; user: x?, not bob; outcome: reset, not Created; fault: any, not ; session: none, not SESSION; text: no way, not ; since: 2030-01-01T00:00:00Z, not 2025-09-10T13:00:00Z",
		"r13": "product: card_switcher, not link; user: x?, not eve; fault: f9, not i4 reset; until: 2020-01-01T00:00:00Z, not 2025-09-10T13:00:00Z",
	} {
		session := s.show(id).Session
		filter := `"client":"other","product":"card_switcher","user":"x?","after":2,"before":4,"outcome":"reset","fault":"any","session":"none","text":"no way","since":"2030-01-01T00:00:00Z"`
		if id == "r13" {
			filter = `"client":"other","product":"card_switcher","user":"x?","after":12,"outcome":"reset","fault":"f9","until":"2020-01-01T00:00:00Z"`
		}
		a := s.call("POST /verify", "{"+filter+"}")
		var f failure
		a.decode(t, &f)
		if a.status != 409 || len(f.Nearest) != 1 || f.Nearest[0].Request != id {
			t.Fatalf("%s: %d %s, want 409 with %s alone", filter, a.status, a.body, id)
		}
		var differences []string
		for _, d := range f.Nearest[0].Differences {
			differences = append(differences, fmt.Sprintf("%s: %s, not %s", d.Field, d.Want, d.Got))
		}
		if got := strings.Join(differences, "; "); got != strings.ReplaceAll(want, "SESSION", session) {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// A verdict that older requests could have changed says so.
func TestVerifyTellsOfDropped(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients, c.Journal.PerClient = append(c.Clients, client("other")), 2
	s := serve(t, c)
	s.want(200, sent{header: []string{"Authorization", basic("other", "other")}})
	for range 5 {
		s.want(200, sent{})
	}
	const note = "; 3 older ones are no longer kept, raise --journal or --journal-size to keep more"
	for body, want := range map[string]string{
		`{"count":5}`:                                        "3 requests are as described, want exactly 5" + note,
		`{"client":"sandbox","count":5}`:                     "2 requests are as described, want exactly 5" + note,
		`{"client":"other","count":5}`:                       "1 request is as described, want exactly 5",
		`{"client":"sandbox","order":[{"outcome":"reset"}]}`: "step 1 of 1 was not found" + note,
	} {
		if a := s.call("POST /verify", body); a.status != 409 || a.problem.Message != want {
			t.Errorf("%s: %d %q, want 409 %q", body, a.status, a.problem.Message, want)
		}
	}
}
