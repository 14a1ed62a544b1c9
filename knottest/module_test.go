package knottest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// snippet returns the package's example as a test file, as the README shows it.
func snippet(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "example_test.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Example" {
			body := string(source[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset])
			body, _, _ = strings.Cut(body, "\t// Output:")
			return `import (
	"testing"

	"knotsandbox/journal"
	"knotsandbox/knottest"
)

func TestSignUp(t *testing.T) {` + body + "}\n"
		}
	}
	t.Fatal("there is no Example")
	return ""
}

// The Go code of the README is the package's example, whose output is checked.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no Go code yet")
	}
	for _, b := range blocks {
		if want := snippet(t); b[1] != want {
			t.Errorf("the README shows\n%s\nthe example is\n%s", b[1], want)
		}
	}
}

// Another module, with nothing but a checkout of this one beside it, runs the README's
// test, in both ways that the README shows. No network is used.
func TestOtherModule(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a test program of another module, which takes seconds")
	}
	for name, c := range map[string]struct {
		flags    string
		commands [][]string
	}{
		"replace": {"GOFLAGS=-mod=mod", [][]string{
			{"mod", "edit", "-require=knotsandbox@v0.0.0", "-replace=knotsandbox=../knot-sandbox"},
			{"mod", "tidy"},
		}},
		"workspace": {"GOFLAGS=", [][]string{{"work", "init", ".", "../knot-sandbox"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := module{otherModule(t), c.flags}
			for _, arguments := range c.commands {
				m.run(t, arguments...)
			}
			out := m.run(t, "test", "-v", "./...")
			for _, want := range []string{"--- PASS: TestSignUp", "r1 500 InternalServerError", "r3 200 Created"} {
				if !strings.Contains(out, want) {
					t.Errorf("go test printed\n%s\nwant %s", out, want)
				}
			}
		})
	}
}

// otherModule makes a module with a program and the README's test, beside a link to
// this module.
func otherModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	if err := os.Symlink(root, filepath.Join(parent, "knot-sandbox")); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("signup_test.go")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../go.sum") // go mod tidy would ask the network for them
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "shop")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":       "module shop\n\ngo 1.26.0\n",
		"go.sum":       string(sums),
		"shop.go":      strings.Replace(string(program), "package knottest_test", "package shop", 1),
		"shop_test.go": "package shop\n\n" + snippet(t),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// module is a folder in which the go command runs.
type module struct{ dir, flags string }

func (m module) run(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", arguments...)
	cmd.Dir = m.dir
	cmd.Env = append(cmd.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOWORK=", m.flags)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// The package testing is for tests: it is not linked into the program.
func TestProgramHasNoTesting(t *testing.T) {
	t.Parallel()
	m := module{"..", "GOFLAGS="}
	for _, path := range strings.Fields(m.run(t, "list", "-deps", ".")) {
		if path == "testing" || path == "net/http/httptest" || path == "knotsandbox/knottest" {
			t.Errorf("the program imports %s", path)
		}
	}
}
