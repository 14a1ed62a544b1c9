package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"knotsandbox/faults"
	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// armed returns the armed rules with their hits, in order.
func armed(s *server.Server) string {
	var list []string
	for _, r := range s.Faults() {
		list = append(list, fmt.Sprintf("%s %s hit %d", r.ID, faults.Rule{Match: r.Match, Fault: r.Fault}, r.Hit))
	}
	return strings.Join(list, "; ")
}

// A new configuration comes into force at once, and what has happened stays.
func TestReload(t *testing.T) {
	t.Parallel()
	config := server.Config{
		Clients: clients(), Faults: []string{"client=a NoAccess times=5", "client=b reset", "InvalidEmail times=1", "client=a NoAccess times=5"},
	}
	s := servertest.Start(t, config)
	if err := s.AddClient(client("minted", knot.Seed{}), "minted"); err != nil {
		t.Fatal(err)
	}
	mustPost(t, s, "a", session)
	arm(t, s, "client=minted empty")
	mustPost(t, s, "minted", session, "X-Sandbox-Fault", "delay=1ms")
	await(t, s, journal.Filter{}, 2)

	limited := client("a", knot.Seed{})
	limited.Products = knot.NewProductSet(knot.TransactionLink)
	config.Clients = []knot.Client{limited, client("new", knot.Seed{})}
	config.Faults = []string{"rollout client=new", "client=a NoAccess times=5", "client=a NoAccess times=5"}
	config.Incidents = map[string]string{"rollout": "ServiceUnavailable for=1h"}
	if err := s.Reload(config); err != nil {
		t.Fatal(err)
	}
	const want = "f1 client=a NoAccess times=5 hit 1; f4 client=a NoAccess times=5 hit 0; f5 client=minted empty hit 0; f6 client=new rollout hit 0; i1 client=minted delay=1ms hit 1"
	if got := armed(s); got != want {
		t.Errorf("armed are\n%s, want\n%s", got, want)
	}
	for id, want := range map[string]int{"a": 403, "b": 401, "new": 503, "minted": 200} {
		if got := mustPost(t, s, id, session).status; got != want {
			t.Errorf("%s: %d, want %d", id, got, want)
		}
	}
	if got := len(s.Journal().All(journal.Filter{Client: "a"})); got != 2 {
		t.Errorf("%d exchanges of a, want those from before and after", got)
	}
	if _, err := s.Reset(""); err != nil {
		t.Fatal(err)
	}
	if got, want := armed(s), "f7 client=new rollout hit 0; f8 client=a NoAccess times=5 hit 0; f9 client=a NoAccess times=5 hit 0"; got != want {
		t.Errorf("after a reset armed are %s, want those of the new configuration, %s", got, want)
	}
}

// A configuration that cannot be is refused whole.
func TestReloadRefuses(t *testing.T) {
	t.Parallel()
	config := server.Config{Clients: clients(), Faults: []string{"NoAccess"}}
	s := servertest.Start(t, config)
	before := armed(s)
	for _, c := range []struct {
		change  func(*server.Config)
		setting string
	}{
		{func(c *server.Config) { c.Faults = []string{"reset", "NoAcess"} }, "fault"},
		{func(c *server.Config) { c.Faults = []string{"reset client=nobody"} }, "fault"},
		{func(c *server.Config) { c.Incidents = map[string]string{"x": "nope"} }, "incidents"},
		{func(c *server.Config) { c.Faults = strings.Fields(strings.Repeat("reset ", faults.MaxRules+1)) }, "fault"},
	} {
		changed := config
		changed.Clients = nil
		c.change(&changed)
		var setting *server.SettingError
		if err := s.Reload(changed); !errors.As(err, &setting) || setting.Setting != c.setting {
			t.Errorf("Reload() = %v, want an error about %s", err, c.setting)
		}
		if got := armed(s); got != before || len(s.Clients()) != 2 {
			t.Errorf("refused, and yet armed are %s, clients %d", got, len(s.Clients()))
		}
	}
}

// A fault of a client goes and comes with it.
func TestReloadWithAClientThatComesBack(t *testing.T) {
	t.Parallel()
	with := server.Config{Clients: clients(), Faults: []string{"client=b NoAccess"}}
	s := servertest.Start(t, with)
	without := server.Config{Clients: clients()[:1], Faults: with.Faults}
	if err := s.Reload(without); !errors.Is(err, knot.ErrUnknownClient) {
		t.Errorf("Reload() of a fault whose client goes = %v, want it refused", err)
	}
	without.Faults = nil
	for _, c := range []server.Config{without, with} {
		if err := s.Reload(c); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := armed(s), "f2 client=b NoAccess hit 0"; got != want {
		t.Errorf("after it came back armed are %q, want %q", got, want)
	}
	if err := s.RemoveClient("b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(with); err != nil || armed(s) != "f3 client=b NoAccess hit 0" {
		t.Errorf("after it was removed by hand: %v, armed are %q", err, armed(s))
	}
	if _, err := s.Reset("b"); err != nil || armed(s) != "f4 client=b NoAccess hit 0" {
		t.Errorf("after a reset of the client: %v, armed are %q", err, armed(s))
	}
}

// There is an end to the number of rules, and who would go beyond it changes nothing.
func TestReloadWhenRulesAreMany(t *testing.T) {
	t.Parallel()
	config := server.Config{Clients: clients(), Faults: []string{"NoAccess", "reset"}}
	s := servertest.Start(t, config)
	for range faults.MaxRules - 2 {
		arm(t, s, "client=a empty")
	}
	before := armed(s)
	if err := s.Reload(server.Config{Faults: []string{"reset", "hang", "close"}}); !errors.Is(err, faults.ErrFull) {
		t.Errorf("Reload() = %v, want that rules are full", err)
	}
	if armed(s) != before || len(s.Clients()) != 2 {
		t.Error("refused, and yet something changed")
	}
	if err := s.Reload(server.Config{Clients: clients(), Faults: []string{"reset", "hang"}}); err != nil {
		t.Errorf("Reload() of as many = %v", err)
	}
}

// An incident that is another now is armed as such.
func TestReloadOfAnIncident(t *testing.T) {
	t.Parallel()
	config := server.Config{Clients: clients(), Faults: []string{"deploy"}, Incidents: map[string]string{"deploy": "ServiceUnavailable for=1h"}}
	s := servertest.Start(t, config)
	config.Incidents = map[string]string{"deploy": "NoAccess for=1h"}
	if err := s.Reload(config); err != nil {
		t.Fatal(err)
	}
	if got := mustPost(t, s, "a", session).status; got != 403 {
		t.Errorf("%d, want 403", got)
	}
}

// What the control API changed of a client stays while the file says the same of it.
func TestReloadKeepsWhatWasChanged(t *testing.T) {
	t.Parallel()
	config := server.Config{Clients: clients()}
	s := servertest.Start(t, config)
	if _, err := s.UpdateClient("a", func(c *knot.Client) { c.Products = 0 }); err != nil {
		t.Fatal(err)
	}
	config.Clients = append(clients(), client("new", knot.Seed{}))
	if err := s.Reload(config); err != nil {
		t.Fatal(err)
	}
	if got := mustPost(t, s, "a", session).status; got != 403 {
		t.Errorf("%d, want 403, because its products are still switched off", got)
	}
}

// However many reset and reload at once, each configured fault is armed once.
func TestResetsAtOnce(t *testing.T) {
	t.Parallel()
	config := server.Config{Clients: clients(), Faults: []string{"NoAccess", "client=a reset"}}
	s := servertest.Start(t, config)
	done := make(chan error)
	const many = 20
	for i := range many {
		go func() {
			if i%2 == 0 {
				done <- s.Reload(config)
				return
			}
			_, err := s.Reset("")
			done <- err
		}()
	}
	for range many {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := len(s.Faults()); got != 2 {
		t.Errorf("armed are %s, want two", armed(s))
	}
}
