package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	Request     string
	Differences []Difference
}

// Difference is a field in which an exchange is not what was meant.
type Difference struct {
	Field, Want, Got string
}

// The bounds of what a verdict names.
const (
	MaxNamed   = 1000
	maxNearest = 3
)

// Verify holds the exchanges to an expectation, in the order in which their
// requests came in.
func (j *Journal) Verify(x Expectation) Verdict {
	if len(x.Order) > 0 {
		return j.verifyOrder(x)
	}
	found := inOrder(j.All(x.Filter))
	v := Verdict{Count: len(found), Requests: named(found), Reason: x.wrongCount(len(found))}
	v.OK = v.Reason == ""
	if !v.OK && len(found) < x.least() {
		v.Nearest = nearest(x.Filter, j.All(Filter{Client: x.Client, After: x.After, Before: x.Before}), found)
	}
	if !v.OK {
		v.Reason += j.droppedNote(x.Client)
	}
	return v
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
	looked := inOrder(j.All(x.Filter))
	var found []Exchange
	rest := looked
	for i, step := range x.Order {
		criteria := step.criteria()
		at := slices.IndexFunc(rest, func(e Exchange) bool { return matches(criteria, &e) })
		if at < 0 {
			reason := fmt.Sprintf("step %d of %d was not found", i+1, len(x.Order))
			if len(found) > 0 {
				reason += " after " + found[len(found)-1].ID
			}
			return Verdict{
				Reason: reason + j.droppedNote(x.Client), Count: i, Requests: named(found),
				Nearest: nearest(step, rest, nil),
			}
		}
		found, rest = append(found, rest[at]), rest[at+1:]
	}
	return Verdict{OK: true, Count: len(found), Requests: named(found)}
}

// inOrder sorts exchanges by when their requests came in.
func inOrder(list []Exchange) []Exchange {
	slices.SortStableFunc(list, func(a, b Exchange) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.number(), b.number()))
	})
	return list
}

// number returns the number in the exchange's id.
func (e *Exchange) number() int {
	n := 0
	for _, digit := range strings.TrimPrefix(e.ID, "r") {
		n = n*10 + int(digit-'0')
	}
	return n
}

func named(list []Exchange) []string {
	ids := []string{}
	for _, e := range list[:min(len(list), MaxNamed)] {
		ids = append(ids, e.ID)
	}
	return ids
}

// nearest returns the exchanges of a list, but for those found, that differ in the
// fewest fields from what is meant; of equals, the newest.
func nearest(f Filter, list, found []Exchange) []Miss {
	isFound := map[string]bool{}
	for _, e := range found {
		isFound[e.ID] = true
	}
	criteria := f.criteria()
	misses := []Miss{}
	for _, e := range inOrder(list) {
		if !isFound[e.ID] {
			misses = append(misses, Miss{Request: e.ID, Differences: differences(criteria, &e)})
		}
	}
	slices.Reverse(misses)
	slices.SortStableFunc(misses, func(a, b Miss) int { return cmp.Compare(len(a.Differences), len(b.Differences)) })
	return misses[:min(len(misses), maxNearest)]
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

// droppedNote warns that a verdict may be wrong because exchanges went.
func (j *Journal) droppedNote(client string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	dropped := j.stats.Dropped
	if client != "" {
		if dropped = 0; j.shelves[client] != nil {
			dropped = j.shelves[client].dropped
		}
	}
	if dropped == 0 {
		return ""
	}
	return fmt.Sprintf("; %d older ones are no longer kept, raise --journal to keep more", dropped)
}

// Nearest returns the exchanges of a client that come nearest to what is meant,
// without being it.
func (j *Journal) Nearest(f Filter) []Miss {
	all := j.All(Filter{Client: f.Client, After: f.After})
	criteria := f.criteria()
	return nearest(f, slices.DeleteFunc(all, func(e Exchange) bool { return matches(criteria, &e) }), nil)
}
