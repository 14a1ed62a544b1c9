package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long something is waited for that should take far less.
const patience = 30 * time.Second

// The bounds that the sandbox under load is started with, low enough to be met.
const (
	quota       = 60 // calls a minute and client
	keptPerOne  = 40
	maxBody     = 16 << 10
	sandboxSeed = "11"
)

// child is the sandbox under load.
type child struct {
	cmd    *exec.Cmd
	url    string
	config string // path of its configuration file

	mu    sync.Mutex
	log   []string // the last lines
	lines chan string
	ended chan bool // closed when it is over
}

// start builds the sandbox, unless there is one, and starts it on a free port.
func start(ctx context.Context, s settings, dir string) (*child, error) {
	program := s.program
	if program == "" {
		program = filepath.Join(dir, "knot-sandbox")
		if err := build(ctx, program, s.race); err != nil {
			return nil, err
		}
	}
	c := &child{config: filepath.Join(dir, "knot-sandbox.yaml"), lines: make(chan string, 1000), ended: make(chan bool)}
	if err := os.WriteFile(c.config, []byte("clients: []\n"), 0o600); err != nil {
		return nil, err
	}
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, "--listen", "127.0.0.1:0", "--config", c.config, "--seed", sandboxSeed,
		"--rate-limit", fmt.Sprintf("%d/min", quota), "--journal", fmt.Sprint(keptPerOne), "--max-body", fmt.Sprint(maxBody))
	c.cmd.Env = append(c.cmd.Environ(), "GORACE=halt_on_error=1") // a race ends it, which is a failure
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}       // an interrupt from the terminal is for the load first
	return c, c.begin()
}

// build builds the sandbox from the sources of the module in the working folder.
func build(ctx context.Context, program string, race bool) error {
	args := []string{"build", "-o", program}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.CommandContext(ctx, "go", append(args, "knotsandbox")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the sandbox: %w\n%s", err, out)
	}
	return nil
}

// begin runs the program and waits for its ready line.
func (c *child) begin() error {
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	watchdog := time.AfterFunc(patience, c.kill)
	defer watchdog.Stop()
	out := bufio.NewReader(stdout)
	ready, err := out.ReadString('\n')
	if err != nil {
		c.kill()
		rest, _ := io.ReadAll(stderr) // what there is
		return errors.Join(fmt.Errorf("the sandbox did not start: %w\n%s", err, rest), c.cmd.Wait())
	}
	for _, word := range strings.Fields(ready) {
		if strings.HasPrefix(word, "http://") {
			c.url = word
			break
		}
	}
	go c.read(out, stderr)
	return nil
}

// read reads all that the program says, until its end.
func (c *child) read(stdout, stderr io.Reader) {
	defer close(c.ended)
	drained := make(chan bool)
	go func() {
		_, _ = io.Copy(io.Discard, stdout) // the faults that were never met
		close(drained)
	}()
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		c.keep(lines.Text())
	}
	<-drained
	_ = c.cmd.Wait() // the state says it
}

// keep keeps a line of the log, and hands it to who waits for one.
func (c *child) keep(line string) {
	const most = 200
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.log = append(c.log, line); len(c.log) > most {
		c.log = c.log[1:]
	}
	if !strings.Contains(line, "configuration file") {
		return
	}
	select {
	case c.lines <- line:
	default: // nobody has waited for long
	}
}

// awaitLine waits for a line of the log about the configuration file.
func (c *child) awaitLine(ctx context.Context, part string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case line := <-c.lines:
			if strings.Contains(line, part) {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("no line with %q in the log: %w", part, ctx.Err())
		case <-c.ended:
			return errEnded
		}
	}
}

// errEnded says that the sandbox is there no more.
var errEnded = errors.New("the sandbox ended while it was under load")

// isOver reports whether the sandbox has ended.
func (c *child) isOver() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// stop ends the sandbox as it should end, and returns its exit code and the last line
// of its log.
func (c *child) stop() (code int, last string) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	watchdog := time.AfterFunc(patience, c.kill)
	defer watchdog.Stop()
	<-c.ended
	if len(c.log) > 0 {
		last = c.log[len(c.log)-1]
	}
	return c.cmd.ProcessState.ExitCode(), last
}

// kill ends it whatever it does.
func (c *child) kill() { _ = c.cmd.Process.Kill() }

// logTail returns the last lines of the log.
func (c *child) logTail() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.log[max(0, len(c.log)-120):], "\n")
}
