package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"knotsandbox/certs"
	"knotsandbox/knot"
)

// envCommand prints the variables that a program under test needs.
type envCommand struct{ as string }

func (cmd *envCommand) flags(f *pflag.FlagSet) { asFlag(f, &cmd.as, "shell", "dotenv", "json") }

// programVariable is a variable of a program that calls the sandbox.
type programVariable struct{ name, value string }

func (cmd *envCommand) run(ctx context.Context, cl *commandLine) error {
	c, err := cl.readSettings()
	if err != nil {
		return err
	}
	variables, err := c.programVariables(ctx)
	if err != nil {
		return fmt.Errorf("env: %w", err)
	}
	if cmd.as == "json" {
		values := map[string]string{}
		for _, v := range variables {
			values[v.name] = v.value
		}
		encoder := json.NewEncoder(c.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(values)
	}
	var lines strings.Builder
	for _, v := range variables {
		if cmd.as == "dotenv" {
			fmt.Fprintf(&lines, "%s=%s\n", v.name, dotenvQuoted(v.value))
		} else {
			fmt.Fprintf(&lines, "export %s=%s\n", v.name, shellQuoted(v.value))
		}
	}
	_, err = io.WriteString(c.stdout, lines.String())
	return err
}

// programVariables returns where the sandbox is, a client of it and, by HTTPS,
// whom to trust. The trusting variables are those of Node, of Go and OpenSSL, of
// Python's requests, and of curl.
func (c *configReader) programVariables(ctx context.Context) ([]programVariable, error) {
	base, err := c.programURL(ctx)
	if err != nil {
		return nil, err
	}
	id, secret, err := c.knownPair()
	if err != nil {
		return nil, err
	}
	list := []programVariable{{"KNOT_BASE_URL", base}, {"KNOT_CLIENT_ID", id}, {"KNOT_SECRET", secret}}
	tls := c.tls()
	if tls.Listen == "" {
		return list, nil
	}
	ca, err := filepath.Abs(filepath.Join(tls.Dir, certs.CertFile))
	if err == nil {
		_, err = os.Stat(ca)
	}
	if err != nil {
		return nil, fmt.Errorf("tls-dir: no sandbox has made the certificate yet: %w", err)
	}
	for _, name := range []string{"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} {
		list = append(list, programVariable{name, ca})
	}
	return list, nil
}

// programURL returns the base URL for a program: by HTTPS if there is that. Its
// port is asked of the sandbox if the settings do not tell.
func (c *configReader) programURL(ctx context.Context) (string, error) {
	tls := c.tls()
	switch {
	case c.err != nil:
		return "", usageError{c.err}
	case tls.Listen == "":
		return c.emulatedURL()
	case c.AddressFile == "":
		return urlAt("https://", "tls", tls.Listen)
	}
	answer, err := c.ask(ctx, target{}, "/health", url.Values{})
	if err != nil {
		return "", err
	}
	var health struct {
		TLSURL string `json:"tls_url"`
	}
	if err := json.Unmarshal(answer, &health); err != nil || health.TLSURL == "" {
		return "", errors.New("tls: the running sandbox has no HTTPS")
	}
	return health.TLSURL, nil
}

// knownPair returns credentials that the settings hold in clear: the ones given
// last, or those of a client whose secret is its id.
func (c *configReader) knownPair() (id, secret string, err error) {
	clients := c.clients()
	if c.err != nil {
		return "", "", usageError{c.err}
	}
	given := c.list("client", c.Client)
	if len(given) > 0 {
		id, secret, _ = strings.Cut(given[len(given)-1], ":")
		return id, secret, nil
	}
	if id, secret = c.env["KNOT_CLIENT_ID"], c.env["KNOT_SECRET"]; id != "" {
		return id, secret, nil
	}
	for _, client := range clients {
		if client.SecretSHA256 == knot.DigestOf(client.ID) {
			return client.ID, client.ID, nil
		}
	}
	return "", "", usageError{errors.New("client: no secret is known here; give --client ID:SECRET")}
}

// shellQuoted returns a value as a word of a POSIX shell.
func shellQuoted(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

// dotenvQuoted returns a value as readers of .env files take it: plain if it can
// be, or else in single quotes, in which nothing has a meaning, and only if it holds one
// of those in double quotes.
func dotenvQuoted(value string) string {
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@") == "" {
		return value
	}
	if !strings.ContainsAny(value, "'\n") {
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\n", `\n`).Replace(value) + `"`
}
