package main

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"afterrun/readiness"
	"afterrun/sinks/web"
)

// apiStage answers other programs on NATS as the page's JSON API does.
func (a *app) apiStage(p *parts) stage {
	api := natsAPI{p, web.NewAsker(a.webOptions(p, nil))}
	return stage{"api", func(ctx context.Context) error { return p.bus.Serve(ctx, semver(versionText()), api) }}
}

var released = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+`)

// semver is the version as NATS services want it.
func semver(version string) string {
	if released.MatchString(version) {
		return version
	}
	return "0.0.0-" + version
}

type natsAPI struct {
	p *parts
	web.Asker
}

// Readiness is the newest day, as the page's API gives it.
func (n natsAPI) Readiness(ctx context.Context, athlete readiness.AthleteID) (any, error) {
	day, ok, err := latestDay(ctx, n.p, athlete)
	if err == nil && !ok {
		err = fmt.Errorf("nothing is known of %s: %w", athlete, readiness.ErrInvalid)
	}
	return web.Document(day), err
}

// Athletes lists everybody something is stored about.
func (n natsAPI) Athletes(ctx context.Context) (any, error) {
	return n.Asker.Ask(ctx, "/api/v1/athletes", "")
}

// Ask answers what the page's API tells of an athlete; the course is that of
// the run in the query.
func (n natsAPI) Ask(ctx context.Context, athlete readiness.AthleteID, what, query string) (any, error) {
	path := "/api/v1/athletes/" + string(athlete) + "/" + what
	if what == "course" {
		q, err := url.ParseQuery(query)
		if err != nil {
			return nil, fmt.Errorf("the query cannot be read: %w", readiness.ErrInvalid)
		}
		path = "/api/v1/athletes/" + string(athlete) + "/runs/" + url.PathEscape(q.Get("run")) + "/course"
	}
	return n.Asker.Ask(ctx, path, query)
}

// CheckIn takes the same CSV or JSON as a file or `afterrun checkin`.
func (n natsAPI) CheckIn(ctx context.Context, athlete readiness.AthleteID, body []byte) (any, error) {
	f, err := n.p.checkIn(ctx, athlete, body)
	return map[string]readiness.FileState{"state": f.State}, err
}
