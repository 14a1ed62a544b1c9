package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// coverage is which outcomes were met.
type coverage struct {
	Client   string
	Outcomes []struct {
		Name, Group, Evidence string
		Status, Count         int
		LastRequest           string `json:"last_request"`
	}
	Documented, All struct{ Met, Of int }
}

// coverage returns the coverage of a client, or with "" of all callers.
func (s *sandbox) coverage(clientID string) coverage {
	s.t.Helper()
	route := "GET /coverage"
	if clientID != "" {
		route += "?client=" + clientID
	}
	var c coverage
	a := s.call(route, "")
	a.decode(s.t, &c)
	if a.status != 200 || c.Client != clientID {
		s.t.Fatalf("%s: %d %s", route, a.status, a.body)
	}
	return c
}

// met shows what was met as "NAME COUNT LAST, …; DOCUMENTED, ALL".
func (c *coverage) met() string {
	var list []string
	for _, o := range c.Outcomes {
		if o.Count > 0 || o.LastRequest != "" {
			list = append(list, fmt.Sprint(o.Name, " ", o.Count, " ", o.LastRequest))
		}
	}
	return fmt.Sprintf("%s; %d, %d", strings.Join(list, ", "), c.Documented.Met, c.All.Met)
}

// The coverage shows success, the catalogue and the failures of the network,
// each in its group.
func TestCoverageIsOfAllOutcomes(t *testing.T) {
	t.Parallel()
	c := serve(t, config())
	got := c.coverage("")
	names := []string{knot.Created}
	groups := map[string]string{knot.Created: "documented 200 documented"}
	documented := 1
	for _, e := range knot.Errors() {
		names = append(names, e.Name)
		group := "undocumented"
		if e.Evidence == knot.Documented {
			group = "documented"
			documented++
		}
		groups[e.Name] = fmt.Sprintf("%s %d %s", group, e.Status, e.Evidence)
	}
	all := len(names)
	for _, name := range faults.Outcomes() {
		names = append(names, name)
		groups[name] = "failure 0 assumed"
	}
	var shown []string
	for _, o := range got.Outcomes {
		shown = append(shown, o.Name)
		if text := fmt.Sprintf("%s %d %s", o.Group, o.Status, o.Evidence); text != groups[o.Name] {
			t.Errorf("%s: %s, want %s", o.Name, text, groups[o.Name])
		}
	}
	if !slices.Equal(shown, names) {
		t.Errorf("outcomes %v, want %v", shown, names)
	}
	if got.Documented.Of != documented || got.All.Of != all || got.met() != "; 0, 0" {
		t.Errorf("%d documented, %d in all, met %s; want %d and %d, and nothing met", got.Documented.Of, got.All.Of, got.met(), documented, all)
	}
}

// Outcomes are counted for the client that met them and for all.
func TestCoverageCounts(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	for clientID, want := range map[string]string{
		"sandbox": "Created 4 r10, InvalidProductType 1 r12, AuthFailed 1 r6, NoAccess 1 r4, InternalServerError 1 r9, RateLimited 1 r11; 5, 6",
		"other":   "Created 1 r3, reset 1 r13; 1, 1",
		"":        "Created 5 r10, InvalidProductType 1 r12, AuthFailed 2 r7, NoAccess 1 r4, InternalServerError 1 r9, RateLimited 1 r11, reset 1 r13; 5, 6",
	} {
		c := s.coverage(clientID)
		if got := c.met(); got != want {
			t.Errorf("client %q: %s, want %s", clientID, got, want)
		}
	}
	text := s.call("GET /coverage?as=text", "").body
	for _, want := range []string{
		"met 5×  documented    Created r10\n", "missed  documented    TypeRequired\n", "met 1×  undocumented  RateLimited r11\n",
		"met 1×  failure       reset r13\n", "missed  failure       hang\n", "\n5 of 12 documented outcomes met, 6 of 18 in all\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("as=text: no line %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines != len(s.coverage("").Outcomes)+2 {
		t.Errorf("as=text: %d lines, want one for each outcome, an empty one and the sum:\n%s", lines, text)
	}
}

// The coverage outlives what is reset, forgotten and dropped, but not what is
// counted anew.
func TestCoverageLasts(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients, c.Journal.PerClient = append(c.Clients, client("other")), 1
	s := serve(t, c)
	asOther := []string{"Authorization", basic("other", "other")}
	s.want(200, sent{})
	s.want(403, sent{header: []string{"X-Sandbox-Fault", "NoAccess"}})
	s.want(200, sent{header: asOther})
	const sandbox, other, all = "Created 1 r1, NoAccess 1 r2; 2, 2", "Created 1 r3; 1, 1", "Created 2 r3, NoAccess 1 r2; 2, 2"
	const none = "; 0, 0"
	for _, c := range []struct{ route, body, sandbox, other, all string }{
		{"GET /coverage", "", sandbox, other, all},
		{"DELETE /requests?client=sandbox", "", sandbox, other, all},
		{"DELETE /requests", "", sandbox, other, all},
		{"POST /reset", `{"client":"sandbox"}`, sandbox, other, all},
		{"POST /reset", "", sandbox, other, all},
		{"DELETE /faults", "", sandbox, other, all},
		{"DELETE /coverage?client=sandbox", "", none, other, all},
		{"DELETE /coverage", "", none, none, none},
	} {
		if a := s.call(c.route, c.body); a.status >= 300 {
			t.Fatalf("%s: %d %s", c.route, a.status, a.body)
		}
		for id, want := range map[string]string{"sandbox": c.sandbox, "other": c.other, "": c.all} {
			v := s.coverage(id)
			if got := v.met(); got != want {
				t.Errorf("after %s %s, client %q: %s, want %s", c.route, c.body, id, got, want)
			}
		}
	}
	s.want(200, sent{header: asOther})
	if v := s.coverage("other"); v.met() != "Created 1 r4; 1, 1" {
		t.Errorf("counted anew: %s, want one", v.met())
	}
	s.call("DELETE /clients/other", "")
	if v := s.coverage(""); v.met() != "Created 1 r4; 1, 1" {
		t.Errorf("after its client was removed: %s, want it to count for all still", v.met())
	}
}
