package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The example clients pass their own tests against the program, in each language.
func TestExamples(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for _, c := range []struct {
		folder  string
		command []string
	}{
		{"go", []string{"go", "test", "-count=1", "."}},
		{"python", []string{"python3", "-B", "-m", "unittest"}},
		{"node", []string{"node", "--test"}},
		{"shell", []string{"bash", "test.sh"}},
	} {
		t.Run(c.folder, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(c.command[0]); err != nil && os.Getenv("CI") != "true" {
				t.Skipf("skipped, because %s is not installed", c.command[0])
			}
			cmd := exec.CommandContext(t.Context(), c.command[0], c.command[1:]...)
			cmd.Dir = filepath.Join("..", "examples", c.folder)
			cmd.Env = append(os.Environ(), "KNOT_BASE_URL="+p.url)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", cmd, err, out)
			}
		})
	}
}
