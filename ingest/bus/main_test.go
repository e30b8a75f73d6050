package bus

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"afterrun/readiness"
)

// A publisher of objects that is closed before the client has started its watch of
// the connection leaves that goroutine waiting on no channel (nats.go 1.55,
// CleanupPublisher); nothing of ours can end it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// soon bounds everything a test waits for.
const soon = time.Minute

// patience returns a context that ends before the test would hang.
func patience(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	return ctx
}

// openIn opens an embedded bus on a folder; it is closed with the test at the
// latest.
func openIn(t testing.TB, dir string) *Bus { return openWith(t, Options{Dir: dir}) }

func openWith(t testing.TB, o Options) *Bus {
	t.Helper()
	b, err := Open(patience(t), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

func closeBus(t testing.TB, b *Bus) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// reopen closes a bus and opens another one on its folder.
func reopen(t testing.TB, b *Bus) *Bus {
	t.Helper()
	closeBus(t, b)
	return openWith(t, b.o)
}

const ann readiness.AthleteID = "ann"

var morning = time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC)

// digested sets the digest of an event.
func digested(e readiness.Event) readiness.Event {
	e.Digest = e.ContentDigest()
	return e
}

// runOf returns a run event of n samples.
func runOf(key, format string, n int) readiness.Event {
	r := &readiness.Run{
		Sport: "running", Format: format, Part: -1, Start: morning, First: morning,
		T: make([]float64, n), HR: make([]float64, n),
	}
	for i := range n {
		r.T[i], r.HR[i] = float64(i), 120+float64(i%40)
	}
	return digested(readiness.Event{Athlete: ann, Kind: readiness.KindRun, Key: key, Run: r})
}

// wellnessOf returns a device's resting heart rate of a day.
func wellnessOf(a readiness.AthleteID, d readiness.Date, bpm float64) readiness.Event {
	return digested(readiness.Event{
		Athlete: a, Kind: readiness.KindWellness, Key: "device-" + d.String(),
		Wellness: &readiness.Wellness{Date: d, Source: "device", Values: map[string]float64{"rhr_bpm": bpm}},
	})
}

func publish(t testing.TB, b *Bus, e readiness.Event) readiness.FileState {
	t.Helper()
	state, err := b.Publish(patience(t), e)
	if err != nil {
		t.Fatalf("publish %s %s: %v", e.Kind, e.Key, err)
	}
	return state
}

// allEvents returns everything stored about an athlete.
func allEvents(t testing.TB, b *Bus, a readiness.AthleteID) []readiness.Event {
	t.Helper()
	events, _, err := b.Events(patience(t), a, 0)
	if err != nil {
		t.Fatalf("events of %s: %v", a, err)
	}
	return events
}

// plant stores a message as any program may that is let in.
func plant(t testing.TB, b *Bus, subject string, h nats.Header, data []byte) {
	t.Helper()
	if _, err := b.js.PublishMsg(patience(t), &nats.Msg{Subject: subject, Header: h, Data: data}); err != nil {
		t.Fatalf("plant %s: %v", subject, err)
	}
}

// sameFloats compares bit by bit; every NaN is the same.
func sameFloats(a, b []float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d values became %d", len(a), len(b))
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) {
			return fmt.Errorf("value %d: %v became %v", i, a[i], b[i])
		}
	}
	return nil
}
