package admin_test

import (
	"strings"
	"testing"
)

// The conduct is that of the client that was named, or of all callers.
func TestConduct(t *testing.T) {
	t.Parallel()
	c := config()
	c.Clients = append(c.Clients, client("other"))
	s := serve(t, c)
	for _, status := range []int{429, 200} {
		fault := ""
		if status == 429 {
			fault = "RateLimited retry-after=9s"
		}
		s.want(status, sent{header: []string{"X-Sandbox-Fault", fault}})
	}
	s.want(403, sent{header: []string{"X-Sandbox-Fault", "NoAccess", "Authorization", basic("other", "other")}})
	s.want(401, sent{header: []string{"Authorization", basic("nobody", "wrong")}})
	for query, want := range map[string]string{
		"?client=sandbox": "fail r1 r2: sandbox u succeeded retry_after",
		"?client=other":   "not_met: other u refused",
		"":                "fail r1 r2: nobody u refused, other u refused, sandbox u succeeded retry_after",
	} {
		var report struct {
			Client string
			Rules  []struct {
				Rule, Verdict string
				Requests      []string
			}
			Calls []struct {
				Client, State string
				User          string `json:"external_user_id"`
				Broken        []string
			}
		}
		a := s.call("GET /conduct"+query, "")
		a.decode(t, &report)
		got := strings.Join(append([]string{report.Rules[1].Verdict}, report.Rules[1].Requests...), " ")
		var calls []string
		for _, c := range report.Calls {
			calls = append(calls, strings.Join(append([]string{c.Client, c.User, c.State}, c.Broken...), " "))
		}
		if got += ": " + strings.Join(calls, ", "); got != want || report.Client != strings.TrimPrefix(query, "?client=") {
			t.Errorf("GET /conduct%s: %s about %q, want %s", query, got, report.Client, want)
		}
	}
	for query, want := range map[string]string{"?client=other&as=text": "Conduct of other", "?as=text": "Conduct of all clients"} {
		if a := s.call("GET /conduct"+query, ""); !strings.HasPrefix(a.body, want) {
			t.Errorf("GET /conduct%s: %s, want it to begin with %s", query, a.body, want)
		}
	}
}
