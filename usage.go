package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"knotsandbox/near"
)

// refuseArguments refuses what is neither a flag nor a command.
func refuseArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var commands []string
	for _, sub := range c.Commands() {
		commands = append(commands, sub.Name())
	}
	return fmt.Errorf("unexpected argument %s%s", args[0], meaning("", near.To(args[0], commands)))
}

// explainFlag says of an unknown flag what was meant, or whose it is.
func explainFlag(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	name := unknown.GetSpecifiedName()
	if isSetting(name) {
		return fmt.Errorf("--%s has no meaning for %s", name, c.Name())
	}
	var flags []string
	c.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	return fmt.Errorf("unknown flag --%s%s", name, meaning("--", near.To(name, flags)))
}

// meaning asks whether a word was meant, if there is one.
func meaning(prefix, word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", prefix+word)
}

// helpWidth is how wide the help is, in columns.
const helpWidth = 80

// printUsage prints how a command is used: as the library does, and not wider than a
// terminal.
func printUsage(c *cobra.Command) error {
	out := c.OutOrStderr()
	fmt.Fprintf(out, "Usage:\n  %s [flags]\n", c.CommandPath())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "  %s COMMAND [flags]\n\nCommands:\n", c.CommandPath())
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(out, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	fmt.Fprintf(out, "\nFlags:\n%s", c.Flags().FlagUsagesWrapped(helpWidth))
	return nil
}
