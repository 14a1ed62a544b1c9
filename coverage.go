package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// coverageCommand asks a running sandbox which outcomes were met.
type coverageCommand struct {
	target
	ClientID string   `name:"client-id" placeholder:"ID" help:"Of this client alone. Default: of all callers."`
	Require  []string `placeholder:"WHAT" help:"What has to be met: documented, all, or names, separated by commas."`
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
func (cmd coverageCommand) run(ctx context.Context, c *configReader) error {
	query := url.Values{"as": {"text"}}
	if cmd.ClientID != "" {
		query.Set("client", cmd.ClientID)
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
	missed, err := met.missed(cmd.Require)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(c.stdout, "%s", table)
	if len(missed) > 0 {
		return failedError{fmt.Errorf("coverage: %d required outcomes were not met: %s", len(missed), strings.Join(missed, ", "))}
	}
	return nil
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
		if !slices.Contains(valid, name) {
			return nil, fmt.Errorf("require: there is no outcome %q; give some of %s", name, strings.Join(valid, ", "))
		}
	}
	return missed, nil
}
