package journal

import (
	"cmp"
	"fmt"
	"slices"
)

// Expectation is what the exchanges are held to. Without a count and an order, one
// exchange has to be there.
type Expectation struct {
	Filter           // which exchanges are counted; with Order, which are looked at
	Count   *int     // exactly so many
	AtLeast *int     // so many or more
	AtMost  *int     // so many or fewer
	Order   []Filter // one after the other, others may lie between
}

// Verdict says whether an expectation holds.
type Verdict struct {
	OK       bool
	Reason   string   // why not
	Count    int      // exchanges that were counted, or steps of the order that were found
	Requests []string // their ids, the oldest first, MaxNamed at most
	Nearest  []Miss   // if there were too few: what came nearest
}

// Miss is an exchange that is not what was meant.
type Miss struct {
	Request     string       `json:"request"`
	Differences []Difference `json:"differences"`
}

// Difference is a field in which an exchange is not what was meant.
type Difference struct {
	Field string `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// The bounds of what a verdict names.
const (
	MaxNamed   = 1000
	maxNearest = 3
)

// Verify holds the exchanges to an expectation, in the order in which their
// requests came in. That something did not come cannot be told where exchanges were
// dropped.
func (j *Journal) Verify(x Expectation) Verdict {
	if len(x.Order) > 0 {
		return j.verifyOrder(x)
	}
	found := inOrder(j.All(x.Filter))
	v := Verdict{Count: len(found), Requests: named(found), Reason: x.wrongCount(len(found))}
	if v.Reason == "" && (x.Count != nil || x.AtMost != nil) && j.lostBehind(x.Filter) {
		v.Reason = requests(len(found)) + ", but whether there were more cannot be told"
	}
	if v.OK = v.Reason == ""; v.OK {
		return v
	}
	v.Reason += j.droppedNote(x.Filter)
	if len(found) < x.least() {
		v.Nearest = j.Nearest(x.Filter)
	}
	return v
}

// lostBehind reports whether an exchange was dropped that a filter might have meant.
func (j *Journal) lostBehind(f Filter) bool { return j.marksFor(f).lost > f.After }

// marksFor returns the marks of those that a filter can mean.
func (j *Journal) marksFor(f Filter) marks {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !f.Strangers {
		return j.marksOf(f.Client)
	}
	if s, ok := j.shelves[""]; ok {
		return s.marks
	}
	return marks{}
}

// least returns how many exchanges have to be there.
func (x *Expectation) least() int {
	switch {
	case x.Count != nil:
		return *x.Count
	case x.AtLeast != nil:
		return *x.AtLeast
	case x.AtMost != nil:
		return 0
	}
	return 1
}

// wrongCount says what is wrong with a number of exchanges, or nothing.
func (x *Expectation) wrongCount(n int) string {
	switch {
	case x.Count != nil && n != *x.Count:
		return fmt.Sprintf("%s, want exactly %d", requests(n), *x.Count)
	case x.AtMost != nil && n > *x.AtMost:
		return fmt.Sprintf("%s, want at most %d", requests(n), *x.AtMost)
	case n < x.least():
		return fmt.Sprintf("%s, want at least %d", requests(n), x.least())
	}
	return ""
}

func requests(n int) string {
	if n == 1 {
		return "1 request is as described"
	}
	return fmt.Sprintf("%d requests are as described", n)
}

// verifyOrder looks for the steps one after the other.
func (j *Journal) verifyOrder(x Expectation) Verdict {
	rest := inOrder(j.All(x.Filter))
	var found, passed []Exchange
	for i, step := range x.Order {
		criteria := step.criteria()
		at := slices.IndexFunc(rest, func(e Exchange) bool { return matches(criteria, &e) })
		if at < 0 {
			reason, after := fmt.Sprintf("step %d of %d was not found", i+1, len(x.Order)), ""
			if len(found) > 0 {
				after = found[len(found)-1].ID
				reason += " after " + after
			}
			return Verdict{
				Reason: reason + j.droppedNote(x.Filter), Count: i, Requests: named(found),
				Nearest: nearestStep(criteria, passed, rest, after),
			}
		}
		passed = append(passed, rest[:at]...)
		found, rest = append(found, rest[at]), rest[at+1:]
	}
	return Verdict{OK: true, Count: len(found), Requests: named(found)}
}

// nearestStep returns what came nearest to a step of an order: what is as meant but
// came too early, then what came in time.
func nearestStep(criteria []criterion, passed, rest []Exchange, after string) []Miss {
	var near nearest
	for _, e := range slices.Backward(passed) {
		if matches(criteria, &e) {
			near.add(Miss{Request: e.ID, Differences: []Difference{{Field: "order", Want: "after " + after, Got: "before it"}}})
		}
	}
	for _, e := range slices.Backward(rest) {
		near.add(Miss{Request: e.ID, Differences: differences(criteria, &e)})
	}
	return near.misses
}

// inOrder sorts exchanges by when their requests came in.
func inOrder(list []Exchange) []Exchange {
	slices.SortStableFunc(list, func(a, b Exchange) int { return a.Compare(&b) })
	return list
}

func named(list []Exchange) []string {
	ids := []string{}
	for _, e := range list[:min(len(list), MaxNamed)] {
		ids = append(ids, e.ID)
	}
	return ids
}

// nearest keeps the misses that differ in the fewest fields; of equals, those that
// came first to it.
type nearest struct{ misses []Miss } // the nearest first

func (n *nearest) add(m Miss) {
	at, _ := slices.BinarySearchFunc(n.misses, len(m.Differences)+1, func(m Miss, most int) int {
		return cmp.Compare(len(m.Differences), most)
	})
	n.misses = slices.Insert(n.misses, at, m)
	n.misses = n.misses[:min(len(n.misses), maxNearest)]
}

// Nearest returns the exchanges of a client that come nearest to what is meant,
// without being it.
func (j *Journal) Nearest(f Filter) []Miss {
	criteria := f.criteria()
	var near nearest
	j.find(Filter{Client: f.Client, After: f.After, Before: f.Before}, func(e *Exchange) bool {
		if count := failing(criteria, e); count > 0 && near.takes(count) {
			near.add(Miss{Request: e.ID, Differences: differences(criteria, e)})
		}
		return true
	})
	return near.misses
}

// takes reports whether a miss with so many differences would be kept.
func (n *nearest) takes(count int) bool {
	return len(n.misses) < maxNearest || count < len(n.misses[len(n.misses)-1].Differences)
}

// failing returns how many criteria an exchange does not meet.
func failing(criteria []criterion, e *Exchange) int {
	count := 0
	for _, c := range criteria {
		if !c.holds(e) {
			count++
		}
	}
	return count
}

func differences(criteria []criterion, e *Exchange) []Difference {
	list := []Difference{}
	for _, c := range criteria {
		if !c.holds(e) {
			list = append(list, Difference{Field: c.field, Want: c.want, Got: c.got(e)})
		}
	}
	return list
}

// droppedNote warns that exchanges went.
func (j *Journal) droppedNote(f Filter) string {
	dropped := j.marksFor(f).dropped
	if dropped == 0 {
		return ""
	}
	return fmt.Sprintf("; %d older ones are no longer kept, raise --journal or --journal-size to keep more", dropped)
}
