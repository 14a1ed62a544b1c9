package journal_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
)

// noon is when the tests take place.
var noon = time.Date(2025, 9, 10, 12, 0, 0, 0, time.UTC)

// exchange returns a good call of a client, the nth request; change what the
// test is about.
func exchange(n int, client string, change ...func(*journal.Exchange)) *journal.Exchange {
	at := noon.Add(time.Duration(n) * time.Second)
	e := &journal.Exchange{
		ID: fmt.Sprintf("r%d", n), At: at, Began: at, Duration: time.Millisecond, Client: client, Method: http.MethodPost,
		Path: "/session/create", Body: `{"type":"link","external_user_id":"u"}`, BodySize: 38,
		Product: "link", ExternalUserID: "u", Outcome: "Created", Status: 200, Answer: `{"session":"s"}`, SessionID: "s",
	}
	for _, f := range change {
		f(e)
	}
	return e
}

// ids returns the ids of exchanges, in order.
func ids(list []journal.Exchange) string {
	var names []string
	for _, e := range list {
		names = append(names, e.ID)
	}
	return strings.Join(names, " ")
}

// filled returns a journal of n exchanges, r1 to rn, of the clients a and b in
// turn.
func filled(c journal.Config, n int) *journal.Journal {
	j := journal.New(c)
	for i := 1; i <= n; i++ {
		j.Record(exchange(i, string(rune('a'+(i+1)%2))), nil)
	}
	return j
}

func TestRecord(t *testing.T) {
	t.Parallel()
	j := journal.New(journal.Config{})
	want := *exchange(1, "a", func(e *journal.Exchange) { e.Hint, e.Rule, e.Fault, e.Work = "why", "f1", "reset", "Created" })
	j.Record(&want, nil)
	got, ok := j.Lookup("r1")
	want.Position = 1
	if !ok || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Lookup(r1) = %+v, %t, want %+v", got, ok, want)
	}
	if _, ok := j.Lookup("r2"); ok {
		t.Error("Lookup(r2) found what was not recorded")
	}
	if got := j.Stats(); got != (journal.Stats{Total: 1, Kept: 1}) {
		t.Errorf("Stats() = %+v", got)
	}
}

// What is kept shares no memory with what came in, so that a body of megabytes
// does not stay alive for its first bytes.
func TestTextsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1<<20)
	j := journal.New(journal.Config{})
	e := exchange(1, long, func(e *journal.Exchange) {
		e.Path, e.Body, e.BodySize, e.Product, e.ExternalUserID, e.Answer, e.Hint = "/"+long, long, len(long), long, long, long, long
	})
	got := j.Record(e, http.Header{"X-Long": {long}, "X-Short": {"x"}}).Exchange()
	for name, text := range map[string]string{
		"client": got.Client, "path": got.Path, "body": got.Body, "product": got.Product,
		"user": got.ExternalUserID, "answer": got.Answer, "hint": got.Hint,
	} {
		if len(text) < 200 || len(text) > journal.MaxBody || !strings.HasSuffix(text, "é") {
			t.Errorf("%s: %d bytes, ending in %q; want it cut off between two characters", name, len(text), text[len(text)-4:])
		}
	}
	if h := got.Header(); len(h) != 1 || h.Get("X-Short") != "x" {
		t.Errorf("Header() = %.100v, want what fits", h)
	}
	if got.BodySize != len(long) || got.BodyIsWhole() {
		t.Errorf("BodySize = %d, whole %t; want the true size, %d, and not whole", got.BodySize, got.BodyIsWhole(), len(long))
	}
	whole := j.Record(exchange(2, "a", func(e *journal.Exchange) {
		e.Body = strings.Repeat("x", journal.MaxBody)
		e.BodySize = len(e.Body)
	}), nil).Exchange()
	if len(whole.Body) != journal.MaxBody || !whole.BodyIsWhole() {
		t.Errorf("a body of exactly %d bytes is kept with %d, whole %t", journal.MaxBody, len(whole.Body), whole.BodyIsWhole())
	}
}

func TestBoundPerClient(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 3}, 10)
	if got, want := ids(j.All(journal.Filter{})), "r10 r9 r8 r7 r6 r5"; got != want {
		t.Errorf("all: %s, want %s", got, want)
	}
	if got, want := ids(j.All(journal.Filter{Client: "a"})), "r9 r7 r5"; got != want {
		t.Errorf("client a: %s, want %s", got, want)
	}
	if got := j.Stats(); got != (journal.Stats{Total: 10, Kept: 6, Dropped: 4}) {
		t.Errorf("Stats() = %+v, want 10 ever, 6 kept, 4 dropped", got)
	}
	// Callers that are no client share one place.
	for i := 11; i <= 20; i++ {
		j.Record(exchange(i, "", func(e *journal.Exchange) { e.GivenID = fmt.Sprint("stranger", i) }), nil)
	}
	if got, want := ids(j.All(journal.Filter{Strangers: true})), "r20 r19 r18"; got != want {
		t.Errorf("strangers: %s, want %s", got, want)
	}
}

// The bound of memory takes the oldest, whosever it is; a client that calls much
// takes the place of others only as far as they are older.
func TestBoundOfMemory(t *testing.T) {
	t.Parallel()
	const most = 64 << 10
	j := journal.New(journal.Config{Bytes: most})
	size := 0
	for i := 1; i <= 1000; i++ {
		e := j.Record(exchange(i, fmt.Sprint("client", i%7)), http.Header{"X-Test": {strings.Repeat("x", 100)}}).Exchange()
		size = len(e.Path) + len(e.Body) + 100
	}
	list := j.All(journal.Filter{})
	if len(list) < 10 || len(list)*size > most {
		t.Errorf("%d exchanges with %d bytes of text each are kept in %d", len(list), size, most)
	}
	for i, e := range list {
		if want := fmt.Sprint("r", 1000-i); e.ID != want {
			t.Fatalf("number %d is %s, want %s: the newest stay", i, e.ID, want)
		}
	}
	// What is small is not pushed out by what is large.
	fair := journal.New(journal.Config{Bytes: most})
	fair.Record(exchange(1, "small"), nil)
	for i := 2; i <= 1000; i++ {
		fair.Record(exchange(i, "large"), nil)
		if i%100 == 0 {
			fair.Record(exchange(1000+i, "small"), nil)
		}
	}
	if got := len(fair.All(journal.Filter{Client: "small"})); got != 11 {
		t.Errorf("%d exchanges of the client with few are kept, want all 11", got)
	}
	// One alone is kept whatever its size.
	tiny := journal.New(journal.Config{Bytes: 1})
	for i := 1; i <= 3; i++ {
		tiny.Record(exchange(i, "a"), nil)
	}
	if got := ids(tiny.All(journal.Filter{})); got != "r3" {
		t.Errorf("in one byte: %s, want r3", got)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 6)
	j.Clear("a")
	j.Clear("nobody")
	if got, want := ids(j.All(journal.Filter{})), "r6 r4 r2"; got != want {
		t.Errorf("after Clear(a): %s, want %s", got, want)
	}
	if got := j.Coverage("a")["Created"].Times; got != 3 {
		t.Errorf("coverage after Clear(a): %d, want 3 still", got)
	}
	j.Forget("b")
	if got := j.All(journal.Filter{}); len(got) != 0 {
		t.Errorf("after Forget(b): %s", ids(got))
	}
	if got := j.Coverage("b"); len(got) != 0 {
		t.Errorf("coverage after Forget(b): %v", got)
	}
	if got := j.Coverage("")["Created"]; got != (journal.Count{Times: 6, Last: "r6"}) {
		t.Errorf("coverage of all: %v, want 6 times, r6 last", got)
	}
	j.Record(exchange(7, "a"), nil)
	j.Clear("")
	if got := j.Stats(); got != (journal.Stats{Total: 7}) {
		t.Errorf("Stats() after Clear(\"\") = %+v, want 7 ever and none dropped by a bound", got)
	}
	j.Record(exchange(8, "b"), nil)
	if got := ids(j.All(journal.Filter{})); got != "r8" {
		t.Errorf("after Clear(\"\") and one more: %s", got)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 1}, 4)
	j.Record(exchange(5, "a", func(e *journal.Exchange) { e.Outcome = "NoAccess" }), nil)
	if got, want := fmt.Sprint(j.Coverage("a")), "map[Created:{2 r3} NoAccess:{1 r5}]"; got != want {
		t.Errorf("Coverage(a) = %s, want %s", got, want)
	}
	j.ClearCoverage("a")
	if a, all := len(j.Coverage("a")), j.Coverage("")["Created"].Times; a != 0 || all != 4 {
		t.Errorf("after ClearCoverage(a): %d outcomes of a, %d of all, want 0 and 4", a, all)
	}
	j.ClearCoverage("")
	if b, all := len(j.Coverage("b")), len(j.Coverage("")); b != 0 || all != 0 {
		t.Errorf("after ClearCoverage(\"\"): %d outcomes of b, %d of all", b, all)
	}
}

// A walk that is overtaken by clearing and dropping comes to its end.
func TestFindWhileRecording(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{PerClient: 1000}, 2000)
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for i := 2001; ; i++ {
			select {
			case <-stop:
				return
			default:
				j.Record(exchange(i, "a"), nil)
			}
			if i%5000 == 0 {
				j.Clear("b")
			}
		}
	}()
	for range 200 {
		list := j.All(journal.Filter{})
		if !slices.IsSortedFunc(list, func(a, b journal.Exchange) int { return int(b.Position) - int(a.Position) }) {
			t.Error("positions are not in order")
		}
		j.Find(journal.Filter{Client: "a"}, 10)
		j.Verify(journal.Expectation{Filter: journal.Filter{Client: "b"}})
	}
	close(stop)
	<-stopped
}

// The memory that is held is the memory that is counted, whatever is sent: an answer
// that repeats a path, a secret that is masked.
func TestMemoryIsCounted(t *testing.T) {
	const most, many = 1 << 20, 1000
	long := strings.Repeat("x", 8<<10)
	for _, c := range []struct {
		name   string
		header http.Header
		change func(*journal.Exchange)
	}{
		{"an answer of a megabyte", nil, func(e *journal.Exchange) { e.Answer, e.Hint = strings.Repeat("y", 1<<18), strings.Repeat("z", 1<<18) }},
		{"a long secret in the header", http.Header{"Authorization": {long}}, func(*journal.Exchange) {}},
		{"a long secret in the body", nil, func(e *journal.Exchange) { e.Body = `{"processor_token":"` + long[:8000] + `"}` }},
		{"long names", nil, func(e *journal.Exchange) { e.Client, e.Product, e.ExternalUserID, e.Method = long, long, long, long }},
	} {
		before := heapInUse()
		j := journal.New(journal.Config{Bytes: most, PerClient: many})
		for i := range many {
			j.Record(exchange(i, "a", c.change), c.header)
		}
		if held := heapInUse() - before; held > 3*most {
			t.Errorf("%s: %d bytes are held, bound is %d", c.name, held, most)
		}
		runtime.KeepAlive(j)
	}
}

func heapInUse() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// Who is gone is forgotten, also what was recorded after it went.
func TestRetain(t *testing.T) {
	t.Parallel()
	j := filled(journal.Config{}, 4)
	j.Record(exchange(5, ""), nil)
	j.Retain(func(client string) bool { return client == "b" })
	if got, want := ids(j.All(journal.Filter{})), "r5 r4 r2"; got != want {
		t.Errorf("after Retain(b): %s, want %s", got, want)
	}
}
