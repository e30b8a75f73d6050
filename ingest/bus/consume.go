package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"afterrun/readiness"
)

// The times of consumers.
const (
	ackWait      = 30 * time.Second
	progressTick = 10 * time.Second
)

// backoff is how long a message waits that could not be handled, growing with
// the number of its deliveries.
func backoff(deliveries uint64) time.Duration {
	wait := 500 * time.Millisecond << min(deliveries, 10)
	return min(wait, 2*time.Minute)
}

// waiter is an error that says how long to wait at least.
type waiter interface{ RetryAfter() time.Duration }

// plannedError is an error that says whether it is no fault, such as quiet hours.
type plannedError interface {
	error
	Planned() bool
}

// handler handles messages of one batch; the error concerns all of them.
type handler func(ctx context.Context, batch []jetstream.Msg) error

// ConsumeEvents calls handle with the athletes that something new is known of,
// until ctx ends. Messages are acknowledged when handle returned nil; with
// another error they come again later, with one that wraps readiness.ErrInvalid
// they go to the dead letters. Several processes share one durable.
func (b *Bus) ConsumeEvents(ctx context.Context, durable string, handle func(context.Context, []readiness.AthleteID) error) error {
	var subjects []string
	for _, k := range eventKinds {
		subjects = append(subjects, b.names.event("*", k, "*"))
	}
	return b.consume(ctx, b.names.events, durable, subjects, func(ctx context.Context, batch []jetstream.Msg) error {
		var athletes []readiness.AthleteID
		for _, m := range batch {
			athletes = append(athletes, b.names.athlete(m.Subject()))
		}
		slices.Sort(athletes)
		return handle(ctx, slices.Compact(athletes))
	})
}

// ConsumeResults calls handle with results of the kinds, in stream order, until
// ctx ends; see ConsumeEvents for errors.
func (b *Bus) ConsumeResults(ctx context.Context, durable string, kinds []readiness.ResultKind, handle func(context.Context, []readiness.Result) error) error {
	var subjects []string
	for _, k := range kinds {
		if k == readiness.ResultAlert {
			subjects = append(subjects, b.names.subject("alert", ">"))
			continue
		}
		subjects = append(subjects, b.names.subject("series", "*", string(k), "*"))
	}
	return b.consume(ctx, b.names.readiness, durable, subjects, func(ctx context.Context, batch []jetstream.Msg) error {
		results := make([]readiness.Result, 0, len(batch))
		for _, m := range batch {
			r, err := b.decodeResult(m)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		return handle(ctx, results)
	})
}

// ConsumeFiles calls handle with lines of the file ledger until ctx ends; see
// ConsumeEvents for errors.
func (b *Bus) ConsumeFiles(ctx context.Context, durable string, handle func(context.Context, []readiness.File) error) error {
	subjects := []string{b.names.subject("event", "*", kindFile, "*")}
	return b.consume(ctx, b.names.events, durable, subjects, func(ctx context.Context, batch []jetstream.Msg) error {
		files := make([]readiness.File, 0, len(batch))
		for _, m := range batch {
			f, err := b.decodeFile(m)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		return handle(ctx, files)
	})
}

func (b *Bus) consume(ctx context.Context, stream, durable string, subjects []string, h handler) error {
	b.consumers.Add(1)
	defer b.consumers.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.stopped, cancel)()
	c, err := b.consumer(ctx, stream, durable, subjects)
	if err != nil {
		return ignoreGone(err)
	}
	var last error
	for ctx.Err() == nil {
		err := b.round(ctx, c, durable, h)
		if err == nil || ctx.Err() != nil {
			last = nil
			continue
		}
		if errors.Is(err, nats.ErrConnectionClosed) { // for good, e.g. credentials that were revoked
			return fmt.Errorf("consumer %s: %w", durable, err)
		}
		b.o.Log.Log(ctx, levelOf(err, last), "consumer is tried again", "consumer", durable, "err", err)
		last = err
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		if again, err := b.consumer(ctx, stream, durable, subjects); err == nil { // somebody may have deleted it
			c = again
		}
	}
	return nil
}

// levelOf lets an outage of days be a line of the log, not one a second.
func levelOf(err, last error) slog.Level {
	if last != nil && err.Error() == last.Error() {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// consumer returns the durable consumer of a name, made if there is none.
func (b *Bus) consumer(ctx context.Context, stream, durable string, subjects []string) (jetstream.Consumer, error) {
	c, err := b.js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: durable, FilterSubjects: subjects, AckPolicy: jetstream.AckExplicitPolicy,
		DeliverPolicy: jetstream.DeliverAllPolicy, AckWait: ackWait, MaxDeliver: -1, MaxAckPending: 4 * chunk,
	})
	if err != nil {
		return nil, fmt.Errorf("consumer %s: %w", durable, err)
	}
	return c, nil
}

// reclaim takes back what was delivered to a process that died, so that it comes
// again at once and not after the ack wait. Only a server of our own has no
// other client that may still be working on it.
func (b *Bus) reclaim(ctx context.Context) error {
	for name, s := range b.stream {
		all := s.ListConsumers(ctx)
		for c := range all.Info() {
			if c.NumAckPending == 0 {
				continue
			}
			if _, err := s.ResetConsumer(ctx, c.Name); err != nil {
				return fmt.Errorf("reclaim deliveries of %s: %w", c.Name, err)
			}
		}
		if err := all.Err(); err != nil {
			return fmt.Errorf("list consumers of %s: %w", name, err)
		}
	}
	return nil
}

// Rewind forgets how far a durable consumer of results has come: when it is used
// next, it receives everything again. One that does not exist is fine.
func (b *Bus) Rewind(ctx context.Context, durable string) error {
	for _, s := range b.stream {
		if err := s.DeleteConsumer(ctx, durable); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return fmt.Errorf("rewind %s: %w", durable, err)
		}
	}
	return nil
}

// round fetches what is there, waiting for the first message, and handles it.
func (b *Bus) round(ctx context.Context, c jetstream.Consumer, durable string, h handler) error {
	batch, err := fetchSome(ctx, c)
	if err != nil || len(batch) == 0 {
		return err
	}
	if err := b.handle(ctx, batch, h); err != nil {
		if ctx.Err() != nil {
			giveBack(batch)
		} else {
			b.answer(ctx, durable, batch, h, err)
		}
		return nil
	}
	for _, m := range batch {
		if err := m.DoubleAck(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("acknowledge: %w", err) // it comes again; handlers bear repetition
		}
	}
	return nil
}

// giveBack has messages that were not handled delivered again at the next start,
// instead of after the ack wait.
func giveBack(batch []jetstream.Msg) {
	for _, m := range batch {
		_ = m.NakWithDelay(time.Millisecond) // else they come after the ack wait
	}
}

// fetchSome waits for a first message, then takes what else is there.
func fetchSome(ctx context.Context, c jetstream.Consumer) ([]jetstream.Msg, error) {
	wait, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	first, err := c.Fetch(1, jetstream.FetchContext(wait))
	if err != nil {
		return nil, err
	}
	batch := drainBatch(first)
	if len(batch) == 0 {
		if err := first.Error(); err != nil && wait.Err() == nil {
			return nil, fmt.Errorf("fetch: %w", err)
		}
		return nil, nil
	}
	more, err := c.FetchNoWait(chunk - 1)
	if err != nil {
		return batch, nil //nolint:nilerr // the first message is worth handling
	}
	return append(batch, drainBatch(more)...), nil
}

func drainBatch(b jetstream.MessageBatch) []jetstream.Msg {
	var out []jetstream.Msg
	for m := range b.Messages() {
		out = append(out, m)
	}
	return out
}

// handle runs the handler and keeps the messages from being delivered again
// meanwhile.
func (b *Bus) handle(ctx context.Context, batch []jetstream.Msg, h handler) error {
	done := make(chan error, 1)
	go func() { done <- h(ctx, batch) }()
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			for _, m := range batch {
				_ = m.InProgress() // at worst it is delivered again
			}
		}
	}
}

// answer deals with a batch that could not be handled: what no retry can cure
// goes to the dead letters, one by one; the rest comes again later.
func (b *Bus) answer(ctx context.Context, durable string, batch []jetstream.Msg, h handler, err error) {
	if p, ok := errors.AsType[*readiness.PartialError](err); ok {
		b.answerPartial(ctx, durable, batch, p)
		return
	}
	if !errors.Is(err, readiness.ErrInvalid) {
		b.later(ctx, durable, batch, err)
		return
	}
	if len(batch) == 1 {
		b.bury(ctx, durable, batch[0], err)
		return
	}
	for _, m := range batch {
		one := []jetstream.Msg{m}
		switch err := b.handle(ctx, one, h); {
		case err == nil:
			_ = m.DoubleAck(ctx) // else it comes again
		case ctx.Err() != nil:
			return
		default:
			b.answer(ctx, durable, one, h, err)
		}
	}
}

// answerPartial buries what was rejected, each for its own reason; the others are
// stored.
func (b *Bus) answerPartial(ctx context.Context, durable string, batch []jetstream.Msg, p *readiness.PartialError) {
	for i, m := range batch {
		if err, rejected := p.Rejected[i]; rejected {
			b.bury(ctx, durable, m, err)
			continue
		}
		_ = m.DoubleAck(ctx) // else it comes again
	}
}

func (b *Bus) later(ctx context.Context, durable string, batch []jetstream.Msg, err error) {
	wait := time.Duration(0)
	for _, m := range batch {
		if meta, e := m.Metadata(); e == nil {
			wait = max(wait, b.backoff(meta.NumDelivered))
		}
	}
	if w, ok := errors.AsType[waiterError](err); ok {
		wait = max(wait, w.RetryAfter())
	}
	level := slog.LevelWarn
	if p, ok := errors.AsType[plannedError](err); ok && p.Planned() {
		level = slog.LevelInfo
	}
	b.o.Log.Log(ctx, level, "handled later", "consumer", durable, "messages", len(batch), "in", wait.String(), "err", err)
	for _, m := range batch {
		_ = m.NakWithDelay(wait) // else it comes again after the ack wait
	}
	select { // what follows would most probably fail too
	case <-ctx.Done():
	case <-time.After(min(wait, ackWait)):
	}
}

type waiterError interface {
	error
	waiter
}

// bury moves a message to the dead letters.
func (b *Bus) bury(ctx context.Context, durable string, m jetstream.Msg, err error) {
	meta, e := m.Metadata()
	if e != nil {
		return
	}
	athlete := b.names.athlete(m.Subject())
	if athlete.Validate() != nil {
		athlete = "unknown"
	}
	d := nats.NewMsg(b.names.subject("dead", string(athlete), durable+"-"+strconv.FormatUint(meta.Sequence.Stream, 10)))
	d.Header = newHeader()
	d.Header.Set(headerOrigin, m.Subject())
	d.Header.Set(headerReason, oneLine(err.Error()))
	if _, err := b.js.PublishMsg(ctx, d); err != nil {
		b.later(ctx, durable, []jetstream.Msg{m}, err)
		return
	}
	b.o.Log.ErrorContext(ctx, "message cannot be processed", "consumer", durable, "subject", m.Subject(), "err", err)
	_ = m.TermWithReason(oneLine(err.Error())) // else it is buried again
}

// oneLine makes a text fit for a header.
func oneLine(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' {
			out[i] = ' '
		}
	}
	return string(out[:min(len(out), 500)])
}
