package admin_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// sample is a number with its labels.
type sample struct {
	labels map[string]string
	value  float64
}

// metrics are the sandbox's own numbers by name.
func (s *sandbox) metrics() map[string][]sample {
	s.t.Helper()
	a := s.call("GET /metrics", "")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(a.body))
	if err != nil || a.status != 200 {
		s.t.Fatalf("GET /metrics: %d %.300s, %v", a.status, a.body, err)
	}
	own := map[string][]sample{}
	for name, f := range families {
		if f.GetHelp() == "" {
			s.t.Errorf("%s has no help", name)
		}
		for _, m := range f.GetMetric() {
			one := sample{map[string]string{}, m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())}
			for _, l := range m.GetLabel() {
				one.labels[l.GetName()] = l.GetValue()
			}
			if strings.HasPrefix(name, "knot_sandbox_") {
				own[name] = append(own[name], one)
			}
		}
	}
	if len(families) < len(own)+20 {
		s.t.Errorf("%d families beside the sandbox's own, want those of Go and of the process", len(families)-len(own))
	}
	return own
}

// numbers shows samples as "LABEL=COUNT …", or as the one number that there is.
func numbers(samples []sample) string {
	var list []string
	for _, one := range samples {
		text := fmt.Sprint(one.value)
		for _, label := range one.labels {
			text = label + "=" + text
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// The numbers are those of what went on.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := withTraffic(t)
	want := map[string]string{
		"knot_sandbox_requests_total":           "AuthFailed=2 Created=5 InternalServerError=1 InvalidProductType=1 NoAccess=1 RateLimited=1 RouteNotFound=1 reset=1",
		"knot_sandbox_fault_hits_total":         "InternalServerError=1 NoAccess=1 RateLimited=1 delay=1 reset=1",
		"knot_sandbox_request_duration_seconds": "no=8 yes=5",
		"knot_sandbox_sessions":                 "5",
		"knot_sandbox_sessions_dropped_total":   "0",
		"knot_sandbox_clients":                  "2",
		"knot_sandbox_clients_dropped_total":    "0",
		"knot_sandbox_faults_armed":             "1",
		"knot_sandbox_journal_exchanges":        "13",
		"knot_sandbox_journal_recorded_total":   "13",
		"knot_sandbox_journal_dropped_total":    "0",
	}
	check := func(when string) {
		t.Helper()
		families := s.metrics()
		build := families["knot_sandbox_build_info"]
		if len(build) != 1 || build[0].value != 1 || build[0].labels["version"] != "test" || build[0].labels["goversion"] != runtime.Version() {
			t.Errorf("%s: build_info %v, want 1 with goversion and the version test", when, build)
		}
		delete(families, "knot_sandbox_build_info")
		for name, samples := range families {
			if got := numbers(samples); got != want[name] {
				t.Errorf("%s: %s = %s, want %s", when, name, got, want[name])
			}
		}
		if len(families) != len(want) {
			t.Errorf("%s: %d families, want %d", when, len(families), len(want))
		}
	}
	check("after traffic")

	// What counts up never goes back.
	for _, route := range []string{"DELETE /requests", "DELETE /coverage", "POST /reset"} {
		s.call(route, "")
	}
	want["knot_sandbox_sessions"], want["knot_sandbox_faults_armed"], want["knot_sandbox_journal_exchanges"] = "0", "0", "0"
	check("after reset")
}

// What has to go because of a bound is counted.
func TestMetricsOfTheJournal(t *testing.T) {
	t.Parallel()
	c := config()
	c.Journal.PerClient = 2
	s := serve(t, c)
	for range 5 {
		s.want(200, sent{})
	}
	families := s.metrics()
	for name, want := range map[string]string{"exchanges": "2", "recorded_total": "5", "dropped_total": "3"} {
		if got := numbers(families["knot_sandbox_journal_"+name]); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

// No label takes a value from a caller, so that callers do not decide how many
// there are.
func TestMetricsHoldNothingOfCallers(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	for _, c := range hostileCases() {
		_, _ = s.send(c.sent)
	}
	for i := range 20 {
		_, _ = s.send(sent{body: userBody(fmt.Sprintf("sandbox:delay=%dms truncate=%d", i+1, i))})
		_, _ = s.send(sent{header: []string{"X-Sandbox-Fault", fmt.Sprintf("drip=%dms", i+1)}})
	}
	effects := append(faults.Outcomes(), "delay", "drip")
	for _, e := range knot.Errors() {
		effects = append(effects, e.Name)
	}
	known := map[string][]string{
		"outcome": append(knot.Outcomes(), faults.Outcomes()...), "effect": effects, "fault": {"yes", "no"}, "version": {"test"},
	}
	for name, samples := range s.metrics() {
		for _, one := range samples {
			for label, value := range one.labels {
				values, ok := known[label]
				if ok == (label == "goversion") || ok && !slices.Contains(values, value) {
					t.Errorf("%s{%s=%q}: want a value of %v", name, label, value, values)
				}
			}
		}
	}
}
