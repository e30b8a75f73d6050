package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrFull is returned while the storage or its quota is used up. It passes when
// there is room again.
var ErrFull = errors.New("no room left to store messages")

// Options say where NATS is. The zero value of every field but Dir is usable.
type Options struct {
	// Embedded, when URL is "".
	Dir      string // folder of the embedded server's files; created
	LockFile string // held while the server runs; "" = Dir + ".lock"
	MaxStore int64  // bytes the embedded server may use; 0 = three quarters of the free disk

	// External.
	URL       string // nats://host:4222, comma-separated for several servers
	CAFile    string // PEM; "" = the system's authorities
	CertFile  string // PEM, the client's; with KeyFile
	KeyFile   string
	CredsFile string // decentralised authentication
	NKeyFile  string // seed
	User      string
	Password  string
	Token     string
	Replicas  int // copies of the streams; 0 = 3 in a cluster that has them, else 1

	Prefix string // first token of every subject, [a-z0-9_-]{1,24}; "" = "afterrun"
	Log    *slog.Logger
	Now    func() time.Time
}

// Bus is a connection to NATS with Afterrun's streams. Its methods may be
// called from several goroutines.
type Bus struct {
	o      Options
	names  names
	codec  *codec
	server *embedded // nil when external
	nc     *nats.Conn
	js     jetstream.JetStream
	stream map[string]jetstream.Stream // by name, filled by Open
	closed chan struct{}               // closed when nc is

	backoff func(deliveries uint64) time.Duration

	stop      context.CancelFunc // ends every consumer
	stopped   context.Context
	consumers sync.WaitGroup
	closing   sync.Once
	closeErr  error
}

var prefixSlug = regexp.MustCompile(`^[a-z0-9_-]{1,24}$`)

// withDefaults fills in what is left out.
func (o Options) withDefaults() (Options, error) {
	if o.Prefix == "" {
		o.Prefix = "afterrun"
	}
	if !prefixSlug.MatchString(o.Prefix) {
		return o, fmt.Errorf("nats prefix %q: want 1-24 of a-z 0-9 _ -", o.Prefix)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// Open starts the embedded NATS, or connects to the external one, and creates or
// verifies the streams. A folder that another process uses gives a
// [LockedError]. Opening ends early with ctx; closing the bus does not depend
// on it.
func Open(ctx context.Context, o Options) (*Bus, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	b := &Bus{o: o, names: newNames(o.Prefix), codec: c, stream: map[string]jetstream.Stream{}, closed: make(chan struct{}), backoff: backoff}
	b.stopped, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := b.connect(ctx); err != nil {
		return nil, err
	}
	if err := b.awaitJetStream(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := b.ensureStreams(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	for _, name := range []string{b.names.events, b.names.readiness} {
		if b.stream[name], err = b.js.Stream(ctx, name); err != nil {
			return nil, errors.Join(fmt.Errorf("stream %s: %w", name, err), b.Close())
		}
	}
	if !b.External() {
		if err := b.reclaim(ctx); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

func (b *Bus) connect(ctx context.Context) (err error) {
	if b.o.URL == "" {
		if b.server, err = startEmbedded(ctx, b.o); err != nil {
			return err
		}
		b.nc, err = connectEmbedded(b.server, b.o)
	} else {
		b.nc, err = connectExternal(ctx, b.o)
	}
	if err == nil {
		b.nc.SetClosedHandler(func(*nats.Conn) { close(b.closed) })
		b.js, err = jetstream.New(b.nc, jetstream.WithDefaultTimeout(b.o.answerWait()))
	}
	if err != nil && b.server != nil {
		err = errors.Join(err, b.server.stop())
	}
	return err
}

// answerWait is how long JetStream may take to answer. In our own process only a
// slow disk keeps it waiting: a card that syncs every message needs many seconds
// for a batch of results, and asking again would not make it faster. From a
// cluster no answer means that a server was lost.
func (o Options) answerWait() time.Duration {
	if o.URL == "" {
		return time.Minute
	}
	return 5 * time.Second
}

// How long a cluster may take to elect the leader that answers, and how long one
// question may go unanswered meanwhile.
const (
	electionWait = 30 * time.Second
	electionAsk  = 2 * time.Second
)

// awaitJetStream returns when JetStream answers: a cluster that has just started
// does not until it has elected a leader.
func (b *Bus) awaitJetStream(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, electionWait)
	defer cancel()
	for {
		ask, done := context.WithTimeout(ctx, electionAsk)
		_, err := b.js.AccountInfo(ask)
		done()
		if err == nil || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) {
			return err
		}
		b.o.Log.InfoContext(ctx, "nats: waiting for JetStream", slog.Any("err", err))
		select {
		case <-ctx.Done():
			return fmt.Errorf("JetStream does not answer: %w", err)
		case <-time.After(electionAsk / 4):
		}
	}
}

// drainWait bounds the flush of what is still to be sent when closing.
const drainWait = 10 * time.Second

// Close ends all consumers, waits until their handlers have returned, sends
// what is to be sent and stops the embedded server. Only the first call does
// anything; every call returns its result.
func (b *Bus) Close() error {
	b.closing.Do(func() {
		b.stop()
		b.consumers.Wait()
		b.closeErr = b.disconnect()
		if b.server != nil {
			b.closeErr = errors.Join(b.closeErr, b.server.stop())
		}
		b.codec.unpack.Close()
	})
	return b.closeErr
}

func (b *Bus) disconnect() error {
	if err := b.nc.Drain(); err != nil {
		b.nc.Close()
		if errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrConnectionClosed) {
			return nil // there is nobody to flush to
		}
		return fmt.Errorf("close nats: %w", err)
	}
	select {
	case <-b.closed:
	case <-time.After(drainWait):
		b.nc.Close()
	}
	return nil
}

func commonOptions(o Options) []nats.Option {
	return []nats.Option{
		nats.Name("afterrun"), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1), nats.DrainTimeout(drainWait),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Log.Warn("nats: disconnected", slog.Any("err", err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			o.Log.Info("nats: connected again", slog.String("server", nc.ConnectedUrlRedacted()))
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			o.Log.Warn("nats: asynchronous error", slog.Any("err", err))
		}),
	}
}

// connectExternal tries every server of the URL once.
func connectExternal(ctx context.Context, o Options) (*nats.Conn, error) {
	opts, err := externalOptions(o)
	if err != nil {
		return nil, err
	}
	type result struct {
		nc  *nats.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		nc, err := nats.Connect(o.URL, opts...)
		done <- result{nc, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, fmt.Errorf("connect to nats at %s: %w", o.servers(), r.err)
		}
		return r.nc, nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.nc != nil {
				r.nc.Close()
			}
		}()
		return nil, fmt.Errorf("connect to nats at %s: %w", o.servers(), context.Cause(ctx))
	}
}

// servers names the servers of the URL without the logins in it.
func (o Options) servers() string {
	var hosts []string
	for server := range strings.SplitSeq(o.URL, ",") {
		server = strings.TrimSuffix(strings.TrimSpace(server), "/")
		hosts = append(hosts, server[strings.LastIndexAny(server, "/@")+1:])
	}
	return strings.Join(hosts, ", ")
}

func externalOptions(o Options) ([]nats.Option, error) {
	opts := append(commonOptions(o), nats.Timeout(5*time.Second))
	if o.CAFile != "" {
		opts = append(opts, nats.RootCAs(o.CAFile))
	}
	if o.CertFile != "" || o.KeyFile != "" {
		opts = append(opts, nats.ClientCert(o.CertFile, o.KeyFile))
	}
	if o.CredsFile != "" {
		opts = append(opts, nats.UserCredentials(o.CredsFile))
	}
	if o.User != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Password))
	}
	if o.Token != "" {
		opts = append(opts, nats.Token(o.Token))
	}
	if o.NKeyFile != "" {
		key, err := nats.NkeyOptionFromSeed(o.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("nkey file %s: %w", o.NKeyFile, err)
		}
		opts = append(opts, key)
	}
	return opts, nil
}
