package faults_test

import (
	"fmt"
	"testing"

	"knotsandbox/faults"
)

func request() faults.Request {
	return faults.Request{
		Client: "4e2d51a0-9a2f-4a57-8d5e-2f7d7c1f0c11", Product: "card_switcher", User: "ada-7", Method: "POST", Path: "/session/create",
	}
}

func benchmarkDecide(b *testing.B, set *faults.Set) {
	b.Helper()
	r, now := request(), epoch()
	b.ReportAllocs()
	for b.Loop() {
		set.Decide(now, 1, r)
	}
}

func BenchmarkDecideNoneArmed(b *testing.B) { benchmarkDecide(b, new(faults.Set)) }

// Rules that are for other users, by name and by pattern.
func BenchmarkDecideElsewhere(b *testing.B) {
	for _, pattern := range []string{"user=grace-%d NoAccess", "user=grace-%d* path=/session/* NoAccess"} {
		for _, n := range []int{1, 10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", pattern, n), func(b *testing.B) {
				set := new(faults.Set)
				for i := range n {
					mustArm(b, set, fmt.Sprintf(pattern, i))
				}
				benchmarkDecide(b, set)
			})
		}
	}
}

// A hundred rules that all match and whose schedules all say no, by count.
func BenchmarkDecideHundredUsedUp(b *testing.B) {
	set := new(faults.Set)
	for i := range 100 {
		mustArm(b, set, fmt.Sprintf("user=ada* NoAccess times=1 after=%d", i+1))
	}
	for range 300 {
		set.Decide(epoch(), 1, request())
	}
	benchmarkDecide(b, set)
}

// A hundred rules that all match, and chance says no to nearly all.
func BenchmarkDecideHundredByChance(b *testing.B) {
	set := new(faults.Set)
	for range 100 {
		mustArm(b, set, "path=/session/create NoAccess p=0.000001")
	}
	benchmarkDecide(b, set)
}

func BenchmarkDecideHit(b *testing.B) {
	set := new(faults.Set)
	mustArm(b, set, "delay=100ms..2s InternalServerError")
	benchmarkDecide(b, set)
}

func BenchmarkDecideParallel(b *testing.B) {
	set := new(faults.Set)
	mustArm(b, set, "InternalServerError p=0.1")
	r, now := request(), epoch()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			set.Decide(now, 1, r)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	l := newLanguage(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Parse("delay=1s InternalServerError times=2"); err != nil {
			b.Fatal(err)
		}
	}
}

func mustArm(b *testing.B, set *faults.Set, text string) {
	b.Helper()
	if _, err := set.Arm(epoch(), mustRule(b, text)); err != nil {
		b.Fatal(err)
	}
}
