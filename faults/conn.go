package faults

import (
	"fmt"
	"net"
	"net/http"

	"knotsandbox/pause"
)

// noise opens like nothing HTTP knows: no status line, no text.
const noise = "\x00\xff\xfe\x8b\x1f\x00garbage\x00\xf0\x9f\r\n\x07\x80\x00\r\n\r\n"

// reset closes with a TCP reset. Over TLS the alert that announces a clean end is
// left out as well.
func reset(w http.ResponseWriter) error {
	raw := transport(hijack(w))
	linger, ok := raw.(interface{ SetLinger(sec int) error })
	if !ok {
		_ = raw.Close()
		return fmt.Errorf("reset a %T: it can only be closed", raw)
	}
	if err := linger.SetLinger(0); err != nil {
		_ = raw.Close()
		return fmt.Errorf("set linger: %w", err)
	}
	return raw.Close()
}

// closeClean closes without a byte of HTTP.
func closeClean(w http.ResponseWriter) error {
	return hijack(w).Close()
}

// garbage sends bytes that are not HTTP, and closes.
func garbage(w http.ResponseWriter) error {
	conn := hijack(w)
	if _, err := conn.Write([]byte(noise)); err != nil {
		_ = conn.Close()
		return fmt.Errorf("write: %w", err)
	}
	return conn.Close()
}

// hang says nothing until the request's context ends, and closes. The hour bounds
// what a caller can hold that never leaves.
func hang(w http.ResponseWriter, r *http.Request) error {
	liftTimeout(w)
	_ = pause.For(r.Context(), maxWait) // however it ends, the caller heard nothing
	return closeClean(w)
}

// hijack takes the connection from the server. HTTP/2 gives none away: there the
// panic resets the stream, which is what it has in its place.
func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// transport returns the connection under all that wraps it.
func transport(conn net.Conn) net.Conn {
	for {
		wrapper, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = wrapper.NetConn()
	}
}
