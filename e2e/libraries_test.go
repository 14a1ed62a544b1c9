package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README says of each library that go.mod asks for why it is there and what would be
// instead, and of no other.
func TestLibrariesAreExplained(t *testing.T) {
	t.Parallel()
	wanted, rows := directModules(t), libraryRows(t)
	for name, row := range rows {
		if !slices.Contains(wanted, name) {
			t.Errorf("the README explains %s, which go.mod does not ask for", name)
		}
		if len(row[0]) < 10 || row[1] == "" {
			t.Errorf("the README does not say of %s why it is there and what would be instead: %q", name, row)
		}
	}
	for _, module := range wanted {
		if _, ok := rows[module]; !ok {
			t.Errorf("the README does not explain %s", module)
		}
	}
	if len(wanted) < 10 {
		t.Errorf("go.mod asks for %v only", wanted)
	}
}

// directModules returns the modules that go.mod asks for itself, without host and
// version: labstack/echo.
func directModules(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(string(content), -1) {
		name := regexp.MustCompile(`/v\d+$`).ReplaceAllString(m[1], "")
		modules = append(modules, strings.TrimPrefix(name, "github.com/"))
	}
	return modules
}

// libraryRows returns the rows of the README's table of libraries by module: why, and
// instead of what.
func libraryRows(t *testing.T) map[string][2]string {
	t.Helper()
	content, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(content), "\n## Libraries\n")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string][2]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([\w.-]+/\S+)(?: v\d+)? \| (.+) \| (.+) \|$`).FindAllStringSubmatch(table, -1) {
		rows[m[1]] = [2]string{m[2], m[3]}
	}
	return rows
}
