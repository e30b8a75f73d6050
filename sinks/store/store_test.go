package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
)

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) sinktest.Target { return target{open(t)} })
}

func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "afterrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// target reads the store by its own readers.
type target struct{ *store.Store }

const first, last = readiness.Date(0), readiness.Date(40000)

func (s target) Points(ctx context.Context, measurement string, athlete readiness.AthleteID) (map[string]sinktest.Point, error) {
	points := map[string]sinktest.Point{}
	results, err := s.results(ctx, readiness.ResultKind(measurement), athlete)
	for _, r := range results {
		points[r.Key] = sinktest.PointOf(r)
	}
	return points, err
}

func (s target) results(ctx context.Context, kind readiness.ResultKind, athlete readiness.AthleteID) (all []readiness.Result, err error) {
	add := func(key string, r readiness.Result) {
		r.Athlete, r.Kind, r.Key = athlete, kind, key
		all = append(all, r)
	}
	switch kind {
	case readiness.ResultDay:
		days, err := s.Days(ctx, athlete, first, last)
		for _, d := range days {
			add(d.Date.String(), readiness.Result{At: d.Date.Noon(), Day: &d})
		}
		return all, err
	case readiness.ResultRun:
		runs, err := s.Runs(ctx, athlete, first, last)
		for _, r := range runs {
			add(r.Key, readiness.Result{At: r.Trace.Start, Run: &r})
		}
		return all, err
	default:
		alerts, err := s.Alerts(ctx, athlete, first, last)
		for _, a := range alerts {
			add(a.Rule+"-"+a.Episode.String()+"-"+a.Kind, readiness.Result{At: a.Date.Noon(), Alert: &a})
		}
		return all, err
	}
}
