// Package faults decides which request fails next, and how, and carries the
// failure out on the socket.
//
// A fault is written in one small language, the same at every door:
//
//	NoAccess                           an outcome of the error catalogue, as it is
//	InternalServerError times=2        the next two, then recover
//	RateLimited retry-after=3s         429 with Retry-After (1s if not written)
//	BadGateway  GatewayTimeout         a proxy's HTML page, 502 and 504
//	ServiceUnavailable retry-after=3s  the same with 503; Retry-After only if written
//	delay=250ms                        wait, then go on as usual, or with the effect beside it
//	delay=100ms..2s                    the same, drawn evenly from the range
//	delay=lognormal(p50=200ms,p99=3s)  the same, with a long tail (1h at most)
//	hang                               say nothing until the caller gives up (1h at most)
//	reset   close                      TCP reset; clean close without a byte
//	truncate=20                        promise the whole answer, send 20 bytes of its body, close
//	malformed   empty   garbage        200 with broken JSON; 200 without a body; not HTTP at all
//	drip=5s                            the whole answer, spread over five seconds
//
// Beside the effect may stand, in any order and each once:
//
//	phase=after   do the work first, then fail; with delay alone: work, wait, answer
//	after=N       let the first N matching requests pass
//	p=0.25        then hit each with this probability
//	times=N       then stop after N hits
//	for=30s       end this long after arming
//
// # Grammar
//
//	rule   = { match } fault { match } .
//	fault  = incident | stage { "then" stage } .
//	stage  = word { word } .              at most one effect; delay may stand before one
//	word   = name | effect | "well" | setting "=" value .
//	match  = ( "client" | "product" | "user" | "header" | "method" | "path" ) "=" value .
//	value  = characters without blanks | '"' characters '"' .    \" and \\ inside quotes
//
// Words are separated by blanks and are case-sensitive. A timeline runs through
// its stages on the clock that is passed in; every stage but the last needs for=,
// and after the last all is well. "well" is a stage in which nothing fails. An
// incident is a timeline under a name and stands alone.
//
// A match names a client, a product, an external user id (user=), a header
// (header=Name:value; header=Name for any value), a method and a path. What is
// not named matches everything. In user, path and header values * stands for any
// run of characters and ? for any one; there is no escape.
//
// # Bounds
//
//	text 4096 bytes; a match value 256 bytes; a timeline 32 stages
//	delay, drip, retry-after 1h (retry-after in whole seconds); for 24h
//	times, after 1 to 1000000; p 0.000001 to 1; truncate 0 to 1048576
//	1000 armed rules; inline faults and clients remembered per rule: see Set
//
// What is out of bounds, written twice, or without meaning beside its neighbours
// is refused with a *SyntaxError, never ignored: two effects in one stage;
// retry-after beside anything but RateLimited and ServiceUnavailable; phase=after
// beside truncate and drip, which always send the real answer.
//
// # Schedules
//
// A request that matches a rule is counted, then asked of after, p and times, in
// this order; the rule hits when none says no. If one does, the search goes on
// with the next rule. after and times count the requests of all clients together
// (per stage of a timeline), so a rule for everyone with times=2 fails two
// requests in all. Chance is a pure function of the seed, the client, the rule's
// text and the ordinal of the matching request among that client's: neither
// concurrency, nor a restart, nor the rule's id changes what it says. Two armed
// rules of equal text are told apart by their order.
//
// # Carrying it out
//
// Effect.Wait and Effect.Deliver do; the example of Effect.Deliver is a whole
// middleware. Over HTTP/2 there is no connection of the request's own to break:
// reset, close, garbage and the end of hang become a stream reset
// (http.ErrAbortHandler); the connection stays up for the other streams.
package faults
