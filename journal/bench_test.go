package journal_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"knotsandbox/journal"
)

// documentedBody is the body of the vendor's example.
const documentedBody = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
	`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`

func usual() (*journal.Exchange, http.Header) {
	e := exchange(1, "sandbox", func(e *journal.Exchange) { e.Body, e.BodySize = documentedBody, len(documentedBody) })
	return e, http.Header{
		"Accept": {"*/*"}, "Authorization": {"Basic c2FuZGJveDpzYW5kYm94"}, "Content-Length": {"246"},
		"Content-Type": {"application/json"}, "User-Agent": {"curl/8.0"},
	}
}

// What recording costs a request, on average and at the 99th percentile, with a
// full journal that drops one for each that comes.
func BenchmarkRecord(b *testing.B) {
	j := journal.New(journal.Config{})
	e, header := usual()
	for range 2 * journal.DefaultPerClient {
		j.Record(e, header, "sandbox", "processor-production-0asd1-a92nc")
	}
	timeEach(b, func() { j.Record(e, header, "sandbox", "processor-production-0asd1-a92nc") })
}

// The floor of that: two allocations of the same sizes that are kept as long, and
// nothing else. Its 99th percentile is the allocator's and the machine's.
func BenchmarkRecordFloor(b *testing.B) {
	type kept struct {
		_    [64]uint64
		text []byte
	}
	ring, at := make([]*kept, journal.DefaultPerClient), 0
	timeEach(b, func() {
		ring[at] = &kept{text: make([]byte, 416)}
		at = (at + 1) % len(ring)
	})
}

// timeEach reports the 99th percentile of an operation beside its mean.
func timeEach(b *testing.B, operation func()) {
	b.Helper()
	times := make([]time.Duration, 0, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		operation()
		if len(times) < cap(times) {
			times = append(times, time.Since(began))
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// The same from many goroutines at once.
func BenchmarkRecordParallel(b *testing.B) {
	j := journal.New(journal.Config{PerClient: 1000})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		e, header := usual()
		for pb.Next() {
			j.Record(e, header)
		}
	})
}

// A page of a full journal, and a search that finds nothing in it.
func BenchmarkFind(b *testing.B) {
	j := journal.New(journal.Config{})
	e, header := usual()
	for range journal.DefaultPerClient {
		j.Record(e, header)
	}
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			j.Find(journal.Filter{}, 100)
		}
	})
	b.Run("nothing", func(b *testing.B) {
		for b.Loop() {
			j.Find(journal.Filter{Text: "nowhere"}, 100)
		}
	})
}
