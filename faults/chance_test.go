package faults_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knotsandbox/faults"
)

// sequence plays n requests and returns which are hit.
func sequence(set *faults.Set, seed uint64, client string, n int) []bool {
	got := make([]bool, n)
	for i := range got {
		_, got[i] = set.Decide(epoch(), seed, faults.Request{Client: client})
	}
	return got
}

// draw prints a sequence as digits.
func draw(bits []bool) string {
	var text strings.Builder
	for _, bit := range bits {
		if bit {
			text.WriteByte('1')
		} else {
			text.WriteByte('0')
		}
	}
	return text.String()
}

// The sequences are part of the promise "same seed, same run": what they are in this
// version they must be in the next process and the next release.
func TestChanceIsTheSameInEveryProcess(t *testing.T) {
	t.Parallel()
	set := armed(t, "client=acme NoAccess p=0.5")
	const want = "0000001001001001110100001101101110010111011110000101100010101111"
	if got := draw(sequence(set, 42, "acme", 64)); got != want {
		t.Errorf("seed 42, client acme:\n%s, want\n%s", got, want)
	}
	delays := armed(t, "delay=100ms..2s times=1", "delay=lognormal(p50=200ms,p99=3s)")
	var got []string
	for range 2 {
		d, _ := delays.Decide(epoch(), 42, faults.Request{Client: "acme"})
		got = append(got, d.Effect.String())
	}
	if want := []string{"delay=455.919ms", "delay=813.488ms"}; !slices.Equal(got, want) {
		t.Errorf("delays = %q, want %q", got, want)
	}
}

func TestChanceDependsOnWhatItShould(t *testing.T) {
	t.Parallel()
	const n = 64
	base := draw(sequence(armed(t, "reset p=0.5"), 1, "a", n))
	if again := draw(sequence(armed(t, "reset p=0.5"), 1, "a", n)); again != base {
		t.Errorf("the same again = %s, want %s", again, base)
	}
	shifted := armed(t, "client=x hang", "client=y hang", "reset p=0.5")
	if got := draw(sequence(shifted, 1, "a", n)); got != base {
		t.Errorf("with another id = %s, want %s", got, base)
	}
	rearmed := armed(t, "reset p=0.5")
	sequence(rearmed, 1, "a", 7)
	rearmed.Disarm(epoch(), "f1")
	if _, err := rearmed.Arm(epoch(), mustRule(t, "p=0.5 reset")); err != nil {
		t.Fatal(err)
	}
	if got := draw(sequence(rearmed, 1, "a", n)); got != base {
		t.Errorf("armed again = %s, want %s", got, base)
	}
	second := armed(t, "client=x reset p=0.5", "reset p=0.5", "reset p=0.5")
	second.Disarm(epoch(), "f2")
	own := draw(sequence(armed(t, "client=a reset p=0.5"), 1, "a", n))
	inline, fault := make([]bool, n), mustParse(t, "reset p=0.5")
	carried := new(faults.Set)
	for i := range inline {
		_, inline[i] = carried.DecideInline(epoch(), 1, faults.Request{Client: "a"}, fault)
	}
	if got := draw(inline); got == own || got == base {
		t.Errorf("inline draws what an armed rule draws: %s", got)
	}
	for name, got := range map[string]string{
		"another seed":   draw(sequence(armed(t, "reset p=0.5"), 2, "a", n)),
		"another client": draw(sequence(armed(t, "reset p=0.5"), 1, "b", n)),
		"another text":   draw(sequence(armed(t, "close p=0.5"), 1, "a", n)),
		"a twin":         draw(sequence(second, 1, "a", n)),
	} {
		if got == base {
			t.Errorf("%s draws the same: %s", name, got)
		}
	}
}

func TestChanceStartsAgainWithTheClient(t *testing.T) {
	t.Parallel()
	set := armed(t, "reset p=0.5")
	first := draw(sequence(set, 1, "a", 40))
	other := draw(sequence(set, 1, "b", 20))
	set.Clear(epoch(), "a")
	if got := draw(sequence(set, 1, "a", 40)); got != first {
		t.Errorf("after Clear(a), a draws %s, want %s", got, first)
	}
	whole := draw(sequence(armed(t, "reset p=0.5"), 1, "b", 40))
	if got := other + draw(sequence(set, 1, "b", 20)); got != whole {
		t.Errorf("b draws %s, want %s", got, whole)
	}
}

// The drawn delay tells the ordinals apart, so equal multisets mean that every
// ordinal decided the same.
func TestChanceIsTheSameUnderConcurrency(t *testing.T) {
	t.Parallel()
	const rule, each = "delay=1ms..1h reset p=0.3", 100
	alone := make([][]time.Duration, 2)
	together := make([][]time.Duration, 2)
	serial, parallel := armed(t, rule), armed(t, rule)
	for c := range alone {
		for range 64 * each {
			if d, hit := serial.Decide(epoch(), 7, faults.Request{Client: fmt.Sprint(c)}); hit {
				alone[c] = append(alone[c], d.Effect.Delay)
			}
		}
	}
	var mu sync.Mutex
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for i := range each * len(together) {
				c := i % len(together)
				if d, hit := parallel.Decide(epoch(), 7, faults.Request{Client: fmt.Sprint(c)}); hit {
					mu.Lock()
					together[c] = append(together[c], d.Effect.Delay)
					mu.Unlock()
				}
			}
		})
	}
	callers.Wait()
	for c := range alone {
		slices.Sort(alone[c])
		slices.Sort(together[c])
		if len(alone[c]) == 0 || !slices.Equal(alone[c], together[c]) {
			t.Errorf("client %d: 64 callers drew other faults (%d) than one (%d)", c, len(together[c]), len(alone[c]))
		}
	}
}

func TestChanceIsNearPAndNeitherConstantNorPeriodic(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for seed := range uint64(5) {
		for _, p := range []float64{0.01, 0.25, 0.5, 0.9} {
			bits := sequence(armed(t, fmt.Sprintf("reset p=%g", p)), seed, "client", n)
			checkFrequency(t, bits, p)
			checkRuns(t, bits, p)
			checkPeriods(t, bits, p)
		}
	}
}

// tolerance is how many standard deviations a fixed sequence may be off; with some
// thousand comparisons a good hash stays within it.
const tolerance = 4.5

func checkFrequency(t *testing.T, bits []bool, p float64) {
	t.Helper()
	n, got := float64(len(bits)), float64(strings.Count(draw(bits), "1"))
	if off := math.Abs(got-n*p) / math.Sqrt(n*p*(1-p)); off > tolerance {
		t.Errorf("p=%g hit %g of %g: %.1f standard deviations off", p, got, n, off)
	}
}

func checkRuns(t *testing.T, bits []bool, p float64) {
	t.Helper()
	runs := 1.0
	for i := range bits[1:] {
		if bits[i] != bits[i+1] {
			runs++
		}
	}
	n, q := float64(len(bits)), p*(1-p)
	want, deviation := 2*n*q, 2*math.Sqrt(n*q*(1-3*q))
	if off := math.Abs(runs-want) / deviation; off > tolerance {
		t.Errorf("p=%g has %g runs, want %g: %.1f standard deviations off", p, runs, want, off)
	}
}

func checkPeriods(t *testing.T, bits []bool, p float64) {
	t.Helper()
	agree := p*p + (1-p)*(1-p)
	for lag := 1; lag <= 300; lag++ {
		same, n := 0.0, float64(len(bits)-lag)
		for i := range bits[lag:] {
			if bits[i] == bits[i+lag] {
				same++
			}
		}
		// Neighbouring comparisons share a draw, which at most doubles the variance.
		if off := math.Abs(same-n*agree) / math.Sqrt(2*n*agree*(1-agree)); off > tolerance {
			t.Errorf("p=%g repeats itself after %d: %.1f standard deviations off", p, lag, off)
		}
	}
}

func TestDelaysHaveTheirDistribution(t *testing.T) {
	t.Parallel()
	const n = 20_000
	uniform := delays(t, "delay=100ms..2s", n)
	if low, high := slices.Min(uniform), slices.Max(uniform); low < 100*time.Millisecond || high > 2*time.Second {
		t.Errorf("delay=100ms..2s drew from %s to %s", low, high)
	}
	below := func(delays []time.Duration, limit time.Duration) float64 {
		k := 0
		for _, d := range delays {
			if d < limit {
				k++
			}
		}
		return float64(k) / float64(len(delays))
	}
	tail := delays(t, "delay=lognormal(p50=200ms,p99=3s)", n)
	for _, c := range []struct {
		name  string
		got   float64
		want  float64
		error float64
	}{
		{"uniform below 575ms", below(uniform, 575*time.Millisecond), 0.25, 0.015},
		{"uniform below 1050ms", below(uniform, 1050*time.Millisecond), 0.5, 0.015},
		{"lognormal below p50", below(tail, 200*time.Millisecond), 0.5, 0.015},
		{"lognormal below p99", below(tail, 3*time.Second), 0.99, 0.003},
	} {
		if math.Abs(c.got-c.want) > c.error {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
	if got := slices.Max(delays(t, "delay=lognormal(p50=1s,p99=1h)", n)); got != time.Hour {
		t.Errorf("the longest log-normal delay = %s, want the bound of 1h", got)
	}
}

func delays(t *testing.T, rule string, n int) []time.Duration {
	t.Helper()
	set, got := armed(t, rule), make([]time.Duration, n)
	for i := range got {
		d, _ := set.Decide(epoch(), 3, faults.Request{Client: "a"})
		got[i] = d.Effect.Delay
	}
	return got
}
