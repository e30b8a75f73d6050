package main

import (
	"context"
	"fmt"
	"regexp"

	"afterrun/readiness"
	"afterrun/sinks/web"
)

// apiStage answers other programs on NATS as the page's JSON API does.
func (p *parts) apiStage() stage {
	return stage{"api", func(ctx context.Context) error { return p.bus.Serve(ctx, semver(versionText()), natsAPI{p}) }}
}

var released = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+`)

// semver is the version as NATS services want it.
func semver(version string) string {
	if released.MatchString(version) {
		return version
	}
	return "0.0.0-" + version
}

type natsAPI struct{ p *parts }

// Readiness is the newest day, as the page's API gives it.
func (n natsAPI) Readiness(ctx context.Context, athlete readiness.AthleteID) (any, error) {
	day, ok, err := latestDay(ctx, n.p, athlete)
	if err == nil && !ok {
		err = fmt.Errorf("nothing is known of %s: %w", athlete, readiness.ErrInvalid)
	}
	return web.Document(day), err
}

// CheckIn takes the same CSV or JSON as a file or `afterrun checkin`.
func (n natsAPI) CheckIn(ctx context.Context, athlete readiness.AthleteID, body []byte) (any, error) {
	f, err := n.p.checkIn(ctx, athlete, body)
	return map[string]readiness.FileState{"state": f.State}, err
}
