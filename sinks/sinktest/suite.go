package sinktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"afterrun/readiness"
)

// Target is a sink under test with a way to look into it.
type Target interface {
	// Write is the sink's.
	Write(ctx context.Context, results []readiness.Result) error
	// Points returns what is stored of an athlete in a measurement, by the
	// result's key.
	Points(ctx context.Context, measurement string, athlete readiness.AthleteID) (map[string]Point, error)
}

// Point is one stored result: the metrics that have a value by their column
// names (float64 or string), the reasons of the others as <name>_reason. Sport
// is the run's sport, "" elsewhere. Bookkeeping fields are left out.
type Point struct {
	At     time.Time // to the second
	Sport  string
	Fields map[string]any
}

// Run checks every promise of a time-series sink against fresh targets.
func Run(t *testing.T, open func(t *testing.T) Target) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, *subject)
	}{
		{"writes what it is given", writes},
		{"replaces a day as a whole", replacesDay},
		{"replaces a run as a whole", replacesRun},
		{"moves a run whose start or sport changes", movesRun},
		{"deletes", deletes},
		{"forgets nothing else when it deletes", deletesOnlyThat},
		{"swaps two runs in one call", swaps},
		{"takes the last of one call", lastOfCallWins},
		{"does not depend on order", orderIndependent},
		{"does not depend on repetition", repeats},
		{"keeps hostile texts", hostileTexts},
		{"keeps extreme numbers", extremeNumbers},
		{"takes many rows", manyRows},
		{"keeps athletes apart", athletesApart},
		{"keeps alerts of one day apart", alertsOfOneDay},
		{"reports what it cannot store", reportsInvalid},
		{"does nothing once cancelled", cancelled},
		{"takes nothing", takesNothing},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, &subject{t, open(t)}) })
	}
}

// subject is a target with failing helpers.
type subject struct {
	t      *testing.T
	target Target
}

func (s *subject) write(results ...readiness.Result) {
	s.t.Helper()
	if err := s.target.Write(s.t.Context(), results); err != nil {
		s.t.Fatalf("write %d results: %v", len(results), err)
	}
}

func (s *subject) points(kind readiness.ResultKind, athlete readiness.AthleteID) map[string]Point {
	s.t.Helper()
	p, err := s.target.Points(s.t.Context(), string(kind), athlete)
	if err != nil {
		s.t.Fatalf("read %s of %s: %v", kind, athlete, err)
	}
	return p
}

// holds fails unless exactly the results are stored of the athlete.
func (s *subject) holds(athlete readiness.AthleteID, results ...readiness.Result) {
	s.t.Helper()
	want := map[readiness.ResultKind]map[string]Point{readiness.ResultDay: {}, readiness.ResultRun: {}, readiness.ResultAlert: {}}
	for _, r := range results {
		if r.Athlete == athlete {
			want[r.Kind][r.Key] = PointOf(r)
		}
	}
	for kind, points := range want {
		if diff := Diff(s.points(kind, athlete), points); diff != "" {
			s.t.Fatalf("%s of %s: %s", kind, athlete, diff)
		}
	}
}

// PointOf is what a sink must hold after writing r.
func PointOf(r readiness.Result) Point {
	p := Point{At: r.At.UTC().Truncate(time.Second), Fields: map[string]any{}}
	switch r.Kind {
	case readiness.ResultDay:
		p.metrics(r.Day.Row, readiness.DayColumns)
		p.judged(r.Day.Judged)
	case readiness.ResultRun:
		p.metrics(r.Run.Row, readiness.RunColumns)
		p.judged(r.Run.Judged)
		p.Sport, _ = p.Fields["sport"].(string)
		delete(p.Fields, "sport") // a tag in InfluxDB
	case readiness.ResultAlert:
		a := r.Alert
		p.Fields = map[string]any{"rule": a.Rule, "kind": a.Kind, "text": a.Text, "date": a.Date.String(), "episode": a.Episode.String()}
	}
	return p
}

func (p *Point) judged(by readiness.Judged) {
	p.Fields["rules"], p.Fields["pmc_alpha"] = by.Rules, by.PMCAlpha
}

func (p *Point) metrics(row readiness.Row, columns []readiness.Column) {
	for _, c := range columns {
		v := row[c.Name]
		switch x, isNum := v.Float(); {
		case isNum:
			p.Fields[c.Name] = x
		case !v.IsNull():
			p.Fields[c.Name] = v.String()
		case v.Reason != "":
			p.Fields[c.Name+"_reason"] = string(v.Reason)
		}
	}
}

// Diff says how two sets of points differ, "" when they do not.
func Diff(got, want map[string]Point) string {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		if !ok {
			return k + " is missing"
		}
		if d := diffPoint(g, want[k]); d != "" {
			return k + ": " + d
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			return k + " lingers"
		}
	}
	return ""
}

func diffPoint(got, want Point) string {
	switch {
	case !got.At.Equal(want.At):
		return "at " + got.At.String() + ", want " + want.At.String()
	case got.Sport != want.Sport:
		return "sport " + quoted(got.Sport) + ", want " + quoted(want.Sport)
	}
	for _, f := range slices.Sorted(maps.Keys(want.Fields)) {
		if !reflect.DeepEqual(got.Fields[f], want.Fields[f]) {
			return f + " is " + quoted(got.Fields[f]) + ", want " + quoted(want.Fields[f])
		}
	}
	for _, f := range slices.Sorted(maps.Keys(got.Fields)) {
		if _, ok := want.Fields[f]; !ok {
			return f + " lingers with " + quoted(got.Fields[f])
		}
	}
	return ""
}

func writes(t *testing.T, s *subject) {
	all := []readiness.Result{Day(Athlete, 0), Day(Athlete, 1), RunNo(Athlete, 0), Alert(Athlete, "under_recovery", "enter", 1)}
	s.write(all...)
	s.holds(Athlete, all...)
}

// sparse is Day n with nearly everything unknown.
func sparse(n int) readiness.Result {
	date := Monday + readiness.Date(n)
	return dayResult(Athlete, date, readiness.Row{
		"date": readiness.Text(date.String()), "rhr_bpm": readiness.Null("no_rhr"), "hrv_rmssd_ms": readiness.Num(61),
	})
}

func replacesDay(t *testing.T, s *subject) {
	s.write(Day(Athlete, 0), Day(Athlete, 1), Day(Athlete, 2), Day(Athlete, 9))
	s.write(sparse(1), sparse(2), sparse(9))
	s.holds(Athlete, Day(Athlete, 0), sparse(1), sparse(2), sparse(9))
	s.write(Day(Athlete, 1))
	s.holds(Athlete, Day(Athlete, 0), Day(Athlete, 1), sparse(2), sparse(9))
}

func replacesRun(t *testing.T, s *subject) {
	first := RunNo(Athlete, 0)
	s.write(first, RunNo(Athlete, 1))
	second := RunNo(Athlete, 0)
	second.Run.Row["hrr60_bpm"] = readiness.Null("hr_gap_at_anchor")
	second.Run.Row["title"] = readiness.Text("")
	s.write(second)
	s.holds(Athlete, second, RunNo(Athlete, 1))
}

func movesRun(t *testing.T, s *subject) {
	start := RunNo(Athlete, 0).At
	s.write(RunAt(Athlete, "k", "running", start), RunNo(Athlete, 1))
	moved := RunAt(Athlete, "k", "running", start.Add(-90*time.Second))
	s.write(moved)
	s.holds(Athlete, moved, RunNo(Athlete, 1))
	walk := RunAt(Athlete, "k", "walking", moved.At)
	s.write(walk)
	s.holds(Athlete, walk, RunNo(Athlete, 1))
}

// gone is the deletion of a result.
func gone(r readiness.Result) readiness.Result {
	return readiness.Result{Athlete: r.Athlete, Kind: r.Kind, Key: r.Key, At: r.At, Deleted: true}
}

func deletes(t *testing.T, s *subject) {
	all := []readiness.Result{Day(Athlete, 0), RunNo(Athlete, 0), Alert(Athlete, "under_recovery", "enter", 0)}
	s.write(all...)
	for _, r := range all {
		s.write(gone(r))
	}
	s.holds(Athlete)
	s.write(gone(all[0])) // again
	s.write(all...)
	s.holds(Athlete, all...)
}

func deletesOnlyThat(t *testing.T, s *subject) {
	all := Season(Athlete, 20)
	s.write(all...)
	var left []readiness.Result
	for i, r := range all {
		if i%3 == 0 {
			s.write(gone(r))
			continue
		}
		left = append(left, r)
	}
	s.holds(Athlete, left...)
}

func swaps(t *testing.T, s *subject) {
	one, two := RunNo(Athlete, 0).At, RunNo(Athlete, 1).At
	s.write(RunAt(Athlete, "a", "running", one), RunAt(Athlete, "b", "running", two))
	a, b := RunAt(Athlete, "a", "running", two), RunAt(Athlete, "b", "running", one)
	a.Run.Row["avg_hr_bpm"] = readiness.Null("no_hr")
	s.write(a, b)
	s.holds(Athlete, a, b)
	c := RunAt(Athlete, "c", "running", one)
	c.Run.Row["distance_m"] = readiness.Null("no_distance")
	s.write(c, gone(b))
	s.holds(Athlete, a, c)
}

func lastOfCallWins(t *testing.T, s *subject) {
	s.write(Day(Athlete, 1), sparse(1), Day(Athlete, 2), gone(Day(Athlete, 2)), gone(Day(Athlete, 3)), Day(Athlete, 3))
	s.holds(Athlete, sparse(1), Day(Athlete, 3))
}

func orderIndependent(t *testing.T, s *subject) {
	all := Season(Athlete, 60)
	for i, r := range Shuffled(all, 7) {
		if i%2 == 0 {
			s.write(r)
		}
	}
	s.write(Shuffled(all, 8)...)
	s.holds(Athlete, all...)
}

func repeats(t *testing.T, s *subject) {
	all := Season(Athlete, 40)
	for range 3 {
		s.write(all...)
	}
	s.write(append(slices.Clone(all), all...)...)
	s.holds(Athlete, all...)
}

// Hostile are texts that break careless encoders.
var Hostile = []string{
	`Läufe 🏃 im März`, `say "hi"`, `a,b c=d`, `back\slash`, `trailing\`, `trailing\\`, "new\nline", "tab\tand\rreturn",
	`'; DROP TABLE day; --`, `\"`, "\u202eright to left", " lead and trail ", "#comment", "e\u0301", `\n`,
}

func hostileTexts(t *testing.T, s *subject) {
	var all []readiness.Result
	for i, text := range Hostile {
		r := RunNo(Athlete, i)
		r.Run.Row["title"] = readiness.Text(text)
		d := Day(Athlete, i)
		d.Day.Row["conditions"] = readiness.Text(text)
		a := Alert(Athlete, "under_recovery", "enter", i)
		a.Alert.Text = text
		all = append(all, r, d, a)
	}
	s.write(all...)
	s.holds(Athlete, all...)
	odd := RunNo(Athlete, 0)
	odd.Key = `it's "odd" \`
	odd.Run.Key = odd.Key
	odd.At = odd.At.Add(time.Hour)
	s.write(odd)
	s.holds(Athlete, append(all, odd)...)
	s.write(gone(odd))
	s.holds(Athlete, all...)
}

func extremeNumbers(t *testing.T, s *subject) {
	var all []readiness.Result
	for i, x := range []float64{0, -0.1, 1e-300, 1.7976931348623157e308, 1e21, 123456789.123456789, 1.0 / 3, -1e6} {
		d := Day(Athlete, i)
		d.Day.Row["tsb"] = readiness.Num(x)
		all = append(all, d)
	}
	s.write(all...)
	s.holds(Athlete, all...)
}

func manyRows(t *testing.T, s *subject) {
	all := Season(Athlete, 2000)
	s.write(all...)
	s.holds(Athlete, all...)
	var later []readiness.Result
	for _, r := range all {
		if r.Kind == readiness.ResultDay {
			r = sparse(int(r.Day.Date - Monday))
		}
		later = append(later, r)
	}
	s.write(later...)
	s.holds(Athlete, later...)
}

func athletesApart(t *testing.T, s *subject) {
	ids := []readiness.AthleteID{"ada", "ada_", "ad", "a-d-a", "bob"}
	var all []readiness.Result
	for _, id := range ids {
		all = append(all, Season(id, 5)...)
	}
	s.write(Shuffled(all, 3)...)
	bob := Day("bob", 1)
	bob.Day.Row["ctl"] = readiness.Null("load_history_short")
	s.write(bob, gone(Day("ad", 2)))
	for _, id := range ids {
		var want []readiness.Result
		for _, r := range all {
			switch {
			case id == "bob" && r.Athlete == id && r.Key == bob.Key && r.Kind == bob.Kind:
				want = append(want, bob)
			case id == "ad" && r.Key == Day("ad", 2).Key && r.Kind == readiness.ResultDay:
			default:
				want = append(want, r)
			}
		}
		s.holds(id, want...)
	}
}

func alertsOfOneDay(t *testing.T, s *subject) {
	all := []readiness.Result{
		Alert(Athlete, "under_recovery", "enter", 3), Alert(Athlete, "see_physio", "enter", 3), Alert(Athlete, "under_recovery", "exit", 3),
	}
	s.write(all...)
	s.holds(Athlete, all...)
	s.write(gone(all[1]))
	s.holds(Athlete, all[0], all[2])
}

func reportsInvalid(t *testing.T, s *subject) {
	good := []readiness.Result{Day(Athlete, 0), Day(Athlete, 1)}
	noAthlete, noContent, wrongType, noTime, noKind := Day("", 2), Day(Athlete, 3), Day(Athlete, 4), Day(Athlete, 5), Day(Athlete, 6)
	noContent.Day = nil
	wrongType.Day.Row["ctl"] = readiness.Text("much")
	noTime.At = time.Time{}
	noKind.Kind = "week"
	err := s.target.Write(t.Context(), []readiness.Result{good[0], noAthlete, noContent, wrongType, noTime, noKind, good[1]})
	partial, ok := errors.AsType[*readiness.PartialError](err)
	if !ok || !errors.Is(err, readiness.ErrInvalid) {
		t.Fatalf("got %v, want a partial error that wraps ErrInvalid", err)
	}
	if got := slices.Sorted(maps.Keys(partial.Rejected)); !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Fatalf("rejected %v, want 1 to 5", got)
	}
	s.holds(Athlete, good...)
}

func cancelled(t *testing.T, s *subject) {
	s.write(Day(Athlete, 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.target.Write(ctx, []readiness.Result{Day(Athlete, 1)}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	s.holds(Athlete, Day(Athlete, 0))
}

func takesNothing(t *testing.T, s *subject) {
	s.write(Day(Athlete, 0))
	s.write()
	s.holds(Athlete, Day(Athlete, 0))
}

func quoted(v any) string { return fmt.Sprintf("%#v", v) }
