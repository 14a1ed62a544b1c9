package knot_test

import (
	"testing"
	"time"

	"knotsandbox/knot"
)

func TestClock(t *testing.T) {
	t.Parallel()
	real := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := real.Add(time.Minute)
	at := func(d time.Duration) time.Time { return real.Add(d) }
	for name, c := range map[string]struct {
		clock             knot.Clock
		now, aMinuteLater time.Time
	}{
		"zero":                {knot.Clock{}, real, later},
		"advanced":            {knot.Clock{}.Advance(real, time.Hour), at(time.Hour), at(61 * time.Minute)},
		"set back":            {knot.Clock{}.Set(real, at(-time.Hour)), at(-time.Hour), at(-59 * time.Minute)},
		"frozen":              {knot.Clock{}.Freeze(real), real, real},
		"frozen and advanced": {knot.Clock{}.Freeze(real).Advance(real, time.Hour), at(time.Hour), at(time.Hour)},
		"frozen and set":      {knot.Clock{}.Freeze(real).Set(real, at(5)), at(5), at(5)},
		"run again":           {knot.Clock{}.Freeze(real).Run(later), at(-time.Minute), real},
		"advanced twice":      {knot.Clock{}.Advance(real, 1).Advance(real, 1), at(2), later.Add(2)},
	} {
		if got := c.clock.At(real); !got.Equal(c.now) {
			t.Errorf("%s: %v, want %v", name, got, c.now)
		}
		if got := c.clock.At(later); !got.Equal(c.aMinuteLater) {
			t.Errorf("%s: a minute later %v, want %v", name, got, c.aMinuteLater)
		}
	}
}

func TestParseRateLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]knot.RateLimit{
		"":          {},
		"1/s":       {Requests: 1, Per: time.Second},
		"60/min":    {Requests: 60, Per: time.Minute},
		"1000000/h": {Requests: 1_000_000, Per: time.Hour},
	} {
		got, err := knot.ParseRateLimit(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParseRateLimit(%q) = %+v (%s), %v, want %+v", text, got, got, err, want)
		}
	}
	for _, text := range []string{"60", "0/s", "-1/s", "1/day", "x/s", "1000001/s", "1/s/s", " 1/s"} {
		if got, err := knot.ParseRateLimit(text); err == nil {
			t.Errorf("ParseRateLimit(%q) = %+v, want an error", text, got)
		}
	}
}
