package conduct

import "time"

// What separates one verdict from another.
const (
	// quiet ends a call: callers of an interactive API do not back off for
	// longer, and a person who tries again by hand usually takes longer.
	quiet = 60 * time.Second

	// slack is how much sooner than asked a retry may come, because some timers
	// run ahead by a few milliseconds, and how much later than its caller the
	// sandbox may learn that a broken connection is over.
	slack = 25 * time.Millisecond

	// noise is what a busy machine adds to a gap by itself. A shorter gap is no
	// wait, and gaps that differ by less are the same.
	noise = 3 * time.Millisecond

	// same is the part of a gap by which equal gaps may differ when they are
	// long. Jitter of a tenth either way strays 5% on average, a timer far less.
	same = 0.01

	// growth is how many times the mean first gap the mean last gap has to be.
	// The slowest backoff in wide use grows by 1.5 from one gap to the next.
	growth = 1.2

	// enoughCalls with two gaps show growth through any usual jitter: with full
	// jitter and doubling, not one such set in a hundred still looks flat.
	enoughCalls = 20

	// enoughSamples of one ordinal show whether gaps differ.
	enoughSamples = 3

	// maxAttempts is generous: retry policies in wide use make three to five.
	maxAttempts = 10
)

// How much is said.
const (
	maxCalls    = 100 // in a report
	maxShown    = 20  // attempts of a call: the first ones, and the last
	maxOffences = 20  // requests that show a fail
	maxExamples = 5   // requests that show a pass
	maxText     = 256 // bytes of a text that the caller sent
)
