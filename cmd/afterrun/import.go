package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"afterrun/ingest/bundle"
	"afterrun/ingest/watch"
	"afterrun/readiness"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "import PATH…", Short: "Read files and folders once, with progress and a summary",
		Long: "Import reads watch files (.fit, .gpx, .tcx), check-ins (.csv, .json) and folders\nof them. It can be interrupted and run again: what is known is a duplicate. It\nreturns when every result is stored and visible to export. No alerts are sent\nfor days more than two days old.",
		Example: "  afterrun import ~/Downloads/2026-11-20.fit\n" +
			"  afterrun import ~/old-exports --athlete me",
		Args: func(cmd *cobra.Command, args []string) error { return usage(cobra.MinimumNArgs(1)(cmd, args)) },
		RunE: func(cmd *cobra.Command, args []string) error { return a.importCmd(cmd.Context(), args, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list the files that would be read")
	return cmd
}

func (a *app) importCmd(ctx context.Context, args []string, dryRun bool) error {
	paths, err := findFiles(args, a.expand)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("no .fit, .gpx, .tcx, .csv or .json file in %s: %w", strings.Join(args, ", "), errNothing)
	}
	if dryRun {
		for _, p := range paths {
			say(a.out, "%s", p)
		}
		return nil
	}
	req := importRequest{Athlete: a.defaultAthlete(), Paths: paths}
	outcome := newOutcome(a, len(paths))
	err = a.withController(ctx, func(c controller) error { return c.importPaths(ctx, req, outcome.line) })
	return errors.Join(err, outcome.end())
}

// findFiles lists the candidates below the given paths, sorted, absolute. A
// file named by the user is always a candidate.
func findFiles(args []string, expand func(string) string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		root, err := filepath.Abs(expand(arg))
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(root)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		if info.Mode().IsRegular() {
			paths = append(paths, root)
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if path != root && !watch.Candidate(d.Name()) {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.Type().IsRegular() {
				paths = append(paths, path)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// outcome shows progress and counts what became of the files.
type outcome struct {
	a      *app
	bar    *progressbar.ProgressBar // nil unless on a terminal
	counts map[readiness.FileState]int
	bad    []readiness.File
	seen   int
	total  int
	last   time.Time
}

func newOutcome(a *app, total int) *outcome {
	o := &outcome{a: a, total: total, counts: map[readiness.FileState]int{}, last: time.Now()}
	if isTerminal(a.err) {
		o.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription("reading"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("files"), progressbar.OptionClearOnFinish())
	}
	return o
}

func (o *outcome) line(l importLine) {
	if l.File == nil {
		return
	}
	o.seen++
	o.counts[l.File.State]++
	switch l.File.State {
	case readiness.FileRefused, readiness.FilePending:
		o.bad = append(o.bad, *l.File)
	}
	if o.bar != nil {
		_ = o.bar.Add(1) // a picture only
	} else if time.Since(o.last) > 5*time.Second {
		o.last = time.Now()
		say(o.a.err, "read %d of %d files", o.seen, o.total)
	}
}

// end prints the summary; some unusable files give exit code 3.
func (o *outcome) end() error {
	if o.bar != nil {
		_ = o.bar.Finish() // a picture only
	}
	w := tabwriter.NewWriter(o.a.out, 0, 4, 2, ' ', 0)
	for _, s := range []readiness.FileState{readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate,
		readiness.FileIgnored, readiness.FilePending, readiness.FileRefused} {
		if n := o.counts[s]; n > 0 {
			say(w, "%s\t%d", s, n)
		}
	}
	for _, f := range o.bad {
		say(w, "%s\t%s\t%s", f.State, f.Path, f.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if n := o.counts[readiness.FileRefused] + o.counts[readiness.FilePending]; n > 0 {
		return fmt.Errorf("%d of %d files could not be used: %w", n, o.seen, errNothing)
	}
	return nil
}

// importPaths reads the files one after the other and returns when every
// result is durable and visible to export.
func (p *parts) importPaths(ctx context.Context, r importRequest, report func(importLine)) error {
	if err := r.Athlete.Validate(); err != nil {
		return err
	}
	for _, path := range r.Paths {
		f, err := p.importFile(ctx, r.Athlete, path, func(f readiness.File) { report(importLine{File: &f}) })
		if err != nil {
			return fmt.Errorf("import %s: %w", path, err)
		}
		report(importLine{File: &f})
	}
	return p.waitVisible(ctx)
}

// importFile reads one file; tell is told of the members of a bundle.
func (p *parts) importFile(ctx context.Context, athlete readiness.AthleteID, path string, tell func(readiness.File)) (readiness.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return unreadable(athlete, path, err), nil
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return unreadable(athlete, path, err), nil
	}
	name := filepath.ToSlash(path)
	head := make([]byte, 4)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(athlete, path, err), nil
	}
	if info.Size() > watch.MaxFileSize || bundle.IsZip(head[:n]) {
		return p.ingester.Bundle(ctx, athlete, name, file, info, tell)
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return unreadable(athlete, path, err), nil
	}
	return p.ingester.File(ctx, athlete, name, data, info)
}

// unreadable is the fate of a file, told in its line.
func unreadable(athlete readiness.AthleteID, path string, err error) readiness.File {
	return readiness.File{Athlete: athlete, Path: filepath.ToSlash(path), State: readiness.FilePending, Reason: "cannot be read: " + err.Error()}
}
