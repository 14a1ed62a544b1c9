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
// if need be; who comes at the same time gets the same one. The error names the file
// that is wrong: it cannot be read or written, certificate and key do not belong
// together, the certificate is over or is of no authority.
func Open(dir string, now time.Time) (*Authority, error) {
	certFile, keyFile := filepath.Join(dir, CertFile), filepath.Join(dir, KeyFile)
	if !exists(certFile) && !exists(keyFile) {
		if err := create(dir, now); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make a certificate authority: %w", err)
		}
	}
	if exists(keyFile) {
		await(certFile) // another may be making it, and the certificate comes last
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read %s and %s: %w", certFile, keyFile, err)
	}
	usage := pair.Leaf.KeyUsage // 0 is without restriction
	switch {
	case !pair.Leaf.IsCA || usage != 0 && usage&x509.KeyUsageCertSign == 0:
		return nil, fmt.Errorf("%s is no certificate of an authority", certFile)
	case now.After(pair.Leaf.NotAfter):
		return nil, fmt.Errorf("%s was over on %s; remove it and %s to get another", certFile, pair.Leaf.NotAfter.Format(time.DateOnly), keyFile)
	}
	return &Authority{pair}, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// await waits for a file, for a second.
func await(file string) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for range 100 {
		if exists(file) {
			return
		}
		<-again.C
	}
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

// Save writes a certificate and its key as the files of an authority. The key is the
// lock: who finds one there gets fs.ErrExist. The certificate comes last, in one step.
func Save(dir string, pair tls.Certificate) error {
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	key, err := os.OpenFile(filepath.Join(dir, KeyFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	cert, err := os.CreateTemp(dir, CertFile+".*")
	if err != nil {
		return errors.Join(err, key.Close(), os.Remove(key.Name()))
	}
	err = errors.Join(
		pem.Encode(key, &pem.Block{Type: "PRIVATE KEY", Bytes: private}), key.Close(),
		pem.Encode(cert, &pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), cert.Chmod(0o644), cert.Close(),
	)
	if err == nil {
		err = os.Rename(cert.Name(), filepath.Join(dir, CertFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(cert.Name()), os.Remove(key.Name()))
	}
	return nil
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
