package bus

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"afterrun/readiness"
)

// startExternal starts a NATS server of its own with JetStream on a free port
// of this machine.
func startExternal(t testing.TB, change func(*server.Options)) *server.Server {
	t.Helper()
	s := newExternal(t, change)
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the external server does not become ready")
	}
	return s
}

// newExternal does not wait until the server is ready.
func newExternal(t testing.TB, change func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir()}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// authority signs certificates for this machine.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = a.issue(t, "ca", a.cert, nil)
	return a
}

// issue writes NAME.pem and NAME.key, signed by the authority, or by itself.
func (a *authority) issue(t *testing.T, name string, c *x509.Certificate, signer *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".pem", "CERTIFICATE", der)
	a.write(t, name+".key", "EC PRIVATE KEY", secret)
	return key
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) issueLeaf(t *testing.T, name string) {
	a.issue(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.key)
}

func TestExternalByTLSWithAClientCertificate(t *testing.T) {
	a := newAuthority(t)
	a.issueLeaf(t, "server")
	a.issueLeaf(t, "client")
	s := startExternal(t, func(o *server.Options) {
		c, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: a.file("server.pem"), KeyFile: a.file("server.key"), CaFile: a.file("ca.pem"), Verify: true})
		if err != nil {
			t.Fatal(err)
		}
		o.TLSConfig, o.TLSTimeout = c, 5
	})
	with := Options{URL: s.ClientURL(), CAFile: a.file("ca.pem"), CertFile: a.file("client.pem"), KeyFile: a.file("client.key")}
	b := openWith(t, with)
	if got := publish(t, b, wellnessOf(ann, readiness.DateOf(morning), 50)); got != readiness.FilePublished {
		t.Errorf("published: %s", got)
	}
	with.CertFile, with.KeyFile = "", ""
	if _, err := Open(patience(t), with); err == nil {
		t.Error("let in without a client certificate")
	}
	with.CAFile = ""
	if _, err := Open(patience(t), with); err == nil {
		t.Error("a server of an unknown authority was believed")
	}
}

func TestExternalByUserTokenAndNKey(t *testing.T) {
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	seedFile := filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(seedFile, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*server.Options)
		with   Options
	}{
		"user":  {func(o *server.Options) { o.Username, o.Password = "afterrun", "geheim" }, Options{User: "afterrun", Password: "geheim"}},
		"token": {func(o *server.Options) { o.Authorization = "geheim" }, Options{Token: "geheim"}},
		"nkey":  {func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: public}} }, Options{NKeyFile: seedFile}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startExternal(t, c.change)
			c.with.URL = s.ClientURL()
			openWith(t, c.with)
			_, err := Open(patience(t), Options{URL: s.ClientURL(), User: "afterrun", Password: "wrong", Token: "wrong"})
			if err == nil || strings.Contains(err.Error(), "wrong") {
				t.Errorf("with a wrong secret: %v", err)
			}
		})
	}
}

func TestAServerThatIsAwayIsNamedWithoutTheLogin(t *testing.T) {
	for url, want := range map[string]string{
		"nats://127.0.0.1:1":                               "nats at 127.0.0.1:1: ",
		"nats://ann:geheim@127.0.0.1:1/":                   "nats at 127.0.0.1:1: ",
		"nats://ann:geheim@127.0.0.1:1,nats://127.0.0.1:2": "nats at 127.0.0.1:1, 127.0.0.1:2: ",
	} {
		_, err := Open(patience(t), Options{URL: url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// told takes in the lines of a log that are about consumers.
type told struct{ *log }

func (w told) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "consumer is tried again") {
		w.add(string(line))
	}
	return len(line), nil
}

// An outage of days is a line of the log, not one a second.
func TestAnOutageIsToldOnce(t *testing.T) {
	s := startExternal(t, nil)
	lines := told{newLog()}
	b := openWith(t, Options{URL: s.ClientURL(), Log: slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	publish(t, b, wellnessOf(ann, readiness.DateOf(morning), 50))
	seen := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, "work", func(context.Context, []readiness.AthleteID) error { seen.add("given"); return nil })
	})
	seen.await(t, 1)
	s.Shutdown()
	s.WaitForShutdown()
	lines.await(t, 5)
	faults, warnings := map[string]bool{}, 0
	for _, line := range lines.all() {
		_, fault, _ := strings.Cut(line, " err=")
		faults[fault] = true
		if strings.Contains(line, "level=WARN") {
			warnings++
		}
	}
	if warnings == 0 || warnings > len(faults) {
		t.Errorf("%d warnings of %d faults: %q", warnings, len(faults), lines.all())
	}
}

// startCluster starts three servers that replicate.
func startCluster(t *testing.T) []*server.Server {
	t.Helper()
	ports := freePorts(t, 3)
	var routes []*url.URL
	for _, p := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	var all []*server.Server
	for i, p := range ports {
		all = append(all, newExternal(t, func(o *server.Options) {
			o.ServerName = fmt.Sprintf("n%d", i)
			o.Cluster = server.ClusterOpts{Name: "club", Host: "127.0.0.1", Port: p}
			o.Routes = routes
		}))
	}
	for _, s := range all {
		if !s.ReadyForConnections(30 * time.Second) {
			t.Fatal("the cluster does not become ready")
		}
	}
	return all
}

// freePorts finds ports that nobody uses now.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // held until all are found
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func TestClusterKeepsThreeCopiesAndOutlivesOneServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	servers := startCluster(t)
	var urls []string
	for _, s := range servers {
		urls = append(urls, s.ClientURL())
	}
	b, err := Open(ctx, Options{URL: strings.Join(urls, ",")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	for _, name := range []string{b.names.events, b.names.readiness} {
		info, err := b.stream[name].Info(ctx)
		if err != nil || info.Config.Replicas != 3 {
			t.Fatalf("%s has %d copies, %v", name, info.Config.Replicas, err)
		}
	}
	publish(t, b, wellnessOf(ann, readiness.DateOf(morning), 50))
	servers[0].Shutdown()
	servers[0].WaitForShutdown()
	eventually(ctx, t, func(ctx context.Context) error {
		_, err := b.Publish(ctx, wellnessOf(ann, readiness.DateOf(morning)+1, 51))
		return err
	})
	eventually(ctx, t, func(ctx context.Context) error {
		events, _, err := b.Events(ctx, ann, 0)
		if err == nil && len(events) != 2 {
			err = fmt.Errorf("%d events", len(events))
		}
		return err
	})
}

// eventually repeats what may fail for a while, and may go unanswered.
func eventually(ctx context.Context, t *testing.T, what func(context.Context) error) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		attempt, done := context.WithTimeout(ctx, 3*time.Second)
		err := what(attempt)
		done()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("gave up: %v", err)
		case <-tick.C:
		}
	}
}
