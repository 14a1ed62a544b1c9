package server

import (
	"cmp"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"knotsandbox/journal"
	"knotsandbox/knot"
)

// metrics are the sandbox in numbers. No label takes a value from a caller, so
// that callers do not decide how many there are.
type metrics struct {
	registry       func() *prometheus.Registry // made when it is first asked for
	requests       *prometheus.CounterVec
	created        prometheus.Counter // of them those that most are, which to look up takes its time
	faults         *prometheus.CounterVec
	droppedClients prometheus.Counter
	usual          prometheus.Observer // durations of requests that met no fault
	faulted        prometheus.Observer // and of those that did
}

// namespace begins the name of every metric of the sandbox's own.
const namespace = "knot_sandbox"

func (s *Server) newMetrics() *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "requests_total", Help: "Requests to the emulated API, by what went out.",
		}, []string{"outcome"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "fault_hits_total", Help: "Requests that met a fault, by its effect.",
		}, []string{"effect"}),
	}
	m.droppedClients = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Name: "clients_dropped_total", Help: "Idle clients that went because there were too many.",
	})
	m.created = m.requests.WithLabelValues(knot.Created)
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "request_duration_seconds",
		Help:    "From a request's head to the end of its answer, apart for those that met a fault.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"fault"})
	m.usual, m.faulted = durations.WithLabelValues("no"), durations.WithLabelValues("yes")
	m.registry = sync.OnceValue(func() *prometheus.Registry { return s.newRegistry(m.requests, m.faults, durations, m.droppedClients) })
	return m
}

// newRegistry returns a registry of what is counted, and of what is to be had when it
// is read. It panics if one of them is not as the library wants it.
func (s *Server) newRegistry(counted ...prometheus.Collector) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(counted...)
	r.MustRegister(
		gauge("sessions", "Live sessions.", s.store.CountSessions),
		counter("sessions_dropped_total", "Sessions dropped because of a bound.", s.store.DroppedSessions),
		gauge("clients", "Configured and minted clients.", s.store.Len),
		gauge("faults_armed", "Armed rules.", s.faults.Len),
		gauge("journal_exchanges", "Exchanges that the journal keeps.", func() int { return s.journal.Stats().Kept }),
		counter("journal_recorded_total", "Exchanges ever recorded.", func() uint64 { return s.journal.Stats().Total }),
		counter("journal_dropped_total", "Exchanges dropped because of a bound.", func() uint64 { return s.journal.Stats().Dropped }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "build_info", Help: "The build; always 1.",
			ConstLabels: prometheus.Labels{"version": s.config.Version, "goversion": runtime.Version()},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(value()) })
}

func counter(name, help string, value func() uint64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(value()) })
}

// observe counts an exchange. word names the effect of the fault that it met, and is
// empty if that only delayed it.
func (m *metrics) observe(e *journal.Exchange, word string) {
	if e.Outcome == knot.Created {
		m.created.Inc()
	} else {
		m.requests.WithLabelValues(e.Outcome).Inc()
	}
	durations := m.usual
	if e.Rule != "" {
		durations = m.faulted
		m.faults.WithLabelValues(cmp.Or(word, "delay")).Inc()
	}
	durations.Observe(e.Duration.Seconds())
}

// Metrics returns the handler that shows the sandbox in numbers, as Prometheus
// reads them.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry(), promhttp.HandlerOpts{Timeout: 10 * time.Second})
}
