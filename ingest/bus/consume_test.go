package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"afterrun/readiness"
)

// log collects what handlers were given.
type log struct {
	mu    sync.Mutex
	lines []string
	grew  chan struct{}
}

func newLog() *log { return &log{grew: make(chan struct{}, 1000)} }

func (l *log) add(s ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, s...)
	l.grew <- struct{}{}
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// await returns when the log holds at least n lines.
func (l *log) await(t *testing.T, n int) []string {
	t.Helper()
	ctx := patience(t)
	for len(l.all()) < n {
		select {
		case <-l.grew:
		case <-ctx.Done():
			t.Fatalf("gave up with %q", l.all())
		}
	}
	return l.all()
}

// consume runs a consumer until the test or the returned function ends it.
func consume(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("consumer: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func day(d string, score float64) readiness.Result {
	date, err := readiness.ParseDate(d)
	if err != nil {
		panic(err) // a slip in the test
	}
	return readiness.Result{Athlete: ann, Kind: readiness.ResultDay, Key: d, At: date.Noon(), Day: &readiness.Day{Date: date, Row: readiness.Row{"readiness": readiness.Num(score)}}}
}

func commit(t *testing.T, b *Bus, revision uint64, results ...readiness.Result) uint64 {
	t.Helper()
	r, err := b.Commit(t.Context(), ann, revision, readiness.State{Complete: true}, results)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var days = []readiness.ResultKind{readiness.ResultDay}

func keys(results []readiness.Result) (out []string) {
	for _, r := range results {
		out = append(out, r.Key)
	}
	return out
}

func TestUnhandledResultsComeAgainAfterARestart(t *testing.T) {
	dir := t.TempDir()
	b := openIn(t, dir)
	commit(t, b, 0, day("2024-05-01", 70), day("2024-05-02", 71))
	seen := newLog()
	stop := consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(ctx context.Context, r []readiness.Result) error {
			seen.add("given")
			<-ctx.Done() // the process ends before anything is durable
			return ctx.Err()
		})
	})
	seen.await(t, 1)
	stop()
	b = reopen(t, b)
	b.backoff = func(uint64) time.Duration { return time.Millisecond }
	again := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
			again.add(keys(r)...)
			return nil
		})
	})
	if err := b.WaitIdle(patience(t), "sink"); err != nil { // sooner than the ack wait
		t.Fatal(err)
	}
	if got := again.all(); !slices.Equal(got, []string{"2024-05-01", "2024-05-02"}) {
		t.Errorf("after the restart: %q", got)
	}
}

// A process that is killed says nothing about what it was given.
func TestWhatAKilledProcessWasGivenComesAgainAtOnce(t *testing.T) {
	b := openIn(t, t.TempDir())
	commit(t, b, 0, day("2026-01-01", 1), day("2026-01-02", 2))
	c, err := b.consumer(t.Context(), b.names.readiness, "sink", []string{b.names.subject("series", ">")})
	if err != nil {
		t.Fatal(err)
	}
	outstanding := func() (given int, waiting uint64) {
		t.Helper()
		info, err := c.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info.NumAckPending, info.NumPending
	}
	batch, err := fetch(t.Context(), c, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := batch[0].DoubleAck(t.Context()); err != nil { // the other is still worked on
		t.Fatal(err)
	}
	if given, _ := outstanding(); given != 1 {
		t.Fatalf("%d outstanding, want 1", given)
	}
	b = reopen(t, b)
	if c, err = b.stream[b.names.readiness].Consumer(t.Context(), "sink"); err != nil {
		t.Fatal(err)
	}
	if given, waiting := outstanding(); given != 0 || waiting != 1 {
		t.Errorf("after the restart %d are outstanding and %d wait, want 0 and 1", given, waiting)
	}
}

func TestFailedResultsAreTriedAgainAndNothingIsLost(t *testing.T) {
	b := openIn(t, t.TempDir())
	b.backoff = func(uint64) time.Duration { return 5 * time.Millisecond }
	commit(t, b, 0, day("2024-05-01", 70), day("2024-05-02", 71))
	seen := newLog()
	failures := 3
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
			if failures > 0 {
				failures--
				return errors.New("InfluxDB is away")
			}
			seen.add(keys(r)...)
			return nil
		})
	})
	if err := b.WaitIdle(patience(t), "sink"); err != nil {
		t.Fatal(err)
	}
	got := seen.all()
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), []string{"2024-05-01", "2024-05-02"}) {
		t.Errorf("handled %q", got)
	}
}

func TestWhatNoRetryCuresIsBuriedAlone(t *testing.T) {
	b := openIn(t, t.TempDir())
	commit(t, b, 0, day("2024-05-01", 70), day("2024-05-02", 71), day("2024-05-03", 72))
	seen := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
			if slices.Contains(keys(r), "2024-05-02") {
				return fmt.Errorf("this day\r\nbreaks it: %w", readiness.ErrInvalid)
			}
			seen.add(keys(r)...)
			return nil
		})
	})
	if err := b.WaitIdle(patience(t), "sink"); err != nil {
		t.Fatal(err)
	}
	if got := seen.all(); !slices.Equal(got, []string{"2024-05-01", "2024-05-03"}) {
		t.Errorf("handled %q", got)
	}
	dead, err := b.Dead(t.Context())
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead letters %+v, %v", dead, err)
	}
	if want := (DeadLetter{"afterrun.v1.series.ann.day.2024-05-02", "this day  breaks it: invalid"}); dead[0] != want {
		t.Errorf("buried %+v", dead[0])
	}
}

// TestPartlyStoredBatchIsNotWrittenAgain: what is rejected is buried, each for its
// own reason.
func TestPartlyStoredBatchIsNotWrittenAgain(t *testing.T) {
	b := openIn(t, t.TempDir())
	commit(t, b, 0, day("2024-05-01", 70), day("2024-05-02", 71), day("2024-05-03", 72))
	seen := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
			seen.add(keys(r)...)
			rejected := map[int]error{}
			for i, key := range keys(r) {
				if key != "2024-05-01" {
					rejected[i] = errors.New("not this: " + key)
				}
			}
			if len(rejected) == 0 {
				return nil
			}
			return fmt.Errorf("sink: %w", &readiness.PartialError{Rejected: rejected})
		})
	})
	if err := b.WaitIdle(patience(t), "sink"); err != nil {
		t.Fatal(err)
	}
	got := seen.all()
	slices.Sort(got)
	dead, err := b.Dead(t.Context())
	if !slices.Equal(got, []string{"2024-05-01", "2024-05-02", "2024-05-03"}) || err != nil || len(dead) != 2 {
		t.Fatalf("handled %q, dead %+v, %v", got, dead, err)
	}
	for _, d := range dead {
		if key := d.Subject[len(d.Subject)-len("2024-05-02"):]; d.Reason != "not this: "+key {
			t.Errorf("%s buried because %q", d.Subject, d.Reason)
		}
	}
}

func TestSinkThatIsDownDelaysOnlyItself(t *testing.T) {
	b := openIn(t, t.TempDir())
	commit(t, b, 0, day("2024-05-01", 70))
	for _, sink := range []string{"down", "up"} {
		consume(t, func(ctx context.Context) error {
			return b.ConsumeResults(ctx, sink, days, func(context.Context, []readiness.Result) error {
				if sink == "down" {
					return errors.New("away")
				}
				return nil
			})
		})
	}
	if err := b.WaitIdle(patience(t), "up"); err != nil {
		t.Fatal(err)
	}
	info, err := b.Info(t.Context())
	if err != nil || info.Pending["down"] != 1 || info.Pending["up"] != 0 {
		t.Errorf("waiting: %v, %v", info.Pending, err)
	}
}

func TestRewoundConsumerReceivesEverythingAgain(t *testing.T) {
	b := openIn(t, t.TempDir())
	commit(t, b, 0, day("2024-05-01", 70), day("2024-05-02", 71))
	for range 2 {
		seen := newLog()
		stop := consume(t, func(ctx context.Context) error {
			return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
				seen.add(keys(r)...)
				return nil
			})
		})
		if got := seen.await(t, 2); !slices.Equal(got, []string{"2024-05-01", "2024-05-02"}) {
			t.Errorf("received %q", got)
		}
		if err := b.WaitIdle(patience(t), "sink"); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := b.Rewind(t.Context(), "sink"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Rewind(t.Context(), "unheard-of"); err != nil {
		t.Errorf("rewind what is not there: %v", err)
	}
}

// An operator deletes a consumer, or a server that lost its disk forgets it.
func TestAConsumerThatIsDeletedUnderWayIsMadeAgain(t *testing.T) {
	b := openIn(t, t.TempDir())
	seen := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "sink", days, func(_ context.Context, r []readiness.Result) error {
			seen.add(keys(r)...)
			return nil
		})
	})
	revision := commit(t, b, 0, day("2024-05-01", 70))
	seen.await(t, 1)
	if err := b.Rewind(t.Context(), "sink"); err != nil {
		t.Fatal(err)
	}
	commit(t, b, revision, day("2024-05-02", 71))
	if got := seen.await(t, 3); !slices.Equal(got, []string{"2024-05-01", "2024-05-01", "2024-05-02"}) {
		t.Errorf("received %q", got)
	}
}

func TestWorkersShareOneDurable(t *testing.T) {
	b := openIn(t, t.TempDir())
	seen := newLog()
	for range 3 {
		consume(t, func(ctx context.Context) error {
			return b.ConsumeEvents(ctx, "readiness", func(_ context.Context, who []readiness.AthleteID) error {
				for _, a := range who {
					seen.add(string(a))
				}
				return nil
			})
		})
	}
	for i := range 20 {
		publish(t, b, wellnessOf(readiness.AthleteID(fmt.Sprintf("a%02d", i)), readiness.DateOf(morning), 50))
	}
	got := seen.await(t, 20)
	slices.Sort(got)
	if len(slices.Compact(got)) != 20 {
		t.Errorf("athletes %q", got)
	}
}

// The server tells a consumer of a new message a moment after it has told the
// publisher: who waits must not take that moment for the end.
func TestIdleMeansThatNothingIsOnItsWay(t *testing.T) {
	b := openWith(t, Options{Dir: t.TempDir()})
	var mu sync.Mutex
	handled := 0
	consume(t, func(ctx context.Context) error {
		return b.ConsumeFiles(ctx, "files", func(_ context.Context, files []readiness.File) error {
			mu.Lock()
			defer mu.Unlock()
			handled += len(files)
			return nil
		})
	})
	for i := range 500 {
		if err := b.PutFile(patience(t), readiness.File{Athlete: ann, Path: fmt.Sprint(i), State: readiness.FileIgnored}); err != nil {
			t.Fatal(err)
		}
		if err := b.WaitIdle(patience(t), "files"); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		n := handled
		mu.Unlock()
		if n < i+1 {
			t.Fatalf("idle with %d of %d files handled", n, i+1)
		}
	}
}
