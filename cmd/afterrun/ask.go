package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"afterrun/readiness"
	"afterrun/readiness/physio"
)

// question is what a command wants to know of an athlete's history; exactly one
// of the others is set.
type question struct {
	Athlete readiness.AthleteID `json:"athlete"`
	Day     *readiness.Date     `json:"day,omitempty"`     // explain a day
	Run     string              `json:"run,omitempty"`     // explain a run: id, its beginning, or its start
	Rules   *physio.Rules       `json:"rules,omitempty"`   // compare with other rules
	Samples string              `json:"samples,omitempty"` // records of a run, by event key
	Merged  bool                `json:"merged,omitempty"`  // which recordings were merged
	Through *readiness.Date     `json:"through,omitempty"` // every day up to this one, data or not
}

// reply is the answer to a question.
type reply struct {
	Day     *readiness.DayExplanation `json:"day,omitempty"`
	Run     *readiness.RunExplanation `json:"run,omitempty"`
	WhatIf  *readiness.WhatIf         `json:"what_if,omitempty"`
	Samples []readiness.Row           `json:"samples,omitempty"`
	Merged  []readiness.Merged        `json:"merged,omitempty"`
	Days    []readiness.Row           `json:"days,omitempty"`
}

// asker answers questions about a history: the running program, or this one.
type asker interface {
	ask(ctx context.Context, q question) (reply, error)
}

func (p *parts) ask(ctx context.Context, q question) (r reply, err error) {
	if err := q.Athlete.Validate(); err != nil {
		return r, err
	}
	err = p.worker.View(ctx, q.Athlete, func(h *readiness.History, src readiness.SampleSource, o readiness.Options) (err error) {
		switch {
		case q.Day != nil:
			r.Day, err = readiness.ExplainDay(h, src, o, *q.Day)
		case q.Rules != nil:
			r.WhatIf, err = whatIf(h, src, o, *q.Rules)
		case q.Merged:
			r.Merged = readiness.ExplainMerged(h)
		case q.Through != nil:
			r.Days, err = daysThrough(h, src, o, *q.Through)
		case q.Samples != "":
			r.Samples, err = recordsOf(h, src, q.Samples)
		default:
			r.Run, err = explainRun(h, src, o, q.Run)
		}
		return err
	})
	return r, err
}

// Explain tells the page every number behind a day.
func (p *parts) Explain(ctx context.Context, athlete readiness.AthleteID, d readiness.Date) (*readiness.DayExplanation, error) {
	r, err := p.ask(ctx, question{Athlete: athlete, Day: &d})
	return r.Day, err
}

// Course tells the page a run second by second, read by the athlete's rules.
func (p *parts) Course(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.Course, error) {
	run, rules, err := p.recording(ctx, athlete, key)
	if err != nil {
		return nil, err
	}
	return readiness.CourseOf(run, rules)
}

// records gives InfluxDB the records of a run.
func (p *parts) records(ctx context.Context, athlete readiness.AthleteID, key string) (iter.Seq[readiness.Row], error) {
	run, rules, err := p.recording(ctx, athlete, key)
	if err != nil {
		return nil, err
	}
	return readiness.Samples(run, readiness.RunIDOf(key), rules)
}

// recording is a run, with the rules its samples are read by.
func (p *parts) recording(ctx context.Context, athlete readiness.AthleteID, key string) (*readiness.Run, physio.SampleRules, error) {
	run, err := p.bus.Run(ctx, athlete, key)
	if err != nil {
		return nil, physio.SampleRules{}, err
	}
	rules, err := p.Rules(ctx, athlete)
	return run, rules.Samples(), err
}

// Rules are those that the athlete is judged by.
func (p *parts) Rules(ctx context.Context, athlete readiness.AthleteID) (physio.Rules, error) {
	var h readiness.History
	events, _, err := p.bus.Events(ctx, athlete, 0, readiness.KindRules)
	for _, e := range events {
		_, fault := h.Add(e)
		err = errors.Join(err, fault)
	}
	return h.Rules(), err
}

func whatIf(h *readiness.History, src readiness.SampleSource, o readiness.Options, rules physio.Rules) (*readiness.WhatIf, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	return readiness.CompareRules(h, src, o, rules)
}

func daysThrough(h *readiness.History, src readiness.SampleSource, o readiness.Options, last readiness.Date) ([]readiness.Row, error) {
	o.Through = last
	a, err := readiness.Assess(h, src, o)
	if err != nil {
		return nil, err
	}
	var days []readiness.Row
	for _, d := range a.Days {
		days = append(days, d.Row)
	}
	return days, nil
}

func recordsOf(h *readiness.History, src readiness.SampleSource, key string) ([]readiness.Row, error) {
	run, err := src.Run(key)
	if err != nil {
		return nil, err
	}
	rows, err := readiness.Samples(run, readiness.RunIDOf(key), h.Rules().Samples())
	if err != nil {
		return nil, err
	}
	return slices.Collect(rows), nil
}

func explainRun(h *readiness.History, src readiness.SampleSource, o readiness.Options, name string) (*readiness.RunExplanation, error) {
	a, err := readiness.Assess(h, src, o)
	if err != nil {
		return nil, err
	}
	r, err := runNamed(a.Runs, name)
	if err != nil {
		return nil, err
	}
	return readiness.ExplainRun(r, h.Rules()), nil
}

// shortest is how much of a run's name says which is meant.
const shortest = 4

// runNamed finds a run by its id or the beginning of it, by the beginning of
// its start, or the last one for "last".
func runNamed(runs []readiness.RunSummary, name string) (readiness.RunSummary, error) {
	var found []readiness.RunSummary
	for _, r := range runs {
		switch {
		case r.RunID == name:
			return r, nil
		case name == "last" && r.DuplicateOf == "":
			found = []readiness.RunSummary{r}
		case len(name) >= shortest && (strings.HasPrefix(r.RunID, name) || strings.HasPrefix(r.Row["start_time_utc"].String(), name)):
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 0 && name == "last":
		return readiness.RunSummary{}, fmt.Errorf("no run yet: %w", readiness.ErrUnknown)
	case len(found) == 0 && len(name) < shortest:
		return readiness.RunSummary{}, fmt.Errorf("%q is too short for a run: give %d characters or more: %w", name, shortest, readiness.ErrUnknown)
	case len(found) == 0:
		return readiness.RunSummary{}, fmt.Errorf("no run %q; `afterrun export --kind runs` lists them: %w", name, readiness.ErrUnknown)
	case len(found) == 1:
		return found[0], nil
	}
	return readiness.RunSummary{}, fmt.Errorf("%d runs begin with %q, e.g. %s and %s: give more of the id: %w",
		len(found), name, found[0].RunID, found[1].RunID, readiness.ErrUnknown)
}

func handleAsk(w http.ResponseWriter, r *http.Request, c controller) {
	var q question
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a, err := c.ask(r.Context(), q)
	if errors.Is(err, readiness.ErrUnknown) {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answer(w, a, err)
}

func (r *remote) ask(ctx context.Context, q question) (a reply, err error) {
	b, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	resp, err := r.do(ctx, http.MethodPost, "/ask", b)
	if err != nil {
		return a, err
	}
	return a, errors.Join(json.NewDecoder(resp.Body).Decode(&a), resp.Body.Close())
}

// ask puts a question about the athlete that is meant to the running program,
// or answers it here.
func (a *app) ask(ctx context.Context, q question) (r reply, err error) {
	if q.Athlete, err = a.whose(ctx); err != nil {
		return r, err
	}
	err = a.asking(ctx, q.Athlete, func(ctx context.Context, c asker) error {
		r, err = c.ask(ctx, q)
		return err
	})
	if errors.Is(err, readiness.ErrUnknown) {
		return r, fmt.Errorf("%s: %w", strings.TrimSuffix(err.Error(), ": unknown"), errNothing)
	}
	return r, err
}

// whose says which athlete is meant, of those something is stored of.
func (a *app) whose(ctx context.Context) (readiness.AthleteID, error) {
	s, athlete, err := a.reader(ctx)
	if err != nil {
		return "", err
	}
	return athlete, s.Close()
}

// printJSON writes a document for programs.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
