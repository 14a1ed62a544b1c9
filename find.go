package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"knotsandbox/server"
)

// target is how a command finds a running sandbox.
type target struct{ url string }

func (t *target) flags(f *pflag.FlagSet) {
	f.Var(text{&t.url, "URL"}, "url", "Of the sandbox. Default: where the flags below say.")
}

// patience is how long a command waits for one answer.
const patience = 10 * time.Second

// errNobody says that no sandbox answers.
var errNobody = errors.New("no sandbox answers; start one, or say with --url where it is")

// ask asks the control API of the sandbox that a command means.
func (c *configReader) ask(ctx context.Context, t target, route string, query url.Values) ([]byte, error) {
	base, err := c.controlURL(t.url)
	if err != nil {
		return nil, err
	}
	status, body, err := c.get(ctx, base+"/__sandbox"+route+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, refusal(base, status, body)
	}
	return body, nil
}

// direct is a client without a proxy: a sandbox is near.
var direct = &http.Client{Transport: &http.Transport{}}

// get makes a request, with the token if there is one.
func (c *configReader) get(ctx context.Context, address string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, usageError{fmt.Errorf("url: %w", err)}
	}
	r.Header.Set("Accept", "application/json")
	if c.ControlToken != "" {
		r.Header.Set("Authorization", "Bearer "+c.ControlToken)
	}
	res, err := direct.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", errNobody, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("read answer of %s: %w", address, err)
	}
	return res.StatusCode, body, nil
}

// refusal returns what the control API has to say against a request.
func refusal(base string, status int, body []byte) error {
	var answer struct {
		Error struct{ Message, Next string }
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error.Message == "" || strings.ContainsFunc(answer.Error.Message+answer.Error.Next, unicode.IsControl) {
		return fmt.Errorf("%s answers %d %s; is it a sandbox?", base, status, http.StatusText(status))
	}
	return fmt.Errorf("%s; %s", answer.Error.Message, answer.Error.Next)
}

// controlURL returns the base URL of a running sandbox's control API: the given
// one, or where the settings say that a sandbox started with them is.
func (c *configReader) controlURL(given string) (string, error) {
	control := c.control()
	switch {
	case c.err != nil:
		return "", usageError{c.err}
	case given != "":
		return givenURL(given)
	case control.Mode == server.ControlOff:
		return "", usageError{errors.New("control: is off, so that nothing can be asked")}
	case control.Mode == server.ControlElsewhere:
		return urlAt("http://", "control", control.Listen)
	}
	return c.emulatedURL()
}

// givenURL returns a base URL that was given.
func givenURL(text string) (string, error) {
	if !strings.Contains(text, "://") {
		host := text[strings.LastIndex(text, "@")+1:] // what is before it may be a secret
		return "", usageError{fmt.Errorf("url: %q is no URL; write http://%s", host, host)}
	}
	return strings.TrimRight(text, "/"), nil
}

// emulatedURL returns the base URL of a running sandbox: as its address file says,
// or its settings.
func (c *configReader) emulatedURL() (string, error) {
	listen := c.listen()
	if c.err != nil {
		return "", usageError{c.err}
	}
	if c.AddressFile == "" {
		return urlAt("http://", "listen", listen)
	}
	content, err := os.ReadFile(c.AddressFile)
	if err != nil {
		return "", fmt.Errorf("address-file: no sandbox has written it: %w", err)
	}
	url := strings.TrimSpace(string(content))
	if !strings.HasPrefix(url, "http://") {
		return "", fmt.Errorf("address-file: %s holds no address; is it a sandbox's?", c.AddressFile)
	}
	return url, nil
}

// urlAt returns the URL by which a listener is reached from this machine.
func urlAt(scheme, setting, listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", usageError{fmt.Errorf("%s: %w", setting, err)}
	}
	if port == "0" {
		return "", usageError{fmt.Errorf("%s: port 0 says nothing of where the sandbox is; give --url or --address-file", setting)}
	}
	return scheme + server.Reachable(host, port), nil
}
