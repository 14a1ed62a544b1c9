package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK      = 0
	exitRuntime = 1 // something failed while running
	exitUsage   = 2 // the arguments or settings are wrong
	exitFailed  = 3 // a verification failed
)

// version is stamped in by the linker; the module's own version is the fallback.
var version string

// program is what the outside world gives to a run.
type program struct {
	args           []string
	env            map[string]string
	stdout, stderr io.Writer
}

// commandLine is the command line as the library reads it.
type commandLine struct {
	Version  bool     `help:"Print the version and exit."`
	Settings settings `embed:""`

	Serve       struct{}           `cmd:"" default:"1" help:"Serve the sandbox (the default)."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask whether a sandbox is ready, and exit 1 if not."`
	Wait        waitCommand        `cmd:"" help:"Wait until a sandbox is ready."`
	Env         envCommand         `cmd:"" help:"Print the variables that a program needs to call the sandbox."`
	Errors      errorsCommand      `cmd:"" help:"Print the error catalogue."`
	Coverage    coverageCommand    `cmd:"" help:"Show which outcomes the calls to a running sandbox have met, and exit 3 if one is missing."`
	VersionOf   struct{}           `cmd:"" name:"version" help:"Print the version."`

	command string // the one that was given; empty if the library has answered already, as it does for --help
}

// usageError is an error that is the user's to correct.
type usageError struct{ error }

// Unwrap returns the error itself.
func (e usageError) Unwrap() error { return e.error }

// failedError is a verification that failed.
type failedError struct{ error }

// Unwrap returns the error itself.
func (e failedError) Unwrap() error { return e.error }

// run is the whole program. It returns the exit code.
func run(ctx context.Context, p program) int {
	err := p.run(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(p.stderr, "knot-sandbox: %v\n", err)
	if errors.As(err, new(usageError)) {
		fmt.Fprintln(p.stderr, "knot-sandbox: see knot-sandbox --help")
		return exitUsage
	}
	if errors.As(err, new(failedError)) {
		return exitFailed
	}
	return exitRuntime
}

func (p program) run(ctx context.Context) error {
	cl, err := p.parse(p.environment)
	switch {
	case err != nil || cl.command == "":
		return err
	}
	if err := p.refuseMeaningless(cl.command); err != nil {
		return err
	}
	switch {
	case cl.Version || cl.command == "version":
		fmt.Fprintln(p.stdout, "knot-sandbox", versionText())
		return nil
	case cl.command == "errors":
		return cl.Errors.run(p)
	}
	if cl.isToldWhere() {
		cl.Settings.Config = "" // a file that is broken now says nothing against the sandbox
	}
	c, err := p.readSettings(cl)
	if err != nil {
		return err
	}
	switch cl.command {
	case "coverage":
		return cl.Coverage.run(ctx, c)
	case "healthcheck":
		return cl.Healthcheck.run(ctx, c)
	case "wait":
		return cl.Wait.run(ctx, c)
	case "env":
		return cl.Env.run(ctx, c)
	}
	s, err := c.newServer()
	if err != nil {
		return err
	}
	return c.explain(serve(ctx, s, p.stdout, c.watch))
}

// isToldWhere reports whether a command that asks for a sandbox is told where it is,
// without the configuration file.
func (cl commandLine) isToldWhere() bool {
	switch cl.command {
	case "healthcheck":
		return cl.Healthcheck.URL != "" || cl.Settings.AddressFile != ""
	case "wait":
		return cl.Wait.URL != "" || cl.Settings.AddressFile != ""
	}
	return false
}

// heeded returns the flags of serve that another command heeds: those that tell where
// a sandbox is and whom it knows.
func heeded(command string) []string {
	finding := []string{"listen", "config", "control", "control-token", "address-file"}
	switch command {
	case "healthcheck", "wait", "coverage":
		return finding
	case "env":
		return append(finding, "client", "tls", "tls-dir", "tls-names")
	}
	return nil
}

// refuseMeaningless refuses flags that a command would not heed.
func (p program) refuseMeaningless(command string) error {
	if command == "serve" {
		return nil
	}
	given, err := p.flags()
	if err != nil {
		return err
	}
	for _, name := range settingNames() {
		if given.has(name) && !slices.Contains(heeded(command), name) {
			return usageError{fmt.Errorf("--%s has no meaning for %s", name, command)}
		}
	}
	return nil
}

// flags reads the arguments alone.
func (p program) flags() (commandLine, error) {
	return p.parse(func(string) (string, bool) { return "", false })
}

// parse reads the arguments; what they do not say is asked of resolve.
func (p program) parse(resolve func(setting string) (string, bool)) (commandLine, error) {
	var cl commandLine
	done := false
	parser, err := kong.New(&cl,
		kong.Name("knot-sandbox"),
		kong.Description("A local stand-in for the Knot API: run it offline, test against it, make it fail on purpose."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { done = true }),
		kong.ValueFormatter(helpText),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			if text, ok := resolve(flag.Name); ok {
				return text, nil
			}
			return nil, nil // the library's word for "not known here"
		})),
	)
	if err != nil {
		return cl, fmt.Errorf("build command line: %w", err)
	}
	given, err := parser.Parse(p.args)
	switch {
	case done:
		return cl, nil
	case err != nil:
		return cl, usageError{err}
	}
	cl.command = given.Command()
	return cl, nil
}

// environment returns a setting from the environment. Lists are gathered from
// all their sources elsewhere.
func (p program) environment(setting string) (string, bool) {
	if !isSetting(setting) || isList(setting) {
		return "", false
	}
	text := p.env[variable(setting)]
	return text, text != ""
}

// unknownVariables returns the variables that look like settings and are none.
func (p program) unknownVariables() []string {
	var names []string
	for name := range p.env {
		isKnown := slices.ContainsFunc(settingNames(), func(setting string) bool { return variable(setting) == name })
		if strings.HasPrefix(name, variablePrefix) && !isKnown {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

const variablePrefix = "KNOT_SANDBOX_"

// variable returns the environment variable of a setting.
func variable(setting string) string {
	if isList(setting) {
		setting += "s"
	}
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// helpText adds the variable to a setting's help.
func helpText(v *kong.Value) string {
	if v.Flag == nil || !isSetting(v.Name) {
		return v.Help
	}
	return fmt.Sprintf("%s ($%s)", v.Help, variable(v.Name))
}

// versionText returns the version and, for a build from a checkout, its revision.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
