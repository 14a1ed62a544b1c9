package faults

import (
	"testing"
	"time"
)

// A request may still hold the snapshot of before when a rule is disarmed.
func TestRetiredRuleHitsNoMore(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	a := newArmed(Rule{Fault: Fault{text: "reset", stages: []stage{{effect: Effect{Kind: Reset}}}}}, now, 0)
	if _, hit := a.meet(now, 1, "", 0); !hit {
		t.Error("an armed rule does not hit")
	}
	if r := a.retire(now); r.Hit != 1 {
		t.Errorf("last report = %+v, want 1 hit", r)
	}
	if _, hit := a.meet(now, 1, "", 0); hit || a.report(now).Matched != 1 {
		t.Errorf("a retired rule hits or counts: %+v", a.report(now))
	}
}
