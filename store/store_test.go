package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"knotsandbox/knot"
	"knotsandbox/store"
)

// clock is a hand-driven clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func client(id string) knot.Client {
	return knot.Client{ID: id, SecretSHA256: knot.DigestOf("secret of " + id), Products: knot.AllProducts()}
}

var request = &knot.SessionRequest{Type: knot.StringValue("link"), ExternalUserID: knot.StringValue("u")}

// create issues n sessions and returns their ids.
func create(t *testing.T, s *store.Store, clientID string, n int) []string {
	t.Helper()
	ids := make([]string, 0, n)
	for range n {
		session, err := s.CreateSession(clientID, request, s.Now(""))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, session)
	}
	return ids
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	s.Put(client("a"))
	s.Put(client("b"))
	s.Put(knot.Client{ID: "no-secret"})
	for _, c := range []struct {
		id, secret string
		ok         bool
	}{
		{"a", "secret of a", true},
		{"b", "secret of b", true},
		{"a", "secret of b", false},
		{"a", "", false},
		{"", "", false},
		{"A", "secret of a", false},
		{"unknown", "secret of a", false},
		{"unknown", "", false},
		{"no-secret", "", false},
	} {
		got, err := s.Authenticate(c.id, c.secret)
		if c.ok != (err == nil) || c.ok && got.ID != c.id {
			t.Errorf("Authenticate(%q, %q) = %q, %v, want ok %v", c.id, c.secret, got.ID, err, c.ok)
		}
		if err != nil && !errors.Is(err, knot.AuthFailed) {
			t.Errorf("Authenticate(%q, %q) = %v, want AuthFailed", c.id, c.secret, err)
		}
	}
}

func TestSessionsBelongToTheirClient(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := store.New(store.Config{Now: clock.Now})
	s.Put(client("a"))
	s.Put(client("b"))
	ids := create(t, s, "a", 2)
	got, err := s.Sessions("a")
	if err != nil || len(got) != 2 || got[0].ID != ids[0] || got[1].ID != ids[1] {
		t.Fatalf("Sessions(a) = %v, %v, want %v", got, err, ids)
	}
	first := got[0]
	if first.ClientID != "a" || first.Product != knot.Link || first.ExternalUserID != request.ExternalUserID.Text() {
		t.Errorf("session = %+v, want client a, product link, the user", first)
	}
	if !first.CreatedAt.Equal(clock.Now()) || first.ExpiresAt.Sub(first.CreatedAt) != 30*time.Minute {
		t.Errorf("created %v, expires %v, want now and 30 minutes later", first.CreatedAt, first.ExpiresAt)
	}
	if others, _ := s.Sessions("b"); len(others) != 0 {
		t.Errorf("Sessions(b) = %v, want none", others)
	}
	if _, err := s.Sessions("c"); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Sessions(c) = %v, want ErrUnknownClient", err)
	}
	if _, err := s.CreateSession("c", request, clock.Now()); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("CreateSession(c) = %v, want ErrUnknownClient", err)
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := store.New(store.Config{Now: clock.Now})
	s.Put(client("a"))
	create(t, s, "a", 1)
	clock.advance(10 * time.Minute)
	create(t, s, "a", 1)
	for _, step := range []struct {
		advance time.Duration
		want    int
	}{{20*time.Minute - 1, 2}, {1, 1}, {10*time.Minute - 1, 1}, {1, 0}} {
		clock.advance(step.advance)
		if got, _ := s.Sessions("a"); len(got) != step.want {
			t.Errorf("at %v: %d sessions, want %d", clock.Now(), len(got), step.want)
		}
	}
}

// What is remembered shares no memory with the body that a request was decoded from,
// and comes back as it was but for the end of long values.
func TestSessionsAreCopies(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := store.New(store.Config{Now: clock.Now})
	s.Put(client("a"))
	body := []byte(`"card_switcher"u"c` + strings.Repeat("x", 1000))
	text := unsafe.String(&body[0], len(body))
	r := knot.SessionRequest{Type: knot.Value(text[:14]), ExternalUserID: knot.Value(text[14:16]), CardID: knot.Value(text[16:])}
	if _, err := s.CreateSession("a", &r, clock.Now()); err != nil {
		t.Fatal(err)
	}
	clear(body)
	got, _ := s.Sessions("a")
	if len(got) != 1 {
		t.Fatalf("%d sessions, want 1", len(got))
	}
	want := knot.Session{
		ID: got[0].ID, ClientID: "a", Product: knot.CardSwitcher, ExternalUserID: "u", CardID: "c" + strings.Repeat("x", store.MaxValue-1),
		CreatedAt: clock.Now(), ExpiresAt: clock.Now().Add(30 * time.Minute),
	}
	if got[0] != want {
		t.Errorf("Sessions(a) = %+v, want %+v", got[0], want)
	}
}

func TestSessionsOfAClientAreBounded(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{MaxSessionsPerClient: 10})
	s.Put(client("a"))
	ids := create(t, s, "a", 25)
	got, _ := s.Sessions("a")
	if len(got) != 10 || got[0].ID != ids[15] || got[9].ID != ids[24] || s.DroppedSessions() != 15 {
		t.Errorf("%d sessions from %s, %d dropped; want the last 10 and 15", len(got), got[0].ID, s.DroppedSessions())
	}
	if err := errors.Join(s.Reset("a"), s.Remove("a")); err != nil {
		t.Fatal(err)
	}
	if got := s.DroppedSessions(); got != 15 {
		t.Errorf("%d dropped after the client is gone, want 15 as before", got)
	}
}

// Who has few sessions keeps them, whatever others do.
func TestSessionsOfAllAreBounded(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{MaxSessions: 200})
	for _, id := range []string{"few", "many", "most"} {
		s.Put(client(id))
	}
	few := create(t, s, "few", 10)
	var last string
	for range 500 {
		create(t, s, "many", 1)
		last = create(t, s, "most", 2)[1]
	}
	if got := s.CountSessions(); got > 200 || got < 170 || s.DroppedSessions() != uint64(1510-got) {
		t.Errorf("%d sessions are kept and %d dropped of 1510, want at most 200 kept, not far fewer, and the others dropped", got, s.DroppedSessions())
	}
	if got, _ := s.Sessions("few"); len(got) != 10 || got[0].ID != few[0] {
		t.Errorf("the client with 10 sessions has %d left", len(got))
	}
	if got, _ := s.Sessions("most"); len(got) < 50 || got[len(got)-1].ID != last {
		t.Errorf("%d sessions of the client with most, want the newest of them", len(got))
	}
	// What belonged to a client that is gone takes no room any more.
	for _, id := range []string{"many", "most"} {
		if err := s.Remove(id); err != nil {
			t.Fatal(err)
		}
	}
	before := s.DroppedSessions()
	create(t, s, "few", 190)
	if got := s.CountSessions(); got != 200 || s.DroppedSessions() != before {
		t.Errorf("%d sessions and %d more dropped, want 200 and none", got, s.DroppedSessions()-before)
	}
}

func TestSeedMakesIDsReproducible(t *testing.T) {
	t.Parallel()
	ids := func(id string, seed uint64) []string {
		s := store.New(store.Config{})
		c := client(id)
		c.Seed = knot.NewSeed(seed)
		s.Put(c)
		return create(t, s, id, 3)
	}
	first := fmt.Sprint(ids("a", 1))
	if again := fmt.Sprint(ids("a", 1)); again != first {
		t.Errorf("seed 1 gives %s, then %s", first, again)
	}
	if other := fmt.Sprint(ids("a", 2)); other == first {
		t.Errorf("seeds 1 and 2 give the same %s", first)
	}
	if other := fmt.Sprint(ids("b", 1)); other == first {
		t.Errorf("clients a and b give the same %s", first)
	}
}

func TestPutKeepsSessions(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	s.Put(client("a"))
	create(t, s, "a", 2)
	changed := client("a")
	changed.Products = knot.NewProductSet(knot.Link)
	s.Put(changed)
	if got, _ := s.Sessions("a"); len(got) != 2 {
		t.Errorf("%d sessions after Put, want 2", len(got))
	}
	if got, _ := s.Client("a"); got.Products != changed.Products || got.Phone != knot.PhoneE164 {
		t.Errorf("Client(a) = %+v, want the products of the second Put and the default phone level", got)
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	s.Put(knot.Client{ID: "a", Products: knot.NewProductSet(knot.Link)})
	if c, err := s.Adopt("a"); err != nil || c.Products != knot.NewProductSet(knot.Link) {
		t.Errorf("Adopt(a) = %+v, %v, want the client that is there", c, err)
	}
	for i := range store.MaxAdopted {
		if c, err := s.Adopt(fmt.Sprint("new ", i)); err != nil || c.Products != knot.AllProducts() {
			t.Fatalf("Adopt(new %d) = %+v, %v, want a client with every product", i, c, err)
		}
	}
	if _, err := s.Adopt("one too many"); !errors.Is(err, knot.AuthFailed) {
		t.Errorf("Adopt past the bound = %v, want AuthFailed", err)
	}
	if _, err := s.Authenticate("new 1", ""); err == nil {
		t.Error("an adopted client can be authenticated without a secret")
	}
}

// Adopted clients that are idle make room for others, and those that were removed have.
func TestIdleAdoptedMakeRoom(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var evicted []string
	s := store.New(store.Config{Now: clock.Now, Evicted: func(id string) { evicted = append(evicted, id) }})
	adopt := func(id string) error {
		clock.advance(time.Millisecond)
		_, err := s.Adopt(id)
		return err
	}
	for i := range store.MaxAdopted {
		if err := adopt(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Remove("5"); err != nil {
		t.Fatal(err)
	}
	if err := adopt("in place of 5"); err != nil {
		t.Errorf("Adopt() after one was removed = %v", err)
	}
	if err := adopt("one too many"); !errors.Is(err, knot.AuthFailed) {
		t.Errorf("Adopt() = %v, want AuthFailed while all are in use", err)
	}
	clock.advance(store.IdleTime)
	if _, err := s.CreateSession("0", request, clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := adopt("late"); err != nil || len(evicted) != 1 || evicted[0] != "1" {
		t.Errorf("Adopt() = %v, evicted %v; want 1, the first of those without a session", err, evicted)
	}
}

func TestHasSecret(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	s.Put(client("a"))
	if !s.HasSecret("secret of a") || s.HasSecret("secret of b") {
		t.Error("HasSecret does not know whose secrets there are")
	}
	s.Put(knot.Client{ID: "b", SecretSHA256: knot.DigestOf("secret of a")}) // two have it
	changed := client("a")
	changed.SecretSHA256 = knot.DigestOf("another")
	s.Put(changed)
	if !s.HasSecret("secret of a") || !s.HasSecret("another") {
		t.Error("HasSecret does not know whose secrets there are once one changed")
	}
	if err := s.Remove("b"); err != nil || s.HasSecret("secret of a") {
		t.Errorf("Remove(b) = %v; HasSecret still knows its secret", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := fmt.Sprint("client ", i%4)
			for range 50 {
				s.Put(client(id))
				if _, err := s.CreateSession(id, request, time.Now()); err != nil {
					t.Error(err)
				}
				_, _ = s.Sessions(id)
				s.Clients()
			}
		})
	}
	wg.Wait()
	if got := len(s.Clients()); got != 4 {
		t.Errorf("%d clients, want 4", got)
	}
}

// Configuring again keeps what belongs to a client, and leaves those alone that
// were never configured.
func TestConfigure(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	put := func(ids ...string) []string {
		var list []knot.Client
		for _, id := range ids {
			list = append(list, knot.Client{ID: id, Products: knot.AllProducts()})
		}
		return s.Configure(list)
	}
	if got := put("a", "b"); len(got) != 0 {
		t.Errorf("Configure() for the first time removed %v", got)
	}
	if err := s.Add(knot.Client{ID: "minted"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateSession("a", &knot.SessionRequest{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := put("c", "a"); fmt.Sprint(got) != "[b]" {
		t.Errorf("Configure() removed %v, want b", got)
	}
	var ids []string
	for _, c := range s.Clients() {
		ids = append(ids, c.ID)
	}
	if got := fmt.Sprint(ids); got != "[a c minted]" {
		t.Errorf("clients are %s, want a, c and minted", got)
	}
	if sessions, err := s.Sessions("a"); err != nil || len(sessions) != 1 {
		t.Errorf("sessions of a: %v, %v, want the one from before", sessions, err)
	}
}
