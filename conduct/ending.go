package conduct

import (
	"fmt"
	"slices"
)

// judgeCap asks whether calls end. Only a call that was given up shows that they
// do.
func judgeCap(trails []*trail, _ present) ruling {
	var ended, endless evidence
	var lengths []int // of the calls that were given up
	longest := 0
	for _, t := range trails {
		n := len(t.steps)
		longest = max(longest, n)
		if n > maxAttempts {
			endless.add(t, t.steps[0], t.steps[n-1])
		}
		if t.state == GaveUp {
			ended.add(t, t.steps[n-1])
			lengths = append(lengths, n)
		}
	}
	switch {
	case endless.count > 0:
		return fail(endless, fmt.Sprintf("%s made more than %d attempts, the longest %d; %s.",
			plural(endless.count, "call"), maxAttempts, longest, endings(lengths)))
	case ended.count > 0:
		return pass(ended, fmt.Sprintf("%s; more than %d would be too many.", endings(lengths), maxAttempts))
	}
	return notMet(fmt.Sprintf(`No call has given up yet; arm "InternalServerError times=100", make a call, and when it has failed wait %s or move the client's clock on.`,
		span(quiet)))
}

// endings tells of the calls that were given up, by their numbers of attempts.
func endings(lengths []int) string {
	if len(lengths) == 0 {
		return "no call gave up"
	}
	fewest, most := slices.Min(lengths), slices.Max(lengths)
	count := plural(most, "attempt")
	if fewest < most {
		count = fmt.Sprintf("%d to %s", fewest, count)
	}
	return fmt.Sprintf("%s gave up after %s", plural(len(lengths), "call"), count)
}

// judgeDuplicates asks whether a call made more than one session.
func judgeDuplicates(trails []*trail, _ present) ruling {
	var single, double evidence
	for _, t := range trails {
		switch issued := t.issued(); {
		case len(issued) > 1:
			double.add(t, issued...)
		case len(issued) == 1 && !delivered(issued[0].Exchange):
			single.add(t, issued...)
		}
	}
	switch {
	case double.count > 0:
		return fail(double, fmt.Sprintf("%s made more than one session: %s. The API has no idempotency key: "+
			"the caller can only choose not to retry blindly, or live with the orphan.", plural(double.count, "call"), twice(double.first[0], double.first[1])))
	case single.count > 0:
		return pass(single, fmt.Sprintf("%s issued a session that the caller was not given, and no other was made for the same call.",
			plural(single.count, "attempt")))
	}
	return notMet(`No session was issued without being delivered; arm "InternalServerError phase=after times=1" and make a call.`)
}

// issued returns the attempts that made a session.
func (t *trail) issued() []step {
	var list []step
	for _, s := range t.steps {
		if s.SessionID != "" {
			list = append(list, s)
		}
	}
	return list
}

// twice tells of two sessions of one call.
func twice(a, b step) string {
	if delivered(a.Exchange) && delivered(b.Exchange) {
		return fmt.Sprintf("%s and %s were under way together and made the sessions %s and %s, of which one is orphaned",
			a.ID, b.ID, a.SessionID, b.SessionID)
	}
	if delivered(a.Exchange) {
		a, b = b, a
	}
	return fmt.Sprintf("%s made the session %s, which the caller was not given and is orphaned, and %s made %s",
		a.ID, a.SessionID, b.ID, b.SessionID)
}
