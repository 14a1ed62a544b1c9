// Program knot-sandbox is a local stand-in for the Knot API.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, program{args: os.Args[1:], env: environment(os.Environ()), stdout: os.Stdout, stderr: os.Stderr}))
}
