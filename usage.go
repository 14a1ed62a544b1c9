package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"knotsandbox/near"
)

// refuseArguments refuses what is neither a flag nor a command.
func refuseArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	word := withoutValue(args[0])
	return usageError{fmt.Errorf("unexpected argument %s%s", word, meant(word, commandNames(c), ""))}
}

// commandNames returns the names of the commands under one.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return names
}

// explainFlag says of a flag that a command has not what was meant, or that it has no
// meaning there.
func explainFlag(c *cobra.Command, err error) error {
	given, ok := unknownFlag(err)
	if !ok {
		return usageError{err}
	}
	name := strings.TrimLeft(given, "-")
	if c.Flags().Lookup(name) != nil && given == "--"+name {
		return usageError{fmt.Errorf("%s and its value are one word; write %s VALUE", given, given)}
	}
	for _, other := range append(c.Root().Commands(), c.Root()) {
		if given == "--"+name && other.Flags().Lookup(name) != nil {
			return usageError{fmt.Errorf("%s has no meaning for %s", given, c.Name())}
		}
	}
	question := meant(name, names(c.Flags()), "--")
	if question == "" && !strings.HasPrefix(given, "--") && name != "" {
		given = "-" + name[:1] // the rest may be its value
	}
	return usageError{fmt.Errorf("unknown flag %s%s", given, question)}
}

// unknownFlag returns the flag with its dashes, if the error is about one that is
// unknown. Its value is left out, since it may be a secret.
func unknownFlag(err error) (flag string, ok bool) {
	var unknown *pflag.NotExistError
	var malformed *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &malformed):
		flag = malformed.GetSpecifiedFlag()
	case !errors.As(err, &unknown):
		return "", false
	case unknown.GetSpecifiedShortnames() != "":
		flag = "-" + unknown.GetSpecifiedShortnames()
	default:
		flag = "--" + unknown.GetSpecifiedName()
	}
	return withoutValue(flag), true
}

// withoutValue returns the beginning of an argument that can be the name of a flag or
// command: what follows may be a secret.
func withoutValue(argument string) string {
	end := strings.IndexFunc(argument, func(char rune) bool {
		return char != '-' && (char < '0' || char > '9') && (char < 'a' || char > 'z') && (char < 'A' || char > 'Z')
	})
	if end < 0 {
		return argument
	}
	return argument[:end]
}

// meant asks whether one of the candidates was meant by a word: the one that is near, or
// the only one that begins with it.
func meant(word string, candidates []string, prefix string) string {
	candidate := near.To(word, candidates)
	if candidate == "" && word != "" {
		longer := slices.DeleteFunc(slices.Clone(candidates), func(c string) bool { return !strings.HasPrefix(c, word) })
		if len(longer) == 1 {
			candidate = longer[0]
		}
	}
	if candidate == "" || prefix+candidate == word {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", prefix+candidate)
}

// helpWidth is how wide the help is, in columns.
const helpWidth = 80

// printUsage prints how a command is used: as the library does, but wrapped.
func printUsage(c *cobra.Command) error {
	out := c.OutOrStderr()
	fmt.Fprintf(out, "Usage:\n  %s\n", c.UseLine())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "  %s COMMAND [flags]\n\nCommands:\n", c.CommandPath())
		for _, sub := range c.Commands() {
			fmt.Fprintf(out, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
		}
	}
	fmt.Fprintf(out, "\nFlags:\n%s", c.Flags().FlagUsagesWrapped(helpWidth))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\nThe flags of a command: %s COMMAND --help\n", c.CommandPath())
	}
	return nil
}

// helpCommand returns the command that prints the help of another.
func helpCommand() *cobra.Command {
	c := bareCommand("help [COMMAND]", "Print the help of a command.")
	c.ValidArgsFunction = func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return commandNames(c.Root()), cobra.ShellCompDirectiveNoFileComp
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		about, rest, err := c.Root().Find(args)
		if err == nil {
			err = refuseArguments(about, rest)
		}
		if err != nil {
			return err
		}
		return about.Help()
	}
	return c
}

// shells are what the library knows to complete in.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand returns the command that prints what a shell needs to complete the
// program's commands and flags.
func completionCommand() *cobra.Command {
	c := bareCommand("completion "+strings.Join(shells, "|"), "Print what a shell needs to complete commands and flags.")
	c.Long = c.Short + ` It goes to
  bash        source <(knot-sandbox completion bash), with bash-completion
  zsh         source <(knot-sandbox completion zsh), after compinit
  fish        knot-sandbox completion fish | source
  powershell  knot-sandbox completion powershell | Out-String | iex`
	c.ValidArgs = shells
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 || !slices.Contains(shells, args[0]) {
			return usageError{fmt.Errorf("completion takes one of %s", strings.Join(shells, ", "))}
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		switch root, out := c.Root(), c.OutOrStdout(); args[0] {
		case "zsh":
			return root.GenZshCompletion(out)
		case "fish":
			return root.GenFishCompletion(out, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(out)
		default:
			return root.GenBashCompletionV2(out, false) // bash has no room for the help of flags
		}
	}
	return c
}

// completeValues lets the shell complete the values of flags by their forms: files, and
// words, which are what is in small letters of a form such as on|off|HOST:PORT. The errors
// are of flags that are not there, or that share what another command has said.
func completeValues(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		switch form := f.Value.Type(); {
		case form == "FILE":
			_ = c.MarkFlagFilename(f.Name, "yaml", "yml")
		case form == "DIR":
			_ = c.MarkFlagDirname(f.Name)
		case form == "PATH":
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
		case strings.Contains(form, "|"):
			words := slices.DeleteFunc(strings.Split(form, "|"), func(word string) bool { return word != strings.ToLower(word) })
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	})
}
