package server

import (
	"fmt"
	"maps"
	"slices"
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
// the clients that remain, and the counts of the faults that remain. What the control
// API minted and armed stays, too. The error is a *SettingError.
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
	s.language.Store(language)
	for _, id := range s.store.Configure(clients) {
		s.forget(id)
	}
	return s.rearm(rules)
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
	isClient := func(id string) bool {
		return s.store.Has(id) || slices.ContainsFunc(c.Clients, func(client knot.Client) bool { return client.ID == id })
	}
	var rules []faults.Rule
	for _, text := range c.Faults {
		rule, err := readRule(language, isClient, faults.Match{}, text)
		if err != nil {
			return nil, &SettingError{Setting: "fault", Text: text, Err: err}
		}
		rules = append(rules, rule)
	}
	if len(rules) > faults.MaxRules {
		return nil, &SettingError{Setting: "fault", Err: faults.ErrFull}
	}
	return rules, nil
}

// rearm arms the configured faults that are new and disarms those that are no more.
func (s *Server) rearm(rules []faults.Rule) error {
	old := &s.configured
	ids := make([]string, len(rules))
	for i, rule := range old.rules {
		same := func(other faults.Rule) bool { return other.String() == rule.String() }
		if at := slices.IndexFunc(rules, same); at >= 0 && ids[at] == "" {
			ids[at] = old.ids[i]
			continue
		}
		s.faults.Disarm(s.store.Now(rule.Match.Client), old.ids[i])
	}
	old.rules, old.ids = nil, nil
	for i, rule := range rules {
		if ids[i] == "" {
			report, err := s.faults.Arm(s.store.Now(rule.Match.Client), rule)
			if err != nil {
				return &SettingError{Setting: "fault", Text: rule.String(), Err: fmt.Errorf("arm %q: %w", rule, err)}
			}
			ids[i] = report.ID
		}
		old.rules, old.ids = append(old.rules, rule), append(old.ids, ids[i])
	}
	return nil
}

// armAgain arms the configured faults after all faults were disarmed.
func (s *Server) armAgain() error {
	s.configured.mu.Lock()
	defer s.configured.mu.Unlock()
	rules := s.configured.rules
	s.configured.rules, s.configured.ids = nil, nil
	return s.rearm(rules)
}

// forget forgets what belongs to a client that is no more.
func (s *Server) forget(id string) {
	s.faults.Clear(s.store.Now(id), id)
	s.journal.Retain(s.store.Has)
}
