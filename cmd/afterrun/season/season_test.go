package season_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"afterrun/cmd/afterrun/season"
	"afterrun/ingest"
	"afterrun/readiness"
)

var end = time.Date(2026, 6, 14, 9, 0, 0, 0, time.UTC)

// add reads a file as ingest would and adds what it says.
func add(t *testing.T, h *readiness.History, f season.File) int {
	t.Helper()
	p, err := ingest.Parse(f.Name, f.Data)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	for _, e := range p.Events {
		e.Athlete = "demo"
		if _, err := h.Add(e); err != nil && !errors.Is(err, readiness.ErrInvalid) {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return len(p.Events)
}

func history(t *testing.T) *readiness.History {
	t.Helper()
	h := &readiness.History{}
	p := season.Profile(time.UTC).Profile()
	e := readiness.Event{Athlete: "demo", Kind: readiness.KindProfile, Key: "config", Profile: &p}
	e.Digest = e.ContentDigest()
	if _, err := h.Add(e); err != nil {
		t.Fatal(err)
	}
	return h
}

// whole is the assessment of the whole season at its end.
func whole(t *testing.T) *readiness.Assessment {
	t.Helper()
	days, err := season.Plan(season.Options{End: end, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	h := history(t)
	for _, d := range days {
		for _, f := range d.Files {
			if add(t, h, f) == 0 {
				t.Errorf("%s says nothing", f.Name)
			}
		}
	}
	a, err := readiness.Assess(h, nil, readiness.Options{Through: readiness.DateOf(end)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestHeartRateIsPlausible(t *testing.T) {
	recovered, twins, rides, events, silent := 0, 0, 0, 0, 0
	for _, r := range whole(t).Runs {
		if r.DuplicateOf != "" {
			twins++
			continue
		}
		if r.Trace.Sport == "cycling" {
			rides++
		}
		if drop, ok := r.Row["hrr60_bpm"].Float(); ok {
			recovered++
			if drop < 18 || drop > 45 {
				t.Errorf("%s: HRR60 %v", r.Row["start_time_utc"], drop)
			}
		}
		if _, ok := r.Row["hrr120_device_bpm"].Float(); ok {
			events++
		}
		if high, ok := r.Row["max_hr_bpm"].Float(); ok && (high < 110 || high > 188) {
			t.Errorf("%s: highest heart rate %v", r.Row["start_time_utc"], high)
		} else if !ok {
			silent++
		}
	}
	if recovered < 40 || twins != 1 || rides < 3 || events != 2 || silent != 1 {
		t.Errorf("recoveries %d, twins %d, rides %d, events of the watch %d, without heart rate %d", recovered, twins, rides, events, silent)
	}
}

func TestOverloadIsFoundAndOnlyIt(t *testing.T) {
	a := whole(t)
	first := readiness.DateOf(end) - 19
	steps := map[string]int{}
	for _, s := range a.Transitions {
		steps[s.Kind]++
		if s.Date < first {
			t.Errorf("%s on %s, before the overload block", s.Kind, s.Date)
		}
	}
	if steps["enter"] != 1 || steps["reminder"] < 1 || steps["exit"] != 1 || steps["lapsed"] != 0 {
		t.Errorf("steps = %v", steps)
	}
	calm, ready := 0, 0
	for _, d := range a.Days {
		if d.Date >= first || d.Verdict.Band == "" {
			continue
		}
		calm++
		if d.Verdict.Band == "ready" {
			ready++
		}
		if d.Verdict.Band == "rest" {
			t.Errorf("%s: rest in quiet training", d.Date)
		}
	}
	if calm < 90 || ready*2 < calm {
		t.Errorf("%d of %d quiet days are ready", ready, calm)
	}
	last := a.Days[len(a.Days)-1]
	if last.Verdict.Band == "" || last.Verdict.Band == "rest" || len(last.Verdict.Reasons) < 3 {
		t.Errorf("today: %+v", last.Verdict)
	}
	t.Logf("today: %s %.0f", last.Verdict.Band, *last.Verdict.Score)
}

func TestSameOptionsSameBytes(t *testing.T) {
	o := season.Options{End: end, Days: 40, Seed: 7}
	a, err := season.Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := season.Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("two plans differ")
	}
}
