package conduct

import (
	"slices"
	"strconv"
	"time"
)

// rule is one thing that is asked of a caller.
type rule struct {
	id, title string
	judge     func([]*trail, present) ruling
}

// rules returns the rules in the order of the report.
func rules() []rule {
	return []rule{
		{"recovers", "Tries again after a failure that may pass", judgeRecovery},
		{"retry_after", "Waits as long as Retry-After asks", judgeRetryAfter},
		{"backoff", "Waits longer after each failure", judgeBackoff},
		{"spread", "Does not retry in step with other calls", judgeSpread},
		{"final_answers", "Does not repeat what was refused for good", judgeFinalAnswers},
		{"cap", "Gives up in the end", judgeCap},
		{"duplicate_sessions", "Makes one session per call", judgeDuplicates},
	}
}

// ruling is what a rule found.
type ruling struct {
	verdict  Verdict
	reason   string
	requests []string
	breakers []*trail // calls that broke the rule
}

func pass(e evidence, reason string) ruling {
	return ruling{verdict: Pass, reason: reason, requests: e.requests[:min(len(e.requests), maxExamples)]}
}

func fail(e evidence, reason string) ruling {
	return ruling{verdict: Fail, reason: reason, requests: e.requests, breakers: e.trails}
}

func notMet(reason string) ruling { return ruling{verdict: NotMet, reason: reason} }

// evidence is what speaks for a verdict.
type evidence struct {
	count    int      // how often it was seen
	requests []string // the first ids
	trails   []*trail // each once
	first    []step   // what showed it first
}

// add counts something seen in a call, shown by some of its attempts. The call
// is nil if it does not show it alone.
func (e *evidence) add(t *trail, shown ...step) {
	e.count++
	if e.first == nil {
		e.first = shown
	}
	if t != nil && (len(e.trails) == 0 || e.trails[len(e.trails)-1] != t) {
		e.trails = append(e.trails, t)
	}
	for _, s := range shown {
		if len(e.requests) < maxOffences && !slices.Contains(e.requests, s.ID) {
			e.requests = append(e.requests, s.ID)
		}
	}
}

// span prints a duration for a person: 0.4ms, 250ms, 2.98s.
func span(d time.Duration) string {
	if ms := d.Round(100 * time.Microsecond); ms < time.Second {
		return decimal(ms, time.Millisecond) + "ms"
	}
	return decimal(d.Round(10*time.Millisecond), time.Second) + "s"
}

func decimal(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// plural prints a count of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
