package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"knotsandbox/faults"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// serveCommand serves the sandbox.
type serveCommand struct{}

func (serveCommand) flags(*pflag.FlagSet) {}

func (serveCommand) run(ctx context.Context, cl *commandLine) error {
	c, err := cl.readSettings()
	if err != nil {
		return err
	}
	s, err := c.newServer()
	if err != nil {
		return err
	}
	return c.explain(serve(ctx, s, cl.stdout, c.watch))
}

// serve runs the sandbox until ctx ends, then drains it. Meanwhile watch looks after
// it.
func serve(ctx context.Context, s *server.Server, stdout io.Writer, watch func(context.Context, *server.Server)) error {
	if err := s.Listen(); err != nil {
		return err
	}
	go watch(ctx, s)
	fmt.Fprintln(stdout, readyLine(s))
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if err := s.Shutdown(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	for _, r := range s.Unmet() {
		fmt.Fprintf(stdout, "fault %s was never met: %s\n", r.ID, faults.Rule{Match: r.Match, Fault: r.Fault})
	}
	return <-served
}

// readyLine tells the URL and a call that works as it stands.
func readyLine(s *server.Server) string {
	user := "CLIENT_ID:SECRET"
	body := `{"type":"link","external_user_id":"123abc"}`
	for _, c := range slices.Backward(s.Clients()) { // so that sandbox comes before limited
		if c.Products != 0 && isPlain(c.ID) && s.HasCredentials(c.ID, c.ID) { // such as sandbox:sandbox
			user, body = c.ID+":"+c.ID, exampleBody(c)
			break
		}
	}
	at := s.URL()
	if s.TLSURL() != "" {
		at += " and " + s.TLSURL()
	}
	return fmt.Sprintf("knot-sandbox is ready at %s  try: curl -u %s -H 'Content-Type: application/json' -d '%s' %s/session/create",
		at, user, body, s.URL())
}

// isPlain reports whether a shell takes an id as it is.
func isPlain(id string) bool {
	return strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// exampleBody returns a body that the client may send.
func exampleBody(c knot.Client) string {
	for _, p := range []knot.Product{knot.Link, knot.TransactionLink} {
		if c.Products.Has(p) {
			return fmt.Sprintf(`{"type":"%s","external_user_id":"123abc"}`, p)
		}
	}
	return `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13"}`
}
