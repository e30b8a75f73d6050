package bus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"afterrun/readiness"
)

// chunk bounds how much of a stream one read takes in.
const chunk = 256

// each calls fn for the messages on the subjects after a sequence, in order,
// until none is left, or limit of them were read (0 = no limit). A message that
// is replaced meanwhile comes again as the new one, so every subject comes at
// least once.
func (b *Bus) each(ctx context.Context, stream string, after uint64, limit int, subjects []string, fn func(jetstream.Msg) error) error {
	s := b.stream[stream]
	if limit == 0 {
		limit = math.MaxInt
	}
	for limit > 0 {
		last, n, err := pass(ctx, s, after, limit, subjects, fn)
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		after, limit = max(after, last), limit-n
		if more, err := anyAfter(ctx, s, after, subjects); err != nil || !more {
			return err
		}
	}
	return nil
}

// anyAfter asks the stream itself: a consumer's count of what is pending is a
// little off while messages are replaced.
func anyAfter(ctx context.Context, s jetstream.Stream, after uint64, subjects []string) (bool, error) {
	for _, subject := range subjects {
		_, err := s.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
		switch {
		case err == nil:
			return true, nil
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return false, fmt.Errorf("look for more: %w", err)
		}
	}
	return false, nil
}

// pass calls fn for the messages after a sequence until the server says that none
// is pending; it returns the last one's sequence and their number.
func pass(ctx context.Context, s jetstream.Stream, after uint64, limit int, subjects []string, fn func(jetstream.Msg) error) (last uint64, n int, err error) {
	c, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubjects: subjects, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = s.DeleteConsumer(context.WithoutCancel(ctx), c.CachedInfo().Name) }() // it would vanish by itself
	for left := c.CachedInfo().NumPending; left > 0 && n < limit; {
		batch, err := fetch(ctx, c, min(limit-n, chunk))
		if err != nil {
			return last, n, err
		}
		for _, m := range batch {
			if err := fn(m); err != nil {
				return last, n, err
			}
		}
		n += len(batch)
		if last, left, err = position(ctx, c, batch, last); err != nil {
			return last, n, err
		}
	}
	return last, n, nil
}

// fetch returns the next messages, as far as they are there.
func fetch(ctx context.Context, c jetstream.Consumer, n int) ([]jetstream.Msg, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	batch, err := c.FetchNoWait(n)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	return drainBatch(batch), nil
}

// position is the sequence of the last message and how many are pending after it.
func position(ctx context.Context, c jetstream.Consumer, batch []jetstream.Msg, last uint64) (seq, left uint64, err error) {
	if len(batch) == 0 { // the end, or a slow server
		info, err := c.Info(ctx)
		if err != nil {
			return last, 0, fmt.Errorf("fetch: %w", err)
		}
		return last, info.NumPending, nil
	}
	meta, err := batch[len(batch)-1].Metadata()
	if err != nil {
		return last, 0, fmt.Errorf("fetch: %w", err)
	}
	return meta.Sequence.Stream, meta.NumPending, nil
}

// runsPerRead bounds the runs with samples that one call of Events returns.
const runsPerRead = 128

// Events returns events of an athlete stored after a stream sequence, oldest
// first, of the given kinds (none = all), and the last sequence considered. At
// most 128 runs are returned at once: call again with the sequence until nothing
// comes. An event that cannot be read is left out and logged; it is in the
// stream for whoever repairs it.
func (b *Bus) Events(ctx context.Context, athlete readiness.AthleteID, after uint64, kinds ...readiness.Kind) ([]readiness.Event, uint64, error) {
	if err := athlete.Validate(); err != nil {
		return nil, 0, err
	}
	if len(kinds) == 0 {
		kinds = eventKinds
	}
	var subjects []string
	limit := 0
	for _, k := range kinds {
		subjects = append(subjects, b.names.event(athlete, k, "*"))
		if k == readiness.KindRun {
			limit = runsPerRead
		}
	}
	var events []readiness.Event
	last := after
	err := b.each(ctx, b.names.events, after, limit, subjects, func(m jetstream.Msg) error {
		if meta, err := m.Metadata(); err == nil {
			last = max(last, meta.Sequence.Stream)
		}
		e, err := b.decodeEvent(m.Subject(), m.Headers(), m.Data())
		if err != nil {
			b.o.Log.ErrorContext(ctx, "event cannot be read", "subject", m.Subject(), "err", err)
			return nil
		}
		events = append(events, e)
		return nil
	})
	return events, last, err
}

// Run returns the samples of one run.
func (b *Bus) Run(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.Run, error) {
	m, err := b.last(ctx, b.names.events, b.names.event(athlete, readiness.KindRun, key))
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("run %s is not stored: %w", key, readiness.ErrInvalid)
	}
	e, err := b.decodeEvent(m.Subject, m.Header, m.Data)
	return e.Run, err
}

// CheckIn returns what was said under a key, nil for nothing.
func (b *Bus) CheckIn(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.CheckIn, error) {
	m, err := b.last(ctx, b.names.events, b.names.event(athlete, readiness.KindCheckIn, key))
	if m == nil || err != nil {
		return nil, err
	}
	e, err := b.decodeEvent(m.Subject, m.Header, m.Data)
	if err != nil {
		return nil, err
	}
	r, err := b.retracted(ctx, e)
	if err != nil || r.Gone(e.Digest) {
		return nil, err
	}
	return e.CheckIn, nil
}

// Athletes lists everybody something is known of, sorted.
func (b *Bus) Athletes(ctx context.Context) ([]readiness.AthleteID, error) {
	info, err := b.stream[b.names.events].Info(ctx, jetstream.WithSubjectFilter(b.names.subject("event", ">")))
	if err != nil {
		return nil, fmt.Errorf("list athletes: %w", err)
	}
	var all []readiness.AthleteID
	for subject := range info.State.Subjects {
		all = append(all, b.names.athlete(subject))
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Info is the state of the bus.
type Info struct {
	Messages map[string]uint64 // by stream
	Pending  map[string]uint64 // by durable consumer: not handled yet
}

// Info tells how much is stored and how much waits. It looks at the events before
// the results: when nothing waits among the events, what follows from them was
// stored before the results were looked at.
func (b *Bus) Info(ctx context.Context) (Info, error) {
	out := Info{Messages: map[string]uint64{}, Pending: map[string]uint64{}}
	for _, name := range []string{b.names.events, b.names.readiness} {
		s := b.stream[name]
		info, err := s.Info(ctx)
		if err != nil {
			return out, fmt.Errorf("stream %s: %w", name, err)
		}
		out.Messages[name] = info.State.Msgs
		all := s.ListConsumers(ctx)
		for c := range all.Info() {
			if c.Config.Durable == "" {
				continue
			}
			if out.Pending[c.Config.Durable], err = pending(ctx, s, c); err != nil {
				return out, fmt.Errorf("consumer %s: %w", c.Config.Durable, err)
			}
		}
		if err := all.Err(); err != nil {
			return out, fmt.Errorf("list consumers: %w", err)
		}
	}
	return out, nil
}

// pending is what a consumer has still to handle. The server tells consumers of
// a message a moment after it is stored, and lists a new consumer before it has
// counted; so what lies behind the last message it was given is looked up.
func pending(ctx context.Context, s jetstream.Stream, c *jetstream.ConsumerInfo) (uint64, error) {
	if n := c.NumPending + uint64(c.NumAckPending); n > 0 {
		return n, nil
	}
	filters := c.Config.FilterSubjects
	if len(filters) == 0 {
		filters = []string{c.Config.FilterSubject}
	}
	for _, f := range filters {
		switch _, err := s.GetMsg(ctx, c.Delivered.Stream+1, jetstream.WithGetMsgSubject(f)); {
		case err == nil:
			return 1, nil
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return 0, err
		}
	}
	return 0, nil
}

// WaitIdle returns when the durable consumers have nothing left to handle.
// A consumer that does not exist yet is waited for.
func (b *Bus) WaitIdle(ctx context.Context, durables ...string) error {
	wait := 2 * time.Millisecond
	for {
		info, err := b.Info(ctx)
		if err != nil {
			return err
		}
		if idle(info, durables) {
			return nil
		}
		wait = min(2*wait, 200*time.Millisecond)
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %v: %w", durables, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}

func idle(info Info, durables []string) bool {
	for _, d := range durables {
		if n, ok := info.Pending[d]; !ok || n > 0 {
			return false
		}
	}
	return true
}

// DeadLetter is a message that could not be processed.
type DeadLetter struct {
	Subject string
	Reason  string
}

// Dead lists the dead letters.
func (b *Bus) Dead(ctx context.Context) ([]DeadLetter, error) {
	var dead []DeadLetter
	err := b.each(ctx, b.names.readiness, 0, 0, []string{b.names.subject("dead", ">")}, func(m jetstream.Msg) error {
		h := m.Headers()
		dead = append(dead, DeadLetter{Subject: h.Get(headerOrigin), Reason: h.Get(headerReason)})
		return nil
	})
	return dead, err
}

// Headers of dead letters.
const (
	headerOrigin = "Afterrun-Origin"
	headerReason = "Afterrun-Reason"
)

// ignoreGone drops the error of a consumer or connection that is closing.
func ignoreGone(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, jetstream.ErrMsgIteratorClosed) {
		return nil
	}
	return err
}
