package journal

import (
	"container/heap"
	"strings"
)

// shelf is what is kept of one client.
type shelf struct {
	exchanges row
	coverage  tally
	marks     marks
	bytes     int
	index     int // in largestFirst
}

// marks are what has become of exchanges, of one client or of all.
type marks struct {
	lost    uint64 // position of the newest that was dropped
	dropped uint64
	clears  uint64 // how often something was cleared
	cleared uint64 // the position that was recorded last then
}

// shelf returns the shelf of a client, new if need be.
func (j *Journal) shelf(client string) *shelf {
	s, ok := j.shelves[client]
	if !ok {
		s = &shelf{coverage: tally{}}
		j.shelves[strings.Clone(client)] = s // it may be a piece of something long
		heap.Push(&j.bySize, s)
	}
	return s
}

// marksOf returns the marks of a client, or with "" of all callers.
func (j *Journal) marksOf(client string) marks {
	if client == "" {
		return j.marks
	}
	if s, ok := j.shelves[client]; ok {
		return s.marks
	}
	return marks{}
}

// rowOf returns the exchanges of a client, or with "" of all callers.
func (j *Journal) rowOf(client string) *row {
	if client == "" {
		return &j.all
	}
	if s, ok := j.shelves[client]; ok {
		return &s.exchanges
	}
	return new(row)
}

// largestFirst is a heap of shelves of which the first takes most memory.
type largestFirst []*shelf

// Len returns the number of shelves.
func (h largestFirst) Len() int { return len(h) }

// Less reports whether a shelf comes before another.
func (h largestFirst) Less(a, b int) bool { return h[a].bytes > h[b].bytes }

// Swap exchanges two shelves.
func (h largestFirst) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

// Push adds a shelf at the end.
func (h *largestFirst) Push(x any) {
	s := x.(*shelf) // nothing else is pushed
	s.index = len(*h)
	*h = append(*h, s)
}

// Pop removes the shelf at the end.
func (h *largestFirst) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}
