package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of the program, as a user types them.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/scripts",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Condition:           func(name string) (bool, error) { return name == "image" && os.Getenv(imageVariable) != "", nil },
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
	})
}
