package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"afterrun/readiness"
)

// batchSize is how many results one atomic batch takes beside the state; the
// server takes 1,000 messages.
const batchSize = 900

// Commit stores the state and the results of an athlete if nobody else did since
// the revision; else the error wraps readiness.ErrConflict and nothing is stored.
// Many results go in several atomic batches, each fenced by the state: the last
// one alone is marked complete. It returns the new revision.
func (b *Bus) Commit(ctx context.Context, athlete readiness.AthleteID, revision uint64, st readiness.State, results []readiness.Result) (uint64, error) {
	if err := athlete.Validate(); err != nil {
		return revision, err
	}
	for len(results) > batchSize {
		part := st
		part.Complete = false
		var err error
		if revision, err = b.commitBatch(ctx, athlete, revision, part, results[:batchSize]); err != nil {
			return revision, err
		}
		results = results[batchSize:]
	}
	return b.commitBatch(ctx, athlete, revision, st, results)
}

// resultMessages encodes results; an alert that is stored already is left out.
func (b *Bus) resultMessages(ctx context.Context, results []readiness.Result) ([]*nats.Msg, error) {
	var out []*nats.Msg
	for _, r := range results {
		subject, err := b.names.result(r)
		if err != nil {
			return nil, err
		}
		if r.Kind == readiness.ResultAlert {
			if told, err := b.last(ctx, b.names.readiness, subject); err != nil {
				return nil, err
			} else if told != nil {
				continue
			}
		}
		m, err := b.jsonMessage(subject, r)
		if err != nil {
			return nil, err
		}
		if r.Kind == readiness.ResultAlert {
			expect(m.Header, 0)
		}
		out = append(out, m)
	}
	return out, nil
}

func (b *Bus) jsonMessage(subject string, v any) (*nats.Msg, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", subject, err, readiness.ErrInvalid)
	}
	m := nats.NewMsg(subject)
	m.Header, m.Data = newHeader(), data
	if len(data) > packFrom {
		m.Data = b.codec.compress(m.Header, data)
	}
	return m, nil
}

// commitBatch stores results and state in one atomic batch, the state last.
func (b *Bus) commitBatch(ctx context.Context, athlete readiness.AthleteID, revision uint64, st readiness.State, results []readiness.Result) (uint64, error) {
	messages, err := b.resultMessages(ctx, results)
	if err != nil {
		return revision, err
	}
	state, err := b.jsonMessage(b.names.state(athlete), st)
	if err != nil {
		return revision, err
	}
	expect(state.Header, revision)
	ack, err := jetstreamext.PublishMsgBatch(ctx, b.js, append(messages, state))
	if conflict(err) {
		return revision, fmt.Errorf("athlete %s: %w", athlete, readiness.ErrConflict)
	}
	if err != nil {
		return revision, fmt.Errorf("commit: %w", storeError(err))
	}
	return ack.Sequence, nil
}

// Load returns everything stored about an athlete at one revision.
func (b *Bus) Load(ctx context.Context, athlete readiness.AthleteID) (readiness.Snapshot, error) {
	if err := athlete.Validate(); err != nil {
		return readiness.Snapshot{}, err
	}
	for range races {
		s, err := b.loadState(ctx, athlete)
		if err != nil {
			return s, err
		}
		if err := b.loadResults(ctx, athlete, &s); err != nil {
			return s, err
		}
		again, err := b.loadState(ctx, athlete)
		if err != nil || again.Revision == s.Revision {
			return s, err
		}
	}
	return readiness.Snapshot{}, errors.New("load: the athlete changes faster than can be read")
}

func (b *Bus) loadState(ctx context.Context, athlete readiness.AthleteID) (s readiness.Snapshot, err error) {
	m, err := b.last(ctx, b.names.readiness, b.names.state(athlete))
	if m == nil || err != nil {
		return s, err
	}
	s.Revision = m.Sequence
	plain, err := b.codec.plain(m.Header, m.Data)
	if err == nil {
		err = json.Unmarshal(plain, &s.State)
	}
	if err != nil { // of another program version: everything is computed again
		b.o.Log.WarnContext(ctx, "state cannot be read, computing everything again", "athlete", string(athlete), "err", err)
		s.State = readiness.State{}
	}
	return s, nil
}

func (b *Bus) loadResults(ctx context.Context, athlete readiness.AthleteID, s *readiness.Snapshot) error {
	subjects := []string{b.names.subject("series", string(athlete), ">")}
	return b.each(ctx, b.names.readiness, 0, 0, subjects, func(m jetstream.Msg) error {
		r, err := b.decodeResult(m)
		if err != nil {
			b.o.Log.WarnContext(ctx, "result cannot be read, computing it again", "subject", m.Subject(), "err", err)
			return nil
		}
		switch {
		case r.Deleted:
		case r.Run != nil:
			s.Runs = append(s.Runs, *r.Run)
		case r.Day != nil:
			s.Days = append(s.Days, *r.Day)
		}
		return nil
	})
}

func (b *Bus) decodeResult(m jetstream.Msg) (r readiness.Result, err error) {
	plain, err := b.codec.plain(m.Headers(), m.Data())
	if err == nil {
		err = json.Unmarshal(plain, &r)
	}
	if err != nil {
		return r, fmt.Errorf("result %s: %w: %w", m.Subject(), err, readiness.ErrInvalid)
	}
	return r, nil
}
