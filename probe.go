package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// healthcheckCommand asks whether a sandbox is ready, as a container's health check.
type healthcheckCommand struct{ target }

func (cmd *healthcheckCommand) run(ctx context.Context, cl *commandLine) error {
	c, err := cmd.settings(cl)
	if err != nil {
		return err
	}
	if err := c.probe(ctx, cmd.target); err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	return nil
}

// waitCommand waits until a sandbox is ready.
type waitCommand struct {
	target
	timeout time.Duration
}

func (cmd *waitCommand) flags(f *pflag.FlagSet) {
	cmd.target.flags(f)
	f.Var(duration{&cmd.timeout}, "timeout", "How long to wait at most, such as 90s. Default: 30s.")
	cmd.timeout = 30 * time.Second
}

// waitInterval is how often a sandbox that is not ready is asked again.
const waitInterval = 100 * time.Millisecond

func (cmd *waitCommand) run(ctx context.Context, cl *commandLine) error {
	if cmd.timeout <= 0 {
		return usageError{fmt.Errorf("timeout: %v is not more than nothing", cmd.timeout)}
	}
	c, err := cmd.settings(cl)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, cmd.timeout)
	defer cancel()
	again := time.NewTicker(waitInterval)
	defer again.Stop()
	for {
		err := c.probe(limited, cmd.target)
		if err == nil || errors.As(err, new(usageError)) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("wait: interrupted, and not ready so far: %w", err)
		case <-limited.Done():
			return fmt.Errorf("wait: not ready after %v: %w", cmd.timeout, err)
		}
	}
}

// settings reads the settings, without the configuration file if the sandbox is found
// without it: one that is broken now says nothing against the sandbox, and its health
// is told without a token.
func (t *target) settings(cl *commandLine) (*configReader, error) {
	cl.fill(nil)
	if t.url != "" || cl.settings.AddressFile != "" {
		return cl.readFile("")
	}
	return cl.readSettings()
}

// probe reports why a sandbox is not ready. Where the control API is somewhere
// else, or off, the emulated one tells.
func (c *configReader) probe(ctx context.Context, t target) error {
	base, err := givenURL(t.url)
	if t.url == "" {
		base, err = c.emulatedURL()
	}
	if err != nil {
		return err
	}
	status, body, err := c.get(ctx, base+"/__sandbox/health")
	if err != nil {
		return err
	}
	var health struct{ Status string }
	switch {
	case status == http.StatusNotFound && strings.Contains(string(body), "The route __sandbox/health could not be found."):
		return nil // in the words of the emulated API
	case status != http.StatusOK || json.Unmarshal(body, &health) != nil:
		return refusal(base, status, body)
	case health.Status != "ready":
		return fmt.Errorf("the sandbox at %s is %s", base, health.Status)
	}
	return nil
}
