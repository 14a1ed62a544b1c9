package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// stage is a part of a fault's timeline.
type stage struct {
	effect
	times, skip int           // times= and after=
	span        time.Duration // for=, 0 for no end
	isWell      bool

	matched, hit int
}

func (s *stage) text() string {
	words := []string{s.String()}
	if s.isWell {
		words[0] = "well"
	}
	if s.times > 0 {
		words = append(words, fmt.Sprintf("times=%d", s.times))
	}
	if s.skip > 0 {
		words = append(words, fmt.Sprintf("after=%d", s.skip))
	}
	if s.span > 0 {
		words = append(words, fmt.Sprintf("for=%ds", s.span/time.Second))
	}
	return strings.Join(words, " ")
}

// rule is a fault that is armed, or that came with requests, as it should be.
type rule struct {
	id            string // of an inline one unknown until it is met
	product, user string // what it is for; user without the star at its end
	isInline      bool
	armed         time.Time
	stages        []*stage
	chance        string // the word of a chance; then plan says what happens
	plan          []bool

	matched, hit int
	lastHit      time.Time
}

// fault returns the canonical text of its fault.
func (r *rule) fault() string {
	texts := make([]string, len(r.stages))
	for i, s := range r.stages {
		texts[i] = s.text()
	}
	text := strings.Join(texts, " then ")
	if r.chance != "" {
		text += " " + r.chance
	}
	return text
}

// text returns the rule as it is armed.
func (r *rule) text(client string) string {
	text := "client=" + client
	if r.product != "" {
		text += " product=" + r.product
	}
	if r.user != "" {
		text += " user=" + r.user + "*"
	}
	return text + " " + r.fault()
}

// matches reports whether the rule is for a request.
func (r *rule) matches(q *request) bool {
	return (r.product == "" || r.product == q.product) && strings.HasPrefix(q.user, r.user)
}

// stageAt returns the place of the stage that holds, or -1 if it is over.
func (r *rule) stageAt(now time.Time) int {
	since := now.Sub(r.armed)
	for i, s := range r.stages {
		if s.span == 0 || since < s.span {
			return i
		}
		since -= s.span
	}
	return -1
}

// meet counts a request that matches, and returns the effect that it meets or nil.
func (r *rule) meet(now time.Time) *effect {
	at := r.stageAt(now)
	if at < 0 {
		return nil
	}
	s := r.stages[at]
	r.matched++
	s.matched++
	isHit := !s.isWell && s.matched > s.skip && (s.times == 0 || s.hit < s.times)
	if r.chance != "" {
		isHit = r.plan[r.matched-1]
	}
	if !isHit {
		return nil
	}
	r.hit++
	s.hit++
	r.lastHit = now
	return &s.effect
}

// isSpent reports whether what is known of its chances is used up.
func (r *rule) isSpent() bool { return r.chance != "" && r.matched >= len(r.plan)-1 }

// remaining returns how many hits are left, -1 for no limit.
func (r *rule) remaining(now time.Time) int {
	at := r.stageAt(now)
	if at < 0 {
		return 0
	}
	left := 0
	for _, s := range r.stages[at:] {
		switch {
		case s.isWell:
		case s.times == 0:
			return -1
		default:
			left += s.times - s.hit
		}
	}
	return left
}

// someRule draws a rule for the client of a worker.
func someRule(r *rand.Rand, names []string, now time.Time) *rule {
	rule := &rule{armed: now, stages: []*stage{someStage(r, names)}}
	switch r.IntN(6) {
	case 0:
		rule.product = products[r.IntN(len(products))]
	case 1:
		rule.user = "vip"
	}
	switch first := rule.stages[0]; r.IntN(6) {
	case 0: // a timeline
		first.span = time.Duration(1+r.IntN(50)) * time.Second
		second := someStage(r, names)
		if r.IntN(2) == 0 {
			rule.stages = append(rule.stages, &stage{isWell: true, span: 10 * time.Second})
		}
		second.span = time.Duration(1+r.IntN(50)) * time.Second
		rule.stages = append(rule.stages, second)
	case 1:
		rule.chance, first.span = "p=0.4", 0
	}
	return rule
}

func someStage(r *rand.Rand, names []string) *stage {
	s := &stage{effect: someEffect(r, names)}
	if r.IntN(3) > 0 {
		s.times = 1 + r.IntN(6)
	}
	if r.IntN(3) == 0 {
		s.skip = 1 + r.IntN(4)
	}
	if r.IntN(5) == 0 {
		s.span = time.Duration(1+r.IntN(50)) * time.Second
	}
	return s
}
