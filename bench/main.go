// Command bench compares the sandbox with a bare echo handler of the same task:
// it loads them in turn with the documented call and prints, for each, the CPU
// time of the server process, the rate, latencies and memory, and the ratios.
//
//	go run ./bench [-rounds N] [-window D] [-connections N]
//
// It reads /proc, so it runs on Linux. Numbers of one window mean little on a
// shared machine; the ratio of the medians of alternating windows does.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 2 && os.Args[1] == "bare" {
		return serveBare()
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "windows for each server")
	window := flags.Duration("window", 3*time.Second, "length of a window")
	connections := flags.Int("connections", 16, "connections at once")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if *rounds < 1 || *window <= 0 || *connections < 1 {
		return errors.New("rounds, window and connections have to be more than nothing")
	}
	return compare(*rounds, *window, *connections)
}

// serveBare is the floor: bind the body, answer a UUID.
func serveBare() error {
	type card struct {
		Blocked  *bool `json:"blocked"`
		HasFunds *bool `json:"has_funds"`
	}
	type request struct {
		Type           string `json:"type"`
		ExternalUserID string `json:"external_user_id"`
		CardID         string `json:"card_id"`
		PhoneNumber    string `json:"phone_number"`
		Email          string `json:"email"`
		Card           *card  `json:"card"`
		ProcessorToken string `json:"processor_token"`
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.POST("/session/create", func(c echo.Context) error {
		var r request
		if err := c.Bind(&r); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]string{"session": uuid.NewString()})
	})
	l, err := listen()
	if err != nil {
		return err
	}
	fmt.Printf("bare echo is ready at http://%s\n", l.Addr())
	return http.Serve(l, e) // no timeouts: it lives for seconds
}

// compare runs both servers and loads them in turn.
func compare(rounds int, window time.Duration, connections int) error {
	dir, err := os.MkdirTemp("", "knot-sandbox-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "knot-sandbox")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare, err := start("bare echo", self, "bare")
	if err != nil {
		return err
	}
	defer bare.stop()
	sandbox, err := start("knot-sandbox", program, "--listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer sandbox.stop()
	servers := []*server{bare, sandbox}
	fmt.Printf("idle memory: %s %d MB, %s %d MB\n", bare.name, bare.residentMB(), sandbox.name, sandbox.residentMB())
	for round := range rounds + 1 { // the first is for warming up
		for _, s := range servers {
			r, err := load(s, window, connections)
			if err != nil {
				return err
			}
			if round > 0 {
				s.results = append(s.results, r)
				fmt.Printf("%-13s %8.0f req/s  %6.3f CPU s/100k  p50 %v  p99 %v  p99.9 %v\n", s.name, r.rate, r.cpu, r.p50, r.p99, r.p999)
			}
		}
	}
	report(bare, sandbox)
	return nil
}

// report prints the ratios of the medians.
func report(bare, sandbox *server) {
	ratio := func(what string, of func(result) float64) {
		a, b := sandbox.median(of), bare.median(of)
		fmt.Printf("%-22s %.3f × bare echo (%.4g / %.4g)\n", what, a/b, a, b)
	}
	ratio("server CPU per request", func(r result) float64 { return r.cpu })
	ratio("rate", func(r result) float64 { return r.rate })
	ratio("p50", func(r result) float64 { return r.p50.Seconds() * 1e6 })
	ratio("p99", func(r result) float64 { return r.p99.Seconds() * 1e6 })
	fmt.Printf("memory after it: %s %d MB, %s %d MB\n", bare.name, bare.residentMB(), sandbox.name, sandbox.residentMB())
}

// server is a process under load.
type server struct {
	name, url string
	cmd       *exec.Cmd
	results   []result
}

// start runs a server and waits for the line that holds its URL.
func start(name, program string, args ...string) (*server, error) {
	cmd := exec.Command(program, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: name, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	for _, word := range strings.Fields(line) {
		if strings.HasPrefix(word, "http://") {
			s.url = word + "/session/create"
			return s, nil
		}
	}
	s.stop()
	return nil, errors.Join(fmt.Errorf("%s did not say where it listens: %q", name, line), err)
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) median(of func(result) float64) float64 {
	values := make([]float64, 0, len(s.results))
	for _, r := range s.results {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
