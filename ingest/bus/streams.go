package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"afterrun/readiness"
)

// names makes the names of streams and subjects.
type names struct {
	root              string // <prefix>.v1.
	events, readiness string // streams
	originals         string // object store
}

func newNames(prefix string) names {
	upper := strings.ToUpper(prefix)
	return names{prefix + ".v1.", upper + "_EVENTS", upper + "_READINESS", upper + "_ORIGINALS"}
}

const kindFile = "file" // ledger lines travel as events of this kind

func (n names) subject(tokens ...string) string { return n.root + strings.Join(tokens, ".") }

func (n names) event(a readiness.AthleteID, kind readiness.Kind, key string) string {
	return n.subject("event", string(a), string(kind), key)
}

func (n names) file(a readiness.AthleteID, path string) string {
	h := sha256.Sum256([]byte(path))
	return n.subject("event", string(a), kindFile, hex.EncodeToString(h[:16]))
}

func (n names) state(a readiness.AthleteID) string { return n.subject("state", string(a)) }

// result returns the subject of a result; the error wraps
// readiness.ErrInvalid.
func (n names) result(r readiness.Result) (string, error) {
	if err := r.Athlete.Validate(); err != nil {
		return "", err
	}
	tokens := []string{"series", string(r.Athlete), string(r.Kind), r.Key}
	if r.Kind == readiness.ResultAlert {
		if r.Alert == nil {
			return "", fmt.Errorf("alert %q without content: %w", r.Key, readiness.ErrInvalid)
		}
		rule, episode := r.Alert.Rule, r.Alert.Episode.String()
		tokens = []string{"alert", string(r.Athlete), rule, episode, strings.TrimPrefix(r.Key, rule+"-"+episode+"-")}
	}
	for _, t := range tokens[2:] {
		if !keySlug.MatchString(t) {
			return "", fmt.Errorf("%s %q cannot be a subject: %w", r.Kind, r.Key, readiness.ErrInvalid)
		}
	}
	return n.subject(tokens...), nil
}

// athlete returns whom a subject is about, "" when it is none of ours.
func (n names) athlete(subject string) readiness.AthleteID {
	rest, ok := strings.CutPrefix(subject, n.root)
	if tokens := strings.Split(rest, "."); ok && len(tokens) > 1 {
		return readiness.AthleteID(tokens[1])
	}
	return ""
}

// streams returns the configuration the streams must have.
func (n names) streams() []jetstream.StreamConfig {
	base := jetstream.StreamConfig{
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage,
		Compression: jetstream.S2Compression, MaxMsgsPerSubject: 1, AllowDirect: true, Duplicates: 2 * time.Minute,
	}
	events, results := base, base
	events.Name, events.Subjects = n.events, []string{n.subject("event", "*", "*", "*")}
	events.Description = "Afterrun: facts about athletes"
	results.Name, results.AllowAtomicPublish = n.readiness, true
	results.Subjects = []string{n.subject("state", ">"), n.subject("series", ">"), n.subject("alert", ">"), n.subject("dead", ">")}
	results.Description = "Afterrun: what follows from the facts"
	return []jetstream.StreamConfig{events, results}
}

func (b *Bus) ensureStreams(ctx context.Context) error {
	for _, want := range b.names.streams() {
		if err := b.ensureStream(ctx, want); err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, err)
		}
	}
	return nil
}

// ensureStream creates a stream, or verifies the existing one and adds what is
// missing. Limits, replicas and placement of an existing one are its
// operator's.
func (b *Bus) ensureStream(ctx context.Context, want jetstream.StreamConfig) error {
	s, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return b.createStream(ctx, want)
	}
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	have := s.CachedInfo().Config
	if err := verifyStream(have, want); err != nil {
		return err
	}
	next := have
	next.Subjects = union(have.Subjects, want.Subjects)
	next.AllowDirect, next.AllowAtomicPublish = true, have.AllowAtomicPublish || want.AllowAtomicPublish
	if slices.Equal(next.Subjects, have.Subjects) && next.AllowDirect == have.AllowDirect && next.AllowAtomicPublish == have.AllowAtomicPublish {
		return nil
	}
	if _, err := b.js.UpdateStream(ctx, next); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// verifyStream reports a configuration under which facts would be lost.
func verifyStream(have, want jetstream.StreamConfig) error {
	bad := func(what string, is, should any) error {
		return fmt.Errorf("its %s is %v, not %v: correct it with the nats tool, or choose another prefix", what, is, should)
	}
	switch {
	case have.Retention != want.Retention:
		return bad("retention", have.Retention, want.Retention)
	case have.MaxMsgsPerSubject != want.MaxMsgsPerSubject:
		return bad("limit of messages per subject", have.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	case have.Discard != want.Discard:
		return bad("discard policy", have.Discard, want.Discard)
	case have.MaxAge != 0:
		return bad("age limit", have.MaxAge, "none")
	case have.Storage != want.Storage:
		return bad("storage", have.Storage, want.Storage)
	case have.PersistMode == jetstream.AsyncPersistMode:
		return bad("persist mode", have.PersistMode, jetstream.DefaultPersistMode)
	}
	return nil
}

// Error codes of the server that the client library has no names for.
const (
	codeNoPeers       jetstream.ErrorCode = 10005
	codeNotClustered  jetstream.ErrorCode = 10074
	codeNoResources   jetstream.ErrorCode = 10023
	codeNoMemory      jetstream.ErrorCode = 10028
	codeNoStorage     jetstream.ErrorCode = 10047
	codeStreamLimits  jetstream.ErrorCode = 10053
	codeStoreFailed   jetstream.ErrorCode = 10077
	codeTooLarge      jetstream.ErrorCode = 10054
	codeWrongSequence                     = jetstream.JSErrCodeStreamWrongLastSequence
)

// createStream asks for three replicas in a cluster; one that cannot hold them
// gets one, and a warning.
func (b *Bus) createStream(ctx context.Context, c jetstream.StreamConfig) error {
	c.Replicas = b.o.Replicas
	if c.Replicas == 0 {
		c.Replicas = 1
		if b.nc.ConnectedClusterName() != "" {
			c.Replicas = 3
		}
	}
	_, err := b.js.CreateStream(ctx, c)
	if b.o.Replicas == 0 && c.Replicas > 1 && hasCode(err, codeNoPeers, codeNotClustered) {
		b.o.Log.WarnContext(ctx, "the cluster cannot hold three copies, keeping one", slog.String("stream", c.Name), slog.Any("err", err))
		c.Replicas = 1
		_, err = b.js.CreateStream(ctx, c)
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil // another process created it just now, maybe with other replicas
	}
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	return nil
}

func hasCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return slices.Contains(codes, api.ErrorCode)
	}
	var js jetstream.JetStreamError
	return errors.As(err, &js) && js.APIError() != nil && slices.Contains(codes, js.APIError().ErrorCode)
}

// storeError tells a full store and a message that is too large from other
// faults.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case hasCode(err, codeNoResources, codeNoMemory, codeNoStorage, codeStreamLimits, codeStoreFailed):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case hasCode(err, codeTooLarge), errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("message is larger than the server takes (max_payload): %w: %w", err, readiness.ErrInvalid)
	}
	return err
}

// conflict reports that a compare-and-set found another sequence.
func conflict(err error) bool {
	return hasCode(err, codeWrongSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// expect sets the compare-and-set condition of a message.
func expect(h nats.Header, sequence uint64) {
	h.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(sequence, 10))
}
