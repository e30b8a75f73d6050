package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"afterrun/readiness"
)

// Forget deletes runs, by their keys, and all that files said, by their paths; a
// bundle's path means all in it. What is deleted stays so when it is seen again:
// a run whatever file brings it, anything else in the same words. It returns the
// lines that nothing is left of. It may be repeated.
func (g *Ingester) Forget(ctx context.Context, athlete readiness.AthleteID, runs, paths []string) ([]readiness.File, error) {
	lines, err := g.linesOf(ctx, athlete)
	if err != nil {
		return nil, err
	}
	gone := contents{}
	for _, key := range runs {
		gone[content{readiness.KindRun, key, readiness.EveryContent}] = true
	}
	for _, f := range lines {
		if named(f, paths) {
			gone.addAll(f.Events)
		}
	}
	for c := range gone {
		if err := g.bury(ctx, athlete, c); err != nil {
			return nil, err
		}
	}
	return g.emptied(ctx, lines, gone, paths)
}

func (g *Ingester) linesOf(ctx context.Context, athlete readiness.AthleteID) ([]readiness.File, error) {
	lines, err := g.Lines(ctx)
	lines = slices.DeleteFunc(lines, func(f readiness.File) bool { return f.Athlete != athlete })
	slices.SortFunc(lines, func(a, b readiness.File) int { return strings.Compare(a.Path, b.Path) })
	return lines, err
}

// named reports a file that is meant by one of the paths.
func named(f readiness.File, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return f.Path == p || strings.HasPrefix(f.Path, p+inside) })
}

func (s contents) addAll(events []readiness.EventRef) {
	for _, e := range events {
		c := contentOf(e)
		if c.kind == readiness.KindRun {
			c.digest = readiness.EveryContent
		}
		s[c] = true
	}
}

func (s contents) has(e readiness.EventRef) bool {
	c := contentOf(e)
	return s[c] || s[content{c.kind, c.key, readiness.EveryContent}]
}

// bury writes the deletion of one content into the diary and makes it hold.
func (g *Ingester) bury(ctx context.Context, athlete readiness.AthleteID, c content) error {
	r := readiness.Retraction{Kind: c.kind, Key: c.key, Digests: []string{c.digest}, Reason: readiness.Forgotten}
	e := readiness.Event{Athlete: athlete, Kind: readiness.KindRetraction, Key: c.key, Retraction: &r}
	if err := g.o.Originals.enter(entry{Event: &e}); err != nil {
		return err
	}
	if err := g.o.Retracter.Retract(ctx, athlete, c.kind, c.key, c.digest, r.Reason); err != nil {
		return fmt.Errorf("forget %s %s: %w", c.kind, c.key, err)
	}
	return nil
}

// emptied takes what is gone from the lines; one of which nothing is left, and
// one that was named, becomes a tombstone.
func (g *Ingester) emptied(ctx context.Context, lines []readiness.File, gone contents, paths []string) ([]readiness.File, error) {
	var out []readiness.File
	for _, f := range lines {
		left := slices.DeleteFunc(slices.Clone(f.Events), gone.has)
		if len(left) == len(f.Events) && !named(f, paths) {
			continue
		}
		f.Events = left
		if len(left) == 0 {
			f.State, f.Reason = readiness.FileIgnored, readiness.ReasonForgotten
			out = append(out, f)
		}
		if f.SHA256 != "" {
			if err := g.o.Originals.enter(entry{File: &f}); err != nil {
				return out, err
			}
		}
		if _, err := g.note(ctx, f); err != nil {
			return out, err
		}
	}
	return out, nil
}

// isForgotten reports a content that the athlete deleted.
func (g *Ingester) isForgotten(f readiness.File) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return f.SHA256 != "" && g.forgotten[bytesOf{f.Athlete, f.SHA256}]
}

// Retry reads the kept bytes of a file again, as a later version understands
// them. ok is false when they are not kept.
func (g *Ingester) Retry(ctx context.Context, f readiness.File) (_ readiness.File, ok bool, err error) {
	data, err := g.o.Originals.Get(ctx, f.SHA256)
	if err != nil {
		return f, false, ctx.Err()
	}
	parsed, err := parser(Salvage).bounded(f.Path, data)
	line := newLine(f.Athlete, f.Path, past{f})
	line.SHA256 = f.SHA256
	line.State, line.Reason = judge(err)
	line, err = g.settle(ctx, line, parsed, data)
	return line, true, err
}
