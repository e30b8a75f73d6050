package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"afterrun/ingest/watch"
	"afterrun/readiness"
)

func (a *app) retryCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "retry [FILE…]", Short: "Read files again that this version may understand better",
		Long:    "Retry reads the kept bytes of refused, ignored and waiting files again, with --all\nthose of every file, or those of the files named (a zip: all in it): what a new\nversion understands better counts from then on. A file whose bytes are not kept is read from where it lay. Of an export of Apple\nHealth only the values found in it are kept, for its size: import it again.",
		Example: "  afterrun retry\n  afterrun retry --all\n  afterrun retry ~/Sync/watch/2026-11-20.fit",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.retry(cmd.Context(), args, all)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every file, not only those of no use so far")
	return cmd
}

func (a *app) retry(ctx context.Context, names []string, all bool) error {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	files, err := s.Files(ctx, athlete)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	var wanted []string
	for _, n := range names {
		wanted = append(wanted, a.spellings(n)...)
	}
	req := importRequest{Athlete: athlete, Retry: true}
	for _, f := range files {
		if named(f, wanted) || len(names) == 0 && retriable(f, all) {
			req.Paths = append(req.Paths, f.Path)
		}
	}
	if len(req.Paths) == 0 {
		return fmt.Errorf("no file to read again: %w", errNothing)
	}
	outcome := newOutcome(a.out, a.err, len(req.Paths))
	err = a.withController(ctx, func(ctx context.Context, c controller) error { return c.importPaths(ctx, req, outcome.line) })
	if end := outcome.end(); err == nil {
		return end
	}
	return err
}

// named reports a file that one of the paths means; that of a zip means all in it,
// and the zip itself if it could not be opened.
func named(f readiness.File, paths []string) bool {
	return !opened(f) && slices.ContainsFunc(paths, func(p string) bool { return f.Path == p || isZip(p) && strings.HasPrefix(f.Path, p+"!/") })
}

// opened reports a zip that says nothing by itself: its members have lines.
func opened(f readiness.File) bool {
	return isZip(f.Path) && f.State != readiness.FileRefused && f.State != readiness.FilePending
}

func isZip(path string) bool { return strings.EqualFold(suffixOf(path), ".zip") }

// retriable reports a file that may say more to a later version. One without a sum
// was not read, most often for its name.
func retriable(f readiness.File, all bool) bool {
	if f.SHA256 == "" && watch.Unread(f.Path) != "" || opened(f) || f.Reason == readiness.ReasonForgotten {
		return false
	}
	return all || slices.Contains([]readiness.FileState{readiness.FileRefused, readiness.FileIgnored, readiness.FilePending}, f.State)
}

func suffixOf(path string) string { return path[max(strings.LastIndexByte(path, '.'), 0):] }

// retryFile reads one file of the ledger again.
func (p *parts) retryFile(ctx context.Context, athlete readiness.AthleteID, path string, tell func(f readiness.File, known int)) (readiness.File, error) {
	f, err := p.ingester.Known(ctx, athlete, path)
	if err != nil {
		return f, err
	}
	if f.SHA256 != "" {
		if again, ok, err := p.ingester.Retry(ctx, f); ok || err != nil {
			return again, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		f.Reason = "its bytes are not kept, and it is not where it lay: import it again"
		return f, nil //nolint:nilerr // the file's fate, told in its line
	}
	return p.importFile(ctx, athlete, path, tell)
}
