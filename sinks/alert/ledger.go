package alert

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// Delivery is a line of the ledger: what became of a message in a channel.
type Delivery struct {
	At      time.Time `json:"at"` // zero in ledgers of the first version
	Channel string    `json:"channel"`
	Key     string    `json:"key"` // athlete|rule|episode|step
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
}

// Of reports whether the delivery went through the configured channel of the
// name; one of e-mail stands in the ledger once for each address.
func (d Delivery) Of(channel string) bool {
	name, _, _ := strings.Cut(d.Channel, " ")
	return name == channel
}

// Troubles reports whether the message did not get through and is still worth
// sending.
func (d Delivery) Troubles(now time.Time) bool {
	return (d.Outcome == Failed || d.Outcome == Refused) && now.Sub(d.At) <= freshFor
}

// Outcome is how a delivery ended.
type Outcome string

// The outcomes.
const (
	Sent    Outcome = "sent"
	Refused Outcome = "refused" // for good, by the receiver
	Failed  Outcome = "failed"  // tried again while it is fresh; the one outcome that is not the last
	// Overtaken was not sent: the athlete has been told that the episode is over.
	Overtaken Outcome = "overtaken"
)

// FileLedger keeps deliveries in a file, a line each. It is safe for use by
// several goroutines of one process.
type FileLedger struct {
	mu   sync.Mutex
	f    *os.File
	end  int64               // of the last whole line
	last map[string]Delivery // by channel and key
	log  []Delivery
}

// OpenLedger reads a ledger, creating it. A last line that a crash has torn is
// not a delivery; the next one takes its place.
func OpenLedger(path string) (*FileLedger, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("alert ledger: %w", err)
	}
	l := &FileLedger{f: f, last: map[string]Delivery{}}
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
		l.note(parseLine(line[:len(line)-1]))
	}
}

// note remembers a delivery in memory.
func (l *FileLedger) note(d Delivery) {
	l.last[id(d.Channel, d.Key)] = d
	l.log = append(l.log, d)
}

func id(channel, key string) string { return oneLine(channel) + "\t" + oneLine(key) }

// line and parseLine write a delivery with tabs between its parts.
func (d Delivery) line() string {
	reason := ""
	if d.Reason != "" {
		reason = "\t" + oneLine(d.Reason)
	}
	return id(d.Channel, d.Key) + "\t" + d.At.UTC().Format(time.RFC3339) + "\t" + string(d.Outcome) + reason + "\n"
}

func parseLine(line string) Delivery {
	parts := append(strings.Split(line, "\t"), "", "", "", "")
	at, _ := time.Parse(time.RFC3339, parts[2]) // the first version had no time
	return Delivery{At: at, Channel: parts[0], Key: parts[1], Outcome: cmp.Or(Outcome(parts[3]), Sent), Reason: parts[4]}
}

// Delivered reports whether the channel is done with the message.
func (l *FileLedger) Delivered(_ context.Context, channel, key string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, ok := l.last[id(channel, key)]
	return ok && d.Outcome != Failed, nil
}

// Record remembers a delivery; it is on disk when it returns. A message that
// fails for the same reason as before gets no second line.
func (l *FileLedger) Record(_ context.Context, d Delivery) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last[id(d.Channel, d.Key)]
	if d.Outcome == Failed && last.Outcome == Failed && last.Reason == oneLine(d.Reason) {
		return nil
	}
	if err := l.append(d.line()); err != nil {
		return fmt.Errorf("alert ledger: %w", err)
	}
	l.note(d)
	return nil
}

// ReadLedger returns the deliveries of a ledger, oldest first, also while a
// program writes it. One that does not exist is empty.
func ReadLedger(path string) ([]Delivery, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("alert ledger: %w", err)
	}
	l := &FileLedger{f: f, last: map[string]Delivery{}}
	if err := errors.Join(l.read(), f.Close()); err != nil {
		return nil, fmt.Errorf("alert ledger: %w", err)
	}
	return l.log, nil
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
