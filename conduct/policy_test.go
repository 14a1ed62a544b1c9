package conduct_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"knotsandbox/conduct"
)

// between draws a duration.
func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(int64(high-low)))
}

// exponential is 200ms, 400ms, 800ms, …
func exponential(retry int) time.Duration { return 100 * ms << retry }

// policies in wide use, each with what it has to be told.
func policies() []struct {
	name            string
	wait            policy
	backoff, spread conduct.Verdict
} {
	return []struct {
		name            string
		wait            policy
		backoff, spread conduct.Verdict
	}{
		{"none", func(*rand.Rand, int, time.Duration) time.Duration { return 0 }, conduct.Fail, conduct.Fail},
		{"fixed", func(*rand.Rand, int, time.Duration) time.Duration { return 200 * ms }, conduct.Fail, conduct.Fail},
		{"fixed, a tenth of jitter", func(r *rand.Rand, _ int, _ time.Duration) time.Duration { return between(r, 180*ms, 220*ms) }, conduct.Fail, conduct.Pass},
		{"linear", func(_ *rand.Rand, n int, _ time.Duration) time.Duration { return time.Duration(n) * 200 * ms }, conduct.Pass, conduct.Fail},
		{"exponential", func(_ *rand.Rand, n int, _ time.Duration) time.Duration { return exponential(n) }, conduct.Pass, conduct.Fail},
		{"exponential, a tenth of jitter", func(r *rand.Rand, n int, _ time.Duration) time.Duration {
			return between(r, exponential(n)*9/10, exponential(n)*11/10)
		}, conduct.Pass, conduct.Pass},
		{"exponential, equal jitter", func(r *rand.Rand, n int, _ time.Duration) time.Duration {
			return between(r, exponential(n)/2, exponential(n))
		}, conduct.Pass, conduct.Pass},
		{"exponential, full jitter", func(r *rand.Rand, n int, _ time.Duration) time.Duration { return between(r, 0, exponential(n)) }, conduct.Pass, conduct.Pass},
		{"by one and a half, half of jitter", func(r *rand.Rand, n int, _ time.Duration) time.Duration {
			interval := 500 * ms
			for range n - 1 {
				interval = interval * 3 / 2
			}
			return between(r, interval/2, interval*3/2)
		}, conduct.Pass, conduct.Pass},
		{"decorrelated jitter", func(r *rand.Rand, _ int, last time.Duration) time.Duration {
			return min(between(r, 100*ms, max(300*ms, 3*last)), 20*s)
		}, conduct.Pass, conduct.Pass},
	}
}

func TestPoliciesAreTold(t *testing.T) {
	t.Parallel()
	for _, p := range policies() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(50) {
				r := judge(100*later, calls(seed, 30, 3, p.wait)...)
				if f := finding(t, r, "backoff"); f.Verdict != p.backoff {
					t.Errorf("seed %d: backoff = %s, %s", seed, f.Verdict, f.Reason)
				}
				if f := finding(t, r, "spread"); f.Verdict != p.spread {
					t.Errorf("seed %d: spread = %s, %s", seed, f.Verdict, f.Reason)
				}
			}
		})
	}
}

// A verdict on few calls may be that they are too few, but hardly ever wrong.
func TestFewCallsAreSeldomMisjudged(t *testing.T) {
	t.Parallel()
	const seeds = 300
	for _, p := range policies() {
		wrong := 0
		for seed := range uint64(seeds) {
			f := finding(t, judge(100*later, calls(seed, 1, 3, p.wait)...), "backoff")
			if p.backoff == conduct.Pass && f.Verdict == conduct.Fail {
				wrong++
			}
		}
		if wrong > seeds/100 {
			t.Errorf("%s: backoff of one call fails wrongly %d times of %d", p.name, wrong, seeds)
		}
	}
}

func TestGrowthIsDemandedOnceThereIsEnoughToTell(t *testing.T) {
	t.Parallel()
	tenth := policies()[2]
	for n, want := range map[int]conduct.Verdict{19: conduct.NotMet, 20: conduct.Fail} {
		if f := finding(t, judge(100*later, calls(1, n, 3, tenth.wait)...), "backoff"); f.Verdict != want {
			t.Errorf("backoff of %d calls, %s = %s, %s, want %s", n, tenth.name, f.Verdict, f.Reason, want)
		}
	}
}
