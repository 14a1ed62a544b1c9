package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// body is the documented example.
const body = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
	`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`

// result is what one window showed.
type result struct {
	rate           float64 // requests a second
	cpu            float64 // seconds of the server per 100,000 requests
	p50, p99, p999 time.Duration
}

func listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// load sends the documented call over some connections for a while.
func load(s *server, window time.Duration, connections int) (result, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	before := s.cpuTicks()
	began := time.Now()
	var wg sync.WaitGroup
	latencies := make([][]time.Duration, connections)
	errs := make([]error, connections)
	for i := range connections {
		wg.Go(func() {
			for time.Since(began) < window && errs[i] == nil {
				sent := time.Now()
				errs[i] = call(client, s.url)
				latencies[i] = append(latencies[i], time.Since(sent))
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(began)
	all := slices.Concat(latencies...)
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[int(q*float64(len(all)-1))].Round(time.Microsecond) }
	ticks := float64(s.cpuTicks() - before)
	return result{
		rate: float64(len(all)) / elapsed.Seconds(),
		cpu:  ticks / ticksPerSecond / float64(len(all)) * 100_000,
		p50:  at(0.5), p99: at(0.99), p999: at(0.999),
	}, errors.Join(errs...)
}

func call(client *http.Client, url string) error {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.SetBasicAuth("sandbox", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

// ticksPerSecond is the unit of /proc/PID/stat on Linux.
const ticksPerSecond = 100

// cpuTicks returns the user and system time of the server.
func (s *server) cpuTicks() int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// residentMB returns the memory of the server.
func (s *server) residentMB() int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.Atoi(fields[0])
	return kb / 1024
}
