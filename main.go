// Program knot-sandbox is a local stand-in for the Knot API.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	_ "knotsandbox/pace"
)

// environment returns the variables by name.
func environment(pairs []string) map[string]string {
	variables := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	return variables
}

func main() {
	cobra.EnableCommandSorting = false // what most want comes first
	cobra.MousetrapHelpText = ""       // who starts it from a desktop wants it to serve
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before anybody learns of it: a second signal ends the program at once
		cancel()
	}()
	os.Exit(run(ctx, program{args: os.Args[1:], env: environment(os.Environ()), stdout: os.Stdout, stderr: os.Stderr}))
}
