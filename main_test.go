package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine is left behind by the tests of this package. The
// program itself is tested from outside, by e2e.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What serving starts, the watch over the configuration file as well, ends with it.
func TestServeEnds(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "knot-sandbox.yaml")
	if err := os.WriteFile(config, []byte("clients: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	var stderr bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, program{args: []string{"--listen", "127.0.0.1:0", "--config", config}, stdout: in, stderr: &stderr})
		_ = in.Close() // so that nobody waits for the ready line
	}()
	ready, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(ready, "knot-sandbox is ready at ") {
		t.Errorf("ready line %q, %v", ready, err)
	}
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d, want 0; stderr:\n%s", got, &stderr)
	}
}

// A start that fails leaves nothing behind either.
func TestServeFails(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	file := filepath.Join(t.TempDir(), "no", "address")
	p := program{args: []string{"--listen", "127.0.0.1:0", "--address-file", file}, stdout: &stdout, stderr: &stderr}
	if got := run(t.Context(), p); got != exitRuntime {
		t.Errorf("exit code %d, want %d; stderr:\n%s", got, exitRuntime, &stderr)
	}
}

// What is printed goes where the caller says.
func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string // in part
	}{
		{[]string{"--help"}, exitOK, "Usage:\n  knot-sandbox [flags]\n", ""},
		{[]string{"completion", "bash"}, exitOK, "__complete", ""},
		{[]string{"version"}, exitOK, "knot-sandbox ", ""},
		{[]string{"__complete", "wai"}, exitOK, "wait\t", "Completion ended"}, // which a shell throws away
		{[]string{"nope"}, exitUsage, "", "unexpected argument nope"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), program{args: c.args, stdout: &stdout, stderr: &stderr})
		isRight := strings.Contains(stdout.String(), c.stdout) && strings.Contains(stderr.String(), c.stderr)
		if code != c.code || !isRight || (stdout.Len() > 0) != (c.stdout != "") || (stderr.Len() > 0) != (c.stderr != "") {
			t.Errorf("%v: exit %d, stdout %q, stderr %q, want %d, %q, %q", c.args, code, &stdout, &stderr, c.code, c.stdout, c.stderr)
		}
	}
}
