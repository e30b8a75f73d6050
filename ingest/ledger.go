package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"afterrun/readiness"
)

// Note writes a line of a file that was not read, e.g. because it is too large.
// What the path said before still counts.
func (g *Ingester) Note(ctx context.Context, f readiness.File) error {
	before, err := g.Known(ctx, f.Athlete, f.Path)
	if err != nil {
		return err
	}
	f.Path, f.Events = clean(f.Path), before.Events
	_, err = g.note(ctx, f)
	return err
}

// note writes a line; one that only says again that a file waits is not
// written again.
func (g *Ingester) note(ctx context.Context, f readiness.File) (readiness.File, error) {
	before, err := g.Known(ctx, f.Athlete, f.Path)
	if err != nil {
		return f, err
	}
	if f.State == readiness.FilePending && sameLine(before, f) {
		return before, nil
	}
	f.Seen = g.o.Now().UTC()
	if err := g.o.Ledger.PutFile(ctx, f); err != nil {
		return f, fmt.Errorf("write ledger: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remember(f)
	return f, nil
}

func sameLine(a, b readiness.File) bool {
	return a.State == b.State && a.Reason == b.Reason && a.SHA256 == b.SHA256 && a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

// Known returns the ledger's line of a path; the zero File when there is none.
func (g *Ingester) Known(ctx context.Context, athlete readiness.AthleteID, path string) (readiness.File, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(ctx); err != nil {
		return readiness.File{}, err
	}
	return g.lines[place{athlete, clean(path)}], nil
}

// Lines returns the ledger: what became of every file.
func (g *Ingester) Lines(ctx context.Context) ([]readiness.File, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(ctx); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(g.lines)), nil
}

// load reads the ledger once.
func (g *Ingester) load(ctx context.Context) error {
	if g.lines != nil {
		return nil
	}
	files, err := g.o.Ledger.Files(ctx)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	g.lines = make(map[place]readiness.File, len(files))
	g.forgotten, g.places, g.sayers = map[bytesOf]bool{}, map[bytesOf]map[string]bool{}, map[eventOf][]string{}
	for _, f := range files {
		g.remember(f)
	}
	return nil
}

func (g *Ingester) remember(f readiness.File) {
	at, now := place{f.Athlete, f.Path}, bytesOf{f.Athlete, f.SHA256}
	if before, ok := g.lines[at]; ok {
		delete(g.places[bytesOf{f.Athlete, before.SHA256}], f.Path)
		for _, e := range before.Events {
			id := eventOf{f.Athlete, e.Kind, e.Key}
			g.sayers[id] = slices.DeleteFunc(g.sayers[id], func(p string) bool { return p == f.Path })
		}
	}
	for _, e := range f.Events {
		id := eventOf{f.Athlete, e.Kind, e.Key}
		g.sayers[id] = append(g.sayers[id], f.Path)
	}
	g.lines[at] = f
	if f.SHA256 != "" {
		if g.places[now] == nil {
			g.places[now] = map[string]bool{}
		}
		g.places[now][f.Path] = true
	}
	if f.Reason == readiness.ReasonForgotten && f.SHA256 != "" {
		g.forgotten[now] = true
	}
}

// others returns the lines of the athlete's other paths that say something about
// one of the events, by path.
func (g *Ingester) others(now readiness.File, about contents) []readiness.File {
	g.mu.Lock()
	defer g.mu.Unlock()
	paths := map[string]bool{}
	for c := range about {
		for _, p := range g.sayers[eventOf{now.Athlete, c.kind, c.key}] {
			paths[p] = p != now.Path
		}
	}
	var files []readiness.File
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if paths[p] {
			files = append(files, g.lines[place{now.Athlete, p}])
		}
	}
	return files
}
