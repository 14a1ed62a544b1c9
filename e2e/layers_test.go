package e2e

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// layers says which packages of ours a package may import, and which
// libraries are its own alone. Lower layers never import higher ones, equals
// never each other.
var layers = map[string]struct {
	ours      []string
	libraries []string // beside the standard library
}{
	"knot":       {},
	"certs":      {},
	"glob":       {},
	"near":       {},
	"pace":       {},
	"pause":      {},
	"validation": {ours: []string{"knot"}, libraries: []string{"github.com/go-playground/validator/v10", "github.com/nyaruka/phonenumbers", "github.com/hashicorp/golang-lru/v2", "golang.org/x/net/idna"}},
	"fixtures":   {ours: []string{"knot"}, libraries: []string{"github.com/goccy/go-yaml"}},
	"store":      {ours: []string{"knot"}, libraries: []string{"github.com/google/uuid"}},
	"handlers":   {ours: []string{"knot", "validation", "store"}, libraries: []string{"github.com/labstack/echo/v4"}},
	"faults":     {ours: []string{"glob", "near", "pause"}},
	"journal":    {ours: []string{"glob", "pause"}},
	"conduct":    {ours: []string{"journal", "knot"}},
	"admin":      {ours: []string{"knot", "faults", "journal", "conduct", "pause"}, libraries: []string{"github.com/labstack/echo/v4"}},
	"server": {
		ours:      []string{"knot", "faults", "journal", "conduct", "certs", "validation", "fixtures", "store", "handlers", "admin"},
		libraries: []string{"github.com/prometheus/client_golang"},
	},
	".":                 {ours: []string{"knot", "faults", "journal", "certs", "fixtures", "near", "pace", "server"}, libraries: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}},
	"knottest":          {ours: []string{"knot", "faults", "journal", "conduct", "server"}},
	"server/servertest": {ours: []string{"server"}},
	"bench":             {ours: []string{"pause", "bench/floor"}},
	"bench/floor":       {libraries: []string{"github.com/labstack/echo/v4", "github.com/google/uuid"}},
	"bench/named":       {ours: []string{"bench/floor", "pace"}, libraries: []string{"github.com/go-playground/validator/v10", "github.com/nyaruka/phonenumbers"}},
	"soak":              {},
	"e2e":               {},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	for _, dir := range goFolders(t) {
		layer, ok := layers[dir]
		if !ok {
			t.Errorf("package %s is not in the table of layers", dir)
			continue
		}
		for _, path := range imports(t, filepath.Join("..", dir)) {
			if ours, ok := strings.CutPrefix(path, "knotsandbox/"); ok {
				if !slices.Contains(layer.ours, ours) {
					t.Errorf("%s imports %s", dir, path)
				}
				continue
			}
			isLibrary := strings.Contains(strings.Split(path, "/")[0], ".")
			if isLibrary && !slices.ContainsFunc(layer.libraries, func(l string) bool { return path == l || strings.HasPrefix(path, l+"/") }) {
				t.Errorf("%s imports %s", dir, path)
			}
		}
	}
}

// goFolders returns the folders of the module that hold Go code. The examples are
// modules of their own.
func goFolders(t *testing.T) []string {
	t.Helper()
	folders := []string{"."}
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if path == "../examples" {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && filepath.Dir(path) != ".." {
			folder, _ := filepath.Rel("..", filepath.Dir(path))
			folders = append(folders, folder)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// imports returns what the code of a folder imports, tests left aside.
func imports(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			paths = append(paths, strings.Trim(spec.Path.Value, `"`))
		}
	}
	return paths
}

// What the ledger says a behaviour is shown by has to exist.
func TestLedgerIsShown(t *testing.T) {
	t.Parallel()
	ledger, err := os.ReadFile("../docs/FIDELITY.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	rows := regexp.MustCompile(`(?m)^\| .* \| (?:documented|observed|derived|assumed) \| (.+) \|$`).FindAllStringSubmatch(string(ledger), -1)
	if len(rows) < 40 {
		t.Errorf("%d rows in the ledger, want at least 40", len(rows))
	}
	for _, row := range rows {
		if group, ok := strings.CutPrefix(row[1], "vectors: "); ok {
			if _, err := os.Stat(filepath.Join("testdata/vectors", group+".jsonl")); err != nil {
				t.Errorf("%s: %v", row[0], err)
			}
		} else if !slices.Contains(tests, row[1]) {
			t.Errorf("%s: there is no test of that name", row[0])
		}
	}
}

// testNames returns the names of all tests of the project.
func testNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(content), -1) {
			names = append(names, m[1])
		}
	}
	return names
}
