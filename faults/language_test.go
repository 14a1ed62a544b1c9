package faults_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"knotsandbox/faults"
)

// catalogue is the error catalogue as the server would hand it in.
func catalogue() []string {
	return []string{
		"InvalidProductType", "CardIdRequired", "ExternalUserIdRequired", "TypeRequired", "InvalidPhoneNumber",
		"InvalidEmail", "InvalidProcessorToken", "InvalidCardBlocked", "AuthFailed", "NoAccess",
		"InternalServerError", "RateLimited",
	}
}

func newLanguage(t testing.TB) *faults.Language {
	t.Helper()
	l, err := faults.NewLanguage(catalogue(), faults.Incidents())
	if err != nil {
		t.Fatalf("NewLanguage = %v", err)
	}
	return l
}

func mustParse(t testing.TB, text string) faults.Fault {
	t.Helper()
	f, err := newLanguage(t).Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q) = %v", text, err)
	}
	return f
}

func mustRule(t testing.TB, text string) faults.Rule {
	t.Helper()
	r, err := newLanguage(t).ParseRule(text)
	if err != nil {
		t.Fatalf("ParseRule(%q) = %v", text, err)
	}
	return r
}

func TestParsePrintsCanonically(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"NoAccess", "NoAccess"},
		{"  InternalServerError\t times=2\n", "InternalServerError times=2"},
		{"times=2 InternalServerError", "InternalServerError times=2"},
		{"RateLimited retry-after=3s", "RateLimited retry-after=3s"},
		{"retry-after=90s RateLimited", "RateLimited retry-after=1m30s"},
		{"ServiceUnavailable retry-after=5m", "ServiceUnavailable retry-after=5m"},
		{"BadGateway", "BadGateway"},
		{"GatewayTimeout delay=1h", "delay=1h GatewayTimeout"},
		{"delay=250ms", "delay=250ms"},
		{"delay=0.25s", "delay=250ms"},
		{"delay=100ms..2s", "delay=100ms..2s"},
		{"delay=0s..2s", "delay=0s..2s"},
		{"delay=lognormal(p50=200ms,p99=3s)", "delay=lognormal(p50=200ms,p99=3s)"},
		{"InternalServerError delay=1s", "delay=1s InternalServerError"},
		{"hang", "hang"}, {"reset", "reset"}, {"close", "close"}, {"malformed", "malformed"}, {"empty", "empty"},
		{"garbage", "garbage"}, {"truncate=20", "truncate=20"}, {"truncate=0", "truncate=0"}, {"drip=5s", "drip=5s"},
		{"phase=after hang", "hang phase=after"},
		{"delay=1s phase=after", "delay=1s phase=after"},
		{"for=30s p=0.25 after=2 times=3 reset", "reset times=3 after=2 p=0.25 for=30s"},
		{"reset p=1", "reset"},
		{"reset p=2.5e-1", "reset p=0.25"},
		{"reset for=24h", "reset for=24h"},
		{"delay=1s for=5s then BadGateway for=10s then reset", "delay=1s for=5s then BadGateway for=10s then reset"},
		{"well for=5s then reset times=1", "well for=5s then reset times=1"},
		{"reset for=5s then well", "reset for=5s"},
		{"reset for=5s then well for=9s then well", "reset for=5s"},
		{"brownout", "brownout"},
	} {
		f, err := newLanguage(t).Parse(c.text)
		if err != nil {
			t.Errorf("Parse(%q) = %v", c.text, err)
			continue
		}
		if got := f.String(); got != c.want {
			t.Errorf("Parse(%q) prints %q, want %q", c.text, got, c.want)
		}
		if again := mustParse(t, f.String()); !reflect.DeepEqual(f, again) {
			t.Errorf("Parse(%q) = %#v, want %#v", f.String(), again, f)
		}
	}
}

func TestNoWordIsIgnored(t *testing.T) {
	t.Parallel()
	words := []string{
		"NoAccess", "RateLimited", "ServiceUnavailable", "delay=1s", "hang", "truncate=1", "drip=1s",
		"retry-after=1s", "phase=after", "times=1", "after=1", "p=0.5", "for=1s",
	}
	for i, a := range words {
		for _, b := range words[i+1:] {
			f, err := newLanguage(t).Parse(a + " " + b)
			if printed := strings.Fields(f.String()); err == nil && (!slices.Contains(printed, a) || !slices.Contains(printed, b)) {
				t.Errorf("Parse(%q) prints %q: a word is lost", a+" "+b, f)
			}
		}
	}
}

func TestSuggestionIsAFieldOfItsOwn(t *testing.T) {
	t.Parallel()
	_, err := newLanguage(t).Parse("NoAcess")
	got, _ := json.Marshal(err)
	if want := `{"offset":0,"word":"NoAcess",`; !strings.HasPrefix(string(got), want) ||
		!strings.HasSuffix(string(got), `"suggestion":"NoAccess"}`) {
		t.Errorf("Marshal(%v) = %s", err, got)
	}
}

func TestNewLanguageRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcomes  []string
		incidents map[string]string
		want      string
	}{
		{[]string{"hang"}, nil, `outcome "hang": the name is taken`},
		{[]string{"BadGateway"}, nil, "taken"},
		{[]string{"times"}, nil, "taken"},
		{[]string{"client"}, nil, "taken"},
		{[]string{"A", "A"}, nil, "taken"},
		{[]string{"No Access"}, nil, "want a letter, then letters"},
		{[]string{""}, nil, "want a letter"},
		{[]string{"1a"}, nil, "want a letter"},
		{[]string{strings.Repeat("a", 65)}, nil, "at most 64"},
		{[]string{"A"}, map[string]string{"A": "reset"}, `incident "A": the name is taken`},
		{nil, map[string]string{"then": "reset"}, "taken"},
		{nil, map[string]string{"bad": "rest"}, `incident "bad": unknown fault "rest"; did you mean "reset"?`},
		{nil, map[string]string{"one": "reset", "two": "one"}, `incident "two": unknown fault "one"`},
	} {
		_, err := faults.NewLanguage(c.outcomes, c.incidents)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewLanguage(%q, %q) = %v, want …%s…", c.outcomes, c.incidents, err, c.want)
		}
	}
	_, err := faults.NewLanguage(nil, map[string]string{"bad": "rest"})
	if syntax := new(faults.SyntaxError); !errors.As(err, &syntax) {
		t.Errorf("NewLanguage with a bad incident = %v, want a wrapped *SyntaxError", err)
	}
}

func TestNamesParse(t *testing.T) {
	t.Parallel()
	names := newLanguage(t).Names()
	for _, want := range slices.Concat(catalogue(), []string{"BadGateway", "hang", "brownout", "outage", "flaky"}) {
		if !slices.Contains(names, want) {
			t.Errorf("Names() = %q, want %q among them", names, want)
		}
	}
	for _, name := range names {
		if got := mustParse(t, name).String(); got != name {
			t.Errorf("Parse(%q) prints %q", name, got)
		}
	}
}

func TestShippedIncidentsNeedNoCatalogue(t *testing.T) {
	t.Parallel()
	l, err := faults.NewLanguage(nil, faults.Incidents())
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(faults.Incidents())); len(got) != 3 {
		t.Errorf("Incidents() = %q, want three", got)
	}
	f, err := l.Parse("brownout")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Timeline(); len(got) != 5 || !strings.HasPrefix(got[4], "ServiceUnavailable ") {
		t.Errorf("brownout is %q, want four delays, then ServiceUnavailable", got)
	}
}

func TestEffectPrints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effect faults.Effect
		want   string
	}{
		{faults.Effect{}, ""},
		{faults.Effect{Kind: faults.Outcome, Name: "NoAccess", Delay: 137 * time.Millisecond}, "delay=137ms NoAccess"},
		{faults.Effect{Kind: faults.Gateway, Name: "ServiceUnavailable", RetryAfter: time.Minute}, "ServiceUnavailable retry-after=1m"},
		{faults.Effect{Kind: faults.Hang, AfterWork: true}, "hang phase=after"},
		{faults.Effect{Kind: faults.Truncate, Size: 20}, "truncate=20"},
	} {
		if got, _ := c.effect.MarshalText(); string(got) != c.want {
			t.Errorf("%#v prints %q, want %q", c.effect, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "NoAccess", "delay=1s InternalServerError times=2", "delay=100ms..2s", "delay=lognormal(p50=200ms,p99=3s)",
		"RateLimited retry-after=90s", "hang phase=after p=0.25 after=3 for=30s", "truncate=20", "drip=5s", "brownout",
		"delay=1s for=5s then well for=1s then reset", `client=a user="x y*" header="X-A:b \"c\" \\" method=post path=/x reset`,
		"reset p=1e-5", "delay=59m59.999999999s", "user=\"\t\" hang", "NoAcess",
	} {
		f.Add(seed)
	}
	l, err := faults.NewLanguage(catalogue(), faults.Incidents())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if fault, err := l.Parse(text); err == nil {
			again, err := l.Parse(fault.String())
			if err != nil || !reflect.DeepEqual(fault, again) || again.String() != fault.String() {
				t.Errorf("Parse(%q) prints %q, which parses as %#v, %v", text, fault, again, err)
			}
		}
		rule, err := l.ParseRule(text)
		if err != nil {
			if syntax := new(faults.SyntaxError); !errors.As(err, &syntax) || syntax.Offset > len(text) || syntax.Reason == "" {
				t.Errorf("ParseRule(%q) = %#v, want a *SyntaxError within the text", text, err)
			}
			return
		}
		again, err := l.ParseRule(rule.String())
		if err != nil || !reflect.DeepEqual(rule, again) {
			t.Errorf("ParseRule(%q) prints %q, which parses as %#v, %v", text, rule, again, err)
		}
		if _, err := new(faults.Set).Arm(time.Unix(0, 0), rule); err != nil {
			t.Errorf("ParseRule(%q) gives what Arm refuses: %v", text, err)
		}
	})
}
