package conduct

import (
	"fmt"

	"knotsandbox/journal"
)

// judgeRecovery asks whether a failure that may pass is tried again. A call that
// was refused for good in between shows neither.
func judgeRecovery(trails []*trail, _ present) ruling {
	var recovered, dropped evidence
	for _, t := range trails {
		failed, ok := t.failure()
		switch {
		case !ok:
		case t.state == Succeeded:
			recovered.add(t, failed, t.steps[len(t.steps)-1])
		case t.state == GaveUp && len(t.steps) == 1:
			dropped.add(t, failed)
		}
	}
	switch {
	case dropped.count > 0:
		return fail(dropped, fmt.Sprintf("%s failed in a way that may pass and was not tried again within %s: %s was answered %s; %s recovered.",
			plural(dropped.count, "call"), span(quiet), dropped.first[0].ID, answerOf(dropped.first[0].Exchange), plural(recovered.count, "call")))
	case recovered.count > 0:
		first, last := recovered.first[0], recovered.first[1]
		return pass(recovered, fmt.Sprintf("%s recovered from a failure: %s was answered %s, and %s was given a session.",
			plural(recovered.count, "call"), first.ID, answerOf(first.Exchange), last.ID))
	}
	return notMet(`No call has come to its end after a failure that may pass; arm "InternalServerError times=2" and make a call.`)
}

// failure returns the first attempt that failed in a way that may pass.
func (t *trail) failure() (step, bool) {
	for _, s := range t.steps {
		if !delivered(s.Exchange) && !final(s.Exchange) {
			return s, true
		}
	}
	return step{}, false
}

// answerOf returns what an attempt was answered, for a sentence.
func answerOf(e *journal.Exchange) string {
	if e.Status == 0 {
		return e.Outcome
	}
	return fmt.Sprintf("%d %s", e.Status, e.Outcome)
}
