package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knotsandbox/certs"
)

func open(t *testing.T, dir string) *certs.Authority {
	t.Helper()
	a, err := certs.Open(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// An authority is made once: what trusts it today trusts it after the next start.
func TestOpen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deeper", "tls")
	open(t, dir)
	before, err := os.ReadFile(filepath.Join(dir, certs.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, dir)
	after, err := os.ReadFile(filepath.Join(dir, certs.CertFile))
	if err != nil || string(after) != string(before) {
		t.Errorf("opened again, the certificate is another: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, certs.KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: mode %v, %v, want 0600", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("the folder holds %v, %v, want two files", files, err)
	}

	pair, err := a.Leaf([]string{"api.example", "127.0.0.1", "::1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(before)
	for name, good := range map[string]bool{"api.example": true, "127.0.0.1": true, "::1": true, "other.example": false} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool}); (err == nil) != good {
			t.Errorf("Verify(%s) = %v, want it accepted: %t", name, err, good)
		}
	}
	if days := leaf.NotAfter.Sub(leaf.NotBefore) / (24 * time.Hour); days > 398 {
		t.Errorf("the leaf holds for %d days, which clients refuse", days)
	}
}

// What cannot be used is refused with the name of the file.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	open(t, other)
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		want  string
	}{
		{"no key", func(dir string) error { return os.Remove(filepath.Join(dir, certs.KeyFile)) }, certs.KeyFile},
		{"no certificate", func(dir string) error { return os.Remove(filepath.Join(dir, certs.CertFile)) }, certs.CertFile},
		{"not PEM", func(dir string) error { return os.WriteFile(filepath.Join(dir, certs.CertFile), []byte("x"), 0o600) }, certs.CertFile},
		{"of two authorities", func(dir string) error {
			return os.Rename(filepath.Join(other, certs.KeyFile), filepath.Join(dir, certs.KeyFile))
		}, "does not match"},
	} {
		dir := t.TempDir()
		open(t, dir)
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := certs.Open(dir, time.Now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Open() = %v, want an error with %q", c.name, err, c.want)
		}
	}
	dir := t.TempDir()
	open(t, dir)
	if _, err := certs.Open(dir, time.Now().AddDate(11, 0, 0)); err == nil || !strings.Contains(err.Error(), "was over on") {
		t.Errorf("after eleven years: Open() = %v", err)
	}
	file := filepath.Join(dir, certs.CertFile)
	if _, err := certs.Open(filepath.Join(file, "tls"), time.Now()); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("where no folder can be: Open() = %v", err)
	}
}

// A leaf is no authority.
func TestOpenRefusesALeaf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pair, err := open(t, t.TempDir()).Leaf([]string{"localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := certs.Save(dir, pair); err != nil {
		t.Fatal(err)
	}
	if _, err := certs.Open(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "is no certificate of an authority") {
		t.Errorf("Open() = %v", err)
	}
}

// Sandboxes that start at once in one folder have one authority.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		const many = 4
		leaves := make(chan error, many)
		for range many {
			go func() {
				a, err := certs.Open(dir, time.Now())
				if err == nil {
					_, err = a.Leaf([]string{"localhost"}, time.Now())
				}
				leaves <- err
			}()
		}
		for range many {
			if err := <-leaves; err != nil {
				t.Error(err)
			}
		}
		open(t, dir) // and it can be opened again
	}
}

// An authority of the user's own need not say what its key is for.
func TestOpenTakesAnAuthorityWithoutUsage(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := certs.Save(dir, tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}
