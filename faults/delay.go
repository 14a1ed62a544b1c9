package faults

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// z99 is the 99th percentile of the standard normal distribution.
const z99 = 2.3263478740408408

// delay is how long to wait: low alone is fixed, low and high a range, and with
// lognormal set they are the 50th and 99th percentile. The zero delay is none.
type delay struct {
	low, high time.Duration
	lognormal bool
}

// parseDelay reads the value of delay=.
func parseDelay(text string) (delay, error) {
	if inner, ok := strings.CutPrefix(text, "lognormal("); ok {
		return parseLognormal(inner)
	}
	first, second, ranged := strings.Cut(text, "..")
	if !ranged {
		low, err := parseDuration(text, maxWait)
		return delay{low: low}, err
	}
	return parseRange(first, second)
}

func parseRange(first, second string) (delay, error) {
	low, err := time.ParseDuration(first)
	if err != nil || low < 0 {
		return delay{}, errors.New("want a range such as 100ms..2s")
	}
	high, err := parseDuration(second, maxWait)
	if err != nil {
		return delay{}, err
	}
	if low >= high {
		return delay{}, errors.New("the second duration must be the longer one")
	}
	return delay{low: low, high: high}, nil
}

func parseLognormal(inner string) (delay, error) {
	inner, closed := strings.CutSuffix(inner, ")")
	first, second, two := strings.Cut(inner, ",")
	first, median := strings.CutPrefix(first, "p50=")
	second, tail := strings.CutPrefix(second, "p99=")
	if !closed || !two || !median || !tail {
		return delay{}, errors.New("want lognormal(p50=200ms,p99=3s), without blanks")
	}
	low, err := parseDuration(first, maxWait)
	if err != nil {
		return delay{}, fmt.Errorf("p50: %w", err)
	}
	high, err := parseDuration(second, maxWait)
	if err != nil {
		return delay{}, fmt.Errorf("p99: %w", err)
	}
	if low >= high {
		return delay{}, errors.New("p99 must be longer than p50")
	}
	return delay{low: low, high: high, lognormal: true}, nil
}

func (d delay) isZero() bool { return d == delay{} }

func (d delay) random() bool { return d.high > 0 }

func (d delay) String() string {
	switch {
	case d.lognormal:
		return "lognormal(p50=" + duration(d.low) + ",p99=" + duration(d.high) + ")"
	case d.random():
		return duration(d.low) + ".." + duration(d.high)
	case d.low > 0:
		return duration(d.low)
	default:
		return ""
	}
}

// draw returns the delay of one request, in whole microseconds if it is random:
// finer digits differ between processors and would make plans unreadable.
func (d delay) draw(c chance) time.Duration {
	switch {
	case d.lognormal:
		sigma := math.Log(float64(d.high)/float64(d.low)) / z99
		z := math.Sqrt2 * math.Erfinv(2*c.float(saltDelay)-1)
		wait := float64(d.low) * math.Exp(sigma*z)
		return time.Duration(min(wait, float64(maxWait))).Round(time.Microsecond)
	case d.random():
		steps := uint64((d.high-d.low)/time.Microsecond) + 1
		return d.low + time.Duration(c.below(saltDelay, steps))*time.Microsecond
	default:
		return d.low
	}
}
