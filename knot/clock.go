package knot

import "time"

// Clock says what time it is for a client: real time moved by an offset, or a
// time that stands still. The zero value is real time.
type Clock struct {
	// Offset is how far the clock is ahead of real time; negative is behind.
	Offset time.Duration
	// FrozenAt is the time at which the clock stands still; zero if it runs.
	FrozenAt time.Time
}

// At returns what the clock shows at a moment of real time.
func (c Clock) At(real time.Time) time.Time {
	if !c.FrozenAt.IsZero() {
		return c.FrozenAt
	}
	return real.Add(c.Offset)
}

// Freeze returns the clock stopped at what it shows.
func (c Clock) Freeze(real time.Time) Clock { return Clock{FrozenAt: c.At(real)} }

// Run returns the clock running on from what it shows.
func (c Clock) Run(real time.Time) Clock { return Clock{Offset: c.At(real).Sub(real)} }

// Set returns the clock showing t, running or frozen as it was.
func (c Clock) Set(real, t time.Time) Clock {
	if !c.FrozenAt.IsZero() {
		return Clock{FrozenAt: t}
	}
	return Clock{Offset: t.Sub(real)}
}

// Advance returns the clock moved by d, which may be negative.
func (c Clock) Advance(real time.Time, d time.Duration) Clock { return c.Set(real, c.At(real).Add(d)) }
