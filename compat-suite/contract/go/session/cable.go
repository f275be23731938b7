package session

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
)

// Cable makes a client's connections, and can be cut: the way to abandon a group without leaving it.
type Cable struct {
	Encryption *tls.Config // nil for plain connections

	lock  sync.Mutex
	conns map[net.Conn]struct{}
	isCut bool
}

// Dial connects.
func (cable *Cable) Dial(network, address string) (net.Conn, error) {
	return cable.DialContext(context.Background(), network, address)
}

// DialContext connects, unless the cable has been cut.
func (cable *Cable) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if cable.Encryption != nil {
		if conn, err = cable.encrypted(ctx, conn, address); err != nil {
			return nil, err
		}
	}
	cable.lock.Lock()
	defer cable.lock.Unlock()
	if cable.isCut {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	if cable.conns == nil {
		cable.conns = map[net.Conn]struct{}{}
	}
	cable.conns[conn] = struct{}{}
	return conn, nil
}

func (cable *Cable) encrypted(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	config := cable.Encryption.Clone()
	if host, _, err := net.SplitHostPort(address); err == nil && config.ServerName == "" {
		config.ServerName = host
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// Cut closes all connections and allows no new ones.
func (cable *Cable) Cut() {
	cable.lock.Lock()
	defer cable.lock.Unlock()
	cable.isCut = true
	for conn := range cable.conns {
		_ = conn.Close()
	}
}
