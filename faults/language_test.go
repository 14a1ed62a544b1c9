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

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, word string
		offset     int
		reason     string
	}{
		{"", "", 0, "a fault is missing; valid names: AuthFailed, "},
		{"   ", "", 3, "a fault is missing"},
		{"times=2", "", 7, "a fault is missing"},
		{"reset for=1s then", "", 17, "a fault is missing"},
		{"then reset", "", 0, "a fault is missing"},
		{"noaccess", "noaccess", 0, `unknown fault "noaccess"; did you mean "NoAccess"?`},
		{"times=2 NoAcess", "NoAcess", 8, `unknown fault "NoAcess"; did you mean "NoAccess"? valid names: AuthFailed, BadGateway, `},
		{"rseet", "rseet", 0, `did you mean "reset"?`},
		{"HANG", "HANG", 0, `did you mean "hang"?`},
		{strings.Repeat("x", 65), strings.Repeat("x", 65), 0, `xxx…"; valid names: `},
		{"delay=lognormal(p50=1,p99=3s)", "delay=lognormal(p50=1,p99=3s)", 0, "p50: want a duration"},
		{"dealy", "dealy", 0, `did you mean "delay"?`},
		{"xyzzy", "xyzzy", 0, `unknown fault "xyzzy"; valid names: AuthFailed, BadGateway, `},
		{"browout", "browout", 0, `did you mean "brownout"?`},
		{"reset tmies=2", "tmies=2", 6, `unknown setting "tmies"; did you mean "times"? valid settings: delay, `},
		{"reset reset", "reset", 6, `"reset" is written twice`},
		{"reset times=1 times=2", "times=2", 14, `"times" is written twice`},
		{"reset hang", "hang", 6, "reset and hang both decide the answer"},
		{"truncate=3 drip=5s", "drip=5s", 11, "truncate=3 and drip=5s both decide the answer"},
		{"NoAccess AuthFailed", "AuthFailed", 9, "NoAccess and AuthFailed both"},
		{"hang=5s", "hang=5s", 0, "hang takes no value"},
		{"NoAccess=1", "NoAccess=1", 0, "NoAccess takes no value"},
		{"drip", "drip", 0, "want a duration"},
		{"NoAccess retry-after=3s", "retry-after=3s", 9, "has no meaning beside NoAccess; it goes with RateLimited and ServiceUnavailable"},
		{"BadGateway retry-after=3s", "retry-after=3s", 11, "has no meaning beside BadGateway"},
		{"delay=1s retry-after=3s", "retry-after=3s", 9, "has no meaning beside a delay"},
		{"truncate=20 phase=after", "phase=after", 12, "has no meaning beside truncate=20"},
		{"phase=after drip=1s", "phase=after", 0, "has no meaning beside drip=1s"},
		{"reset phase=before", "phase=before", 6, "want phase=after"},
		{"phase=after", "", 11, "a fault is missing"},
		{"delay=2h", "delay=2h", 0, "at most 1h"},
		{"delay=1s..2h", "delay=1s..2h", 0, "at most 1h"},
		{"delay=2s..1s", "delay=2s..1s", 0, "the second duration must be the longer one"},
		{"delay=-1s..1s", "delay=-1s..1s", 0, "want a range"},
		{"delay=0s", "delay=0s", 0, "longer than nothing"},
		{"delay=-1s", "delay=-1s", 0, "longer than nothing"},
		{"delay=250", "delay=250", 0, "want a duration such as 250ms"},
		{"delay=1e99h", "delay=1e99h", 0, "want a duration"},
		{"delay=NaN", "delay=NaN", 0, "want a duration"},
		{"delay=lognormal(p50=200ms, p99=3s)", "delay=lognormal(p50=200ms,", 0, "without blanks"},
		{"delay=lognormal(p50=3s,p99=200ms)", "delay=lognormal(p50=3s,p99=200ms)", 0, "p99 must be longer than p50"},
		{"delay=lognormal(p50=1s,p99=2h)", "delay=lognormal(p50=1s,p99=2h)", 0, "p99: at most 1h"},
		{"drip=61m", "drip=61m", 0, "at most 1h"},
		{"truncate=-1", "truncate=-1", 0, "from 0 to 1048576"},
		{"truncate=1048577", "truncate=1048577", 0, "from 0 to 1048576"},
		{"RateLimited retry-after=1500ms", "retry-after=1500ms", 12, "whole seconds"},
		{"RateLimited retry-after=3", "retry-after=3", 12, "want a duration such as"},
		{"RateLimited retry-after=2h", "retry-after=2h", 12, "at most 1h"},
		{"reset times=0", "times=0", 6, "from 1 to 1000000"},
		{"reset times=1000001", "times=1000001", 6, "from 1 to 1000000"},
		{"reset times=99999999999999999999", "times=99999999999999999999", 6, "from 1 to 1000000"},
		{"reset after=0", "after=0", 6, "from 1 to 1000000"},
		{"reset p=0", "p=0", 6, "from 0.000001 to 1"},
		{"reset p=1.01", "p=1.01", 6, "from 0.000001 to 1"},
		{"reset p=NaN", "p=NaN", 6, "from 0.000001 to 1"},
		{"reset p=-Inf", "p=-Inf", 6, "from 0.000001 to 1"},
		{"reset p=1e-400", "p=1e-400", 6, "from 0.000001 to 1"},
		{"reset for=25h", "for=25h", 6, "at most 24h"},
		{"reset then hang", "reset", 0, "needs an end, such as for=10s"},
		{"well", "well", 0, "nothing fails"},
		{"well for=5s then well", "well", 0, "nothing fails"},
		{"well times=2", "times=2", 5, "beside well, which takes only for"},
		{"reset for=1s then well hang", "hang", 23, "beside well"},
		{"well=1", "well=1", 0, "well takes no value"},
		{"brownout times=2", "brownout", 0, "stands alone"},
		{"reset for=1s then brownout", "brownout", 18, "stands alone"},
		{"reset client=a", "client=a", 6, "has no place here"},
		{"client=a reset", "client=a", 0, "has no place here"},
		{"reset \x00", "", 6, `control character '\x00'`},
		{"reset \xff", "", 0, "not valid UTF-8"},
		{`user="a reset`, `user="a reset`, 0, "has no closing quote"},
		{`user="a"reset`, `user="a"`, 0, "a blank must come after the closing quote"},
		{strings.Repeat(" ", faults.MaxText) + "reset", "", faults.MaxText, "at most 4096"},
		{strings.Repeat("reset for=1s then ", 32) + "reset", "reset", 576, "at most 32 stages"},
	} {
		_, err := newLanguage(t).Parse(c.text)
		var syntax *faults.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%.40q) = %v, want a *SyntaxError", c.text, err)
			continue
		}
		if syntax.Offset != c.offset || syntax.Word != c.word || !strings.Contains(syntax.Error(), c.reason) {
			t.Errorf("Parse(%.40q) = offset %d, word %q, %v;\nwant offset %d, word %q, …%s…",
				c.text, syntax.Offset, syntax.Word, syntax, c.offset, c.word, c.reason)
		}
	}
}

// Some words print longer than they may be written: 90s is 1m30s.
func TestWhatPrintsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	const stage = "ServiceUnavailable retry-after=92s delay=lognormal(p50=90s,p99=91s) phase=after times=1000000" +
		" after=1000000 p=1e-6 for=93s"
	long := strings.Repeat(stage+" then ", 31) + stage
	if len(long) > faults.MaxText {
		t.Fatalf("the text itself is too long: %d bytes", len(long))
	}
	var syntax *faults.SyntaxError
	if _, err := newLanguage(t).Parse(long); !errors.As(err, &syntax) || !strings.Contains(err.Error(), "when printed") {
		t.Errorf("Parse of what prints too long = %v, want a *SyntaxError", err)
	}
	short := strings.Repeat(stage+" then ", 29) + stage
	match := faults.Match{User: strings.Repeat(`"`, 256), Path: "/" + strings.Repeat(`"`, 255)}
	if _, err := newLanguage(t).Rule(match, short); !errors.As(err, &syntax) || !strings.Contains(err.Error(), "when printed") {
		t.Errorf("Rule of what prints too long = %v, want a *SyntaxError", err)
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
			if printed := strings.Fields(f.String()); err == nil && !(slices.Contains(printed, a) && slices.Contains(printed, b)) {
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
