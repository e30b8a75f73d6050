package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"afterrun/ingest"
	"afterrun/readiness"
	"afterrun/sinks/store"
)

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Compare originals, events, results and what was made of them",
		Long:    "Verify reads everything and changes nothing: every kept original against its\nchecksum, the diary of what was read and every file's events against the event\nstream, every result against one computed anew from the events, the store and\nInfluxDB against the results. It ends with 1 when anything differs, and says what cures it.",
		Example: "  afterrun verify",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.verify(cmd.Context()) },
	}
}

// check is one comparison: how many things were compared, and which differ.
type check struct {
	name    string
	n       int
	faults  []string
	cure    string
	skipped string // why nothing was compared
}

func (c *check) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (a *app) verify(ctx context.Context) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	if err := a.anythingIn(dir); err != nil {
		return err
	}
	if running(ctx, dir) != nil {
		return fmt.Errorf("afterrun is running on %s: stop it first", dir)
	}
	p, err := a.openToLook(ctx)
	if err != nil {
		return err
	}
	checks, err := a.compare(ctx, p)
	return errors.Join(err, p.close(), a.report(checks))
}

// openToLook opens what is compared, publishing nothing.
func (a *app) openToLook(ctx context.Context) (*parts, error) {
	b, dir, err := a.openBus(ctx)
	if err != nil {
		return nil, err
	}
	p := &parts{dir: dir, log: a.log, now: a.now, bus: b}
	if p.ingester, err = a.newIngester(b, b, dir); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if p.store, err = store.OpenReadOnly(filepath.Join(dir, storeFile)); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: afterrun rebuild makes it anew", err), p.close())
	}
	return p, nil
}

func (a *app) compare(ctx context.Context, p *parts) ([]*check, error) {
	files, err := p.bus.Files(ctx)
	if err != nil {
		return nil, err
	}
	told, err := p.ingester.Told()
	if err != nil {
		return nil, err
	}
	athletes, err := everybody(ctx, p, told)
	if err != nil {
		return nil, err
	}
	checks := []*check{a.checkOriginals(ctx, p, files)}
	for _, compare := range []func(context.Context, *parts, readiness.AthleteID, *verification) error{
		checkEvents, checkResults, checkStore, a.checkInflux,
	} {
		v := &verification{files: files, told: told}
		for _, id := range athletes {
			if err := compare(ctx, p, id, v); err != nil {
				return checks, err
			}
		}
		checks = append(checks, &v.check)
	}
	return checks, nil
}

// everybody is whoever has events, or had them when the diary was written.
func everybody(ctx context.Context, p *parts, told ingest.Told) ([]readiness.AthleteID, error) {
	all, err := p.bus.Athletes(ctx)
	for _, f := range told.Files {
		all = append(all, f.Athlete)
	}
	for _, e := range told.Events {
		all = append(all, e.Athlete)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// verification is a check and what it looks at.
type verification struct {
	check
	files []readiness.File
	told  ingest.Told
}

func (a *app) report(checks []*check) error {
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	bad := 0
	for _, c := range checks {
		switch {
		case c.skipped != "":
			say(w, "%s\t–\t%s", c.name, c.skipped)
		case len(c.faults) == 0:
			say(w, "%s\tok\t%d compared", c.name, c.n)
		default:
			bad++
			say(w, "%s\tDIFFERS\t%d of %d; %s", c.name, len(c.faults), c.n, c.cure)
			for _, f := range c.faults[:min(len(c.faults), 10)] {
				say(w, "\t\t%s", printable(f))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d comparisons differ", bad, len(checks))
	}
	return nil
}

// checkOriginals reads every original a line of the ledger needs.
func (a *app) checkOriginals(ctx context.Context, p *parts, files []readiness.File) *check {
	c := &check{name: "originals", cure: "import the file again"}
	if a.cfg.Originals != "keep" {
		c.skipped = "none are kept (originals: " + a.cfg.Originals + ")"
		return c
	}
	originals := a.originals(p.bus, p.dir)
	seen := map[string]bool{}
	for _, f := range files {
		if len(f.Events) == 0 || f.SHA256 == "" || f.State == readiness.FileRefused || f.State == readiness.FilePending || seen[f.SHA256] {
			continue
		}
		seen[f.SHA256] = true
		c.n++
		switch _, err := originals.Get(ctx, f.SHA256); {
		case errors.Is(err, fs.ErrNotExist):
			c.fault("%s: its original is missing", f.Path)
		case err != nil:
			c.fault("%s: %v", f.Path, err)
		}
	}
	return c
}

// checkEvents looks in the stream for what the athlete's files and forms said. An
// event of which another content counts, or that was retracted, is in order.
func checkEvents(ctx context.Context, p *parts, id readiness.AthleteID, v *verification) error {
	v.name, v.cure = "events", "afterrun rebuild --events"
	known, err := inStream(ctx, p, id)
	if err != nil {
		return err
	}
	compare := func(from string, name string) {
		if v.n++; !known[name] {
			v.fault("%s: %s is not in the stream", from, name)
		}
	}
	lines := map[string]bool{}
	for _, f := range v.files {
		if f.Athlete != id {
			continue
		}
		lines[f.Path] = true
		for _, e := range f.Events {
			compare(f.Path, eventName(e.Kind, e.Key))
		}
	}
	for _, e := range v.told.Events {
		if e.Athlete == id && e.Kind != readiness.KindRetraction {
			compare("the diary", eventName(e.Kind, e.Key))
		}
	}
	v.missLines(id, lines)
	return nil
}

// missLines looks for the files that the diary tells of among those of the ledger.
func (v *verification) missLines(id readiness.AthleteID, lines map[string]bool) {
	for _, f := range v.told.Files {
		if f.Athlete != id {
			continue
		}
		if v.n++; !lines[f.Path] {
			v.fault("%s: it was read, and nothing is known of it", f.Path)
		}
	}
}

// inStream names every event of the athlete, also those that were retracted.
func inStream(ctx context.Context, p *parts, id readiness.AthleteID) (map[string]bool, error) {
	known := map[string]bool{}
	return known, eachEvent(ctx, p, id, func(e readiness.Event) error {
		known[eventName(e.Kind, e.Key)] = true
		if r := e.Retraction; r != nil {
			known[eventName(r.Kind, r.Key)] = true
		}
		return nil
	})
}

func eventName(kind readiness.Kind, key string) string { return string(kind) + " " + key }

// eachEvent reads the athlete's events a part at a time: the samples of years do
// not fit in memory at once.
func eachEvent(ctx context.Context, p *parts, id readiness.AthleteID, fn func(readiness.Event) error) error {
	for after := uint64(0); ; {
		events, read, err := p.bus.Events(ctx, id, after)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := fn(e); err != nil {
				return err
			}
		}
		if len(events) == 0 || read == after {
			return nil
		}
		after = read
	}
}

// samplesOf reads the samples of one run again.
type samplesOf struct {
	ctx context.Context
	p   *parts
	id  readiness.AthleteID
}

func (s samplesOf) Run(key string) (*readiness.Run, error) { return s.p.bus.Run(s.ctx, s.id, key) }

// checkResults computes the results of the athlete anew.
func checkResults(ctx context.Context, p *parts, id readiness.AthleteID, v *verification) error {
	v.name, v.cure = "results", "afterrun rebuild"
	var h readiness.History
	err := eachEvent(ctx, p, id, func(e readiness.Event) error {
		_, err := h.Add(e)
		h.Release()
		return err
	})
	if err != nil {
		return err
	}
	snapshot, err := p.bus.Load(ctx, id)
	if err != nil {
		return err
	}
	want, err := readiness.Assess(&h, samplesOf{ctx, p, id}, readiness.Options{Through: snapshot.State.Through})
	if err != nil {
		return err
	}
	return errors.Join(
		differ(v, id, want.Days, snapshot.Days, dayKey),
		differ(v, id, want.Runs, snapshot.Runs, runKey),
	)
}

func dayKey(d readiness.Day) string        { return d.Date.String() }
func runKey(r readiness.RunSummary) string { return r.RunID }

// differ compares two lists of results by key, each as it is stored.
func differ[T any](v *verification, id readiness.AthleteID, want, have []T, key func(T) string) error {
	stored := map[string]string{}
	for _, x := range have {
		b, err := json.Marshal(x)
		if err != nil {
			return err
		}
		stored[key(x)] = string(b)
	}
	for _, x := range want {
		b, err := json.Marshal(x)
		if err != nil {
			return err
		}
		v.n++
		switch got, ok := stored[key(x)]; {
		case !ok:
			v.fault("%s %s is missing", id, key(x))
		case got != string(b):
			v.fault("%s %s differs", id, key(x))
		}
		delete(stored, key(x))
	}
	for _, k := range slices.Sorted(maps.Keys(stored)) {
		v.fault("%s %s is not expected", id, k)
	}
	return nil
}

// checkStore compares the SQLite file with the results it was made of, metric by
// metric.
func checkStore(ctx context.Context, p *parts, id readiness.AthleteID, v *verification) error {
	v.name, v.cure = "store", "afterrun rebuild"
	want, err := p.bus.Load(ctx, id)
	if err != nil {
		return err
	}
	first, last, err := dateRange("", "")
	if err != nil {
		return err
	}
	days, err := p.store.Days(ctx, id, first, last)
	if err != nil {
		return err
	}
	runs, err := p.store.Runs(ctx, id, first, last)
	if err != nil {
		return err
	}
	return errors.Join(
		differ(v, id, want.Days, days, dayKey),
		differ(v, id, projected(want.Runs), projected(runs), runKey),
	)
}

// projected leaves of the runs what the store keeps.
func projected(runs []readiness.RunSummary) []readiness.RunSummary {
	out := make([]readiness.RunSummary, 0, len(runs))
	for _, r := range runs {
		row := readiness.Row{}
		for _, c := range readiness.RunColumns {
			row[c.Name] = r.Row[c.Name]
		}
		out = append(out, readiness.RunSummary{
			Key: r.Key, RunID: r.RunID, Digest: r.Digest, Source: r.Source, DuplicateOf: r.DuplicateOf, Row: row, InputsHash: r.InputsHash, Judged: r.Judged,
		})
	}
	return out
}

// checkInflux compares how many days and runs InfluxDB has.
func (a *app) checkInflux(ctx context.Context, p *parts, id readiness.AthleteID, v *verification) error {
	v.name, v.cure = "influxdb", "afterrun rebuild"
	if a.cfg.Influx.URL == "" {
		v.skipped = "not configured"
		return nil
	}
	want, err := p.bus.Load(ctx, id)
	if err != nil {
		return err
	}
	s := a.influxSink(p)
	defer s.Close()
	counting := slices.DeleteFunc(want.Runs, func(r readiness.RunSummary) bool { return r.DuplicateOf != "" }) // the others are no points
	for kind, n := range map[readiness.ResultKind]int{readiness.ResultDay: len(want.Days), readiness.ResultRun: len(counting)} {
		have, err := s.Count(ctx, id, kind)
		if err != nil {
			return err
		}
		if v.n++; have != n {
			v.fault("%s: %d points of %s, not %d", id, have, kind, n)
		}
	}
	return nil
}
