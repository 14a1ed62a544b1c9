package faults

import (
	"slices"
	"time"
)

// tally is what a rule has counted. next is all that changes it, for requests and
// for plans alike, so that the one cannot disagree with the other.
type tally struct {
	matched, hit int
	lastHit      time.Time
	stages       []count
}

// count is what one stage has counted.
type count struct{ matched, hit int }

func newTally(f Fault) tally {
	return tally{stages: make([]count, len(f.stages))}
}

func (t tally) clone() tally {
	t.stages = slices.Clone(t.stages)
	return t
}

// Reasons why a request that matches is not hit.
const (
	reasonOver   = "the fault is over"
	reasonWell   = "all is well in this stage"
	reasonAfter  = "after: not yet"
	reasonChance = "p: chance says no"
	reasonTimes  = "times: used up"
)

// next counts a request that matches in the stage of the given index and returns
// the effect it meets, or the reason why it meets none.
func (t *tally) next(f Fault, index int, now time.Time, c chance) (Effect, string) {
	if index < 0 {
		return Effect{}, reasonOver
	}
	s, n := &f.stages[index], &t.stages[index]
	t.matched++
	n.matched++
	switch {
	case s.well:
		return Effect{}, reasonWell
	case n.matched <= s.after:
		return Effect{}, reasonAfter
	case s.p > 0 && c.float(saltHit) >= s.p:
		return Effect{}, reasonChance
	case s.times > 0 && n.hit >= s.times:
		return Effect{}, reasonTimes
	}
	n.hit++
	t.hit++
	t.lastHit = now
	effect := s.effect
	effect.Delay = s.delay.draw(c)
	return effect, ""
}

// remaining returns how many hits are left from the stage of the given index on:
// 0 if the fault is over, -1 if there is no limit.
func (t *tally) remaining(f Fault, index int) int {
	if index < 0 {
		return 0
	}
	left := 0
	for i := index; i < len(f.stages); i++ {
		switch s := f.stages[i]; {
		case s.well:
		case s.times == 0:
			return -1
		default:
			left += s.times - t.stages[i].hit
		}
	}
	return left
}
