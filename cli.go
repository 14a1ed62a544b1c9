package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
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

// commandLine is the settings of one run, and their flags.
type commandLine struct {
	program
	settings settings
	flags    *pflag.FlagSet // one for each setting; commands share those that they heed
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
	c, err := p.root().ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(p.stderr, "knot-sandbox: %v\n", err)
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(p.stderr, "knot-sandbox: see %s --help\n", c.CommandPath())
		return exitUsage
	}
	if errors.As(err, new(failedError)) {
		return exitFailed
	}
	return exitRuntime
}

// root returns the program's command, which serves, with all others under it.
func (p program) root() *cobra.Command {
	cl := &commandLine{program: p}
	cl.flags = cl.settings.flags()
	all, finding := names(cl.flags), []string{"listen", "config", "control-token", "address-file"}
	root := cl.command("knot-sandbox", "", &rootCommand{}, all...)
	root.Long = "A local stand-in for the Knot API: run it offline, test against it, make it fail\non purpose."
	root.SetArgs(append([]string{}, p.args...)) // never nil, for which it would take those of the process
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(explainFlag)
	root.SetUsageFunc(printUsage)
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.AddCommand(
		cl.command("serve", "Serve the sandbox (the default).", serveCommand{}, all...),
		cl.command("healthcheck", "Ask whether a sandbox is ready, and exit 1 if not.", &healthcheckCommand{}, finding...),
		cl.command("wait", "Wait until a sandbox is ready.", &waitCommand{}, finding...),
		cl.command("env", "Print the variables that a program needs to call the sandbox.", &envCommand{},
			append(finding, "control", "client", "tls", "tls-dir", "tls-names")...),
		cl.command("errors", "Print the error catalogue.", &errorsCommand{}),
		cl.command("coverage", "Show which outcomes were met; exit 3 if a required one was not.", &coverageCommand{}, append(finding, "control")...),
		cl.command("version", "Print the version.", versionCommand{}),
		completionCommand(),
	)
	root.SetHelpCommand(helpCommand())
	if len(p.args) > 0 && strings.HasPrefix(p.args[0], cobra.ShellCompRequestCmd) { // with descriptions or without
		for _, c := range append(root.Commands(), root) {
			completeValues(c)
		}
	}
	return root
}

// command returns the command of a verb, with the flags of the settings that it heeds.
func (cl *commandLine) command(name, short string, v verb, heeded ...string) *cobra.Command {
	c := bareCommand(name, short)
	c.Args = refuseArguments
	c.RunE = func(c *cobra.Command, _ []string) error { return v.run(c.Context(), cl) }
	v.flags(c.Flags())
	for _, setting := range heeded {
		c.Flags().AddFlag(cl.flags.Lookup(setting))
	}
	return c
}

// bareCommand returns a command that does nothing.
func bareCommand(use, short string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short}
	c.Flags().SortFlags = false
	c.Flags().BoolP("help", "h", false, "Print this help and exit.")
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
	_, err := fmt.Fprintln(cl.stdout, "knot-sandbox", versionText())
	return err
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
