package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// effect is what a fault does.
type effect struct {
	kind  string // its word without what is given to it; of a catalogue name "outcome", of a page "gateway", of a mere delay "delay"
	name  string // of an outcome or a gateway's page
	delay bool
	size  int // of truncate
	retry int // seconds of Retry-After, if the effect has one
	after bool
}

// broken are the effects that break the connection or the answer, with what the caller
// sees of it.
var broken = map[string]string{
	"reset": brokenReset, "close": brokenClose, "garbage": brokenGarbage, truncateEffect: brokenTruncate,
}

// pages are the statuses of a proxy, with the title of its page.
var pages = map[string]struct {
	status int
	title  string
}{
	"BadGateway":         {502, "502 Bad Gateway"},
	"ServiceUnavailable": {503, "503 Service Temporarily Unavailable"},
	"GatewayTimeout":     {504, "504 Gateway Time-out"},
}

// page is the body of a proxy's page.
func page(title string) string {
	return strings.ReplaceAll("<html>\r\n<head><title>TITLE</title></head>\r\n<body>\r\n<center><h1>TITLE</h1></center>\r\n"+
		"<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n", "TITLE", title)
}

// String returns the effect as the sandbox prints it.
func (e effect) String() string {
	var words []string
	if e.delay {
		words = append(words, "delay=1ms")
	}
	switch e.kind {
	case "delay":
	case "outcome", "gateway":
		words = append(words, e.name)
	case truncateEffect:
		words = append(words, fmt.Sprintf("truncate=%d", e.size))
	case "drip":
		words = append(words, "drip=2ms")
	default:
		words = append(words, e.kind)
	}
	if e.retry > 0 {
		words = append(words, fmt.Sprintf("retry-after=%ds", e.retry))
	}
	if e.after {
		words = append(words, "phase=after")
	}
	return strings.Join(words, " ")
}

// works reports whether the request is carried out.
func (e effect) works() bool {
	return e.after || e.kind == "delay" || e.kind == "drip" || e.kind == truncateEffect
}

// passesOn reports whether what goes out is the answer of the API itself.
func (e effect) passesOn() bool { return e.kind == "delay" || e.kind == "drip" }

// outcome returns the name of what goes out in place of the API's answer.
func (e effect) outcome() string {
	if e.kind == "outcome" || e.kind == "gateway" {
		return e.name
	}
	return e.kind
}

// someEffect draws an effect.
func someEffect(r *rand.Rand, names []string) effect {
	kinds := []string{
		"outcome", "outcome", "outcome", "outcome", "gateway", "gateway", "delay", "reset", "close", "garbage",
		truncateEffect, "malformed", "empty", "drip",
	}
	e := effect{kind: kinds[r.IntN(len(kinds))]}
	switch e.kind {
	case "outcome":
		if e.name = names[r.IntN(len(names))]; e.name == rateLimited {
			e.retry = 1 + r.IntN(5)
		}
	case "gateway":
		if e.name = []string{"BadGateway", "ServiceUnavailable", "GatewayTimeout"}[r.IntN(3)]; e.name == "ServiceUnavailable" {
			e.retry = r.IntN(3)
		}
	case truncateEffect:
		e.size = 1 + r.IntN(20)
		return e
	case "delay":
		e.delay = true
		return e
	case "drip":
		return e
	}
	e.delay, e.after = r.IntN(8) == 0, r.IntN(4) == 0
	return e
}
