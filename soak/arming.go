package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// account is a fault as the sandbox accounts for it.
type account struct {
	ID        string
	Fault     string
	Inline    bool
	Armed     time.Time `json:"armed_at"`
	Matched   int
	Hit       int
	Remaining int
	LastHit   time.Time `json:"last_hit"`
	Expired   bool
}

// String prints an account so that it can be compared.
func (a account) String() string {
	return fmt.Sprintf("%s inline %v, armed %v, matched %d, hit %d, remaining %d, last %v, expired %v",
		a.Fault, a.Inline, a.Armed.UTC(), a.Matched, a.Hit, a.Remaining, a.LastHit.UTC(), a.Expired)
}

// account returns what the account of a rule should be.
func (r *rule) account(now time.Time) string {
	return account{
		Fault: r.fault(), Inline: r.isInline, Armed: r.armed, Matched: r.matched, Hit: r.hit,
		Remaining: r.remaining(now), LastHit: r.lastHit, Expired: r.stageAt(now) < 0,
	}.String()
}

// texts returns the faults of reports.
func texts(reports []account) []string {
	list := make([]string, len(reports))
	for i, r := range reports {
		list[i] = r.Fault
	}
	return list
}

// neverMet returns the texts of the faults that no request has met.
func (m *model) neverMet() []string {
	list := []string{}
	for _, r := range slices.Concat(m.rules, m.inline) {
		if r.hit == 0 {
			list = append(list, r.fault())
		}
	}
	return list
}

// maxArmed is how many rules a client has at most.
const maxArmed = 6

// arm arms a rule.
func (w *worker) arm(ctx context.Context) error {
	rule := someRule(w.r, w.names, w.m.now)
	isCompared := w.r.IntN(3) == 0
	if len(w.m.rules) >= maxArmed {
		return w.disarm(ctx)
	}
	return w.armRule(ctx, rule, isCompared)
}

// armRule arms a rule, and learns or compares its plan.
func (w *worker) armRule(ctx context.Context, rule *rule, isCompared bool) error {
	var got account
	ok, err := w.control(ctx, http.MethodPost, "/faults", rule.text(w.m.id), &got, http.StatusCreated)
	if !ok {
		return err
	}
	rule.id = got.ID
	w.equal("the rule", got.String(), rule.account(w.m.now))
	w.m.rules = append(w.m.rules, rule)
	if rule.chance == "" && !isCompared {
		return nil
	}
	return w.plan(ctx, rule)
}

// plan learns what a rule of chance will do, or compares what another will.
func (w *worker) plan(ctx context.Context, r *rule) error {
	const ahead = 200
	var plan struct{ Plan []struct{ Hit bool } }
	if ok, err := w.control(ctx, http.MethodPost, "/faults/plan", map[string]any{"id": r.id, "requests": ahead}, &plan, http.StatusOK); !ok {
		return err
	}
	hits := make([]bool, len(plan.Plan))
	for i, step := range plan.Plan {
		hits[i] = step.Hit
	}
	if r.chance == "" {
		w.equal("the plan", hits, r.preview(w.m.now, ahead))
		return nil
	}
	w.equal("the length of the plan", len(hits), ahead)
	r.plan = append(r.plan[:r.matched], hits...) // of what was before the change of a seed the rest is void
	return nil
}

// preview says which of the next requests a rule will hit.
func (r *rule) preview(now time.Time, ahead int) []bool {
	c := *r
	c.stages = nil
	for _, s := range r.stages {
		copied := *s
		c.stages = append(c.stages, &copied)
	}
	hits := make([]bool, ahead)
	for i := range hits {
		hits[i] = c.meet(now) != nil
	}
	return hits
}

// disarm disarms a rule.
func (w *worker) disarm(ctx context.Context) error {
	if len(w.m.rules) == 0 {
		return nil
	}
	return w.disarmRule(ctx, w.m.rules[w.r.IntN(len(w.m.rules))])
}

func (w *worker) disarmRule(ctx context.Context, r *rule) error {
	var got account
	if ok, err := w.control(ctx, http.MethodDelete, "/faults/"+r.id, nil, &got, http.StatusOK); !ok {
		return err
	}
	w.equal("the rule at its end", fmt.Sprint(got.Fault, got.Matched, got.Hit), fmt.Sprint(r.fault(), r.matched, r.hit))
	w.m.rules = slices.DeleteFunc(w.m.rules, func(other *rule) bool { return other == r })
	_, err := w.control(ctx, http.MethodGet, "/faults/"+r.id, nil, nil, http.StatusNotFound)
	return err
}

// disarmSpent disarms the rules of which it is not known what they will do.
func (w *worker) disarmSpent(ctx context.Context) error {
	for _, rule := range slices.Clone(w.m.rules) {
		if rule.isSpent() {
			if err := w.disarmRule(ctx, rule); err != nil {
				return err
			}
		}
	}
	return nil
}

// disarmAll disarms all that the client has.
func (w *worker) disarmAll(ctx context.Context) error {
	var unmet struct {
		NeverMet []account `json:"never_met"`
	}
	ok, err := w.control(ctx, http.MethodDelete, "/faults"+w.ofClient(), nil, &unmet, http.StatusOK)
	if ok {
		w.equal("what was never met", texts(unmet.NeverMet), w.m.neverMet())
		w.m.rules, w.m.inline = nil, nil
	}
	return err
}

// lookAtFaults holds the accounts of all faults of the client to the model.
func (w *worker) lookAtFaults(ctx context.Context) error {
	var got struct{ Faults []account }
	if ok, err := w.control(ctx, http.MethodGet, "/faults"+w.ofClient(), nil, &got, http.StatusOK); !ok {
		return err
	}
	all := slices.Concat(w.m.rules, w.m.inline)
	w.equal("how many faults there are", len(got.Faults), len(all))
	for i, r := range all[:min(len(all), len(got.Faults))] {
		if r.id == "" {
			r.id = got.Faults[i].ID
		}
		w.equal("the fault "+r.id, got.Faults[i].ID+" "+got.Faults[i].String(), r.id+" "+r.account(w.m.now))
	}
	return nil
}
