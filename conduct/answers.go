package conduct

import "fmt"

// judgeRetryAfter asks of every answer with Retry-After when the next attempt
// came. An attempt that was under way before the answer cannot have known of it.
func judgeRetryAfter(trails []*trail, now present) ruling {
	var heeded, ignored, pending evidence
	for _, t := range trails {
		for i, s := range t.steps {
			if s.RetryAfter <= 0 {
				continue
			}
			next, found := t.next(i)
			switch {
			case !found && now.since(s.Exchange) < s.RetryAfter:
				pending.add(t, s)
			case !found:
				heeded.add(t, s)
			case gap(s.Exchange, next.Exchange) >= s.RetryAfter-slack:
				heeded.add(t, s, next)
			default:
				ignored.add(t, s, next)
			}
		}
	}
	switch {
	case ignored.count > 0:
		a, b := ignored.first[0], ignored.first[1]
		return fail(ignored, fmt.Sprintf("Retry-After was not heeded in %d of %s: %s came %s after the answer to %s, which asked for %s.",
			ignored.count, plural(ignored.count+heeded.count, "case"), b.ID, span(gap(a.Exchange, b.Exchange)), a.ID, span(a.RetryAfter)))
	case heeded.count > 0:
		return pass(heeded, fmt.Sprintf("No attempt came sooner than Retry-After asked, after %s that carried it.",
			plural(heeded.count, "answer")))
	case pending.count > 0:
		return notMet(fmt.Sprintf("The wait that the answer to %s asks for is not over yet.", pending.requests[0]))
	}
	return notMet(`No answer carried Retry-After; arm "RateLimited times=1 retry-after=2s" and make a call.`)
}

// judgeFinalAnswers asks what came after answers that a retry cannot change.
func judgeFinalAnswers(trails []*trail, _ present) ruling {
	var kept, repeated evidence
	for _, t := range trails {
		for i, s := range t.steps {
			if !final(s.Exchange) {
				continue
			}
			next, found := t.next(i)
			if !found || cured(s, next) {
				kept.add(t, s)
				continue
			}
			repeated.add(t, s, next)
		}
	}
	switch {
	case repeated.count > 0:
		a, b := repeated.first[0], repeated.first[1]
		return fail(repeated, fmt.Sprintf("%d of %s that a retry cannot change did not stop the caller: %s was answered %d %s, and %s sent the same again %s later.",
			repeated.count, plural(repeated.count+kept.count, "answer"), a.ID, a.Status, a.Outcome, b.ID, span(gap(a.Exchange, b.Exchange))))
	case kept.count > 0:
		return pass(kept, fmt.Sprintf("Nothing was sent again unchanged after %s that a retry cannot change.",
			plural(kept.count, "answer")))
	}
	return notMet(`No answer was final; arm "NoAccess times=1" and make a call, which must not be repeated.`)
}

// cured reports whether something that no exchange shows was put right between
// two attempts, such as the secret or the client's products: the sandbox itself
// refused the first and not the second.
func cured(a, b step) bool { return a.Rule == "" && b.Rule == "" && a.Outcome != b.Outcome }
