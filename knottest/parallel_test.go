package knottest_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"knotsandbox/journal"
	"knotsandbox/knottest"
)

const (
	manySandboxes = 100
	memoryLimit   = 200 << 20 // bytes that a hundred of them may take
)

// A hundred sandboxes at a time, and after them a hundred clients of one, are in
// nobody's way. Each sees its own requests, fault and clock.
func TestHundred(t *testing.T) {
	t.Parallel()
	shared := knottest.Start(t)
	for name, make := range map[string]func(t testing.TB) *knottest.Sandbox{
		"sandboxes": func(t testing.TB) *knottest.Sandbox { return knottest.Start(t) },
		"clients":   func(t testing.TB) *knottest.Sandbox { return knottest.Connect(t, shared.URL) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := range manySandboxes {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					t.Parallel()
					sb := make(t)
					sb.Fail("InternalServerError times=1")
					for range n%5 + 1 {
						if _, err := signUp(sb.URL, sb.ClientID, sb.Secret, t.Name()); err != nil {
							t.Errorf("signUp: %v", err)
						}
					}
					sb.Verify(journal.Expectation{Filter: journal.Filter{User: t.Name()}, Count: new(n%5 + 2)})
					sb.Verify(journal.Expectation{Count: new(n%5 + 2)})
				})
			}
		})
	}
}

// taken returns how much memory the process has from the system and uses.
func taken() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}

// A hundred sandboxes that are there at the same time, each used by a program that
// keeps its connection, do not take much.
func TestHundredInMemory(t *testing.T) {
	t.Parallel()
	sandboxes := hundred(t)
	if got := taken(); got > memoryLimit {
		t.Errorf("the process takes %d MB with %d sandboxes, want at most %d", got>>20, len(sandboxes), memoryLimit>>20)
	}
}

// hundred starts as many sandboxes, uses each once, and leaves them open.
func hundred(t testing.TB) []*knottest.Sandbox {
	t.Helper()
	var list []*knottest.Sandbox
	for range manySandboxes {
		sb := knottest.Start(t)
		create(t, sb, "ada")
		list = append(list, sb)
	}
	return list
}

// From nothing to a sandbox that has given a client, and its end.
func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if got := outcomeOf(func(t *T) { knottest.Start(t) }); got.failed {
			b.Fatal(got.text.String())
		}
	}
}

// The same with a program that makes one session and is verified.
func BenchmarkTest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		got := outcomeOf(func(t *T) {
			sb := knottest.Start(t)
			create(t, sb, "ada")
			sb.Verify(journal.Expectation{Count: new(1)})
		})
		if got.failed {
			b.Fatal(got.text.String())
		}
	}
}

// A hundred sandboxes at a time, started by parallel goroutines. MB is what the whole
// process takes while they are there, MB/sandbox what each adds to the live heap.
func BenchmarkHundred(b *testing.B) {
	var most, each float64
	for b.Loop() {
		got := outcomeOf(func(t *T) {
			before := live()
			start := make(chan int)
			done := make(chan *T)
			var failed atomic.Bool
			for range runtime.GOMAXPROCS(0) {
				go func() {
					own := &T{name: "Test"}
					for range start {
						own.step(func() { create(own, knottest.Start(own), "ada") })
					}
					failed.CompareAndSwap(false, own.failed)
					done <- own
				}()
			}
			for n := range manySandboxes {
				start <- n
			}
			close(start)
			for range runtime.GOMAXPROCS(0) {
				own := <-done
				t.Cleanup(own.end)
			}
			most = max(most, float64(taken())/1e6)
			each = max(each, (live()-before)/manySandboxes/1e6)
			t.failed = failed.Load()
		})
		if got.failed {
			b.Fatal(got.text.String())
		}
	}
	b.ReportMetric(most, "MB")
	b.ReportMetric(each, "MB/sandbox")
}

// live returns the size of the live heap and the stacks, in bytes.
func live() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}
