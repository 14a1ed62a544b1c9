package e2e

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// startSecure starts a program that is there by HTTPS as well, and returns its address.
func startSecure(t *testing.T) (h *hostile, secure string) {
	t.Helper()
	h = startHostile(t, "--tls=127.0.0.1:0", "--tls-dir", t.TempDir())
	var health struct {
		TLSURL string `json:"tls_url"`
	}
	if err := json.Unmarshal([]byte(h.exchange("GET", "/__sandbox/health", "").body), &health); err != nil {
		t.Fatal(err)
	}
	return h, strings.TrimPrefix(health.TLSURL, "https://")
}

// What is no TLS at the door of TLS gets an alert or a word, and the end.
func TestHostileHandshakes(t *testing.T) {
	t.Parallel()
	h, secure := startSecure(t)
	const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	for name, c := range map[string]struct{ send, want string }{
		"HTTP":             {withLength(jsonHead, session), "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"},
		"noise":            {strings.Repeat("\xff\x00", 100), ""},
		"SSL 2":            {"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80" + strings.Repeat("\x01", 40), ""},
		"half a hello":     {hello, ""},
		"hello of nothing": {hello + strings.Repeat("\x00", 600), "\x15\x03"},
		"large record":     {"\x16\x03\x01\xff\xff" + strings.Repeat("\x00", 1<<16), "\x15\x03"},
	} {
		conn := dial(t, secure)
		go write(conn, c.send, true)
		got, err := io.ReadAll(conn)
		if os.IsTimeout(err) || !strings.HasPrefix(string(got), c.want) {
			t.Errorf("%s: %.100q, %v, want %q and the end", name, got, err, c.want)
		}
		h.serves(t)
	}
}

// frameFlood is what one connection of HTTP/2 brings, again and again.
type frameFlood struct {
	name string
	most int                                   // how often
	send func(f *http2.Framer, i uint32) error // the i-th time
	ends bool                                  // the program has to end the connection before that; it always may
}

// Floods of HTTP/2 end with the connection, or do not matter.
func TestHostileFloods(t *testing.T) {
	t.Parallel()
	h, secure := startSecure(t)
	call := headerBlock(":method", "GET", ":scheme", "https", ":path", "/nope", ":authority", "x")
	large := bytes.Repeat([]byte("\x00\x01a\x7f\x81\x7f"+strings.Repeat("v", 256)), 60) // fields of 256 bytes
	for _, c := range []frameFlood{
		{name: "requests that are called back", most: 20_000, send: func(f *http2.Framer, i uint32) error {
			err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: call, EndStream: true, EndHeaders: true})
			return errors.Join(err, f.WriteRSTStream(2*i+1, http2.ErrCodeCancel))
		}},
		{name: "head without an end", most: 10_000, ends: true, send: func(f *http2.Framer, i uint32) error {
			if i == 0 {
				return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: call})
			}
			return f.WriteContinuation(1, false, large)
		}},
		{name: "pings", most: 1_000_000, ends: true, send: func(f *http2.Framer, _ uint32) error { return f.WritePing(false, [8]byte{}) }},
		{name: "settings", most: 100_000, send: func(f *http2.Framer, _ uint32) error { return f.WriteSettings() }},
		{name: "streams that stay open", most: 5_000, send: func(f *http2.Framer, i uint32) error {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: call, EndHeaders: true})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dialHTTP2(t, secure)
			f := http2.NewFramer(conn, conn)
			err := f.WriteSettings()
			for i := uint32(0); err == nil && i < uint32(c.most); i++ {
				err = c.send(f, i)
			}
			if os.IsTimeout(err) || c.ends && err == nil {
				t.Errorf("sending it ended with %v; want the connection ended: %t", err, c.ends)
			}
			h.serves(t)
		})
	}
}

// What breaks the rules of HTTP/2 ends the connection, with the reason.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	h, secure := startSecure(t)
	call := headerBlock(":method", "GET", ":scheme", "https", ":path", "/nope", ":authority", "x")
	head := func(stream uint32, block []byte) func(*http2.Framer) error {
		return func(f *http2.Framer) error {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndHeaders: true})
		}
	}
	for _, c := range []struct {
		name string
		send func(*http2.Framer) error
		want http2.ErrCode
	}{
		{"data for nobody", func(f *http2.Framer) error { return f.WriteData(1, false, []byte("x")) }, http2.ErrCodeProtocol},
		{"window beyond 31 bits", func(f *http2.Framer) error { return f.WriteWindowUpdate(0, 1<<31-1) }, http2.ErrCodeFlowControl},
		{"stream of an even number", head(2, call), http2.ErrCodeProtocol},
		{"head that is no HPACK", head(1, []byte("\xff\xff\xff\xff\xff\xff")), http2.ErrCodeCompression},
		{"continuation of nothing", func(f *http2.Framer) error { return f.WriteContinuation(1, true, call) }, http2.ErrCodeProtocol},
		{"frame of 16 MB", func(f *http2.Framer) error { return f.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 1<<24-1)) }, http2.ErrCodeFrameSize},
		{"promise to the server", func(f *http2.Framer) error {
			return f.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: call, EndHeaders: true})
		}, http2.ErrCodeProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dialHTTP2(t, secure)
			f := http2.NewFramer(conn, conn)
			f.AllowIllegalWrites = true
			if err := f.WriteSettings(); err != nil {
				t.Fatal(err)
			}
			go func() { _ = c.send(f) }() // the program may hang up before it has read all
			got, err := goAway(f)
			if err != nil || got != c.want {
				t.Errorf("the connection ends with %v, %v, want %v", got, err, c.want)
			}
			h.serves(t)
		})
	}
}

// goAway reads up to the frame that ends a connection, and returns its reason.
func goAway(f *http2.Framer) (http2.ErrCode, error) {
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return 0, err
		}
		if end, ok := frame.(*http2.GoAwayFrame); ok {
			return end.ErrCode, nil
		}
	}
}

// headerBlock is a head in HPACK; fields are pairs.
func headerBlock(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to a buffer
	}
	return b.Bytes()
}

// dialHTTP2 opens a connection of HTTP/2 on which nothing is ever read.
func dialHTTP2(t *testing.T, address string) net.Conn {
	t.Helper()
	conn := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err := errors.Join(conn.SetDeadline(time.Now().Add(patience)), conn.Handshake()); err != nil {
		t.Fatal(err)
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != "h2" {
		t.Fatalf("protocol %q, want h2", got)
	}
	if _, err := fmt.Fprint(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	return conn
}
