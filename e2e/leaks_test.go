package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unchecked are the packages that start goroutines and have no check that these end,
// with the reason.
var unchecked = map[string]string{
	"bench":             "a program that nothing tests; it ends with its load",
	"bench/floor":       "serves until its program ends",
	"bench/named":       "a program that nothing tests; it is ended by what measures it",
	"server/servertest": "for the tests of other packages, which have the check",
}

// A package that starts a goroutine, or whose tests do, looks at the end of its tests
// whether one is left.
func TestLeaksAreLookedFor(t *testing.T) {
	t.Parallel()
	for _, dir := range goFolders(t) {
		files := parsed(t, filepath.Join("..", dir))
		if starts, checks := slices.ContainsFunc(files, startsGoroutine), slices.ContainsFunc(files, checksLeaks); starts && !checks {
			if unchecked[dir] == "" {
				t.Errorf("package %s starts goroutines; its tests want func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }", dir)
			}
		} else if unchecked[dir] != "" {
			t.Errorf("package %s starts no goroutines or has a check, and is said to be without", dir)
		}
	}
}

// parsed returns the Go files of a folder, tests included.
func parsed(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// starters are the calls that start a goroutine, at once or when something comes in, and
// the functions that our servers and those of tests are started with.
var starters = []string{"Go", "AfterFunc", "Serve", "ServeTLS", "NewServer", "NewTLSServer", "NewUnstartedServer", "Start"}

// startsGoroutine reports whether a file has a go statement or one of those calls.
func startsGoroutine(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok {
				found = found || slices.Contains(starters, called.Sel.Name)
			}
		}
		return !found
	})
	return found
}

// checksLeaks reports whether a file has the check as its TestMain.
func checksLeaks(file *ast.File) bool {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "TestMain" {
			continue
		}
		found := false
		ast.Inspect(f.Body, func(n ast.Node) bool {
			called, ok := n.(*ast.SelectorExpr)
			found = found || ok && strings.HasPrefix(called.Sel.Name, "VerifyTestMain")
			return !found
		})
		return found
	}
	return false
}
