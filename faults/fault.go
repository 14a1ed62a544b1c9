package faults

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is a parsed fault: what fails, how, and on what schedule. It comes from
// Language.Parse and never changes; the zero Fault is no fault and cannot be armed.
type Fault struct {
	text   string // canonical; the incident's name for an incident
	stages []stage
}

// stage is one entry of a timeline; a plain fault has one.
type stage struct {
	effect Effect // without its delay, which is drawn per request
	delay  delay
	well   bool // nothing fails here

	times int           // hits, 0 for no limit
	after int           // matching requests to let pass
	p     float64       // 0 for always
	span  time.Duration // for=, 0 for no end
}

// String returns the canonical text: words in a fixed order, defaults left out,
// an incident by its name. Parsing it gives the same fault again.
func (f Fault) String() string { return f.text }

// MarshalText returns the canonical text; in JSON a fault is a string.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.text), nil }

// IsZero reports whether f is no fault at all.
func (f Fault) IsZero() bool { return len(f.stages) == 0 }

// Timeline returns the canonical text of each stage in order: one for a plain
// fault, the stages an incident stands for otherwise.
func (f Fault) Timeline() []string {
	texts := make([]string, len(f.stages))
	for i, s := range f.stages {
		texts[i] = s.String()
	}
	return texts
}

// stageAt returns the index of the stage that holds at the given time since
// arming, or -1 when the fault is over. A clock set back to before arming counts
// as the moment of arming.
func (f Fault) stageAt(elapsed time.Duration) int {
	for i, s := range f.stages {
		if s.span == 0 || elapsed < s.span {
			return i
		}
		elapsed -= s.span
	}
	return -1
}

// random reports whether any stage draws by chance.
func (f Fault) random() bool {
	return slices.ContainsFunc(f.stages, func(s stage) bool { return s.p > 0 || s.delay.random() })
}

func (s stage) String() string {
	var words []string
	if s.well {
		words = append(words, "well")
	}
	if text := s.delay.String(); text != "" {
		words = append(words, "delay="+text)
	}
	words = append(words, s.effect.words()...)
	if s.times > 0 {
		words = append(words, "times="+strconv.Itoa(s.times))
	}
	if s.after > 0 {
		words = append(words, "after="+strconv.Itoa(s.after))
	}
	if s.p > 0 {
		words = append(words, "p="+strconv.FormatFloat(s.p, 'f', -1, 64))
	}
	if s.span > 0 {
		words = append(words, "for="+duration(s.span))
	}
	return strings.Join(words, " ")
}

// duration prints d as the language writes it: 5m rather than 5m0s.
func duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
