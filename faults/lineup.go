package faults

import "iter"

// lineup is rules in order of arming, those for one user apart, so that a request does
// not pay for rules that are for other users. The zero value is empty; so is nil.
type lineup struct {
	byUser map[string][]*armed
	others []*armed
}

// add adds the rule that was armed last.
func (l *lineup) add(a *armed) {
	user, ok := a.matcher.user.Only()
	if !ok {
		l.others = append(l.others, a)
		return
	}
	if l.byUser == nil {
		l.byUser = map[string][]*armed{}
	}
	l.byUser[user] = append(l.byUser[user], a)
}

// of returns the rules that may be for a user, first armed first.
func (l *lineup) of(user string) iter.Seq[*armed] {
	return func(yield func(*armed) bool) {
		if l == nil {
			return
		}
		own, others := l.byUser[user], l.others
		for len(own)+len(others) > 0 {
			next := &others
			if len(others) == 0 || len(own) > 0 && own[0].place < others[0].place {
				next = &own
			}
			if !yield((*next)[0]) {
				return
			}
			*next = (*next)[1:]
		}
	}
}
