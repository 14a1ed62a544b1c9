package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	program
	settings settings
	flags    *pflag.FlagSet // one for each setting; commands share those that they heed
	chosen   func(context.Context) error
}

// verb is a command of the program.
type verb interface {
	// flags adds the flags that are the command's own.
	flags(f *pflag.FlagSet)
	// run does what the command is for.
	run(ctx context.Context, cl *commandLine) error
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
	cl, err := p.parse()
	if err != nil || cl.chosen == nil {
		return err
	}
	return cl.chosen(ctx)
}

// parse reads the arguments. Nothing is chosen if that has answered already, as it does
// for --help.
func (p program) parse() (*commandLine, error) {
	cl := &commandLine{program: p}
	cl.flags = cl.settings.flags()
	root := cl.root()
	root.SetArgs(append([]string{}, p.args...)) // never nil, for which it would take those of the process
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	if err := root.Execute(); err != nil {
		return nil, usageError{err}
	}
	return cl, nil
}

// root returns the program's command, which serves, with all others under it.
func (cl *commandLine) root() *cobra.Command {
	finding := []string{"listen", "config", "control", "control-token", "address-file"}
	root := cl.command(&rootCommand{}, "knot-sandbox", "", settingNames()...)
	root.Long = "A local stand-in for the Knot API: run it offline, test against it, make it fail\non purpose."
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(explainFlag)
	root.SetUsageFunc(printUsage)
	root.AddCommand(
		cl.command(serveCommand{}, "serve", "Serve the sandbox (the default).", settingNames()...),
		cl.command(&healthcheckCommand{}, "healthcheck", "Ask whether a sandbox is ready, and exit 1 if not.", finding...),
		cl.command(&waitCommand{}, "wait", "Wait until a sandbox is ready.", finding...),
		cl.command(&envCommand{}, "env", "Print the variables that a program needs to call the sandbox.",
			append(finding, "client", "tls", "tls-dir", "tls-names")...),
		cl.command(&errorsCommand{}, "errors", "Print the error catalogue."),
		cl.command(&coverageCommand{}, "coverage", "Show which outcomes were met, and exit 3 if a required one was not.", finding...),
		cl.command(versionCommand{}, "version", "Print the version."),
	)
	return root
}

// command returns the command of a verb, with the flags of the settings that it heeds.
func (cl *commandLine) command(v verb, name, short string, heeded ...string) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: short, Args: refuseArguments,
		Run: func(*cobra.Command, []string) {
			cl.chosen = func(ctx context.Context) error { return v.run(ctx, cl) }
		},
	}
	c.Flags().SortFlags = false
	c.Flags().BoolP("help", "h", false, "Print this help and exit.")
	v.flags(c.Flags())
	for _, setting := range heeded {
		c.Flags().AddFlag(cl.flags.Lookup(setting))
	}
	return c
}

// rootCommand is the program without a command.
type rootCommand struct {
	serveCommand
	isVersion bool
}

func (cmd *rootCommand) flags(f *pflag.FlagSet) {
	f.BoolVar(&cmd.isVersion, "version", false, "Print the version and exit.")
}

func (cmd *rootCommand) run(ctx context.Context, cl *commandLine) error {
	if cmd.isVersion {
		return versionCommand{}.run(ctx, cl)
	}
	return cmd.serveCommand.run(ctx, cl)
}

// versionCommand prints the version.
type versionCommand struct{}

func (versionCommand) flags(*pflag.FlagSet) {}

func (versionCommand) run(_ context.Context, cl *commandLine) error {
	fmt.Fprintln(cl.stdout, "knot-sandbox", versionText())
	return nil
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
		isOurs := strings.HasPrefix(name, variablePrefix)
		if isOurs && !slices.ContainsFunc(settingNames(), func(setting string) bool { return variable(setting) == name }) {
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
