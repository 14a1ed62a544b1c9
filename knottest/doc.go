// Package knottest gives a Go test a Knot API of its own, in the manner of
// net/http/httptest: one that can be told to fail, and that says afterwards what
// was asked.
//
//	sb := knottest.Start(t)
//	sb.Fail("InternalServerError times=2")
//	// let your program call sb.URL with sb.ClientID and sb.Secret
//	sb.Verify(journal.Expectation{Count: new(3)})
//
// Start runs a sandbox in the process of the test, on a free port, in about a
// millisecond, and ends it with the test. Connect uses one that runs already, such
// as a container or another test's. Both mint a client, and all that a Sandbox does
// and shows is that client's: faults, requests, sessions, clock, quota. So tests run
// in parallel, on one sandbox or on a hundred.
//
// A fault that no request has met fails the test when it ends, since the test has
// not tested what it says; so does a request to a started sandbox from a caller that
// is no client of it. AllowUnmet and AllowStrangers let them pass.
//
// What goes wrong is said in the test's log so that nothing else has to be looked
// at: what was wanted, which requests came nearest and in which field they differ,
// what came last and why it was answered as it was.
//
// A Sandbox belongs to the test it was made for. Its methods fail that test and are
// called from its goroutine; the program under test may run in any. A subtest takes
// a client of its own with Connect(t, sb.URL).
//
// A request can be seen when it is over. After an answer that arrived whole it can be
// seen at once; after a connection that broke, or that the program left, a moment
// later, for which Verify waits and WaitFor is made.
package knottest
