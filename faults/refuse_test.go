package faults_test

import (
	"errors"
	"strings"
	"testing"

	"knotsandbox/faults"
)

func TestParseRefusesWords(t *testing.T) {
	t.Parallel()
	checkRefused(t, []refusal{
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
		{"dealy", "dealy", 0, `did you mean "delay"?`},
		{"xyzzy", "xyzzy", 0, `unknown fault "xyzzy"; valid names: AuthFailed, BadGateway, `},
		{"browout", "browout", 0, `did you mean "brownout"?`},
		{"reset tmies=2", "tmies=2", 6, `unknown setting "tmies"; did you mean "times"? valid settings: delay, `},
		{"hang=5s", "hang=5s", 0, "hang takes no value"},
		{"NoAccess=1", "NoAccess=1", 0, "NoAccess takes no value"},
		{"drip", "drip", 0, "want a duration"},
		{"well=1", "well=1", 0, "well takes no value"},
		{"reset \x00", "", 6, `control character '\x00'`},
		{"reset \xff", "", 0, "not valid UTF-8"},
		{`user="a reset`, `user="a reset`, 0, "has no closing quote"},
		{`user="a"reset`, `user="a"`, 0, "a blank must come after the closing quote"},
		{strings.Repeat(" ", faults.MaxText) + "reset", "", faults.MaxText, "at most 4096"},
	})
}

func TestParseRefusesNumbers(t *testing.T) {
	t.Parallel()
	checkRefused(t, []refusal{
		{"delay=lognormal(p50=1,p99=3s)", "delay=lognormal(p50=1,p99=3s)", 0, "p50: want a duration"},
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
	})
}

func TestParseRefusesCombinations(t *testing.T) {
	t.Parallel()
	checkRefused(t, []refusal{
		{"reset reset", "reset", 6, `"reset" is written twice`},
		{"reset times=1 times=2", "times=2", 14, `"times" is written twice`},
		{"reset hang", "hang", 6, "reset and hang both decide the answer"},
		{"truncate=3 drip=5s", "drip=5s", 11, "truncate=3 and drip=5s both decide the answer"},
		{"NoAccess AuthFailed", "AuthFailed", 9, "NoAccess and AuthFailed both"},
		{"NoAccess retry-after=3s", "retry-after=3s", 9, "has no meaning beside NoAccess; it goes with RateLimited and ServiceUnavailable"},
		{"BadGateway retry-after=3s", "retry-after=3s", 11, "has no meaning beside BadGateway"},
		{"delay=1s retry-after=3s", "retry-after=3s", 9, "has no meaning beside a delay"},
		{"truncate=20 phase=after", "phase=after", 12, "has no meaning beside truncate=20"},
		{"phase=after drip=1s", "phase=after", 0, "has no meaning beside drip=1s"},
		{"reset phase=before", "phase=before", 6, "want phase=after"},
		{"phase=after", "", 11, "a fault is missing"},
		{"reset then hang", "reset", 0, "needs an end, such as for=10s"},
		{"well", "well", 0, "nothing fails"},
		{"well for=5s then well", "well", 0, "nothing fails"},
		{"well times=2", "times=2", 5, "beside well, which takes only for"},
		{"reset for=1s then well hang", "hang", 23, "beside well"},
		{"brownout times=2", "brownout", 0, "stands alone"},
		{"reset for=1s then brownout", "brownout", 18, "stands alone"},
		{"reset client=a", "client=a", 6, "has no place here"},
		{"client=a reset", "client=a", 0, "has no place here"},
		{strings.Repeat("reset for=1s then ", 32) + "reset", "reset", 576, "at most 32 stages"},
	})
}

// refusal is a text, the word in it that is refused, where it stands, and a part of
// the reason.
type refusal struct {
	text, word string
	offset     int
	reason     string
}

func checkRefused(t *testing.T, cases []refusal) {
	t.Helper()
	for _, c := range cases {
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
	short := strings.Repeat(stage+" then ", 26) + stage
	match := faults.Match{User: strings.Repeat(`"`, 256), Path: "/" + strings.Repeat(`"`, 255)}
	if _, err := newLanguage(t).Rule(match, short); !errors.As(err, &syntax) || !strings.Contains(err.Error(), "the rule is longer") {
		t.Errorf("Rule of what prints too long = %v, want a *SyntaxError", err)
	}
}
