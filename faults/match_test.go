package faults_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"knotsandbox/faults"
)

// epoch is when the tests' clocks start.
func epoch() time.Time { return time.Date(2025, 9, 1, 12, 0, 0, 0, time.UTC) }

func TestMatchChooses(t *testing.T) {
	t.Parallel()
	request := faults.Request{
		Client: "acme", Product: "card_switcher", User: "ada-7é", Method: "POST", Path: "/session/create",
		Header: http.Header{"X-Team": {"red", "blue sky"}},
	}
	for _, c := range []struct {
		match string
		want  bool
	}{
		{"", true},
		{"client=acme", true},
		{"client=acm", false},
		{"client=Acme", false},
		{"product=card_switcher", true},
		{"product=link", false},
		{"user=ada-7é", true},
		{"user=ada-7", false},
		{"user=ada-*", true},
		{"user=*", true},
		{"user=*7?", true},
		{"user=*7??", false},
		{"user=??????", true},
		{"user=?????", false},
		{"user=a*a*é", true},
		{"user=a*b*é", false},
		{"user=**ada**", true},
		{"user=*ada", false},
		{"header=X-Team:red", true},
		{"header=x-team:red", true},
		{"header=X-Team:green", false},
		{`header="X-Team: blue sky"`, true},
		{"header=X-Team:blue*", true},
		{"header=X-Team:sky", false},
		{"header=X-Team", true},
		{"header=X-Other", false},
		{"method=POST", true},
		{"method=post", true},
		{"method=GET", false},
		{"path=/session/create", true},
		{"path=/session/*", true},
		{"path=/session", false},
		{"client=acme product=card_switcher user=ada* header=X-Team:red method=POST path=/session/create", true},
		{"client=acme product=card_switcher user=bob* header=X-Team:red method=POST path=/session/create", false},
	} {
		var set faults.Set
		if _, err := set.Arm(epoch(), mustRule(t, c.match+" reset")); err != nil {
			t.Fatal(err)
		}
		if _, got := set.Decide(epoch(), 1, request); got != c.want {
			t.Errorf("%q matches %+v = %t, want %t", c.match, request, got, c.want)
		}
	}
}

func TestPatternCountsCharacters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, user string
		want          bool
	}{
		{"*??bc", "€bc", false},
		{"*??bc", "€€bc", true},
		{"?", "€", true},
		{"??", "€", false},
		{"*ab", "aab", true},
		{"a*b*c", "axbxbxc", true},
		{"a*b*c", "axbxbx", false},
	} {
		var set faults.Set
		if _, err := set.Arm(epoch(), mustRule(t, "user="+c.pattern+" reset")); err != nil {
			t.Fatal(err)
		}
		if _, got := set.Decide(epoch(), 1, faults.Request{User: c.user}); got != c.want {
			t.Errorf("user=%s matches %q = %t, want %t", c.pattern, c.user, got, c.want)
		}
	}
}

func TestMatchIgnoresFinalSlashOfRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		match, path string
		want        bool
	}{
		{"path=/session/create", "/session/create/", true},
		{"path=/session/create/", "/session/create", false},
		{"path=/", "/", true},
		{"path=/*", "/", true},
		{"path=/x", "/", false},
	} {
		var set faults.Set
		if _, err := set.Arm(epoch(), mustRule(t, c.match+" reset")); err != nil {
			t.Fatal(err)
		}
		if _, got := set.Decide(epoch(), 1, faults.Request{Path: c.path}); got != c.want {
			t.Errorf("%q matches path %q = %t, want %t", c.match, c.path, got, c.want)
		}
	}
}

func TestRulePrintsCanonically(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"NoAccess client=acme", "client=acme NoAccess"},
		{"path=/x NoAccess times=2 client=acme", "client=acme path=/x NoAccess times=2"},
		{"method=post reset", "method=POST reset"},
		{"header=x-team:red reset", "header=X-Team:red reset"},
		{"header=x-team reset", "header=X-Team:* reset"},
		{`header="x-team:  blue sky" reset`, `header="X-Team:blue sky" reset`},
		{`user="ada" reset`, "user=ada reset"},
		{`user="a \"b\" \\c" reset`, `user="a \"b\" \\c" reset`},
		{`user=a"b reset`, `user="a\"b" reset`},
		{"client=a brownout", "client=a brownout"},
		{"delay=1s for=1s then reset product=link", "product=link delay=1s for=1s then reset"},
	} {
		rule := mustRule(t, c.text)
		if got := rule.String(); got != c.want {
			t.Errorf("ParseRule(%q) prints %q, want %q", c.text, got, c.want)
		}
		if again := mustRule(t, rule.String()); again.Match != rule.Match || again.Fault.String() != rule.Fault.String() {
			t.Errorf("ParseRule(%q) = %+v, want %+v", rule, again, rule)
		}
	}
}

func TestParseRuleRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 257)
	for _, c := range []struct {
		text, word, reason string
		offset             int
	}{
		{"client=a", "", "a fault is missing", 8},
		{"reset client=a client=b", "client=b", "client is given twice", 15},
		{"reset client", "client", "wants a value", 6},
		{`reset user=""`, `user=""`, "wants a value", 6},
		{"client=a* reset", "client=a*", "takes no * or ?", 0},
		{"product=? reset", "product=?", "takes no * or ?", 0},
		{"header=:x reset", "header=:x", "want Name:value", 0},
		{"header=X-A: reset", "header=X-A:", "Name alone for any value", 0},
		{`header="X A:b" reset`, `header="X A:b"`, "want Name:value", 0},
		{"header=Host:x reset", "header=Host:x", "cannot match the host", 0},
		{"header=authorization:x reset", "header=authorization:x", "cannot hold credentials", 0},
		{"method=P0ST reset", "method=P0ST", "want a method", 0},
		{"path=x reset", "path=x", "must start with /", 0},
		{"user=" + long + " reset", "user=" + long, "at most 256 bytes", 0},
		{"user=\"a\nb\" reset", "user=\"a\nb\"", "control character", 0},
		{"clinet=a reset", "clinet=a", `did you mean "client"?`, 0},
	} {
		_, err := newLanguage(t).ParseRule(c.text)
		var syntax *faults.SyntaxError
		if !errors.As(err, &syntax) || syntax.Word != c.word || syntax.Offset != c.offset || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("ParseRule(%.40q) = %#v, want offset %d, word %q, …%s…", c.text, err, c.offset, c.word, c.reason)
		}
	}
}

func TestRuleTakesMatchBesideText(t *testing.T) {
	t.Parallel()
	l := newLanguage(t)
	rule, err := l.Rule(faults.Match{Client: "acme", Method: "post"}, "user=ada* NoAccess")
	if err != nil || rule.String() != "client=acme user=ada* method=POST NoAccess" {
		t.Errorf("Rule = %q, %v", rule, err)
	}
	var syntax *faults.SyntaxError
	if _, err := l.Rule(faults.Match{Client: "acme"}, "client=acme NoAccess"); !errors.As(err, &syntax) {
		t.Errorf("Rule with the client in both = %v, want a *SyntaxError", err)
	}
	var field *faults.MatchError
	if _, err := l.Rule(faults.Match{Path: "x"}, "NoAccess"); !errors.As(err, &field) || field.Error() != "path: must start with / or *" {
		t.Errorf("Rule with a bad path = %v, want a *MatchError about path", err)
	}
	if _, err := l.Rule(faults.Match{User: "\xff"}, "NoAccess"); !errors.As(err, &field) || field.Field != "user" {
		t.Errorf("Rule with a bad user = %v, want a *MatchError about user", err)
	}
}

func TestMatchInJSON(t *testing.T) {
	t.Parallel()
	want := `{"match":{"client":"a","product":"link","user":"u*","header":"X-A:b","method":"POST","path":"/x"},"fault":"NoAccess times=2"}`
	rule := mustRule(t, "client=a product=link user=u* header=X-A:b method=POST path=/x NoAccess times=2")
	got, err := json.Marshal(rule)
	if err != nil || string(got) != want {
		t.Errorf("Marshal(%q) = %s, %v, want %s", rule, got, err, want)
	}
	var read struct {
		Match faults.Match
		Fault string
	}
	if err := json.Unmarshal(got, &read); err != nil || read.Match != rule.Match {
		t.Errorf("Unmarshal(%s) = %+v, %v, want %+v", got, read.Match, err, rule.Match)
	}
	bare, _ := json.Marshal(mustRule(t, "reset"))
	if want := `{"fault":"reset"}`; string(bare) != want {
		t.Errorf("Marshal of a rule for everyone = %s, want %s", bare, want)
	}
}
