package faults

import (
	"strings"
	"sync"
	"time"
)

const (
	// maxClients is how many clients a rule remembers the ordinals of, at least.
	maxClients = 4096
	// maxClientName bounds what is remembered of a client's id, in bytes.
	maxClientName = 256
)

// armed is a rule with its state. What is above mu never changes.
type armed struct {
	id       string
	place    int // order of arming
	rule     Rule
	text     string // canonical, of the rule
	inline   bool
	at       time.Time
	nth      int    // among the armed rules of equal text, when it was armed
	identity uint64 // of text and nth: survives a restart, unlike id
	random   bool   // draws by chance
	timed    bool   // has an end
	matcher  matcher

	mu       sync.Mutex
	gone     bool // disarmed: a request that still holds an old snapshot is not hit
	tally    tally
	ordinals recent[string, *uint64] // last ordinal by client, if random
}

// newArmed makes the state of a rule. The time loses its monotonic reading,
// because the clock of a sandbox can be set.
func newArmed(rule Rule, now time.Time, nth int) *armed {
	text := rule.String()
	return &armed{
		rule: rule, text: text, at: now.Round(0), nth: nth,
		identity: mix(digest(text) + uint64(nth)),
		random:   rule.Fault.random(),
		timed:    rule.Fault.stages[0].span > 0,
		matcher:  newMatcher(rule.Match),
		tally:    newTally(rule.Fault),
	}
}

// meet counts a request that matches and returns the effect it meets.
func (a *armed) meet(now time.Time, seed uint64, client string, clientDigest uint64) (Effect, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	index := a.stageAt(now)
	if a.gone || index < 0 {
		return Effect{}, false
	}
	var c chance
	if a.random {
		c = chance{stream: newStream(seed, clientDigest, a.identity), ordinal: a.nextOrdinal(client)}
	}
	effect, reason := a.tally.next(a.rule.Fault, index, now, c)
	return effect, reason == ""
}

// stageAt returns the index of the stage that holds, or -1 when the fault is over.
func (a *armed) stageAt(now time.Time) int {
	if !a.timed {
		return 0
	}
	return a.rule.Fault.stageAt(now.Round(0).Sub(a.at))
}

// nextOrdinal numbers a client's matching requests from 1.
func (a *armed) nextOrdinal(client string) uint64 {
	last, known := a.ordinals.use(clip(client), maxClients)
	if !known {
		last = new(uint64)
		a.ordinals.put(strings.Clone(clip(client)), last, maxClients) // not the request's buffer
	}
	*last++
	return *last
}

// forget starts a client's ordinals again.
func (a *armed) forget(client string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ordinals.remove(clip(client))
}

// retire ends the rule for good and returns its last report.
func (a *armed) retire(now time.Time) Report {
	a.mu.Lock()
	a.gone = true
	a.mu.Unlock()
	return a.report(now)
}

// state copies what a plan starts from.
func (a *armed) state(client string) (t tally, lastOrdinal uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, known := a.ordinals.peek(clip(client)); known {
		lastOrdinal = *last
	}
	return a.tally.clone(), lastOrdinal
}

// clip bounds what a stranger's client id can take of memory.
func clip(client string) string {
	return client[:min(len(client), maxClientName)]
}
