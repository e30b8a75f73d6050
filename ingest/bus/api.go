package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go/micro"

	"afterrun/readiness"
)

// API is what other programs on NATS may ask and say. Answers are encoded as
// JSON; an error that wraps readiness.ErrInvalid is the asker's.
type API interface {
	// Readiness returns the newest day of an athlete.
	Readiness(ctx context.Context, athlete readiness.AthleteID) (any, error)
	// CheckIn takes a check-in, CSV or JSON, and returns what became of it.
	CheckIn(ctx context.Context, athlete readiness.AthleteID, body []byte) (any, error)
	// Ask answers one of Questions about an athlete as the JSON API does, with
	// the query of a URL.
	Ask(ctx context.Context, athlete readiness.AthleteID, what, query string) (any, error)
	// Athletes lists everybody something is known of.
	Athletes(ctx context.Context) (any, error)
}

// Questions are what the JSON API tells of an athlete, by name.
var Questions = []string{"verdict", "days", "series", "alerts", "runs", "course", "files"}

type answering func(ctx context.Context, athlete readiness.AthleteID, body []byte) (any, error)

// endpoints are the answers by the subject after <prefix>.v1.api.
func endpoints(api API) map[string]answering {
	all := map[string]answering{
		"readiness.*": func(ctx context.Context, a readiness.AthleteID, _ []byte) (any, error) { return api.Readiness(ctx, a) },
		"checkin.*":   api.CheckIn,
		"athletes":    func(ctx context.Context, _ readiness.AthleteID, _ []byte) (any, error) { return api.Athletes(ctx) },
	}
	for _, what := range Questions {
		all[what+".*"] = func(ctx context.Context, a readiness.AthleteID, query []byte) (any, error) {
			return api.Ask(ctx, a, what, string(query))
		}
	}
	return all
}

// maxRequest bounds what a program may send, bytes: a check-in is one line.
const maxRequest = 64 << 10

// Serve answers requests on <prefix>.v1.api.athletes and, about an athlete, on
// <prefix>.v1.api.<name>.<athlete> until ctx ends, as a NATS micro service:
// `nats micro info afterrun` describes it. Several processes share the requests.
func (b *Bus) Serve(ctx context.Context, version string, api API) error {
	b.consumers.Add(1)
	defer b.consumers.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.stopped, cancel)()
	s, err := micro.AddService(b.nc, micro.Config{Name: b.o.Prefix, Version: version, Description: "Afterrun: have I recovered?"})
	if err != nil {
		return fmt.Errorf("serve api: %w", err)
	}
	for tail, answer := range endpoints(api) {
		h := micro.ContextHandler(ctx, func(ctx context.Context, r micro.Request) { b.reply(ctx, r, answer) })
		name, _, _ := strings.Cut(tail, ".")
		if err := s.AddEndpoint(name, h, micro.WithEndpointSubject(b.names.subject("api", tail))); err != nil {
			return errors.Join(fmt.Errorf("serve api: %w", err), s.Stop())
		}
	}
	<-ctx.Done()
	return ignoreGone(s.Stop())
}

func (b *Bus) reply(ctx context.Context, r micro.Request, answer answering) {
	v, err := b.answerTo(ctx, r, answer)
	var text []byte
	if err == nil {
		text, err = b.message(v)
	}
	switch {
	case err == nil:
		err = r.Respond(text)
	case errors.Is(err, readiness.ErrInvalid):
		err = r.Error("400", oneLine(strings.TrimSuffix(err.Error(), ": "+readiness.ErrInvalid.Error())), nil)
	default:
		b.o.Log.ErrorContext(ctx, "api", slog.String("subject", r.Subject()), slog.Any("err", err))
		err = r.Error("500", "the request cannot be answered; the log says why", nil)
	}
	if err != nil {
		b.o.Log.WarnContext(ctx, "api: answer", slog.String("subject", r.Subject()), slog.Any("err", err))
	}
}

// message is an answer that the server takes.
func (b *Bus) message(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if limit := b.nc.MaxPayload(); err == nil && int64(len(text)) > limit {
		return nil, fmt.Errorf("the answer has %d bytes, more than the server's %d: ask for fewer days: %w", len(text), limit, readiness.ErrInvalid)
	}
	return text, err
}

// answerTo finds whom a request is about: the end of its subject.
func (b *Bus) answerTo(ctx context.Context, r micro.Request, answer answering) (any, error) {
	athlete := readiness.AthleteID(r.Subject()[strings.LastIndexByte(r.Subject(), '.')+1:])
	if err := athlete.Validate(); err != nil {
		return nil, err
	}
	if len(r.Data()) > maxRequest {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(r.Data()), maxRequest, readiness.ErrInvalid)
	}
	return answer(ctx, athlete, r.Data())
}
