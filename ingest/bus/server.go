package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// maxPayload is what the embedded server takes in one message, bytes: a day at
// 1 Hz needs less than a tenth.
const maxPayload = 8 << 20

// embedded is a NATS server of our own, without any open port.
type embedded struct {
	server *server.Server
	lock   *folderLock
}

// startEmbedded locks the folder, then starts the server on it.
func startEmbedded(ctx context.Context, o Options) (*embedded, error) {
	if o.Dir == "" {
		return nil, errors.New("start nats: neither a folder nor an address is given")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("start nats: %w", err)
	}
	lock, err := lockFolder(o.lockFile(), o.Now())
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(serverOptions(o))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start nats: %w", err), lock.release())
	}
	s.SetLoggerV2(serverLog{o.Log}, false, false, false)
	e := &embedded{s, lock}
	return e, e.start(ctx)
}

func (o Options) lockFile() string {
	if o.LockFile != "" {
		return o.LockFile
	}
	return filepath.Clean(o.Dir) + ".lock"
}

func serverOptions(o Options) *server.Options {
	return &server.Options{
		ServerName: o.Prefix, DontListen: true, NoSigs: true, MaxPayload: maxPayload,
		JetStream: true, StoreDir: o.Dir, SyncAlways: true, JetStreamMaxStore: o.MaxStore, DisableJetStreamBanner: true,
	}
}

// readyWait is how long a server may take to become ready once its streams are
// recovered.
const readyWait = 30 * time.Second

// start does not wait for a slow recovery when ctx ends: the server is then
// stopped and the folder unlocked in the background.
func (e *embedded) start(ctx context.Context) error {
	ready := make(chan bool, 1)
	go func() {
		e.server.Start()
		ready <- e.server.ReadyForConnections(readyWait)
	}()
	select {
	case ok := <-ready:
		if ok {
			return nil
		}
		return errors.Join(fmt.Errorf("start nats: not ready after %s", readyWait), e.stop())
	case <-ctx.Done():
		go func() {
			<-ready
			_ = e.stop() // nobody is left to tell
		}()
		return fmt.Errorf("start nats: %w", context.Cause(ctx))
	}
}

func (e *embedded) stop() error {
	e.server.Shutdown()
	e.server.WaitForShutdown()
	return e.lock.release()
}

// connectEmbedded connects without a socket.
func connectEmbedded(e *embedded, o Options) (*nats.Conn, error) {
	return nats.Connect("", append(commonOptions(o), nats.InProcessServer(e.server))...)
}

// serverLog writes the server's log to ours. What the server calls a notice is
// a detail to us.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Warnf(f string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Errorf(f string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Fatalf(f string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}
