package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"knotsandbox/knot"
)

// errorsCommand prints the error catalogue: the names that faults can have.
type errorsCommand struct{ as string }

func (cmd *errorsCommand) flags(f *pflag.FlagSet) { asFlag(f, &cmd.as, "text", "json") }

func (cmd *errorsCommand) run(_ context.Context, cl *commandLine) error {
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
	if cmd.as == "json" {
		encoder := json.NewEncoder(cl.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"errors": list})
	}
	table := tabwriter.NewWriter(cl.stdout, 0, 0, 2, ' ', 0)
	for _, e := range list {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", e.Name, e.Status, e.Evidence, e.Body)
	}
	return table.Flush()
}
