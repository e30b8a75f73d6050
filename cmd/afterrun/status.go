package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"afterrun/ingest/bus"
	"afterrun/readiness"
	"afterrun/sinks/store"
)

// statusReport is what `status` shows.
type statusReport struct {
	Data     string                      `json:"data"`
	Running  bool                        `json:"running"`
	Folders  []folderStatus              `json:"folders,omitempty"`
	Queues   map[string]uint64           `json:"queues,omitempty"` // messages each consumer has still to handle
	Dead     []string                    `json:"dead,omitempty"`   // messages that could not be processed
	Alerts   []string                    `json:"alerts,omitempty"` // channels that did not take their newest message
	Athletes []athleteStatus             `json:"athletes"`
	Files    map[readiness.FileState]int `json:"files"`
}

type folderStatus struct {
	Path     string    `json:"path"`
	Files    int       `json:"files"`
	Pending  int       `json:"pending"`
	LastScan time.Time `json:"last_scan"`
	Warnings []string  `json:"warnings,omitempty"`
}

type athleteStatus struct {
	ID    readiness.AthleteID `json:"id"`
	Runs  int                 `json:"runs"`
	Days  int                 `json:"days"`
	Last  string              `json:"last,omitempty"`
	Band  string              `json:"band,omitempty"`
	Score *float64            `json:"score,omitempty"`
}

func (a *app) statusCommand() *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use: "status", Short: "What is running, what is stored, what waits",
		Example: "  afterrun status\n  afterrun status --json\n  afterrun status --check     fails unless the program runs and answers: for health checks",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.statusCmd(cmd.Context(), asJSON, check) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&check, "check", false, "fail unless the program runs and answers")
	return cmd
}

func (a *app) statusCmd(ctx context.Context, asJSON, check bool) error {
	s, err := a.readStatus(ctx)
	if err != nil {
		return err
	}
	troubled, err := a.troubled(s.Data)
	if err != nil {
		return err
	}
	for _, d := range troubled {
		s.Alerts = append(s.Alerts, describe(d))
	}
	if check && !s.Running {
		return fmt.Errorf("nothing runs on %s, or it does not answer", s.Data)
	}
	away := a.askNATS(ctx, &s) // does not hide what is stored here
	if asJSON {
		return errors.Join(printJSON(a.out, s), away)
	}
	return errors.Join(a.printStatus(s), away)
}

// readStatus asks the running program, else reads the stored results.
func (a *app) readStatus(ctx context.Context) (statusReport, error) {
	dir, err := a.dataDir()
	if err != nil {
		return statusReport{}, err
	}
	if r := running(ctx, dir); r != nil {
		return r.status(ctx)
	}
	s, err := a.openReader()
	if errors.Is(err, errNothing) {
		return statusReport{Data: dir}, nil
	}
	if err != nil {
		return statusReport{}, err
	}
	defer func() { _ = s.Close() }() // read only
	return storedStatus(ctx, s, dir)
}

// askNATS adds what an external NATS knows of stages on other machines.
func (a *app) askNATS(ctx context.Context, r *statusReport) error {
	if r.Running || a.cfg.NATS.URL == "" {
		return nil
	}
	b, err := a.connect(ctx, r.Data)
	if err != nil {
		return err
	}
	return errors.Join(r.addWaiting(ctx, b), b.Close())
}

// addWaiting adds what waits for a consumer, and what none could process.
func (r *statusReport) addWaiting(ctx context.Context, b *bus.Bus) error {
	info, err := b.Info(ctx)
	if err != nil {
		return err
	}
	r.Queues = info.Pending
	dead, err := b.Dead(ctx)
	for _, d := range dead {
		r.Dead = append(r.Dead, fmt.Sprintf("%s: %s", d.Subject, d.Reason))
	}
	return err
}

// storedStatus is what the store alone tells.
func storedStatus(ctx context.Context, s *store.Store, dir string) (statusReport, error) {
	r := statusReport{Data: dir, Files: map[readiness.FileState]int{}}
	athletes, err := s.Athletes(ctx)
	if err != nil {
		return r, err
	}
	for _, id := range athletes {
		st, err := athleteState(ctx, s, id)
		if err != nil {
			return r, err
		}
		r.Athletes = append(r.Athletes, st)
		files, err := s.Files(ctx, id)
		if err != nil {
			return r, err
		}
		for _, f := range files {
			r.Files[f.State]++
		}
	}
	return r, nil
}

func athleteState(ctx context.Context, s *store.Store, id readiness.AthleteID) (athleteStatus, error) {
	st := athleteStatus{ID: id}
	first, last, err := dateRange("", "")
	if err != nil {
		return st, err
	}
	days, err := s.Days(ctx, id, first, last)
	if err != nil {
		return st, err
	}
	runs, err := s.Runs(ctx, id, first, last)
	if err != nil {
		return st, err
	}
	st.Runs, st.Days = len(runs), len(days)
	if len(days) > 0 {
		d := days[len(days)-1]
		st.Last, st.Band, st.Score = d.Date.String(), d.Verdict.Band, d.Verdict.Score
	}
	return st, nil
}

// status is what the running program adds to the stored status.
func (p *parts) status(ctx context.Context) (statusReport, error) {
	r, err := storedStatus(ctx, p.store, p.dir)
	if err != nil {
		return r, err
	}
	r.Running = true
	for _, w := range p.watchers {
		s := w.Status()
		r.Folders = append(r.Folders, folderStatus{Path: s.Path, Files: s.Files, Pending: len(s.Pending), LastScan: s.LastScan, Warnings: s.Warnings})
	}
	return r, r.addWaiting(ctx, p.bus)
}

func (a *app) printStatus(r statusReport) error {
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	say(w, "data\t%s", r.Data)
	say(w, "running\t%s", a.runningText(r))
	for _, f := range r.Folders {
		say(w, "folder\t%s\t%s, %d pending, last look %s", f.Path, counted(f.Files, "file"), f.Pending, f.LastScan.Local().Format(time.TimeOnly))
		for _, text := range f.Warnings {
			say(w, "\t\t%s", printable(text))
		}
	}
	for _, s := range r.Athletes {
		if s.Days == 0 {
			say(w, "athlete\t%s\tnothing yet", s.ID)
			continue
		}
		say(w, "athlete\t%s\t%s, %s to %s, %s", s.ID, counted(s.Runs, "run"), counted(s.Days, "day"), s.Last, cmp.Or(s.Band, "no verdict"))
	}
	for _, s := range fileStates {
		if n := r.Files[s]; n > 0 {
			say(w, "files\t%s\t%d", s, n)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Queues)) {
		if n := r.Queues[name]; n > 0 {
			say(w, "waiting\t%s\t%s", name, counted(int(n), "message"))
		}
	}
	for _, text := range r.Alerts {
		say(w, "alerts\t%s", printable(text))
	}
	for _, d := range r.Dead {
		say(w, "dead\t%s", d)
	}
	return w.Flush()
}

func (a *app) runningText(r statusReport) string {
	switch {
	case r.Running:
		return "yes"
	case a.cfg.NATS.URL != "":
		return "no `afterrun up` here; stages apart are not seen, what waits for them is"
	}
	return "no (start it with: " + a.upLine() + ")"
}

// upLine is how the program is started here.
func (a *app) upLine() string {
	if len(a.cfg.Folders) > 0 {
		return "afterrun up"
	}
	return "afterrun up FOLDER"
}

// fileStates lists every state of a file, in the order shown.
var fileStates = []readiness.FileState{readiness.FilePublished, readiness.FileDuplicate, readiness.FileCorrected, readiness.FilePending, readiness.FileIgnored, readiness.FileRefused}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
