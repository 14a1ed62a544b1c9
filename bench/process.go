package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"knotsandbox/pause"
)

// process is a server under measurement.
type process struct {
	name    string
	address string // HOST:PORT
	cmd     *exec.Cmd
}

// start runs a server and waits for the line that holds its URL.
func start(name, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: name, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	for _, word := range strings.Fields(line) {
		if address, ok := strings.CutPrefix(word, "http://"); ok {
			p.address = address
			return p, nil
		}
	}
	p.stop()
	return nil, errors.Join(fmt.Errorf("%s did not say where it listens: %q", name, line), err)
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// ticksPerSecond is the unit of /proc/PID/stat on Linux.
const ticksPerSecond = 100

// cpu returns the user and system time of the process in seconds.
func (p *process) cpu() float64 {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / ticksPerSecond
}

// residentMB returns the memory of the process.
func (p *process) residentMB() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}

// control sends a request to the sandbox's control API.
func (p *process) control(method, path, body string) error {
	r, err := http.NewRequest(method, "http://"+p.address+"/__sandbox"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	return err
}

// coldStart returns how long it takes from starting a server at an address to its first
// session, for who asks every millisecond.
func coldStart(address, program string, args ...string) (time.Duration, error) {
	began := time.Now()
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	p := &process{cmd: cmd}
	defer p.stop()
	for time.Since(began) < 10*time.Second {
		if c, err := dial(address); err == nil {
			err = c.call(usualRequests[0])
			c.close()
			return time.Since(began), err
		}
		if err := pause.For(context.Background(), time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%s does not answer at %s", program, address)
}

// freeAddress returns an address that nobody listens at just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
