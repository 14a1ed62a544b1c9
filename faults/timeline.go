package faults

import (
	"slices"
	"strings"
)

// The words that are neither a name nor a setting.
const (
	wordThen = "then"
	wordWell = "well"
)

// maxStages bounds a timeline.
const maxStages = 32

// fault reads words as an incident or a timeline; end is where the text ends.
func (l *Language) fault(words []word, end int) (Fault, error) {
	if len(words) == 1 && !words[0].setting {
		if fault, ok := l.incidents[words[0].key]; ok {
			return fault, nil
		}
	}
	stages, err := l.timeline(words, end)
	if err != nil {
		return Fault{}, err
	}
	texts := make([]string, len(stages))
	for i, s := range stages {
		texts[i] = s.String()
	}
	fault := Fault{text: strings.Join(texts, " "+wordThen+" "), stages: stages}
	if len(fault.text) > MaxText {
		return Fault{}, refuse(word{}, "the fault is longer than %d bytes when printed", MaxText)
	}
	return fault, nil
}

// timeline reads stages joined by then. A timeline that ends well says what
// happens anyway, so its last words are dropped.
func (l *Language) timeline(words []word, end int) ([]stage, error) {
	var stages []stage
	for more := true; more; {
		var group []word
		var stop int
		group, words, stop = cutThen(words, end)
		more = stop < end
		s, err := l.stage(group, stop)
		if err != nil {
			return nil, err
		}
		if more && s.span == 0 {
			return nil, refuse(group[0], "the stage %s has another after it and needs an end, such as for=10s", show(s.String()))
		}
		if stages = append(stages, s); len(stages) > maxStages {
			return nil, refuse(group[0], "a timeline has at most %d stages", maxStages)
		}
	}
	for len(stages) > 0 && stages[len(stages)-1].well {
		stages = stages[:len(stages)-1]
	}
	if len(stages) == 0 {
		return nil, &SyntaxError{Word: wordWell, Reason: "in a fault that is always well nothing fails; name what shall fail"}
	}
	return slices.Clip(stages), nil
}

// cutThen returns the words before the first then, those after it, and its place;
// without a then, all words and the end of the text.
func cutThen(words []word, end int) (before, after []word, stop int) {
	i := slices.IndexFunc(words, func(w word) bool { return w.raw == wordThen })
	if i < 0 {
		return words, nil, end
	}
	return words[:i], words[i+1:], words[i].offset
}

// stage reads the words of one stage, which stops at the given offset.
func (l *Language) stage(words []word, stop int) (stage, error) {
	var s stage
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.key] {
			return stage{}, refuse(w, "%s is written twice", show(w.key))
		}
		seen[w.key] = true
		if err := l.read(&s, w); err != nil {
			return stage{}, err
		}
	}
	if !s.well && s.effect.Kind == Proceed && s.delay.isZero() {
		return stage{}, refuse(word{offset: stop}, "a fault is missing; valid names: %s; or %s",
			strings.Join(l.Names(), ", "), strings.Join(effectSettings(), ", "))
	}
	return s, s.check(words)
}

// check refuses words that mean nothing beside their neighbours.
func (s stage) check(words []word) error {
	for _, w := range words {
		switch {
		case s.well && w.key != wordWell && w.key != wordFor:
			return refuse(w, "%s has no meaning beside well, which takes only for", show(w.raw))
		case w.key == wordRetryAfter && !s.effect.takesRetryAfter():
			return refuse(w, "%s has no meaning beside %s; it goes with %s and %s",
				show(w.raw), s.name(), RateLimited, ServiceUnavailable)
		case w.key == wordPhase && (s.effect.Kind == Truncate || s.effect.Kind == Drip):
			return refuse(w, "%s has no meaning beside %s, which always does the work and sends the real answer",
				show(w.raw), s.name())
		}
	}
	return nil
}

// name is what a message calls the stage.
func (s stage) name() string {
	if word := s.effect.word(); word != "" {
		return word
	}
	return "a delay"
}
