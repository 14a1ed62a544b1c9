package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// generator puts load on a server for a window.
type generator func(*process) (result, error)

// newGenerator returns wrk, which costs the machine less, if it is there, and else our
// own load. It says which.
func newGenerator(dir string, connections int, window time.Duration) (generator, error) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		fmt.Println("load: our own, since wrk is not installed; it takes more of the machine, and the ratios come out larger")
		return load{connections: connections, window: window, requests: usualRequests}.run, nil
	}
	fmt.Println("load:", path)
	script := filepath.Join(dir, "call.lua")
	if err := os.WriteFile(script, luaScript(), 0o600); err != nil {
		return nil, err
	}
	seconds := strconv.Itoa(max(1, int(window.Seconds())))
	return func(p *process) (result, error) {
		cmd := exec.Command(path, "-t1", "-c"+strconv.Itoa(connections), "-d"+seconds, "-s", script, "http://"+p.address+"/session/create")
		before := p.cpu()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return result{}, fmt.Errorf("wrk: %w\n%s", err, out)
		}
		return readWrk(out, p.cpu()-before)
	}, nil
}

// luaScript tells wrk the documented call, and to sum up in one line.
func luaScript() []byte {
	head, body, _ := bytes.Cut(usualRequests[0], []byte("\r\n\r\n"))
	var script bytes.Buffer
	script.WriteString("wrk.method = 'POST'\n")
	fmt.Fprintf(&script, "wrk.body = %q\n", body)
	for _, name := range []string{"Authorization", "Content-Type"} {
		_, value, _ := bytes.Cut(head, []byte(name+": "))
		value, _, _ = bytes.Cut(value, []byte("\r\n"))
		fmt.Fprintf(&script, "wrk.headers[%q] = %q\n", name, value)
	}
	script.WriteString(`function done(all, latency)
  local e = all.errors
  io.write(string.format("SUM %d %d %d %d %d %d\n", all.requests, all.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), e.connect + e.read + e.write + e.status + e.timeout))
end
`)
	return script.Bytes()
}

// readWrk reads the line that the script wrote.
func readWrk(out []byte, cpu float64) (result, error) {
	var requests, micros, p50, p99, p999, failed int
	_, sum, _ := bytes.Cut(out, []byte("SUM "))
	if _, err := fmt.Sscan(string(sum), &requests, &micros, &p50, &p99, &p999, &failed); err != nil {
		return result{}, fmt.Errorf("read what wrk says: %w\n%s", err, out)
	}
	if failed > 0 || requests == 0 {
		return result{}, fmt.Errorf("%d of %d requests failed", failed, requests)
	}
	return result{
		rate: float64(requests) / float64(micros) * 1e6, cpu: cpu / float64(requests) * 100_000,
		p50: float64(p50), p99: float64(p99), p999: float64(p999),
	}, nil
}
