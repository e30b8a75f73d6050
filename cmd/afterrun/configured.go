package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"afterrun/ingest/bus"
	"afterrun/readiness"
)

// publishConfigured makes events, like any other fact, of the configured people
// and of the rules that everybody known is judged by.
func (a *app) publishConfigured(ctx context.Context, b *bus.Bus) error {
	ids, err := b.Athletes(ctx)
	if err != nil {
		return err
	}
	ids = append(ids, a.configured()...)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		for _, e := range a.configuredOf(id) {
			if err := a.publishOne(ctx, b, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) publishOne(ctx context.Context, b *bus.Bus, e readiness.Event) error {
	state, err := b.Publish(ctx, e)
	if err != nil {
		return fmt.Errorf("publish %s of %s: %w", e.Kind, e.Athlete, err)
	}
	if e.Rules != nil && state == readiness.FileCorrected {
		a.log.WarnContext(ctx, "other rules than before: the history is judged again", "athlete", e.Athlete, "rules", a.cfg.RulesOf(e.Athlete).Version())
	}
	return nil
}

// warnOfUnsaid tells what the configuration says of an athlete that does not count
// yet.
func (a *app) warnOfUnsaid(ctx context.Context, b *bus.Bus, id readiness.AthleteID) error {
	for _, e := range a.configuredOf(id) {
		said, err := b.Said(ctx, e)
		if err != nil {
			return err
		}
		if !said {
			say(a.err, "not taken over from this configuration yet: the %s of %s; `afterrun up`, `import`, `checkin` and `rebuild` do that", e.Kind, id)
		}
	}
	return nil
}

// configuredOf is what the configuration says of an athlete.
func (a *app) configuredOf(id readiness.AthleteID) []readiness.Event {
	all := []readiness.Event{a.rulesEvent(id)}
	if person, ok := a.cfg.Athletes[id]; ok {
		profile := person.Profile()
		all = append(all, fromConfig(readiness.Event{Athlete: id, Kind: readiness.KindProfile, Profile: &profile}))
	}
	return all
}

func (a *app) rulesEvent(id readiness.AthleteID) readiness.Event {
	return fromConfig(readiness.Event{Athlete: id, Kind: readiness.KindRules, Rules: readiness.NewOwnRules(a.cfg.RulesOf(id))})
}

func fromConfig(e readiness.Event) readiness.Event {
	e.Key = "config"
	e.Digest = e.ContentDigest()
	return e
}

// usher publishes the rules of athletes who were not known at the start, before
// their first event.
type usher struct {
	*bus.Bus
	app *app
	mu  sync.Mutex
	met map[readiness.AthleteID]bool
}

func (a *app) usher(b *bus.Bus) *usher {
	return &usher{Bus: b, app: a, met: map[readiness.AthleteID]bool{}}
}

// Publish implements [ingest.Publisher].
func (u *usher) Publish(ctx context.Context, e readiness.Event) (readiness.FileState, error) {
	if err := u.meet(ctx, e.Athlete); err != nil {
		return "", err
	}
	return u.Bus.Publish(ctx, e)
}

func (u *usher) meet(ctx context.Context, id readiness.AthleteID) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.met[id] {
		return nil
	}
	err := u.app.publishOne(ctx, u.Bus, u.app.rulesEvent(id))
	u.met[id] = err == nil
	return err
}
