package session

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
)

// Security are the settings of --security. Certificates and keys are PEM, given as text or as the path of a file.
type Security struct {
	Protocol    string
	Mechanism   string
	Username    string
	Password    string
	CA          string
	Certificate string
	Key         string
	Token       string
}

// Encrypted tells whether connections are to use TLS.
func (security Security) Encrypted() bool { return strings.HasSuffix(security.Protocol, "SSL") }

// Authenticated tells whether connections are to use SASL.
func (security Security) Authenticated() bool { return strings.HasPrefix(security.Protocol, "SASL_") }

// TLS is what encrypted connections need.
func (security Security) TLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if security.CA != "" {
		authorities, err := pem(security.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, Invalid("no certificate in " + security.CA)
		}
	}
	if security.Certificate == "" {
		return config, nil
	}
	certificate, err := pem(security.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := pem(security.Key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	config.Certificates = []tls.Certificate{pair}
	return config, err
}

func pem(content string) ([]byte, error) {
	if strings.HasPrefix(content, "-----BEGIN") {
		return []byte(content), nil
	}
	return os.ReadFile(content)
}
