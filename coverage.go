package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// coverageCommand asks a running sandbox which outcomes were met.
type coverageCommand struct {
	target
	clientID string
	require  []string
}

func (cmd *coverageCommand) flags(f *pflag.FlagSet) {
	cmd.target.flags(f)
	f.Var(text{&cmd.clientID, "ID"}, "client-id", "Of this client alone. Default: of all callers.")
	f.Var(list{&cmd.require, "WHAT"}, "require", "What has to be met: documented, all, or names, separated by commas.")
}

// What can be required beside single names.
const (
	requireDocumented = "documented"
	requireAll        = "all"
)

// covered is the part of the sandbox's answer that decides.
type covered struct {
	Outcomes []struct {
		Name  string `json:"name"`
		Group string `json:"group"`
		Count int    `json:"count"`
	} `json:"outcomes"`
}

// run prints the table and fails if something required is missing.
func (cmd *coverageCommand) run(ctx context.Context, cl *commandLine) error {
	c, err := cl.readSettings()
	if err != nil {
		return err
	}
	query := url.Values{"as": {"text"}}
	if cmd.clientID != "" {
		query.Set("client", cmd.clientID)
	}
	table, err := c.ask(ctx, cmd.target, "/coverage", query)
	if err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	query.Set("as", "json")
	answer, err := c.ask(ctx, cmd.target, "/coverage", query)
	if err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	var met covered
	if err := json.Unmarshal(answer, &met); err != nil {
		return fmt.Errorf("coverage: read answer: %w", err)
	}
	missed, err := met.missed(splitAll(cmd.require))
	if err != nil {
		return usageError{err}
	}
	if _, err := c.stdout.Write(table); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	if len(missed) > 0 {
		return failedError{fmt.Errorf("coverage: required, but not met: %s", strings.Join(missed, ", "))}
	}
	return nil
}

// splitAll splits texts at their commas. An empty one stays, to be refused.
func splitAll(texts []string) []string {
	var names []string
	for _, text := range texts {
		for name := range strings.SplitSeq(text, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// missed returns the required outcomes that were not met.
func (met covered) missed(require []string) ([]string, error) {
	valid := []string{requireDocumented, requireAll}
	var missed []string
	for _, o := range met.Outcomes {
		valid = append(valid, o.Name)
		isRequired := slices.Contains(require, o.Name) ||
			o.Group == "documented" && slices.Contains(require, requireDocumented) ||
			o.Group != "failure" && slices.Contains(require, requireAll)
		if isRequired && o.Count == 0 {
			missed = append(missed, o.Name)
		}
	}
	for _, name := range require {
		if name == "" {
			return nil, errors.New("require: an outcome is empty; is the variable that holds it set?")
		}
		if !slices.Contains(valid, name) {
			return nil, fmt.Errorf("require: there is no outcome %q; give some of %s", name, strings.Join(valid, ", "))
		}
	}
	return missed, nil
}
