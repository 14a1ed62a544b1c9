package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"knotsandbox/server"
)

// listen returns the address. A host alone is completed by PORT or the usual
// port, a port alone by the usual host; PORT also stands in for an address that
// no setting gives.
func (c *configReader) listen() string {
	usualHost, usualPort, _ := net.SplitHostPort(server.DefaultListen)
	host, port, err := net.SplitHostPort(c.Listen)
	switch {
	case c.Listen == "":
		host = usualHost
	case err != nil && isPort(c.Listen):
		host, port = usualHost, c.Listen
	case err != nil:
		host = strings.Trim(c.Listen, "[]")
	}
	if port == "" {
		port = cmp.Or(c.env["PORT"], usualPort)
		if !isPort(port) {
			c.fail("PORT", fmt.Errorf("%q is not a port number", port))
		}
	}
	if !isPort(port) || strings.ContainsAny(host, "/ ") || err != nil && strings.Count(host, ":") == 1 {
		c.fail("listen", fmt.Errorf("%q is not HOST:PORT", c.Listen))
	}
	return net.JoinHostPort(host, port)
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// isAddress reports whether a text is HOST:PORT, whose host may be empty.
func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	return err == nil && isPort(port) && !strings.ContainsAny(host, "/ ")
}

// control returns who can reach the control API, and where.
func (c *configReader) control() server.Control {
	control := server.Control{Mode: server.ControlMode(c.Control), Token: c.ControlToken}
	switch c.Control {
	case "", "auto":
		control.Mode = server.ControlAuto
	case "on", "off":
	default:
		if !isAddress(c.Control) {
			c.fail("control", fmt.Errorf("%q is not on, off or HOST:PORT", c.Control))
		}
		control.Mode, control.Listen = server.ControlElsewhere, c.Control
	}
	return control
}

// tlsPort is the usual port by HTTPS.
const tlsPort = "5669"

// tls returns whether there is HTTPS, and where: on the host of listen unless an
// address is given.
func (c *configReader) tls() server.TLS {
	if c.TLS == "" || c.TLS == "off" {
		return server.TLS{}
	}
	t := server.TLS{Listen: c.TLS, Dir: c.tlsDir()}
	for name := range strings.FieldsFuncSeq(c.TLSNames, func(r rune) bool { return r == ',' || r == ' ' }) {
		if strings.ContainsAny(name, "/:") && net.ParseIP(name) == nil {
			c.fail("tls-names", fmt.Errorf("%q is not a host name", name))
		}
		t.Names = append(t.Names, name)
	}
	if c.TLS == "on" {
		host, port, _ := net.SplitHostPort(c.listen())
		if port != "0" {
			port = tlsPort
		}
		t.Listen = net.JoinHostPort(host, port)
	}
	if !isAddress(t.Listen) {
		c.fail("tls", fmt.Errorf("%q is not on, off or HOST:PORT", c.TLS))
	}
	return t
}

// tlsDir returns the folder of the certificate authority.
func (c *configReader) tlsDir() string {
	data := c.env["XDG_DATA_HOME"]
	if home := c.env["HOME"]; data == "" && home != "" {
		data = filepath.Join(home, ".local", "share")
	}
	if c.TLSDir == "" && data == "" {
		c.fail("tls-dir", errors.New("is not set, and neither is HOME"))
	}
	return cmp.Or(c.TLSDir, filepath.Join(data, "knot-sandbox", "tls"))
}
