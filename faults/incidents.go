package faults

// The incidents that are shipped. They use only words the language itself knows,
// so every catalogue can hold them.
const (
	// Slower and slower for 20 s, then out of capacity for 10 s, then well.
	brownout = "delay=200ms..400ms for=5s then delay=400ms..800ms for=5s" +
		" then delay=800ms..1600ms for=5s then delay=1600ms..3200ms for=5s" +
		" then ServiceUnavailable retry-after=5s for=10s"

	// The process dies, the proxy has nobody to ask, then the new one warms up.
	outage = "reset for=2s then BadGateway for=18s then ServiceUnavailable retry-after=2s for=5s" +
		" then delay=500ms..1500ms for=5s"

	// A bad minute on the way: one request in five is lost, in changing manners,
	// and the rest has a long tail.
	flaky = "reset p=0.2 for=15s then BadGateway p=0.2 for=15s then truncate=20 p=0.2 for=15s" +
		" then delay=lognormal(p50=200ms,p99=3s) for=15s"
)

// Incidents returns the shipped incidents, name to timeline: brownout, outage and
// flaky. The map is the caller's to extend and to give to NewLanguage.
func Incidents() map[string]string {
	return map[string]string{"brownout": brownout, "outage": outage, "flaky": flaky}
}
