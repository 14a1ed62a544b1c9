package journal

// Count is how often an outcome went out.
type Count struct {
	Times uint64
	Last  string // id of the last request that met it
}

// tally counts outcomes.
type tally map[string]*Count

func (t tally) count(e *Exchange) {
	c, ok := t[e.Outcome]
	if !ok {
		c = new(Count)
		t[e.Outcome] = c
	}
	c.Times++
	c.Last = e.ID
}

// counts returns a copy.
func (t tally) counts() map[string]Count {
	counts := make(map[string]Count, len(t))
	for outcome, c := range t {
		counts[outcome] = *c
	}
	return counts
}

// Coverage returns the outcomes that a client, or with "" any caller, has met
// since ClearCoverage. It outlives the exchanges.
func (j *Journal) Coverage(client string) map[string]Count {
	j.mu.Lock()
	defer j.mu.Unlock()
	if client == "" {
		return j.coverage.counts()
	}
	if s, ok := j.shelves[client]; ok {
		return s.coverage.counts()
	}
	return map[string]Count{}
}

// ClearCoverage counts anew what a client has met, or with "" everything.
func (j *Journal) ClearCoverage(client string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if client != "" {
		if s, ok := j.shelves[client]; ok {
			s.coverage = tally{}
		}
		return
	}
	j.coverage = tally{}
	for _, s := range j.shelves {
		s.coverage = tally{}
	}
}

// Retain forgets the clients that are not to be kept. Requests that were under way
// when their client was removed may have been recorded since.
func (j *Journal) Retain(isKept func(client string) bool) {
	j.mu.Lock()
	var gone []string
	for client := range j.shelves {
		if client != "" && !isKept(client) {
			gone = append(gone, client)
		}
	}
	j.mu.Unlock()
	for _, client := range gone {
		j.Forget(client)
	}
}
