package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"knotsandbox/knot"
)

// errorsCommand prints the error catalogue: the names that faults can have.
type errorsCommand struct {
	As string `enum:"text,json" default:"text" help:"Form: text or json."`
}

func (cmd errorsCommand) run(p program) error {
	type entry struct {
		Name     string        `json:"name"`
		Status   int           `json:"status"`
		Body     string        `json:"body"`
		Evidence knot.Evidence `json:"evidence"`
	}
	var list []entry
	for _, e := range knot.Errors() {
		list = append(list, entry{e.Name, e.Status, e.Body(), e.Evidence})
	}
	if cmd.As == "json" {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"errors": list})
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, e := range list {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", e.Name, e.Status, e.Evidence, e.Body)
	}
	return table.Flush()
}
