package bus

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"afterrun/readiness"
)

// races is how often a lost compare-and-set is tried again.
const races = 50

// Publish stores an event for good and says whether it was new (published), known
// (duplicate) or another version of a known one that now counts (corrected). A
// version that is not preferred, and a content that the athlete deleted, are
// duplicates: the outcome does not depend on arrival. One that was replaced in
// place counts again. Errors wrap
// readiness.ErrInvalid or [ErrFull], or are temporary.
func (b *Bus) Publish(ctx context.Context, e readiness.Event) (readiness.FileState, error) {
	if e.Digest == "" {
		e.Digest = e.ContentDigest()
	}
	if err := checkEvent(e); err != nil {
		return "", err
	}
	if e.Kind == readiness.KindProfile || e.Kind == readiness.KindRules {
		return b.publishEdit(ctx, e)
	}
	return b.publish(ctx, e)
}

// publishEdit counts the edits of a profile or of rules: the later one counts,
// and one that says the same as the stored is known.
func (b *Bus) publishEdit(ctx context.Context, e readiness.Event) (readiness.FileState, error) {
	next, said, err := b.edit(ctx, e)
	if err != nil {
		return "", err
	}
	if said {
		return readiness.FileDuplicate, nil
	}
	return b.publish(ctx, next)
}

// Said reports whether a profile or rules are those that count already.
func (b *Bus) Said(ctx context.Context, e readiness.Event) (bool, error) {
	_, said, err := b.edit(ctx, e)
	return said, err
}

// edit is the event as the next edit of what is stored, unless that says the same.
func (b *Bus) edit(ctx context.Context, e readiness.Event) (next readiness.Event, said bool, err error) {
	m, err := b.last(ctx, b.names.events, b.names.event(e.Athlete, e.Kind, e.Key))
	if err != nil {
		return e, false, err
	}
	if m == nil { // the specification's rules hold without a word
		return edited(e, 0), e.Rules != nil && len(e.Rules.Values) == 0, nil
	}
	old, err := b.decodeEvent(m.Subject, m.Header, m.Data)
	if err != nil {
		return edited(e, 0), false, nil //nolint:nilerr // what cannot be read says nothing
	}
	same := edited(e, orderOf(old))
	return edited(e, orderOf(old)+1), same.Digest == old.Digest, nil
}

func orderOf(e readiness.Event) int64 {
	if e.Rules != nil {
		return e.Rules.Order
	}
	return e.Profile.Order
}

// edited is the event as the edit of that number.
func edited(e readiness.Event, order int64) readiness.Event {
	if e.Rules != nil {
		e.Rules = &readiness.OwnRules{Values: e.Rules.Values, Order: order}
	} else {
		profile := *e.Profile
		profile.Order = order
		e.Profile = &profile
	}
	e.Digest = e.ContentDigest()
	return e
}

func (b *Bus) publish(ctx context.Context, e readiness.Event) (readiness.FileState, error) {
	r, err := b.retracted(ctx, e)
	if err != nil {
		return "", err
	}
	_, again := r.Revive(e.Digest)
	if r.Gone(e.Digest) && !again {
		return readiness.FileDuplicate, nil
	}
	header, data, err := b.codec.encodeEvent(e)
	if err != nil {
		return "", err
	}
	subject := b.names.event(e.Athlete, e.Kind, e.Key)
	for range races {
		state, sequence, err := b.rival(ctx, subject, e, r)
		if err != nil || state == readiness.FileDuplicate {
			return state, err
		}
		err = b.put(ctx, subject, header, data, sequence)
		switch {
		case conflict(err):
			continue
		case err == nil && again:
			err = b.amend(ctx, e.Athlete, *r, func(r readiness.Retraction) (string, bool) { return r.Revive(e.Digest) })
			return state, err
		}
		return state, storeError(err)
	}
	return "", fmt.Errorf("publish %s: %d writers in a row were faster", subject, races)
}

// rival looks at what is stored under a subject and decides what publishing e
// would be; sequence is what the publish has to expect.
func (b *Bus) rival(ctx context.Context, subject string, e readiness.Event, r *readiness.Retraction) (state readiness.FileState, sequence uint64, err error) {
	stored, err := b.last(ctx, b.names.events, subject)
	if stored == nil || err != nil {
		return readiness.FilePublished, 0, err
	}
	old, err := b.decodeEvent(subject, stored.Header, stored.Data)
	switch {
	case err != nil, r.Gone(old.Digest): // what cannot be read does not count either
		return readiness.FileCorrected, stored.Sequence, nil //nolint:nilerr // it is replaced
	case old.Digest == e.Digest, !readiness.Prefer(e, old):
		return readiness.FileDuplicate, 0, nil
	}
	return readiness.FileCorrected, stored.Sequence, nil
}

// decodeEvent restores an event that is about what its subject says; errors
// wrap readiness.ErrInvalid.
func (b *Bus) decodeEvent(subject string, h nats.Header, data []byte) (readiness.Event, error) {
	e, err := b.codec.decodeEvent(h, data)
	if err != nil {
		return readiness.Event{}, err
	}
	if b.names.event(e.Athlete, e.Kind, e.Key) != subject {
		return readiness.Event{}, fmt.Errorf("%s %q of %s on %s: %w", e.Kind, e.Key, e.Athlete, subject, readiness.ErrInvalid)
	}
	return e, nil
}

// last returns the stored message of a subject, nil without one.
func (b *Bus) last(ctx context.Context, stream, subject string) (*jetstream.RawStreamMsg, error) {
	m, err := b.stream[stream].GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", subject, err)
	}
	return m, nil
}

func (b *Bus) put(ctx context.Context, subject string, h nats.Header, data []byte, sequence uint64) error {
	m := nats.NewMsg(subject)
	m.Data = data
	for k, v := range h {
		m.Header[k] = slices.Clone(v)
	}
	expect(m.Header, sequence)
	_, err := b.js.PublishMsg(ctx, m)
	return err
}

// retractionKey is the identity of the retractions of one event: a slug that
// tells it, or a hash where that would be too long for a key.
func retractionKey(kind readiness.Kind, key string) string {
	id := string(kind) + "-" + key
	if keySlug.MatchString(id) {
		return id
	}
	h := sha256.Sum256([]byte(id))
	return hex.EncodeToString(h[:16])
}

// retracted tells which contents of an event no longer count.
func (b *Bus) retracted(ctx context.Context, e readiness.Event) (*readiness.Retraction, error) {
	none := &readiness.Retraction{Kind: e.Kind, Key: e.Key}
	if e.Kind == readiness.KindRetraction {
		return none, nil
	}
	m, err := b.last(ctx, b.names.events, b.names.event(e.Athlete, readiness.KindRetraction, retractionKey(e.Kind, e.Key)))
	if m == nil || err != nil {
		return none, err
	}
	r, err := b.decodeEvent(m.Subject, m.Header, m.Data)
	if err != nil {
		return none, err
	}
	return r.Retraction, nil
}

// Retract records that a content of an event no longer counts, whenever it
// arrives; digest "*" means every content. The reason readiness.Replaced holds until
// the content is published again. It may be repeated. Errors wrap
// readiness.ErrInvalid or [ErrFull], or are temporary.
func (b *Bus) Retract(ctx context.Context, athlete readiness.AthleteID, kind readiness.Kind, key, digest, reason string) error {
	if err := athlete.Validate(); err != nil {
		return err
	}
	if !keySlug.MatchString(key) || !slices.Contains(eventKinds, kind) {
		return fmt.Errorf("retract %s %q: no event has this name: %w", kind, key, readiness.ErrInvalid)
	}
	about := readiness.Retraction{Kind: kind, Key: key, Reason: reason}
	return b.amend(ctx, athlete, about, func(r readiness.Retraction) (string, bool) { return r.Retract(digest, reason) })
}

// amend adds an entry to what is stored of the retraction, if it is news there.
func (b *Bus) amend(ctx context.Context, athlete readiness.AthleteID, about readiness.Retraction, entry func(readiness.Retraction) (string, bool)) error {
	subject := b.names.event(athlete, readiness.KindRetraction, retractionKey(about.Kind, about.Key))
	for range races {
		r := about
		sequence, news, err := b.mergeRetraction(ctx, subject, &r, entry)
		if err != nil || !news {
			return err
		}
		e := readiness.Event{Athlete: athlete, Kind: readiness.KindRetraction, Key: retractionKey(r.Kind, r.Key), Retraction: &r}
		e.Digest = e.ContentDigest()
		if err := checkEvent(e); err != nil {
			return err
		}
		header, data, err := b.codec.encodeEvent(e)
		if err != nil {
			return err
		}
		if err := b.put(ctx, subject, header, data, sequence); !conflict(err) {
			return storeError(err)
		}
	}
	return fmt.Errorf("retract %s: %d writers in a row were faster", subject, races)
}

// mergeRetraction makes r what is stored and the entry.
func (b *Bus) mergeRetraction(ctx context.Context, subject string, r *readiness.Retraction, entry func(readiness.Retraction) (string, bool)) (sequence uint64, news bool, err error) {
	m, err := b.last(ctx, b.names.events, subject)
	if err != nil {
		return 0, false, err
	}
	r.Digests = nil
	if m != nil {
		old, err := b.decodeEvent(subject, m.Header, m.Data)
		if err != nil {
			return 0, false, err
		}
		r.Digests, sequence = old.Retraction.Digests, m.Sequence
	}
	more, news := entry(*r)
	r.Digests = append(slices.Clone(r.Digests), more)
	slices.Sort(r.Digests)
	return sequence, news, nil
}

// PutFile writes a line of the file ledger; the last line of a path counts.
func (b *Bus) PutFile(ctx context.Context, f readiness.File) error {
	if err := f.Athlete.Validate(); err != nil {
		return err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("ledger line of %s: %w", f.Path, err)
	}
	m := nats.NewMsg(b.names.file(f.Athlete, f.Path))
	m.Header, m.Data = newHeader(), data
	if len(data) > packFrom {
		m.Data = b.codec.compress(m.Header, data)
	}
	_, err = b.js.PublishMsg(ctx, m)
	return storeError(err)
}

// packFrom is the size of a JSON payload from which it is compressed, bytes.
const packFrom = 8 << 10

// Files returns the file ledger: the last line of every path, by athlete and
// path. A line that cannot be read is left out and logged: its file is read
// again.
func (b *Bus) Files(ctx context.Context) ([]readiness.File, error) {
	last := map[string]readiness.File{} // by subject: a line rewritten meanwhile is read twice
	err := b.each(ctx, b.names.events, 0, 0, []string{b.names.subject("event", "*", kindFile, "*")}, func(m jetstream.Msg) error {
		f, err := b.decodeFile(m)
		if err != nil {
			b.o.Log.ErrorContext(ctx, "ledger line cannot be read", "subject", m.Subject(), "err", err)
			return nil
		}
		last[m.Subject()] = f
		return nil
	})
	return slices.SortedFunc(maps.Values(last), func(a, b readiness.File) int {
		return cmp.Or(cmp.Compare(a.Athlete, b.Athlete), cmp.Compare(a.Path, b.Path))
	}), err
}

func (b *Bus) decodeFile(m jetstream.Msg) (f readiness.File, err error) {
	plain, err := b.codec.plain(m.Headers(), m.Data())
	if err == nil {
		err = json.Unmarshal(plain, &f)
	}
	if err != nil {
		return f, fmt.Errorf("ledger line %s: %w: %w", m.Subject(), err, readiness.ErrInvalid)
	}
	return f, nil
}
