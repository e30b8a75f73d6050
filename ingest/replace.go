package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// content names one content of one event.
type content struct {
	kind        readiness.Kind
	key, digest string
}

func contentOf(e readiness.EventRef) content { return content{e.Kind, e.Key, e.Digest} }

// identity is the content's event, whatever it says.
func (c content) identity() content { return content{kind: c.kind, key: c.key} }

// contents is what files say.
type contents map[content]bool

func said(events []readiness.EventRef) contents {
	s := make(contents, len(events))
	for _, e := range events {
		s[contentOf(e)] = true
	}
	return s
}

// replace makes what the path says now count instead of what it said before,
// and fills in what became of the file. Each step may be repeated.
func (g *Ingester) replace(ctx context.Context, before readiness.File, now *readiness.File, p Parsed) error {
	if err := g.publishNew(ctx, now, said(before.Events), p); err != nil {
		return err
	}
	if now.State == readiness.FileRefused {
		now.Events = before.Events
		return nil
	}
	gone, err := g.retire(ctx, before, *now)
	if err != nil {
		return err
	}
	if err := g.republish(ctx, now, gone, p); err != nil {
		return err
	}
	if err := g.revive(ctx, *now, gone); err != nil {
		return err
	}
	now.State, now.Reason = g.outcome(*now)
	if settled(before) && before.SHA256 == now.SHA256 && sameContents(before, *now) {
		now.State, now.Reason, now.Events = before.State, before.Reason, before.Events // it was read before
	}
	return nil
}

func settled(f readiness.File) bool {
	return f.State != "" && f.State != readiness.FilePending && f.State != readiness.FileRefused
}

func sameContents(a, b readiness.File) bool {
	return slices.EqualFunc(a.Events, b.Events, func(x, y readiness.EventRef) bool { return contentOf(x) == contentOf(y) })
}

// publishNew publishes what the path did not say before. An event that is not
// accepted is left out with a warning; when none is, the file is refused.
func (g *Ingester) publishNew(ctx context.Context, now *readiness.File, known contents, p Parsed) error {
	come := upTo(lastDate(g.o.Now()), p.Events)
	var bad []string
	if n := len(p.Events) - len(come); n > 0 {
		bad = append(bad, fmt.Sprintf("%d of %d entries lie in the future", n, len(p.Events)))
	}
	for _, e := range come {
		ref := readiness.EventRef{Kind: e.Kind, Key: e.Key, Digest: e.Digest, Outcome: readiness.FileDuplicate}
		if !known[contentOf(ref)] {
			var err error
			if ref.Outcome, err = g.publish(ctx, *now, e); errors.Is(err, readiness.ErrInvalid) {
				bad = append(bad, fmt.Sprintf("%s %s: %s", e.Kind, e.Key, inWords(err)))
				continue
			} else if err != nil {
				return err
			}
		}
		now.Events = append(now.Events, ref)
	}
	now.Reason = strings.Join(append(bad, p.Warnings...), "; ")
	if len(now.Events) == 0 && len(bad) > 0 {
		now.State = readiness.FileRefused
	}
	return nil
}

// upTo leaves out check-ins and values of days after the last.
func upTo(last readiness.Date, events []readiness.Event) []readiness.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e readiness.Event) bool {
		return e.CheckIn != nil && e.CheckIn.Date > last || e.Wellness != nil && e.Wellness.Date > last
	})
}

// lastDate is the date where the day begins first.
func lastDate(now time.Time) readiness.Date { return readiness.DateOf(now.UTC().Add(ahead)) }

func (g *Ingester) publish(ctx context.Context, f readiness.File, e readiness.Event) (readiness.FileState, error) {
	e.Athlete, e.Source = f.Athlete, readiness.Source{File: f.Path, SHA256: f.SHA256}
	state, err := g.o.Publisher.Publish(ctx, e)
	if err != nil {
		return "", fmt.Errorf("publish %s: %w", e.Kind, err)
	}
	return state, nil
}

// retire retracts what the path said before and does not say now, unless another
// file still says it. It returns the identities concerned.
func (g *Ingester) retire(ctx context.Context, before, now readiness.File) (contents, error) {
	old, gone := said(before.Events), contents{}
	for c := range said(now.Events) {
		delete(old, c)
	}
	elsewhere := g.saidElsewhere(now, old)
	for _, e := range before.Events {
		c := contentOf(e)
		if !old[c] || elsewhere[c] {
			continue
		}
		if err := g.o.Retracter.Retract(ctx, now.Athlete, e.Kind, e.Key, e.Digest, readiness.Replaced); err != nil {
			return nil, fmt.Errorf("retract %s %s: %w", e.Kind, e.Key, err)
		}
		gone[c.identity()] = true
	}
	return gone, nil
}

// republish publishes once more what was the less preferred content of an event
// while the retracted one still counted, and so was not stored.
func (g *Ingester) republish(ctx context.Context, now *readiness.File, gone contents, p Parsed) error {
	at := map[content]int{} // of what was accepted
	for i, r := range slices.Backward(now.Events) {
		at[contentOf(r).identity()] = i
	}
	for _, e := range p.Events {
		id := content{kind: e.Kind, key: e.Key}
		i, accepted := at[id]
		if !gone[id] || !accepted {
			continue
		}
		state, err := g.publish(ctx, *now, e)
		if err != nil {
			return err
		}
		now.Events[i].Outcome = better(now.Events[i].Outcome, state)
	}
	return nil
}

// revive publishes once more what other files say about the events of which a
// content was retracted: it may not have been stored beside that one.
func (g *Ingester) revive(ctx context.Context, now readiness.File, gone contents) error {
	for _, f := range g.others(now, gone) {
		if err := g.reviveFile(ctx, f, gone); err != nil {
			return err
		}
	}
	return nil
}

// reviveFile needs the original; without it the file has to be imported again.
func (g *Ingester) reviveFile(ctx context.Context, f readiness.File, gone contents) error {
	p, err := g.original(ctx, f)
	if err != nil {
		g.o.Log.WarnContext(ctx, "another file says something about a replaced event but its bytes are not kept: import it again", "file", f.Path, "err", err)
		return nil
	}
	still := said(f.Events)
	for _, e := range p.Events {
		c := content{e.Kind, e.Key, e.Digest}
		if !gone[c.identity()] || !still[c] {
			continue
		}
		if _, err := g.publish(ctx, f, e); err != nil {
			return err
		}
	}
	return nil
}

func (g *Ingester) original(ctx context.Context, f readiness.File) (Parsed, error) {
	data, err := g.o.Originals.Get(ctx, f.SHA256)
	if err != nil {
		return Parsed{}, err
	}
	return Salvage(f.Path, data)
}

// outcome is the best of the events' outcomes, and the reason of a duplicate.
func (g *Ingester) outcome(now readiness.File) (readiness.FileState, string) {
	state := readiness.FileDuplicate
	for _, e := range now.Events {
		state = better(state, e.Outcome)
	}
	if state == readiness.FileDuplicate && now.Reason == "" {
		return state, g.twin(now)
	}
	return state, now.Reason
}

// better is the state of a file with events of both outcomes.
func better(a, b readiness.FileState) readiness.FileState {
	for _, s := range []readiness.FileState{readiness.FilePublished, readiness.FileCorrected} {
		if a == s || b == s {
			return s
		}
	}
	return readiness.FileDuplicate
}

// twin names another file of the same content.
func (g *Ingester) twin(now readiness.File) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := ""
	for at := range g.places[bytesOf{now.Athlete, now.SHA256}] {
		if at != now.Path && (first == "" || at < first) {
			first = at
		}
	}
	if first == "" {
		return nothingNew(now)
	}
	return "same content as " + first
}

// nothingNew is why a file tells nothing new that is no copy of another one.
func nothingNew(now readiness.File) string {
	if slices.ContainsFunc(now.Events, func(e readiness.EventRef) bool { return e.Kind != readiness.KindCheckIn }) {
		return "all it says was known, better told by another file, or deleted by you"
	}
	return "all it says was known, deleted by you, or answered otherwise: a form or a command counts before a file, of two files the later row"
}

// saidElsewhere is what the athlete's other files say about the events of some
// contents.
func (g *Ingester) saidElsewhere(now readiness.File, about contents) contents {
	all := contents{}
	for _, f := range g.others(now, about) {
		for _, e := range f.Events {
			all[contentOf(e)] = true
		}
	}
	return all
}
