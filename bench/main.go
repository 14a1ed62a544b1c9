// Command bench measures what the sandbox costs, as a user's machine pays for it: whole
// processes under load, in turn with a bare echo handler of the same task.
//
//	go run ./bench [-rounds N] [-window D] [-connections N] [-requests N] [-svg FILE]
//	go run ./bench start
//	go run ./bench scale [-svg FILE] [-window D]
//
// The first prints the server's CPU time, rate, latencies and memory of the sandbox,
// with all parts on and with some of them off, as ratios to the bare handler, and holds
// them to the budget. The second measures their starts alone. The third measures how the
// cost grows with connections, clients, rules, recorded requests and sessions, and draws it.
//
// It reads /proc, so it runs on Linux. Numbers of one window mean little on a shared
// machine; the median of the ratios of neighbouring windows does.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && (args[0] == "bare" || args[0] == "dressed") { // this program, started by itself
		return serveBare(args[1], args[0] == "dressed")
	}
	runtime.GOMAXPROCS(1) // so that the load leaves a processor to the server
	dir, err := os.MkdirTemp("", "knot-sandbox-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if slices.Equal(args, []string{"start"}) {
		return startAlone(dir)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	window := flags.Duration("window", time.Second, "length of a window")
	connections := flags.Int("connections", 16, "connections at once")
	rounds := flags.Int("rounds", 20, "windows for each server")
	requests := flags.Int("requests", 1_000_000, "requests after which memory is looked at")
	svg := flags.String("svg", "", "file to draw the cost in")
	isScale := len(args) > 0 && args[0] == "scale"
	if isScale {
		args = args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *window <= 0 || *connections < 1 || *requests < 1 {
		return errors.New("usage: bench [scale] [flags], or bench start; rounds, window, connections and requests have to be more than nothing")
	}
	program, err := build(dir, "knot-sandbox", ".", released...)
	if err != nil {
		return err
	}
	if isScale {
		return scale(program, *window, *svg)
	}
	return compare(dir, program, *svg, *rounds, *connections, *requests, *window)
}

// startAlone measures the starts and nothing else.
func startAlone(dir string) error {
	start, err := compareStarts(dir)
	if err == nil {
		start.report()
	}
	return err
}

// released are the flags with which the program is released, linked statically.
var released = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// build compiles a command of the project and returns its path: with the flags of a
// release, or without flags as go does unasked, which with a C compiler at hand is linked
// dynamically.
func build(dir, name, folder string, flags ...string) (string, error) {
	command := filepath.Join(dir, name)
	cmd := exec.Command("go", slices.Concat([]string{"build"}, flags, []string{"-o", command, folder})...)
	if len(flags) > 0 {
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	return command, nil
}
