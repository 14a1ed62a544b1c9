package faults_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"knotsandbox/faults"
)

func TestPlanIsWhatThenHappens(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"NoAccess", "NoAccess times=3", "NoAccess after=4 times=3", "NoAccess p=0.4", "NoAccess p=0.4 after=5 times=7",
		"delay=100ms..2s", "delay=lognormal(p50=200ms,p99=3s) InternalServerError p=0.5", "reset for=10s", "client=acme reset p=0.3",
		"delay=1ms..1h p=0.5 for=5s then well for=3s then close times=2 after=1 for=5s then reset p=0.2",
		"brownout", "outage", "flaky",
	} {
		set := armed(t, text)
		traffic := faults.Traffic{Client: "acme", Seed: 9, Start: epoch(), Every: time.Second, Requests: 60}
		preview, err := new(faults.Set).Preview(mustRule(t, text), traffic)
		if err != nil {
			t.Fatalf("Preview(%q) = %v", text, err)
		}
		holds(t, set, preview, 20)

		later := faults.Traffic{Client: "acme", Seed: 9, Start: epoch().Add(20 * time.Second), Every: time.Second, Requests: 40}
		before := set.List(epoch())
		plan, err := set.Plan("f1", later)
		if err != nil {
			t.Fatalf("Plan(%q) = %v", text, err)
		}
		if after := set.List(epoch()); !reflect.DeepEqual(before, after) {
			t.Errorf("Plan(%q) changed %+v to %+v", text, before, after)
		}
		for i, step := range plan {
			if step.Request = i + 21; !reflect.DeepEqual(step, preview[i+20]) {
				t.Errorf("Plan(%q) and Preview disagree: %+v, %+v", text, step, preview[i+20])
			}
		}
		holds(t, set, plan, len(plan))
	}
}

// holds plays the first n requests of a plan and compares.
func holds(t *testing.T, set *faults.Set, plan []faults.Step, n int) {
	t.Helper()
	for _, step := range plan[:n] {
		d, hit := set.Decide(step.At, 9, faults.Request{Client: "acme"})
		if hit != step.Hit || d.Effect != step.Effect || (step.Reason == "") != hit {
			t.Errorf("request %d met %q, %t; planned were %q, %t (%s)", step.Request, d.Effect, hit, step.Effect, step.Hit, step.Reason)
		}
	}
}

func TestPlanOfInlineFault(t *testing.T) {
	t.Parallel()
	set, fault := new(faults.Set), mustParse(t, "delay=1s..2s reset p=0.5")
	set.DecideInline(epoch(), 9, faults.Request{Client: "acme"}, fault)
	plan, err := set.Plan("i1", faults.Traffic{Seed: 9, Start: epoch(), Requests: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range plan {
		d, hit := set.DecideInline(epoch(), 9, faults.Request{Client: "acme"}, fault)
		if hit != step.Hit || d.Effect != step.Effect {
			t.Errorf("request %d met %q, %t; planned were %q, %t", step.Request, d.Effect, hit, step.Effect, step.Hit)
		}
	}
}

func TestPlanSaysWhyNot(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset after=1 times=1 for=3s then well for=1s then close for=1s")
	plan, err := set.Plan("f1", faults.Traffic{Start: epoch(), Every: time.Second, Requests: 6})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"after: not yet", "", "times: used up", "all is well in this stage", "", "the fault is over"}
	for i, step := range plan {
		if step.Reason != want[i] {
			t.Errorf("step %d = %+v, want reason %q", i+1, step, want[i])
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=acme reset")
	if _, err := set.Plan("f9", faults.Traffic{}); !errors.Is(err, faults.ErrNotFound) {
		t.Errorf("Plan(f9) = %v, want ErrNotFound", err)
	}
	for _, traffic := range []faults.Traffic{
		{Requests: -1}, {Requests: faults.MaxPlan + 1}, {Client: "other"}, {Every: -1}, {Every: 25 * time.Hour},
	} {
		if _, err := set.Plan("f1", traffic); err == nil {
			t.Errorf("Plan(%+v) = nil, want an error", traffic)
		}
	}
	if _, err := set.Preview(faults.Rule{}, faults.Traffic{}); !errors.Is(err, faults.ErrNoFault) {
		t.Errorf("Preview(no fault) = %v, want ErrNoFault", err)
	}
}
