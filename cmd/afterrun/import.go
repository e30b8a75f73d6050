package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"afterrun/ingest/bundle"
	"afterrun/ingest/watch"
	"afterrun/readiness"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "import PATH…", Short: "Read files and folders once, with progress and a summary",
		Long: "Import reads watch files (.fit, .gpx, .tcx), check-ins (.csv, .json), folders\nof them and the exports of whole accounts as they come (.zip of Garmin, Strava,\nApple Health, Fitbit, Polar). It can be interrupted and run again: what was\nread before is counted as known. It returns when every result is stored and\nvisible to export. No alerts are sent for days more than two days old.",
		Example: "  afterrun import ~/Downloads/2026-11-20.fit\n" +
			"  afterrun import ~/Downloads/export_12345.zip\n" +
			"  afterrun import ~/old-exports --athlete me",
		Args: wants(1, math.MaxInt, "PATH"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.importCmd(cmd.Context(), args, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list the files and the members of zips, with what they say; store nothing")
	return cmd
}

func (a *app) importCmd(ctx context.Context, args []string, dryRun bool) error {
	found, err := findFiles(args, a.expand)
	if err != nil {
		return err
	}
	athlete, err := a.writer(ctx)
	if err != nil {
		return err
	}
	if dryRun {
		return a.dryRun(ctx, athlete, found)
	}
	if len(found.paths)+len(found.other) == 0 {
		return fmt.Errorf("no file in %s: %w", strings.Join(args, ", "), errNothing)
	}
	report := newOutcome(a.out, a.err, len(found.paths))
	for _, f := range found.other {
		report.count(f)
	}
	if len(found.paths) > 0 {
		req := importRequest{Athlete: athlete, Paths: found.paths}
		err = a.withController(ctx, func(ctx context.Context, c controller) error { return c.importPaths(ctx, req, report.line) })
	}
	end := report.end()
	switch {
	case ctx.Err() == nil && err != nil:
		return err // not what the files that were read end with
	case ctx.Err() == nil:
		return end
	}
	return fmt.Errorf("interrupted after %d of %d files%s: run it again to go on, what was read is known", report.read, report.total, report.within())
}

// importPaths reads the files one after the other and returns when every
// result is durable and visible to export. The worker waits meanwhile: it would
// compute the same days again for every few files.
func (p *parts) importPaths(ctx context.Context, r importRequest, report func(importLine)) error {
	if err := r.Athlete.Validate(); err != nil {
		return err
	}
	before, err := p.linesOf(ctx, r.Athlete)
	if err != nil {
		return err
	}
	err = p.readAll(ctx, r, func(l importLine) {
		l.Again = l.File != nil && saysTheSame(before[l.File.Path], *l.File)
		report(l)
	})
	if err != nil {
		return err
	}
	report(importLine{Computing: true})
	return p.waitVisible(ctx)
}

// linesOf is what became of the athlete's files so far, by path.
func (p *parts) linesOf(ctx context.Context, athlete readiness.AthleteID) (map[string]readiness.File, error) {
	all, err := p.ingester.Lines(ctx)
	lines := make(map[string]readiness.File, len(all))
	for _, f := range all {
		if f.Athlete == athlete {
			lines[f.Path] = f
		}
	}
	return lines, err
}

// saysTheSame reports a file of use that was read before, as it is.
func saysTheSame(before, now readiness.File) bool {
	return len(now.Events) > 0 && before.State == now.State && before.SHA256 == now.SHA256 && slices.Equal(before.Events, now.Events)
}

func (p *parts) readAll(ctx context.Context, r importRequest, report func(importLine)) error {
	p.reading.Lock()
	defer p.reading.Unlock()
	read := p.importFile
	if r.Retry {
		read = p.retryFile
	}
	for _, path := range r.Paths {
		report(importLine{Reading: path})
		f, err := read(ctx, r.Athlete, path, func(f readiness.File, known int) { report(importLine{File: &f, Known: known}) })
		if err != nil {
			return fmt.Errorf("import %s: %w", path, err)
		}
		report(importLine{File: &f})
	}
	return nil
}

// importFile reads one file; tell is told of the members of a bundle.
func (p *parts) importFile(ctx context.Context, athlete readiness.AthleteID, path string, tell func(f readiness.File, known int)) (readiness.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return p.unreadable(ctx, athlete, path, err)
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return p.unreadable(ctx, athlete, path, err)
	}
	return p.readOpen(ctx, athlete, filepath.ToSlash(path), file, info, tell)
}

// readOpen reads an open file, or what a zip holds.
func (p *parts) readOpen(ctx context.Context, athlete readiness.AthleteID, name string, file *os.File, info os.FileInfo, tell func(f readiness.File, known int)) (readiness.File, error) {
	head := make([]byte, 4)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return p.unreadable(ctx, athlete, name, err)
	}
	if info.Size() > watch.MaxFileSize || bundle.IsZip(head[:n]) {
		return p.ingester.Bundle(ctx, athlete, name, file, info, tell)
	}
	data, err := io.ReadAll(io.LimitReader(file, watch.MaxFileSize+1)) // it may grow meanwhile
	if err != nil {
		return p.unreadable(ctx, athlete, name, err)
	}
	return p.ingester.Given(ctx, athlete, name, data, info)
}

// unreadable notes a file that cannot be read, unless it is not there at all.
func (p *parts) unreadable(ctx context.Context, athlete readiness.AthleteID, path string, err error) (readiness.File, error) {
	f := cannotRead(path, err)
	f.Athlete = athlete
	if f.State == readiness.FileRefused {
		return f, nil
	}
	return f, p.ingester.Note(ctx, f)
}
