package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"afterrun/ingest"
	"afterrun/readiness"
)

// dryRun reads like import, by the same rules, and stores nothing: it lists
// every file and every member of a zip with what it says. What Afterrun already
// knows is not asked for, only what the files say twice.
func (a *app) dryRun(ctx context.Context, athlete readiness.AthleteID, f found) error {
	m := &memo{known: map[string]string{}}
	g, err := ingest.New(ingest.Options{
		Publisher: m, Ledger: m, Retracter: m, Log: a.log, Now: a.now, HealthSources: a.cfg.Health.Sources,
	})
	if err != nil {
		return err
	}
	p, list := &parts{ingester: g}, &listing{app: a, athlete: athlete, memo: m, counts: map[readiness.FileState]int{}}
	for _, x := range f.other {
		list.line(x)
	}
	for _, path := range f.paths {
		if err := list.read(ctx, p, path); err != nil {
			return fmt.Errorf("import %s: %w", path, err)
		}
	}
	list.end()
	if list.usable == 0 {
		return fmt.Errorf("no file would be read: %w", errNothing)
	}
	return nil
}

// listing prints what would become of each file.
type listing struct {
	app     *app
	athlete readiness.AthleteID
	memo    *memo
	usable  int
	counts  map[readiness.FileState]int
}

// read lists a file; a zip is its members, unless it is refused.
func (l *listing) read(ctx context.Context, p *parts, path string) error {
	members := 0
	f, err := p.importFile(ctx, l.athlete, path, func(f readiness.File, _ int) {
		members++
		l.line(f)
	})
	if err == nil && (members == 0 || f.State == readiness.FileRefused) {
		l.line(f)
	}
	return err
}

func (l *listing) line(f readiness.File) {
	said := l.memo.take()
	switch {
	case !slices.Contains([]readiness.FileState{readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate}, f.State):
		say(l.app.err, "%s: %s: %s", printable(f.Path), f.State, printable(f.Reason))
		l.counts[f.State]++
		return
	case said == "":
		return // a zip in a zip: its members are listed
	case f.State == readiness.FileDuplicate:
		said += ", as in a file above"
	}
	say(l.app.out, "%s: %s", printable(f.Path), said)
	l.usable++
	l.counts[f.State]++
}

// end counts what was listed; it is no line of the list.
func (l *listing) end() {
	var counts []string
	for _, s := range readiness.FileStates {
		if n := l.counts[readiness.FileState(s)]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(counts) > 0 {
		say(l.app.err, "it would be: %s", strings.Join(counts, ", "))
	}
}

// memo stands where the bus would and keeps only what a line needs. It
// implements ingest.Publisher, ingest.Ledger and ingest.Retracter.
type memo struct {
	known map[string]string // kind and key → digest
	said  map[saying]int    // by the file being read
	days  []string
}

// saying is a kind of thing that a file says, and of a run the format.
type saying struct{ thing, form string }

// things are the kinds of events in the words of people.
var things = map[readiness.Kind]string{readiness.KindRun: "run", readiness.KindWellness: "wellness record", readiness.KindCheckIn: "check-in"}

// Publish implements ingest.Publisher.
func (m *memo) Publish(_ context.Context, e readiness.Event) (readiness.FileState, error) {
	if err := e.Validate(); err != nil {
		return "", err // as the bus does
	}
	m.note(e)
	id := string(e.Kind) + " " + e.Key
	before, ok := m.known[id]
	m.known[id] = e.Digest
	switch {
	case !ok:
		return readiness.FilePublished, nil
	case before == e.Digest:
		return readiness.FileDuplicate, nil
	}
	return readiness.FileCorrected, nil
}

// PutFile implements ingest.Ledger.
func (*memo) PutFile(context.Context, readiness.File) error { return nil }

// Files implements ingest.Ledger.
func (*memo) Files(context.Context) ([]readiness.File, error) { return nil, nil }

// Retract implements ingest.Retracter.
func (*memo) Retract(context.Context, readiness.AthleteID, readiness.Kind, string, string, string) error {
	return nil
}

func (m *memo) note(e readiness.Event) {
	what, day := saying{thing: things[e.Kind]}, ""
	switch {
	case e.Run != nil:
		what.form, day = " ("+e.Run.Format+")", e.Run.Start.Format("2006-01-02")
	case e.Wellness != nil:
		day = e.Wellness.Date.String()
	case e.CheckIn != nil:
		day = e.CheckIn.Date.String()
	}
	if m.said == nil {
		m.said = map[saying]int{}
	}
	m.said[what]++
	if day != "" {
		m.days = append(m.days, day)
	}
}

// take returns what the file said, as "2 runs (fit), 2026-05-01 to 2026-05-02",
// and forgets it.
func (m *memo) take() string {
	var words []string
	for what, n := range m.said {
		words = append(words, counted(n, what.thing)+what.form)
	}
	slices.Sort(words)
	if n := len(m.days); n > 0 {
		slices.Sort(m.days)
		words = append(words, strings.Join(slices.Compact([]string{m.days[0], m.days[n-1]}), " to "))
	}
	m.said, m.days = nil, nil
	return strings.Join(words, ", ")
}
