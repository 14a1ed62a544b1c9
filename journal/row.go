package journal

import "sort"

// row is exchanges in the order of their positions: a ring that grows. The zero value
// is empty.
type row struct {
	slots  []slot // a power of two, or none
	first  int    // index of the oldest
	length int    // slots in use
	gaps   int    // of them without a record
}

// slot is a place in a row. One without a record is a gap, where an exchange was
// removed from between others.
type slot struct {
	position uint64
	record   record
}

func (s slot) exchange() Exchange { return s.record.exchange(s.position) }

// slotSize is what a slot takes in bytes, with what a ring has in reserve.
const slotSize = 40

// at returns the ith slot, the oldest first.
func (r *row) at(i int) *slot { return &r.slots[(r.first+i)&(len(r.slots)-1)] }

// count returns the number of exchanges.
func (r *row) count() int { return r.length - r.gaps }

// push adds an exchange behind all others.
func (r *row) push(s slot) {
	if r.length == len(r.slots) {
		r.resize(max(8, 2*r.count()))
	}
	r.length++
	*r.at(r.length - 1) = s
}

// resize makes room for at least so many slots, and closes the gaps.
func (r *row) resize(room int) {
	size := 8
	for size < room {
		size *= 2
	}
	packed := row{slots: make([]slot, size)}
	for i := range r.length {
		if s := *r.at(i); s.record != "" {
			packed.length++
			*packed.at(packed.length - 1) = s
		}
	}
	*r = packed
}

// remove takes out the exchange of a position. The oldest of a row is found at once,
// any other in logarithmic time.
func (r *row) remove(position uint64) {
	i := 0
	if r.at(0).position != position {
		i = r.behind(position - 1)
	}
	r.at(i).record = ""
	r.gaps++
	for r.length > 0 && r.at(0).record == "" {
		r.first = (r.first + 1) & (len(r.slots) - 1)
		r.length--
		r.gaps--
	}
	if len(r.slots) > 64 && r.count() < len(r.slots)/8 {
		r.resize(2 * r.count())
	}
}

// behind returns the index of the first slot behind a position.
func (r *row) behind(position uint64) int {
	return sort.Search(r.length, func(i int) bool { return r.at(i).position > position })
}

// batch is how many exchanges are looked at under one lock.
const batch = 256

// newerThan returns the slots behind a position, the oldest first, a batch at most.
func (r *row) newerThan(position uint64) []slot {
	var slots []slot
	for i := r.behind(position); i < r.length && len(slots) < batch; i++ {
		if s := *r.at(i); s.record != "" {
			slots = append(slots, s)
		}
	}
	return slots
}

// olderThan adds to slots those in front of a position, the newest first, a batch at
// most.
func (r *row) olderThan(position uint64, slots []slot) []slot {
	for i := r.behind(position-1) - 1; i >= 0 && len(slots) < batch; i-- {
		if s := *r.at(i); s.record != "" {
			slots = append(slots, s)
		}
	}
	return slots
}

// walk shows exchanges, the newest first, of one client or with "" of all
// callers, until see says that it has seen enough. Requests are recorded
// meanwhile; they are not shown.
func (j *Journal) walk(client string, see func(*Exchange) (more bool)) {
	slots := make([]slot, 0, batch)
	before := j.Position() + 1
	for {
		slots = j.olderThan(client, before, slots[:0])
		for _, s := range slots {
			if e := s.exchange(); !see(&e) {
				return
			}
		}
		if len(slots) < batch {
			return
		}
		before = slots[len(slots)-1].position
	}
}

func (j *Journal) olderThan(client string, position uint64, slots []slot) []slot {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rowOf(client).olderThan(position, slots)
}
