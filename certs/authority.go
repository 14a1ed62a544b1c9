// Package certs is the sandbox's own certificate authority: made once in a folder,
// trusted by the programs that shall reach the sandbox under the API's names, and
// used for nothing else.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of an authority in its folder.
const (
	CertFile = "ca.pem"
	KeyFile  = "ca-key.pem" // readable by its owner alone
)

// How long certificates hold. Clients refuse leaves of more than 398 days; a leaf
// is made anew at every start.
const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	leafLifetime      = 90 * 24 * time.Hour
	backdated         = time.Hour // for clocks that are behind
)

// Authority signs certificates. Make one with Open.
type Authority struct{ pair tls.Certificate }

// Open returns the authority of a folder. A folder without one gets one, and is made
// if need be. The error names the file that is wrong: it cannot be read or written,
// certificate and key do not belong together, the certificate is over or is of no
// authority.
func Open(dir string, now time.Time) (*Authority, error) {
	certFile, keyFile := filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile)
	_, certErr := os.Stat(certFile)
	_, keyErr := os.Stat(keyFile)
	if errors.Is(certErr, fs.ErrNotExist) && errors.Is(keyErr, fs.ErrNotExist) {
		if err := create(dir, now); err != nil {
			return nil, fmt.Errorf("make a certificate authority: %w", err)
		}
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read %s and %s: %w", certFile, keyFile, err)
	}
	switch {
	case !pair.Leaf.IsCA || pair.Leaf.KeyUsage&x509.KeyUsageCertSign == 0:
		return nil, fmt.Errorf("%s is no certificate of an authority", certFile)
	case now.After(pair.Leaf.NotAfter):
		return nil, fmt.Errorf("%s was over on %s; remove it and %s to get another", certFile, pair.Leaf.NotAfter.Format(time.DateOnly), keyFile)
	}
	return &Authority{pair}, nil
}

// create makes an authority in a folder.
func create(dir string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "knot-sandbox local authority"},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(authorityLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	return Save(dir, tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key})
}

// Save writes a certificate and its key as the files of an authority. The
// certificate comes last: where it is, the key is, too.
func Save(dir string, pair tls.Certificate) error {
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, KeyFile), "PRIVATE KEY", private, 0o600); err != nil {
		return err
	}
	return write(filepath.Join(dir, CertFile), "CERTIFICATE", pair.Certificate[0], 0o644)
}

// write writes a PEM file in one step, readable as mode says from the first byte on.
func write(path, kind string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // of mode 0600
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: content})
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Leaf returns a new certificate for names, which are host names or IP addresses.
func (a *Authority) Leaf(names []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "knot-sandbox"},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(leafLifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, a.pair.Leaf, key.Public(), a.pair.PrivateKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{cert, a.pair.Certificate[0]}, PrivateKey: key}, nil
}
