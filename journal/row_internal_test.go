package journal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A row does what a sorted list of positions would do, whatever is removed from it.
func TestRow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var r row
	var want []uint64
	for position := uint64(1); position <= 5000; position++ {
		r.push(slot{position, "x"})
		want = append(want, position)
		for len(want) > 0 && random.IntN(100) < 60-int(position/100) { // fewer and fewer, so that it shrinks and grows
			i := 0
			if random.IntN(3) == 0 {
				i = random.IntN(len(want))
			}
			r.remove(want[i])
			want = slices.Delete(want, i, i+1)
		}
		if got := r.count(); got != len(want) {
			t.Fatalf("at %d: count() = %d, want %d", position, got, len(want))
		}
		if room := len(r.slots); room > 64 && room > 8*len(want)+8 && room > 2*r.length {
			t.Fatalf("at %d: room for %d with %d exchanges", position, room, len(want))
		}
		from := random.Uint64N(position + 2)
		checkRow(t, &r, want, from)
	}
}

// checkRow compares both directions from a position on.
func checkRow(t *testing.T, r *row, want []uint64, from uint64) {
	t.Helper()
	positions := func(slots []slot) string {
		var list []uint64
		for _, s := range slots {
			list = append(list, s.position)
		}
		return fmt.Sprint(list)
	}
	var newer, older []uint64
	for _, p := range want {
		if p > from {
			newer = append(newer, p)
		} else if p < from {
			older = append(older, p)
		}
	}
	slices.Reverse(older)
	if got, want := positions(r.newerThan(from)), fmt.Sprint(newer[:min(len(newer), batch)]); got != want {
		t.Fatalf("newerThan(%d) = %s, want %s", from, got, want)
	}
	if from == 0 {
		return
	}
	if got, want := positions(r.olderThan(from, nil)), fmt.Sprint(older[:min(len(older), batch)]); got != want {
		t.Fatalf("olderThan(%d) = %s, want %s", from, got, want)
	}
}
