package readiness

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"afterrun/readiness/physio"
)

// story builds a history by hand: runs as summaries with the numbers a test is
// about, check-ins, wellness records.
type story struct {
	t *testing.T
	h *History
	n int
}

func newStory(t *testing.T) *story { return &story{t: t, h: &History{}} }

// day0 is a Monday.
var day0 = mustDate("2025-01-06")

func mustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// run adds a running session at 07:00 UTC of day0+day, an hour long unless
// timer_s says else.
func (s *story) run(day int, row map[string]float64) *RunSummary {
	return s.runAt(day, 7*3600, "running", row)
}

func (s *story) runAt(day, second int, sport string, row map[string]float64) *RunSummary {
	s.n++
	start := (day0 + Date(day)).Time().Add(time.Duration(second) * time.Second)
	timer := 3600.0
	if v, ok := row["timer_s"]; ok {
		timer = v
	}
	t := Trace{Start: start, First: start, Sport: sport, Format: "fit", HRSource: "chest", Samples: int(timer), ElapsedS: timer, TimerS: timer}
	key := RunID(sport, start.Unix(), fmt.Sprint(s.n))
	sum := RunSummary{Key: key, RunID: key, Digest: fmt.Sprintf("%064d", s.n), Trace: t, Row: Row{}}
	for _, c := range RunColumns {
		sum.Row[c.Name] = Null("no_hr")
	}
	sum.Row["flags"] = Text("")
	sum.Row["run_id"], sum.Row["date"], sum.Row["sport"] = Text(key), Text(DateOf(start).String()), Text(sport)
	sum.Row["start_time_utc"], sum.Row["format"], sum.Row["hr_source"] = Text(start.Format(time.RFC3339)), Text("fit"), Text("chest")
	sum.Row["timer_s"], sum.Row["elapsed_s"] = Num(timer), Num(timer)
	for name, v := range row {
		sum.Row[name] = Num(v)
	}
	s.h.AddSummary(sum)
	return s.h.versions[identity{KindRun, key}][sum.Digest].summary
}

func (s *story) add(e Event) {
	s.t.Helper()
	e.Athlete = "me"
	e.Digest = e.ContentDigest()
	if _, err := s.h.Add(e); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) checkin(day int, numbers map[string]float64) {
	d := day0 + Date(day)
	s.add(Event{Kind: KindCheckIn, Key: "day-" + d.String(), CheckIn: &CheckIn{Date: d, Part: PartDay, Numbers: numbers}})
}

func (s *story) said(day int, run string, numbers map[string]float64) {
	d := day0 + Date(day)
	s.n++
	key := fmt.Sprintf("run-%s-%d", d, s.n)
	s.add(Event{Kind: KindCheckIn, Key: key, CheckIn: &CheckIn{Date: d, Part: PartRun, Run: run, Order: int64(s.n), Numbers: numbers}})
}

func (s *story) device(day int, source string, values map[string]float64) {
	d := day0 + Date(day)
	s.add(Event{Kind: KindWellness, Key: source + "-" + d.String(), Wellness: &Wellness{Date: d, Source: source, Values: values}})
}

// fine is a check-in of a fresh athlete, overridden by more.
func fine(more map[string]float64) map[string]float64 {
	m := map[string]float64{"fatigue": 4, "soreness": 4, "stress": 4, "mood": 4, "sleep_quality": 4}
	maps.Copy(m, more)
	return m
}

// assess seals the summaries, so that their rows are used as they are.
func (s *story) assess(through int) *Assessment {
	s.t.Helper()
	f := s.h.facts()
	f.resolveParams(newAlmanac(f, f.last, physio.DefaultRules()))
	for _, x := range f.sessions {
		if x.version.summary != nil {
			x.version.summary.InputsHash = x.measureHash()
		}
	}
	a, err := Assess(s.h, nil, Options{Through: day0 + Date(through)})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (a *Assessment) on(t *testing.T, day int) Row {
	t.Helper()
	for _, d := range a.Days {
		if d.Date == day0+Date(day) {
			return d.Row
		}
	}
	t.Fatalf("no day %d", day)
	return nil
}

func wantNum(t *testing.T, r Row, name string, want float64) {
	t.Helper()
	got, ok := r[name].Float()
	if !ok || got-want > 1e-6*max(1, want, -want) || want-got > 1e-6*max(1, want, -want) {
		t.Errorf("%s = %v (%v, reason %q), want %v", name, got, ok, r[name].Reason, want)
	}
}

func wantText(t *testing.T, r Row, name, want string) {
	t.Helper()
	if got := r[name].String(); got != want {
		t.Errorf("%s = %q (reason %q), want %q", name, got, r[name].Reason, want)
	}
}

func wantNull(t *testing.T, r Row, name string, want Reason) {
	t.Helper()
	if v, ok := r[name]; !ok || !v.IsNull() || v.Reason != want {
		t.Errorf("%s = %+v, want null %q", name, v, want)
	}
}
