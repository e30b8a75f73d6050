package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

func (a *app) forgetCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "forget RUN|FILE…", Short: "Delete a run, or all that a file said, for good",
		Long: "Forget deletes what Afterrun knows; files are never touched. What is deleted stays\n" +
			"so when it is seen again: a run whatever file brings it, other things in the same\nwords. There is no way back: look at --dry-run first.\n\n" +
			"RUN is a run id as in `afterrun export --kind runs`, the beginning of one, or the\nbeginning of its start. Its other recordings are deleted with it, for else one of\nthem would count in its place. FILE is a path as in `afterrun files`; that of a zip\nmeans all in it.",
		Example: "  afterrun forget --dry-run 3f2a\n  afterrun forget 3f2a\n  afterrun forget ~/Sync/watch/2026-11-20.fit",
		Args:    wants(1, math.MaxInt, "RUN or FILE"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.forget(cmd.Context(), args, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list what would be deleted")
	return cmd
}

func (a *app) forget(ctx context.Context, names []string, dryRun bool) error {
	var change amendment
	for _, name := range names {
		if err := a.forgettable(ctx, name, &change); err != nil {
			return err
		}
	}
	if dryRun {
		return a.wouldForget(ctx, change)
	}
	var gone []readiness.File
	err := a.withController(ctx, func(ctx context.Context, c controller) (err error) {
		gone, err = c.amend(ctx, change)
		return err
	})
	if err != nil {
		return err
	}
	say(a.out, "forgotten: %s", strings.Join(names, ", "))
	for _, f := range gone {
		say(a.out, "nothing is left of %s", printable(f.Path))
	}
	return nil
}

// forgettable adds the file or run of a name to what is to be forgotten.
func (a *app) forgettable(ctx context.Context, name string, change *amendment) error {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // read only
	change.Athlete = athlete
	files, err := s.Files(ctx, athlete)
	if err != nil {
		return err
	}
	for _, path := range a.spellings(name) {
		if slices.ContainsFunc(files, func(f readiness.File) bool { return f.Path == path }) {
			change.Paths = append(change.Paths, path)
			return nil
		}
	}
	first, last, err := dateRange("", "")
	if err != nil {
		return err
	}
	runs, err := s.Runs(ctx, athlete, first, last)
	if err != nil {
		return err
	}
	run, err := runNamed(runs, name)
	if err != nil {
		return fmt.Errorf("%q is no file of `afterrun files`, and %w: %w", name, err, errNothing)
	}
	change.Runs = append(change.Runs, recordings(runs, run)...)
	return nil
}

// spellings are the paths that a name on the command line may mean.
func (a *app) spellings(name string) []string {
	out := []string{name}
	if abs, err := filepath.Abs(a.expand(name)); err == nil {
		out = append(out, filepath.ToSlash(abs))
	}
	return out
}

// recordings are the keys of a run and of the others that it was merged with.
func recordings(runs []readiness.RunSummary, of readiness.RunSummary) []string {
	counts := of.RunID
	if of.DuplicateOf != "" {
		counts = of.DuplicateOf
	}
	var keys []string
	for _, r := range runs {
		if r.RunID == counts || r.DuplicateOf == counts {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// wouldForget lists what a change deletes: the runs, and what else the files said.
func (a *app) wouldForget(ctx context.Context, change amendment) error {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // read only
	files, err := s.Files(ctx, athlete)
	if err != nil {
		return err
	}
	keys := slices.Clone(change.Runs)
	for _, f := range files {
		if !slices.ContainsFunc(change.Paths, func(p string) bool { return f.Path == p || strings.HasPrefix(f.Path, p+"!/") }) {
			continue
		}
		say(a.out, "%s: %s", printable(f.Path), cmp.Or(f.Became(), "nothing"))
		for _, e := range f.Events {
			if e.Kind == readiness.KindRun {
				keys = append(keys, e.Key)
			}
		}
	}
	runs, err := s.Runs(ctx, athlete, math.MinInt32, math.MaxInt32)
	for _, r := range runs {
		if slices.Contains(keys, r.Key) {
			say(a.out, "run %s of %s", r.RunID, r.Row["start_time_utc"])
		}
	}
	return err
}
