package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// To ask what a file may hold changes nothing of what there is.
func TestSettingsStay(t *testing.T) {
	t.Parallel()
	before := slices.Clone(settingNames())
	if inFile := fileSettings(); len(inFile) >= len(before) || slices.Contains(inFile, "config") {
		t.Errorf("fileSettings() = %v, want fewer than %v", inFile, before)
	}
	if after := settingNames(); !slices.Equal(after, before) || !isSetting("client") {
		t.Errorf("settingNames() = %v, want %v still", after, before)
	}
}
