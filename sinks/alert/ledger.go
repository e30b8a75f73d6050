package alert

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// FileLedger keeps deliveries in a file, a line each. It is safe for use by
// several goroutines of one process.
type FileLedger struct {
	mu   sync.Mutex
	f    *os.File
	seen map[string]bool
}

// OpenLedger reads a ledger, creating it. A last line that a crash has torn is
// not a delivery.
func OpenLedger(path string) (*FileLedger, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("alert ledger: %w", err)
	}
	l := &FileLedger{f: f, seen: map[string]bool{}}
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return l, l.mend(line)
		}
		l.seen[line[:len(line)-1]] = true
	}
}

// mend ends a torn line, so that the next one begins its own.
func (l *FileLedger) mend(torn string) error {
	if torn == "" {
		return nil
	}
	if _, err := l.f.WriteString("\n"); err != nil {
		return errors.Join(fmt.Errorf("alert ledger: %w", err), l.f.Close())
	}
	return nil
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
	if _, err := l.f.WriteString(line + "\n"); err != nil {
		return fmt.Errorf("alert ledger: %w", err)
	}
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("alert ledger: %w", err)
	}
	l.seen[line] = true
	return nil
}

// Close closes the file.
func (l *FileLedger) Close() error { return l.f.Close() }
