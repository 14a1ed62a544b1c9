package e2e

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crowd is how many connections are open at a time: ten thousand, if so many files can
// be. The race detector ends a program of more than 8128 goroutines, and a container
// has a limit of its own.
func crowd(t *testing.T) int {
	t.Helper()
	const wanted, others = 10_000, 500
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	most := int(min(files.Max, 1<<20)) - others
	if raceFlags != nil {
		most = min(most, 3_000)
	}
	if os.Getenv(imageVariable) != "" {
		most = min(most, 1_000)
	}
	if most < wanted {
		t.Logf("%d connections in place of %d: the limit of files is %d, race detector %t, image %q",
			most, wanted, files.Max, raceFlags != nil, os.Getenv(imageVariable))
	}
	if most < 100 {
		t.Fatalf("no more than %d connections can be open", most)
	}
	return min(most, wanted)
}

// open opens many connections at once; send says what is sent on the i-th of them. They
// are closed by the returned function, or when the test ends.
func (h *hostile) open(t *testing.T, n int, send func(i int) string) (conns []net.Conn, closeAll func()) {
	t.Helper()
	conns = make([]net.Conn, n)
	var wg sync.WaitGroup
	queue := make(chan int)
	for range 50 {
		wg.Go(func() {
			for i := range queue {
				conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					continue
				}
				_, _ = io.WriteString(conn, send(i))
				conns[i] = conn
			}
		})
	}
	for i := range n {
		queue <- i
	}
	close(queue)
	wg.Wait()
	closeAll = sync.OnceFunc(func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Close()
			}
		}
	})
	t.Cleanup(closeAll)
	if t.Failed() {
		t.FailNow()
	}
	return conns, closeAll
}

// Thousands that have connected and say nothing, nothing any more, or something now and
// then, do not hinder others. The program may let go of those that take too long.
func TestHostileCrowd(t *testing.T) {
	h := startHostile(t)
	n := crowd(t)
	good := withLength(jsonHead, session)
	conns, _ := h.open(t, n, func(i int) string {
		return [...]string{"", good, "POST /session/create HTTP/1.1\r\nX-Slow: ", jsonHead + "Content-Length: 38\r\n\r\n{"}[i%4]
	})
	if now := h.usage(); now.goroutines < n/2 {
		t.Errorf("%d goroutines, want about one for each of %d connections", now.goroutines, n)
	}
	for range 5 {
		h.serves(t)
		for i, conn := range conns {
			if i%4 >= 2 {
				write(conn, " ", false)
			}
		}
	}
	for i := 1; i < n; i += 4 * (n/40 + 1) { // who was served once is served again
		conn := conns[i]
		r := bufio.NewReader(conn)
		write(conn, good, false)
		if err := errors.Join(conn.SetDeadline(time.Now().Add(patience)), next(r, "POST", isSession), next(r, "POST", isSession)); err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}

// More connections than there can be files: who came too late waits, and when the
// others have gone, everybody is served.
func TestHostileFlood(t *testing.T) {
	t.Parallel()
	if os.Getenv(imageVariable) != "" {
		t.Skip("skipped, because the limit of files would be that of docker run, not of the program in its container")
	}
	cmd := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" --listen 127.0.0.1:0 --log-level debug`, binary)
	cmd.Env = []string{"HOME=" + os.TempDir()}
	h := &hostile{process: launchCommand(t, cmd)}
	h.serves(t)
	_, closeAll := h.open(t, 200, func(int) string { return "POST /" })
	closeAll()
	h.serves(t)
	if code := h.stop(); code != 0 || !strings.Contains(h.stderr.String(), "too many open files") {
		t.Errorf("exit code %d, want 0 after a lack of files; stderr:\n%s", code, h.stderr)
	}
}

// Callers that ask and ask and never read an answer keep nobody else from one.
func TestHostileWriters(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	request := "GET /" + strings.Repeat("x", 256<<10) + " HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n"
	conns, _ := h.open(t, 50, func(int) string { return "" })
	var wg sync.WaitGroup
	for _, conn := range conns {
		wg.Go(func() {
			for i := 0; ; i++ { // until the answers block the server, and that blocks us
				if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
					t.Error(err)
				}
				if _, err := io.WriteString(conn, request); errors.Is(err, os.ErrDeadlineExceeded) {
					return
				} else if err != nil || i > 1_000 {
					t.Errorf("request %d: %v, want it to be stuck", i, err)
					return
				}
			}
		})
	}
	for range 20 {
		h.serves(t)
	}
	wg.Wait()
	h.serves(t)
}

// Callers that leave in the middle of everything, most of them with a reset.
func TestHostileLeavers(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	whole := withLength(jsonHead+"X-Sandbox-Fault: delay=50ms\r\n", session)
	for round := range 5 {
		conns, closeAll := h.open(t, 100, func(i int) string { return whole[:i*len(whole)/99] })
		for i, conn := range conns {
			if i%4 != round%4 {
				if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
					t.Error(err)
				}
			}
		}
		closeAll()
		h.serves(t)
	}
}

// Twenty bodies of 100 MB at once, of every framing.
func TestHostileHeavyBodies(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	piece := strings.Repeat(" ", megabyte)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			conn := dial(t, h.url)
			go func() { // the server hangs up before all is written
				head, before := jsonHead+"Content-Length: 104857600\r\n\r\n", ""
				if i%2 == 1 {
					head, before = jsonHead+"Transfer-Encoding: chunked\r\n\r\n", "100000\r\n"
				}
				write(conn, head, false)
				for range 100 {
					if _, err := io.WriteString(conn, before+piece+before[min(len(before), 6):]); err != nil {
						return
					}
				}
			}()
			if err := next(bufio.NewReader(conn), "POST", tooLarge); err != nil {
				t.Errorf("body %d: %v", i, err)
			}
		})
	}
	for range 10 {
		h.serves(t)
	}
	wg.Wait()
}
