package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

func (a *app) filesCommand() *cobra.Command {
	var state string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "files", Short: "List every file, its state and the reason",
		Long:    "Every file is in exactly one state: published, duplicate, corrected, pending,\nignored or refused. Pending files are looked at again when they change.",
		Example: "  afterrun files\n  afterrun files --state refused\n  afterrun files --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.files(cmd.Context(), readiness.FileState(state), asJSON)
		},
	}
	states := []string{"published", "duplicate", "corrected", "pending", "ignored", "refused"}
	cmd.Flags().StringVar(&state, "state", "", "only this state")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	completeWith(cmd, "state", states...)
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if state != "" && !slices.Contains(states, state) {
			return fmt.Errorf("--state %q is not a state of a file: %w", state, errUsage)
		}
		return nil
	}
	return cmd
}

func (a *app) files(ctx context.Context, state readiness.FileState, asJSON bool) error {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // read only
	files, err := s.Files(ctx, athlete)
	if err != nil {
		return err
	}
	if state != "" {
		files = slices.DeleteFunc(files, func(f readiness.File) bool { return f.State != state })
	}
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return enc.Encode(files)
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	say(w, "STATE\tFILE\tSEEN\tBECAME\tREASON")
	for _, f := range files {
		say(w, "%s\t%s\t%s\t%s\t%s", f.State, printable(f.Path), f.Seen.Local().Format(time.DateTime), became(f), printable(f.Reason))
	}
	return w.Flush()
}

// yields are the words for what a file yields: one of it, several.
var yields = []struct {
	kind      readiness.Kind
	one, many string
}{
	{readiness.KindRun, "run", "runs"}, {readiness.KindWellness, "wellness day", "wellness days"}, {readiness.KindCheckIn, "check-in", "check-ins"},
}

// became counts what a file yielded, e.g. "1 run" or "114 check-ins".
func became(f readiness.File) string {
	counts := map[readiness.Kind]int{}
	for _, e := range f.Events {
		counts[e.Kind]++
	}
	var parts []string
	for _, y := range yields {
		switch n := counts[y.kind]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+y.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, y.many))
		}
	}
	return strings.Join(parts, ", ")
}
