package main

import (
	"context"
	"io"
	"strings"
	"time"

	"afterrun/ingest/watch"
	"afterrun/readiness"
)

// teller prints the verdicts, each again when it has become another.
type teller struct {
	app     *app
	p       *parts
	said    map[readiness.AthleteID]string
	refused int // files, as last said
}

// answer waits for the first look at every folder and prints the verdicts.
func (t *teller) answer(ctx context.Context) error {
	for _, w := range t.p.watchers {
		if err := t.app.waitFirstScan(ctx, w); err != nil {
			return err
		}
	}
	slow := time.AfterFunc(2*time.Second, func() { say(t.app.err, "all files read; computing …") })
	defer slow.Stop()
	if err := t.p.waitVisible(ctx); err != nil {
		return err
	}
	slow.Stop()
	athletes, err := t.p.store.Athletes(ctx)
	if err == nil && len(athletes) == 0 {
		say(t.app.out, "Nothing to read yet. Drop a .fit or .gpx file into the folder; `afterrun files` lists what arrives.")
	}
	if err != nil {
		return err
	}
	if err := t.tell(ctx); err != nil {
		return err
	}
	return t.tellPending(ctx)
}

// follow prints what changes, until ctx ends: a run that arrived, a new day.
func (t *teller) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		next := t.p.news.Next()
		err := t.p.waitVisible(ctx)
		if err == nil {
			err = t.tell(ctx)
		}
		if err != nil && ctx.Err() == nil {
			t.app.log.WarnContext(ctx, "tell what is new", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-next:
		}
	}
	return nil
}

// tell prints what was not said yet.
func (t *teller) tell(ctx context.Context) error {
	athletes, err := t.p.store.Athletes(ctx)
	if err == nil {
		athletes, err = remembered(ctx, t.p.store, athletes)
	}
	if err != nil {
		return err
	}
	for _, id := range athletes {
		text, err := t.verdict(ctx, id)
		if err != nil {
			return err
		}
		if text == t.said[id] {
			continue
		}
		t.said[id] = text
		if len(athletes) > 1 {
			say(t.app.out, "\n%s:", id)
		}
		_, _ = io.WriteString(t.app.out, text) // as say
	}
	return t.tellRefused(ctx)
}

// verdict is the newest day's, in words.
func (t *teller) verdict(ctx context.Context, id readiness.AthleteID) (string, error) {
	var b strings.Builder
	day, ok, err := latestDay(ctx, t.p, id)
	switch {
	case err != nil:
		return "", err
	case ok:
		printVerdict(&b, day, t.app.colour())
		return b.String(), nil
	}
	s, err := athleteState(ctx, t.p.store, id)
	if s.Days == 0 {
		say(&b, "Nothing is known of %s yet. Drop a .fit or .gpx file into the folder.", id)
	} else {
		say(&b, "All that is known of %s (%s) is more than 100 days old: too old for a verdict. Drop the files of the last weeks into the folder.", id, counted(s.Runs, "run"))
	}
	return b.String(), err
}

// tellRefused counts the files that could not be used, and says where their
// reasons stand.
func (t *teller) tellRefused(ctx context.Context) error {
	n, err := t.files(ctx, readiness.FileRefused)
	if n > t.refused {
		say(t.app.out, "\n%s could not be used: `afterrun files --state refused` says why.", counted(n, "file"))
	}
	t.refused = n
	return err
}

// tellPending counts the files that are still arriving.
func (t *teller) tellPending(ctx context.Context) error {
	n, err := t.files(ctx, readiness.FilePending)
	if n > 0 {
		say(t.app.out, "\n%s not whole yet: `afterrun files --state pending` says what is missing.", counted(n, "file"))
	}
	return err
}

// files counts everybody's files of a state.
func (t *teller) files(ctx context.Context, state readiness.FileState) (n int, err error) {
	athletes, err := t.p.store.Athletes(ctx)
	for _, id := range athletes {
		files, err := t.p.store.Files(ctx, id)
		if err != nil {
			return n, err
		}
		for _, f := range files {
			if f.State == state {
				n++
			}
		}
	}
	return n, err
}

// waitFirstScan tells now and then how far the first look is.
func (a *app) waitFirstScan(ctx context.Context, w *watch.Watcher) error {
	done := make(chan error, 1)
	go func() { done <- w.WaitFirstScan(ctx) }()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			s := w.Status()
			say(a.err, "reading %s: %d of %d files to go", s.Path, s.Unread, s.Files)
		}
	}
}

// latestDay is the last day stored, which is today unless the athlete has been
// silent for long.
func latestDay(ctx context.Context, p *parts, id readiness.AthleteID) (readiness.Day, bool, error) {
	today := readiness.DateOf(p.now().Add(24 * time.Hour))
	days, err := p.store.Days(ctx, id, today-100, today)
	if err != nil || len(days) == 0 {
		return readiness.Day{}, false, err
	}
	return days[len(days)-1], true, nil
}
