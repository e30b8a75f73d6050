package bus

import (
	"context"
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
}

// maxRequest bounds what a program may send, bytes: a check-in is one line.
const maxRequest = 64 << 10

// Serve answers requests on <prefix>.v1.api.readiness.<athlete> and
// <prefix>.v1.api.checkin.<athlete> until ctx ends, as a NATS micro service:
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
	for name, answer := range map[string]func(context.Context, readiness.AthleteID, []byte) (any, error){
		"readiness": func(ctx context.Context, a readiness.AthleteID, _ []byte) (any, error) { return api.Readiness(ctx, a) },
		"checkin":   api.CheckIn,
	} {
		h := micro.ContextHandler(ctx, func(ctx context.Context, r micro.Request) { b.reply(ctx, r, answer) })
		if err := s.AddEndpoint(name, h, micro.WithEndpointSubject(b.names.subject("api", name, "*"))); err != nil {
			return errors.Join(fmt.Errorf("serve api: %w", err), s.Stop())
		}
	}
	<-ctx.Done()
	return ignoreGone(s.Stop())
}

func (b *Bus) reply(ctx context.Context, r micro.Request, answer func(context.Context, readiness.AthleteID, []byte) (any, error)) {
	v, err := b.answerTo(ctx, r, answer)
	switch {
	case err == nil:
		err = r.RespondJSON(v)
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

func (b *Bus) answerTo(ctx context.Context, r micro.Request, answer func(context.Context, readiness.AthleteID, []byte) (any, error)) (any, error) {
	athlete := readiness.AthleteID(r.Subject()[strings.LastIndexByte(r.Subject(), '.')+1:])
	if err := athlete.Validate(); err != nil {
		return nil, err
	}
	if len(r.Data()) > maxRequest {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(r.Data()), maxRequest, readiness.ErrInvalid)
	}
	return answer(ctx, athlete, r.Data())
}
