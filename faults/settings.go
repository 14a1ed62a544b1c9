package faults

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The settings: words that take a value.
const (
	wordDelay      = "delay"
	wordTruncate   = "truncate"
	wordDrip       = "drip"
	wordRetryAfter = "retry-after"
	wordPhase      = "phase"
	wordTimes      = "times"
	wordAfter      = "after"
	wordChance     = "p"
	wordFor        = "for"
)

// Bounds of the numbers. A reason each: an hour outlasts every sensible timeout, a
// day every test run, a mebibyte every answer of the API.
const (
	maxWait   = time.Hour
	maxSpan   = 24 * time.Hour
	maxCount  = 1_000_000
	maxSize   = 1 << 20
	minChance = 1e-6
)

func settings() []string {
	return []string{wordDelay, wordTruncate, wordDrip, wordRetryAfter, wordPhase, wordTimes, wordAfter, wordChance, wordFor}
}

// effectSettings are examples of the settings that are a fault by themselves.
func effectSettings() []string {
	return []string{"delay=250ms", "truncate=20", "drip=5s"}
}

func gateways() []string { return []string{BadGateway, ServiceUnavailable, GatewayTimeout} }

// bareEffects are the effects of one word that is neither outcome nor gateway.
func bareEffects() []string {
	kinds := []Kind{Hang, Reset, Close, Malformed, Empty, Garbage}
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	return names
}

// Outcomes returns what goes out in the name of an effect that is no outcome of the
// catalogue: the pages of a proxy, then broken answers and connections.
func Outcomes() []string {
	return append(append(gateways(), string(Truncate)), bareEffects()...)
}

// read takes one word into the stage.
func (l *Language) read(s *stage, w word) error {
	switch {
	case slices.Contains(matchWords(), w.key):
		return refuse(w, "%s has no place here: a fault that comes with a request is for that request", show(w.raw))
	case slices.Contains(settings(), w.key):
		return s.set(w)
	case w.setting && (w.key == wordThen || w.key == wordWell || slices.Contains(l.Names(), w.key)):
		return refuse(w, "%s takes no value", w.key)
	case w.setting:
		valid := slices.Concat(settings(), matchWords())
		return unknown(w, "setting", w.key, valid, valid)
	case w.key == wordWell:
		s.well = true
		return nil
	default:
		return l.name(s, w)
	}
}

// name takes a word that names the stage's effect.
func (l *Language) name(s *stage, w word) error {
	switch {
	case l.outcomes[w.key]:
		return s.become(w, Effect{Kind: Outcome, Name: w.key})
	case slices.Contains(gateways(), w.key):
		return s.become(w, Effect{Kind: Gateway, Name: w.key})
	case slices.Contains(bareEffects(), w.key):
		return s.become(w, Effect{Kind: Kind(w.key)})
	}
	if _, ok := l.incidents[w.key]; ok {
		return refuse(w, "the incident %s stands alone: it brings its own timeline", w.key)
	}
	return unknown(w, "fault", w.key, slices.Concat(l.Names(), settings(), []string{wordThen, wordWell}), l.Names())
}

// become gives the stage its one effect.
func (s *stage) become(w word, effect Effect) error {
	if s.effect.Kind != Proceed {
		return refuse(w, "%s and %s both decide the answer; write one of them", s.effect.word(), w.raw)
	}
	effect.RetryAfter, effect.AfterWork = s.effect.RetryAfter, s.effect.AfterWork
	s.effect = effect
	return nil
}

// set takes a setting.
func (s *stage) set(w word) error {
	var err error
	switch w.key {
	case wordTruncate:
		var size int
		if size, err = parseCount(w.value, 0, maxSize); err == nil {
			return s.become(w, Effect{Kind: Truncate, Size: size})
		}
	case wordDrip:
		var spread time.Duration
		if spread, err = parseDuration(w.value, maxWait); err == nil {
			return s.become(w, Effect{Kind: Drip, Spread: spread})
		}
	case wordDelay:
		s.delay, err = parseDelay(w.value)
	case wordRetryAfter:
		s.effect.RetryAfter, err = parseSeconds(w.value)
	case wordPhase:
		s.effect.AfterWork, err = true, parsePhase(w.value)
	case wordTimes:
		s.times, err = parseCount(w.value, 1, maxCount)
	case wordAfter:
		s.after, err = parseCount(w.value, 1, maxCount)
	case wordChance:
		s.p, err = parseChance(w.value)
	case wordFor:
		s.span, err = parseDuration(w.value, maxSpan)
	}
	if err != nil {
		return refuse(w, "%s: %v", show(w.raw), err)
	}
	return nil
}

// parseDuration reads a duration above zero and at most the limit.
func parseDuration(text string, limit time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("want a duration such as 250ms or 3s")
	case d <= 0:
		return 0, errors.New("must be longer than nothing")
	case d > limit:
		return 0, fmt.Errorf("at most %s", duration(limit))
	default:
		return d, nil
	}
}

// parseSeconds reads a duration that goes over the wire in whole seconds.
func parseSeconds(text string) (time.Duration, error) {
	d, err := parseDuration(text, maxWait)
	if err == nil && d%time.Second != 0 {
		return 0, errors.New("goes over the wire in whole seconds")
	}
	return d, err
}

// parseCount reads a whole number between the limits.
func parseCount(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a whole number from %d to %d", least, most)
	}
	return n, nil
}

// parseChance reads a probability. One is what holds without it, hence 0: unset.
func parseChance(text string) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p >= minChance && p <= 1) {
		return 0, errors.New("want a probability from 0.000001 to 1")
	}
	if p == 1 {
		return 0, nil
	}
	return p, nil
}

func parsePhase(text string) error {
	if text != "after" {
		return errors.New("want phase=after; without it the fault comes before the work")
	}
	return nil
}
