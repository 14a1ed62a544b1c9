package conduct

import (
	"slices"
	"strings"
	"time"

	"knotsandbox/journal"
)

// Verdict is what a rule says about a caller.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"
	Fail   Verdict = "fail"
	NotMet Verdict = "not_met" // nothing has put the rule to the test
)

// State is what became of a call.
type State string

// The states.
const (
	Succeeded State = "succeeded"
	Refused   State = "refused" // the last answer was final
	GaveUp    State = "gave_up" // the last attempt failed, and no other came within the quiet time
	Open      State = "open"    // the last attempt failed, and another may come
)

// Report is the judgement of a caller, or of all callers together.
type Report struct {
	Client  string    `json:"client,omitempty"` // whom it is about; for whoever chose the exchanges to set
	Rules   []Finding `json:"rules"`
	Calls   []Call    `json:"calls"` // with more than one attempt or a failure, newest first, at most 100
	Summary Summary   `json:"summary"`
	Dropped uint64    `json:"dropped,omitempty"` // exchanges that could not be judged any more; for whoever chose the exchanges to set
}

// Finding is a rule with its verdict.
type Finding struct {
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Verdict  Verdict  `json:"verdict"`
	Reason   string   `json:"reason"`             // a sentence
	Requests []string `json:"requests,omitempty"` // ids: the offenders of a fail, examples of a pass
}

// Call is what a caller wanted, with all it did to have it.
type Call struct {
	Client         string    `json:"client,omitempty"` // as it was sent, if no client has that id
	Product        string    `json:"product,omitempty"`
	ExternalUserID string    `json:"external_user_id,omitempty"`
	Began          time.Time `json:"began"` // real time
	State          State     `json:"state"`
	Broken         []string  `json:"broken,omitempty"` // rules; never spread, which no call breaks alone
	Attempts       []Attempt `json:"attempts"`         // the first ones, and the last
	Hidden         int       `json:"hidden,omitempty"` // how many are left out before the last
}

// Attempt is one request of a call.
type Attempt struct {
	Request           string  `json:"request"`   // id
	OffsetMS          float64 `json:"offset_ms"` // since the first attempt began, real time
	GapMS             float64 `json:"gap_ms"`    // since the attempts before had ended; see the package comment
	Overlaps          bool    `json:"overlaps,omitempty"`
	DurationMS        float64 `json:"duration_ms"`
	Outcome           string  `json:"outcome"`
	Status            int     `json:"status"` // 0 if no status line went out
	Rule              string  `json:"rule,omitempty"`
	Fault             string  `json:"fault,omitempty"`
	RetryAfterSeconds float64 `json:"retry_after_seconds,omitempty"`
	Session           string  `json:"session,omitempty"` // that was issued, delivered or not
	Delivered         bool    `json:"delivered"`         // the caller was given a session
}

// Summary counts over all calls.
type Summary struct {
	Calls     int `json:"calls"`
	Attempts  int `json:"attempts"`
	Failed    int `json:"failed"`    // calls of which an attempt failed
	Recovered int `json:"recovered"` // of those: succeeded in the end
	GaveUp    int `json:"gave_up"`   // of those: gave up
}

// Judge judges what callers did, from exchanges in any order. now is the present
// in real time, and clock tells it by a client's clock; the client is "" for
// callers that are no client.
func Judge(exchanges []journal.Exchange, now time.Time, clock func(client string) time.Time) Report {
	at := present{now, clock}
	trails := follow(exchanges, at)
	r := Report{Rules: []Finding{}, Calls: []Call{}, Summary: summarize(trails)}
	for _, rule := range rules() {
		judged := rule.judge(trails, at)
		for _, t := range judged.breakers {
			t.broken = append(t.broken, rule.id)
		}
		r.Rules = append(r.Rules, Finding{rule.id, rule.title, judged.verdict, judged.reason, judged.requests})
	}
	for _, t := range slices.Backward(trails) {
		if len(r.Calls) < maxCalls && (len(t.steps) > 1 || t.failed()) {
			r.Calls = append(r.Calls, t.call())
		}
	}
	return r
}

func summarize(trails []*trail) Summary {
	s := Summary{Calls: len(trails)}
	for _, t := range trails {
		s.Attempts += len(t.steps)
		if !t.failed() {
			continue
		}
		s.Failed++
		switch t.state {
		case Succeeded:
			s.Recovered++
		case GaveUp:
			s.GaveUp++
		}
	}
	return s
}

// call returns the call as reports show it.
func (t *trail) call() Call {
	first := t.steps[0]
	c := Call{
		Client: clip(clientOf(first.Exchange)), Product: clip(first.Product), ExternalUserID: clip(first.ExternalUserID),
		Began: first.Began, State: t.state, Broken: t.broken,
	}
	steps := t.steps
	if c.Hidden = max(0, len(steps)-maxShown); c.Hidden > 0 {
		steps = append(slices.Clone(steps[:maxShown-1]), steps[len(steps)-1])
	}
	for _, s := range steps {
		c.Attempts = append(c.Attempts, Attempt{
			Request: s.ID, OffsetMS: journal.Milliseconds(s.Began.Sub(first.Began)),
			GapMS: journal.Milliseconds(s.gap), Overlaps: s.overlaps, DurationMS: journal.Milliseconds(s.Duration),
			Outcome: s.Outcome, Status: s.Status, Rule: s.Rule, Fault: s.Fault,
			RetryAfterSeconds: s.RetryAfter.Seconds(), Session: s.SessionID, Delivered: delivered(s.Exchange),
		})
	}
	return c
}

// clip cuts off a text that a caller sent.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
