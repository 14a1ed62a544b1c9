package conduct

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// judgeBackoff asks whether gaps after failures grow. One call does not show it
// when gaps are drawn at random, so the first and the last gaps of all calls are
// compared.
func judgeBackoff(trails []*trail, _ present) ruling {
	var gaps int
	var atOnce evidence
	var seen growing
	for _, t := range trails {
		steps := t.backoff()
		gaps += len(steps)
		for _, s := range steps {
			if s.gap < noise {
				atOnce.add(t, s)
			}
		}
		if len(steps) >= 2 {
			seen.add(t, steps)
		}
	}
	switch {
	case atOnce.count > gaps/2:
		return fail(atOnce, fmt.Sprintf("%d of %s after a failure lasted less than %s, which is no wait; a service in trouble needs a pause.",
			atOnce.count, plural(gaps, "gap"), span(noise)))
	case seen.all.count == 0:
		return notMet(`No call was tried three times without Retry-After; arm "InternalServerError times=3" and make a call.`)
	}
	return seen.ruling()
}

// growing is what the gaps of calls with two or more of them tell.
type growing struct {
	all, flat   evidence // calls; those whose own gaps do not grow
	steady      int      // calls whose own gaps are all the same
	first, last time.Duration
}

func (g *growing) add(t *trail, steps []step) {
	first, last := steps[0].gap, steps[len(steps)-1].gap
	g.first += first
	g.last += last
	g.all.add(t, steps...)
	if !grows(first, last) {
		g.flat.add(t, steps...)
	}
	longest, shortest := slices.MaxFunc(steps, shorter).gap, slices.MinFunc(steps, shorter).gap
	if longest-shortest <= max(noise, time.Duration(same*float64(longest))) {
		g.steady++
	}
}

func shorter(a, b step) int { return cmp.Compare(a.gap, b.gap) }

func grows(first, last time.Duration) bool {
	return last-first >= noise && float64(last) >= growth*float64(first)
}

func (g *growing) ruling() ruling {
	calls := g.all.count
	first, last := g.first/time.Duration(calls), g.last/time.Duration(calls)
	means := fmt.Sprintf("In %s the first gap is %s and the last %s on average", plural(calls, "call"), span(first), span(last))
	switch {
	case grows(first, last):
		return pass(g.all, fmt.Sprintf("%s; at least %g times the first is asked for.", means, growth))
	case g.steady > calls/2:
		return fail(g.flat, means+", and most calls wait the same time again and again; wait longer after each failure.")
	case calls >= enoughCalls:
		return fail(g.flat, fmt.Sprintf("%s, less than %g times the first; wait longer after each failure.", means, growth))
	}
	return notMet(fmt.Sprintf("%s, but the gaps vary so much that only %d calls could tell; make more.", means, enoughCalls))
}
