package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"knotsandbox/server"
)

// coverageCommand asks a running sandbox which outcomes were met.
type coverageCommand struct {
	URL      string   `name:"url" placeholder:"URL" help:"Of the sandbox. Default: where --address-file, --control and --listen say."`
	ClientID string   `name:"client-id" placeholder:"ID" help:"Of this client alone. Default: of all callers."`
	Require  []string `placeholder:"WHAT" help:"What has to be met: documented, all, or names, separated by commas."`
}

// What can be required beside single names.
const (
	requireDocumented = "documented"
	requireAll        = "all"
)

// covered is the part of the sandbox's answer that decides.
type covered struct {
	Outcomes []struct {
		Name  string `json:"name"`
		Group string `json:"group"`
		Count int    `json:"count"`
	} `json:"outcomes"`
}

// run prints the table and fails if something required is missing.
func (cmd coverageCommand) run(ctx context.Context, c *configReader) error {
	base, err := c.controlURL(cmd.URL)
	if err != nil {
		return err
	}
	table, err := c.get(ctx, base, "text", cmd.ClientID)
	if err != nil {
		return err
	}
	answer, err := c.get(ctx, base, "json", cmd.ClientID)
	if err != nil {
		return err
	}
	var met covered
	if err := json.Unmarshal(answer, &met); err != nil {
		return fmt.Errorf("coverage: %s is no sandbox of this version: %w", base, err)
	}
	missed, err := met.missed(cmd.Require)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(c.stdout, "%s", table)
	if len(missed) > 0 {
		return failedError{fmt.Errorf("coverage: %d required outcomes were not met: %s", len(missed), strings.Join(missed, ", "))}
	}
	return nil
}

// missed returns the required outcomes that were not met.
func (met covered) missed(require []string) ([]string, error) {
	valid := []string{requireDocumented, requireAll}
	var missed []string
	for _, o := range met.Outcomes {
		valid = append(valid, o.Name)
		isRequired := slices.Contains(require, o.Name) ||
			o.Group == "documented" && slices.Contains(require, requireDocumented) ||
			o.Group != "failure" && slices.Contains(require, requireAll)
		if isRequired && o.Count == 0 {
			missed = append(missed, o.Name)
		}
	}
	for _, name := range require {
		if !slices.Contains(valid, name) {
			return nil, fmt.Errorf("require: there is no outcome %q; give some of %s", name, strings.Join(valid, ", "))
		}
	}
	return missed, nil
}

// get asks the control API for the coverage in a form.
func (c *configReader) get(ctx context.Context, base, form, clientID string) ([]byte, error) {
	query := url.Values{"as": {form}}
	if clientID != "" {
		query.Set("client", clientID)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/__sandbox/coverage?"+query.Encode(), nil)
	if err != nil {
		return nil, usageError{fmt.Errorf("url: %w", err)}
	}
	if c.ControlToken != "" {
		r.Header.Set("Authorization", "Bearer "+c.ControlToken)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("coverage: no sandbox answers; start one, or say with --url where it is: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("coverage: read answer of %s: %w", base, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, refusal(base, res.Status, body)
	}
	return body, nil
}

// refusal returns what the control API has to say against a request.
func refusal(base, status string, body []byte) error {
	var answer struct {
		Error struct{ Message, Next string }
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error.Message == "" {
		return fmt.Errorf("coverage: %s answers %s; is it a sandbox?", base, status)
	}
	return fmt.Errorf("coverage: %s; %s", answer.Error.Message, answer.Error.Next)
}

// controlURL returns the base URL of a running sandbox's control API: the given
// one, or where the settings say that a sandbox started with them is.
func (c *configReader) controlURL(given string) (string, error) {
	control, listen := c.control(), c.listen()
	if c.err != nil {
		return "", usageError{c.err}
	}
	switch {
	case given != "":
		return strings.TrimRight(given, "/"), nil
	case control.Mode == server.ControlOff:
		return "", usageError{errors.New("control: is off, so that nothing can be asked")}
	case control.Mode == server.ControlElsewhere:
		return httpURL(control.Listen)
	case c.AddressFile != "":
		content, err := os.ReadFile(c.AddressFile)
		if err != nil {
			return "", fmt.Errorf("address-file: no sandbox has written it: %w", err)
		}
		return strings.TrimSpace(string(content)), nil
	}
	return httpURL(listen)
}

// httpURL returns the URL by which a listener is reached from this machine.
func httpURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", usageError{fmt.Errorf("listen: %w", err)}
	}
	if port == "0" {
		return "", usageError{errors.New("listen: port 0 says nothing of where the sandbox is; give --url or --address-file")}
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	return "http://" + net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}
