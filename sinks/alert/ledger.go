package alert

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// FileLedger keeps deliveries in a file, a line each. It is safe for use by
// several goroutines of one process.
type FileLedger struct {
	mu   sync.Mutex
	f    *os.File
	end  int64 // of the last whole line
	seen map[string]bool
}

// OpenLedger reads a ledger, creating it. A last line that a crash has torn is
// not a delivery; the next one takes its place.
func OpenLedger(path string) (*FileLedger, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("alert ledger: %w", err)
	}
	l := &FileLedger{f: f, seen: map[string]bool{}}
	if err := l.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("alert ledger: %w", err), f.Close())
	}
	return l, nil
}

func (l *FileLedger) read() error {
	r := bufio.NewReader(l.f)
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		l.end += int64(len(line))
		l.seen[line[:len(line)-1]] = true
	}
}

func lineOf(channel, key string) string { return oneLine(channel) + "\t" + oneLine(key) }

// Delivered reports whether the channel has had the message.
func (l *FileLedger) Delivered(_ context.Context, channel, key string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[lineOf(channel, key)], nil
}

// SetDelivered remembers a delivery; it is on disk when it returns.
func (l *FileLedger) SetDelivered(_ context.Context, channel, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := lineOf(channel, key)
	if err := l.append(line + "\n"); err != nil {
		return fmt.Errorf("alert ledger: %w", err)
	}
	l.seen[line] = true
	return nil
}

// append writes after the last whole line, over whatever was torn there.
func (l *FileLedger) append(line string) error {
	if err := l.f.Truncate(l.end); err != nil {
		return err
	}
	if _, err := l.f.WriteAt([]byte(line), l.end); err != nil {
		return err
	}
	if err := l.f.Sync(); err != nil {
		return err
	}
	l.end += int64(len(line))
	return nil
}

// Close closes the file.
func (l *FileLedger) Close() error { return l.f.Close() }
