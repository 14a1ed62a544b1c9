package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// configured are the faults of the configuration.
type configured struct {
	mu    sync.Mutex
	rules []faults.Rule
	ids   []string // under which they are armed, in the same order
}

// Reload takes over the clients, faults and incidents of a configuration while the
// server runs, all of them or none. What has happened stays: sessions and journal of
// the clients that remain, what the control API changed of those that are configured
// as before, and the counts of the faults that remain. What it minted and armed stays,
// too; a configured fault that it disarmed is armed again. The error is a
// *SettingError.
func (s *Server) Reload(c Config) error { return s.configure(c) }

// configure makes clients, faults and incidents those of a configuration.
func (s *Server) configure(c Config) error {
	language, err := s.newLanguage(c.Incidents)
	if err != nil {
		return err
	}
	rules, err := s.readRules(language, c)
	if err != nil {
		return err
	}
	clients := make([]knot.Client, len(c.Clients))
	for i, client := range c.Clients {
		clients[i] = s.seeded(client)
	}
	s.configured.mu.Lock()
	defer s.configured.mu.Unlock()
	if others := s.faults.Len() - s.countArmed(s.configured.ids); others+len(rules) > faults.MaxRules {
		return &SettingError{Setting: "fault", Err: faults.ErrFull}
	}
	s.language.Store(language)
	for _, id := range s.store.Configure(clients) {
		s.forget(id)
	}
	return s.rearm(rules)
}

// countArmed returns how many of some rules are armed.
func (s *Server) countArmed(ids []string) int {
	count := 0
	for _, id := range ids {
		if s.isArmed(id) {
			count++
		}
	}
	return count
}

func (s *Server) isArmed(id string) bool {
	_, ok := s.faults.Lookup(s.store.Now(""), id)
	return ok
}

// newLanguage returns the fault language with the shipped incidents and others.
func (s *Server) newLanguage(others map[string]string) (*faults.Language, error) {
	names := make([]string, 0, len(knot.Errors()))
	for _, e := range knot.Errors() {
		names = append(names, e.Name)
	}
	incidents := faults.Incidents()
	maps.Copy(incidents, others)
	language, err := faults.NewLanguage(names, incidents)
	if err != nil {
		return nil, &SettingError{Setting: "incidents", Err: err}
	}
	return language, nil
}

// readRules reads the faults of a configuration, which may be for its clients.
func (s *Server) readRules(language *faults.Language, c Config) ([]faults.Rule, error) {
	isClient := func(id string) bool { // when it is in force
		return s.store.IsOwn(id) || slices.ContainsFunc(c.Clients, func(client knot.Client) bool { return client.ID == id })
	}
	var rules []faults.Rule
	for _, text := range c.Faults {
		rule, err := readRule(language, isClient, faults.Match{}, text)
		if err != nil {
			return nil, &SettingError{Setting: "fault", Text: text, Err: err}
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// rearm arms the configured faults that are not armed and disarms those that are no
// more. The caller holds the lock.
func (s *Server) rearm(rules []faults.Rule) error {
	old := &s.configured
	ids := make([]string, len(rules))
	for i, rule := range old.rules {
		if at := sameRule(rules, ids, rule); at >= 0 && s.isArmed(old.ids[i]) {
			ids[at] = old.ids[i]
			continue
		}
		s.faults.Disarm(s.store.Now(rule.Match.Client), old.ids[i])
	}
	old.rules, old.ids = rules, ids
	return s.armMissing("")
}

// sameRule returns the place of a rule that does the same and has no id yet, or -1.
func sameRule(rules []faults.Rule, ids []string, rule faults.Rule) int {
	for i, other := range rules {
		if ids[i] == "" && meaning(other) == meaning(rule) {
			return i
		}
	}
	return -1
}

// meaning returns what a rule does. An incident of the same name may be another.
func meaning(r faults.Rule) string {
	return r.Match.String() + "\n" + strings.Join(r.Fault.Timeline(), "\n")
}

// armMissing arms the configured faults that are not armed, of one client or with ""
// all of them. The caller holds the lock.
func (s *Server) armMissing(clientID string) error {
	for i, rule := range s.configured.rules {
		if clientID != "" && rule.Match.Client != clientID || s.isArmed(s.configured.ids[i]) {
			continue
		}
		report, err := s.faults.Arm(s.store.Now(rule.Match.Client), rule)
		if err != nil {
			return &SettingError{Setting: "fault", Text: rule.String(), Err: fmt.Errorf("arm %q: %w", rule, err)}
		}
		s.configured.ids[i] = report.ID
	}
	return nil
}

// forget forgets what belongs to a client that is no more.
func (s *Server) forget(id string) {
	s.faults.Clear(s.store.Now(id), id)
	s.journal.Retain(s.store.Has)
}
