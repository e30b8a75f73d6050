package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

// fileFilter says which files to list, and how.
type fileFilter struct {
	readiness.FileFilter
	json, duplicates bool
}

func (a *app) filesCommand() *cobra.Command {
	var f fileFilter
	cmd := &cobra.Command{
		Use: "files [TEXT]", Short: "List every file, its state, what it became and why",
		Long: "Every file, and every member of a zip (export.zip!/activities/1.fit.gz), is in\nexactly one state: published, duplicate, corrected, pending, ignored or refused.\nPending files are looked at again when they change. TEXT lists only paths that\nhave it in them. Of several athletes all are listed, unless --athlete names one.\n\n" +
			"--duplicates lists instead the recordings that were merged with another one of the\nsame run, and why; `afterrun split` and `afterrun choose` decide otherwise.",
		Example: "  afterrun files\n  afterrun files --state refused\n  afterrun files --kind night --sort seen 2026-11\n  afterrun files --duplicates\n  afterrun files --json",
		Args:    wants(0, 1, "TEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Match = strings.Join(args, "")
			if f.duplicates {
				return a.merged(cmd.Context(), f.json)
			}
			return a.files(cmd.Context(), f)
		},
	}
	cmd.Flags().StringVar(&f.State, "state", "", "only this state")
	cmd.Flags().StringVar(&f.Kind, "kind", "", "only files that became a run, night or checkin, or nothing")
	cmd.Flags().StringVar(&f.Sort, "sort", "path", "path, seen (newest first), state or size (largest first)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.duplicates, "duplicates", false, "list merged recordings and why")
	completeWith(cmd, "state", readiness.FileStates...)
	completeWith(cmd, "kind", readiness.FileKinds...)
	completeWith(cmd, "sort", readiness.FileSorts...)
	cmd.PreRunE = func(*cobra.Command, []string) error {
		return cmp.Or(oneOf("state", f.State, readiness.FileStates), oneOf("kind", f.Kind, readiness.FileKinds), oneOf("sort", f.Sort, readiness.FileSorts))
	}
	return cmd
}

// oneOf checks the value of a flag; empty is none.
func oneOf(flag, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("--%s %q: want one of %s: %w", flag, value, strings.Join(known, ", "), errUsage)
}

func (a *app) files(ctx context.Context, filter fileFilter) error {
	files, athletes, err := a.filesOfAll(ctx)
	if err != nil {
		return err
	}
	files = filter.Apply(files)
	if filter.json {
		return printJSON(a.out, files)
	}
	if len(files) == 0 {
		return fmt.Errorf("no such file; `afterrun files` lists all: %w", errNothing)
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	whose := func(id string) string { return "" }
	if athletes > 1 {
		whose = func(id string) string { return id + "\t" }
	}
	say(w, "%sSTATE\tFILE\tSEEN\tBECAME\tREASON", whose("ATHLETE"))
	for _, f := range files {
		say(w, "%s%s\t%s\t%s\t%s\t%s", whose(string(f.Athlete)), f.State, printable(f.Path), f.Seen.Local().Format(time.DateTime), f.Became(), printable(f.Reason))
	}
	return w.Flush()
}

// filesOfAll returns the files of the athlete that the flag names, else those of
// all, and how many athletes that is.
func (a *app) filesOfAll(ctx context.Context) (files []readiness.File, athletes int, err error) {
	s, err := a.openReader()
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = s.Close() }() // read only
	all, err := s.Athletes(ctx)
	if err == nil && a.athleteFlag != "" {
		all = make([]readiness.AthleteID, 1)
		all[0], err = a.chooseAthlete(ctx, s)
	}
	if err != nil {
		return nil, 0, err
	}
	for _, id := range all {
		f, err := s.Files(ctx, id)
		if err != nil {
			return nil, 0, err
		}
		files = append(files, f...)
	}
	return files, len(all), nil
}

// merged lists the recordings that count nowhere, or about which the athlete
// decided.
func (a *app) merged(ctx context.Context, asJSON bool) error {
	r, err := a.ask(ctx, question{Merged: true})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, append([]readiness.Merged{}, r.Merged...))
	}
	if len(r.Merged) == 0 {
		say(a.out, "No run was recorded twice.")
		return nil
	}
	return printMerged(a.out, r.Merged)
}

func printMerged(out io.Writer, all []readiness.Merged) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	say(w, "RUN\tSTART\tSPORT\tFILE\tCOUNTS\tWHY")
	for _, m := range all {
		counts := "itself"
		if m.DuplicateOf != "" {
			counts = m.DuplicateOf + " (" + m.OtherFile + ")"
		}
		say(w, "%s\t%s\t%s\t%s\t%s\t%s", m.Run, m.Start.Format("2006-01-02T15:04:05Z"), m.Sport, printable(m.File), printable(counts), m.Why)
	}
	return w.Flush()
}
