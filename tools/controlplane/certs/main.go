// Command certs issues the X.509 certificates of one local cluster. It reads a request as JSON from standard
// input and writes NAME.crt and NAME.key, readable by the owner alone, into the request's folder.
//
// An authority that the folder already holds is kept, so that what it signed before stays valid; a
// certificate is issued anew every time.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

type request struct {
	Dir          string        `json:"dir"`
	Authorities  []string      `json:"authorities"`
	Certificates []certificate `json:"certificates"`
}

type certificate struct {
	Name          string   `json:"name"`
	Authority     string   `json:"authority"`
	CommonName    string   `json:"commonName"`
	Organizations []string `json:"organizations"`
	// Hosts are the DNS names and IP addresses of a server certificate; without any it is a client's alone.
	Hosts []string `json:"hosts"`
	// Hours is the time for which the certificate is valid.
	Hours int `json:"hours"`
}

const authorityYears = 10

// allowedSkew is how far a reader's clock may be behind ours.
const allowedSkew = 5 * time.Minute

type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "certs:", err)
		os.Exit(1)
	}
}

func run() error {
	var req request
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&req); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if err := os.MkdirAll(req.Dir, 0o700); err != nil {
		return err
	}
	authorities := map[string]pair{}
	for _, name := range req.Authorities {
		authority, err := loadOrCreateAuthority(req.Dir, name)
		if err != nil {
			return fmt.Errorf("authority %s: %w", name, err)
		}
		authorities[name] = authority
	}
	for _, c := range req.Certificates {
		authority, ok := authorities[c.Authority]
		if !ok {
			return fmt.Errorf("certificate %s: the request names no authority %s", c.Name, c.Authority)
		}
		if err := issue(req.Dir, c, authority); err != nil {
			return fmt.Errorf("certificate %s: %w", c.Name, err)
		}
	}
	return nil
}

func loadOrCreateAuthority(dir, name string) (pair, error) {
	loaded, err := load(dir, name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return loaded, err
	}
	template, err := newTemplate(name, nil, authorityYears*365*24*time.Hour)
	if err != nil {
		return pair{}, err
	}
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	if err := sign(dir, name, template, key, pair{template, key}); err != nil {
		return pair{}, err
	}
	return load(dir, name)
}

func issue(dir string, c certificate, authority pair) error {
	template, err := newTemplate(c.CommonName, c.Organizations, time.Duration(c.Hours)*time.Hour)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(c.Hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, host := range c.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return sign(dir, c.Name, template, key, authority)
}

func newTemplate(commonName string, organizations []string, validity time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: commonName, Organization: organizations},
		NotBefore:             now.Add(-allowedSkew),
		NotAfter:              now.Add(validity),
		BasicConstraintsValid: true,
	}, nil
}

func sign(dir, name string, template *x509.Certificate, key *ecdsa.PrivateKey, parent pair) error {
	der, err := x509.CreateCertificate(rand.Reader, template, parent.certificate, &key.PublicKey, parent.key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, name+".key"), "PRIVATE KEY", keyDER); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", der)
}

// writePEM replaces the file at once: a server that reloads it never sees half of it.
func writePEM(path, kind string, der []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

func load(dir, name string) (pair, error) {
	der, err := readPEM(filepath.Join(dir, name+".crt"))
	if err != nil {
		return pair{}, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return pair{}, err
	}
	keyDER, err := readPEM(filepath.Join(dir, name+".key"))
	if err != nil {
		return pair{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(keyDER)
	if err != nil {
		return pair{}, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return pair{}, fmt.Errorf("%s.key is no ECDSA key", name)
	}
	return pair{parsed, ec}, nil
}

func readPEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM", path)
	}
	return block.Bytes, nil
}
