package knot_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"knotsandbox/knot"
)

var update = flag.Bool("update", false, "write docs/FIDELITY.md anew")

// The ledger is written from the code, so that it cannot say anything else.
func TestLedgerIsUpToDate(t *testing.T) {
	const path = "../docs/FIDELITY.md"
	want := ledger()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the code says; run: go test ./knot -run TestLedger -update", path)
	}
}

func ledger() string {
	var b strings.Builder
	b.WriteString("# Fidelity ledger\n\n" +
		"How close the sandbox is to the API, row by row, and how we know. Written from the code by\n" +
		"`go test ./knot -run TestLedger -update`; a test fails when it differs.\n\n## Not emulated\n\n")
	for _, s := range knot.NotEmulated() {
		fmt.Fprintf(&b, "- %s\n", s)
	}
	b.WriteString("\n## Evidence\n\n" +
		"- **documented**: the vendor's own OpenAPI page of September 2025. It wins over all else.\n" +
		"- **observed**: seen in public code, logs or notes as what the real server did.\n" +
		"- **derived**: the real server's wording identifies its framework; a reference server on it was asked.\n" +
		"- **assumed**: our choice; one place in the code is enough to change it.\n\n" +
		"## Error catalogue\n\n| name | status | error_type | error_code | message | evidence |\n|---|---|---|---|---|---|\n")
	for _, e := range append(knot.Errors(), knot.RouteNotFound("PATH"), knot.MethodNotAllowed("METHOD", "PATH"), knot.InvalidMethodOverride()) {
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s | %s | %s |\n", e.Name, e.Status, orDash(e.Type), orDash(e.Code), messageOf(e), e.Evidence)
	}
	area := ""
	for _, row := range knot.Behaviours() {
		if row.Area != area {
			area = row.Area
			fmt.Fprintf(&b, "\n## %s\n\n| behaviour | evidence | shown by |\n|---|---|---|\n", area)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.Statement, row.Evidence, row.Shown)
	}
	b.WriteString("\n## Reference vectors left out\n\nNone: all 3,788 are played and have to pass.\n")
	return b.String()
}

// messageOf shows a message, an empty one as such.
func messageOf(e *knot.Error) string {
	if e.Message == "" {
		return "(empty)"
	}
	return e.Message
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
