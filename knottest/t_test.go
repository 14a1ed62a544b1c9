package knottest_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// T stands for a *testing.T where there can be none: in the examples, and for a test
// whose failure is what is looked at.
type T struct {
	testing.TB // nil: what is not below is not called

	name   string
	prints bool // what is logged, rather than keeping it

	mu       sync.Mutex
	text     strings.Builder
	failed   bool
	skipped  bool
	cleanups []func()
}

// fatal is what a T panics with that cannot go on.
type fatal struct{ text string }

func (t *T) Helper()       {}
func (t *T) Parallel()     {}
func (t *T) Name() string  { return t.name }
func (t *T) Failed() bool  { return t.failed }
func (t *T) Skipped() bool { return t.skipped }

// Context is over when the cleanups run, as a test's is.
func (t *T) Context() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel) // the last cleanup is the first to run
	return ctx
}

func (t *T) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *T) Log(args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.prints {
		fmt.Println(args...)
	}
	fmt.Fprintln(&t.text, args...)
}

func (t *T) Logf(format string, args ...any) { t.Log(fmt.Sprintf(format, args...)) }

func (t *T) Errorf(format string, args ...any) {
	t.failed = true
	t.Logf(format, args...)
}

func (t *T) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	panic(fatal{fmt.Sprintf(format, args...)})
}

// Run runs a subtest.
func (t *T) Run(name string, f func(*T)) {
	sub := &T{name: t.name + "/" + name, prints: t.prints}
	sub.run(f)
	t.failed = t.failed || sub.failed
}

// run runs a test to its end, whatever it comes to.
func (t *T) run(f func(*T)) {
	t.step(func() { f(t) })
	t.end()
}

// end runs the cleanups, the last first.
func (t *T) end() {
	for _, f := range slices.Backward(t.cleanups) {
		t.step(f)
	}
}

func (t *T) step(f func()) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(fatal); !ok {
				panic(p)
			}
		}
	}()
	f()
}

// outcomeOf runs a test that may fail, and returns it when it is over.
func outcomeOf(f func(*T)) *T {
	t := &T{name: "Test"}
	t.run(f)
	return t
}

// t is the *testing.T of the examples, which end with the process.
var t = &T{name: "Example", prints: true}

// suite runs the tests, and ends what the examples have started.
type suite struct{ *testing.M }

func (s suite) Run() int {
	code := s.M.Run()
	if t.end(); t.failed {
		fmt.Fprintf(os.Stderr, "the examples failed:\n%s", t.text.String())
		code = 1
	}
	return code
}

// TestMain fails when a goroutine is left behind by the tests of this package.
func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }
