// Package conduct judges how a caller behaves while the API fails: whether it
// waits when it is asked to, backs off, gives up, and what it leaves behind. It
// reads nothing but recorded exchanges.
//
// # Calls
//
// A call is what the caller wanted; an attempt is one request for it. Attempts
// belong to one call if client, external user id, product and body are the same.
// A call ends when an attempt is answered with a session, or after a quiet time
// of a minute beyond any Retry-After. Only requests that reached the operation
// count.
//
// On the wire two workers that send the same bytes are one caller that sends
// them twice. Give every call an external user id of its own, and its attempts
// can be told apart from all others.
//
// # Time
//
// A gap lasts from the end of an attempt to the beginning of the next, by the
// longer of real time and the client's clock: while the clock is frozen only real
// time passes, and a clock that was moved on has waited for the caller. An attempt
// that began before an earlier one was over overlaps it and has no gap.
//
// Gaps of a few milliseconds tell nothing, because the machine adds as much. A test
// that is to be fast moves the client's clock instead of shortening the gaps.
//
// # Rules
//
//	retry_after         no attempt comes sooner than Retry-After asks
//	backoff             gaps after failures grow; not after Retry-After, which has its own rule
//	spread              gaps of the same ordinal differ from call to call
//	final_answers       what was refused for good is not sent again unchanged
//	cap                 a call that keeps failing is given up
//	duplicate_sessions  one call makes one session
//
// A failure that a retry can cure is 408, 425, 429, 5xx, and every answer that
// did not arrive whole or makes no sense. Other 4xx are final.
//
// backoff and spread are judged over all calls together, because a caller that
// draws its gaps at random shows neither in a single one. A rule that nothing has
// put to the test is not_met, and its reason says how to do that.
package conduct
