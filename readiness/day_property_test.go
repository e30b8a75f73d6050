package readiness

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A datum never changes a day before its own date: the morning of a day rests
// on what is dated up to it.
func TestADatumChangesNoEarlierDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SampledFrom([]func(*rapid.T) []Event{someEvents, wideEvents}).Draw(t, "history")(t)
		before := assessed(t, events)
		d := Date(rapid.IntRange(0, 60).Draw(t, "new day"))
		after := assessed(t, append(events, newDatum(t, day0+d)))
		if demoted(before, after, day0+d) {
			return
		}
		for _, day := range before.Days {
			if day.Date >= day0+d {
				break
			}
			if got, ok := dayOn(after, day.Date); !ok || asJSON(t, got) != asJSON(t, day) {
				t.Fatalf("a datum of %s changed %s:\n%s\n%s", day0+d, day.Date, asJSON(t, day), asJSON(t, got))
			}
		}
	})
}

// demoted reports that a new recording made an earlier one its duplicate, which
// takes that from the earlier day (§0).
func demoted(before, after *Assessment, d Date) bool {
	counted := map[string]bool{}
	for _, r := range before.Runs {
		counted[r.Key] = r.DuplicateOf == ""
	}
	for _, r := range after.Runs {
		if date := r.Row["date"].String(); date < d.String() && r.DuplicateOf != "" && counted[r.Key] {
			return true
		}
	}
	return false
}

// newDatum draws one more fact of a date, another one than any of someEvents.
func newDatum(t *rapid.T, d Date) Event {
	e := Event{Kind: KindWellness, Key: "overnight_nadir-" + d.String(),
		Wellness: &Wellness{Date: d, Source: "overnight_nadir", Values: map[string]float64{"rhr_bpm": float64(rapid.IntRange(40, 70).Draw(t, "nadir"))}}}
	switch rapid.IntRange(0, 2).Draw(t, "datum") {
	case 0:
		r := smallRun(t, d)
		r.Start, r.First = r.Start.Add(4*time.Hour), r.First.Add(4*time.Hour)
		e = Event{Kind: KindRun, Run: r, Key: RunKey(r)}
	case 1:
		e = Event{Kind: KindCheckIn, Key: "day-late-" + d.String(), CheckIn: &CheckIn{Date: d, Part: PartDay, Order: 99,
			Numbers: map[string]float64{"fatigue": 2, "soreness": 2, "stress": 3, "mood": 3, "sleep_quality": 3, "pain": 4, "sleep_h": 5, "rhr_bpm": 70}}}
	}
	e.Digest = e.ContentDigest()
	return e
}

func dayOn(a *Assessment, d Date) (Day, bool) {
	for _, x := range a.Days {
		if x.Date == d {
			return x, true
		}
	}
	return Day{}, false
}

func asJSON(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The time zone of the machine is not the athlete's.
func TestTheMachinesZoneChangesNothing(t *testing.T) {
	at := func(zone string) string {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		local := time.Local
		time.Local = loc
		defer func() { time.Local = local }()
		s := overload(t)
		s.profile(Profile{TimeZone: "Asia/Kathmandu"})
		b, err := json.Marshal(s.assess(80))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := at("UTC")
	for _, zone := range []string{"Pacific/Kiritimati", "America/Los_Angeles", "Europe/Rome"} {
		if at(zone) != want {
			t.Errorf("another answer on a machine in %s", zone)
		}
	}
}

// A worse night, all else equal, never makes readiness better.
func TestAWorseNightNeverHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := rapid.Float64Range(1, 12).Draw(t, "hours")
		bad := good - rapid.Float64Range(0, good).Draw(t, "fewer")
		score := func(hours float64) maybe {
			var h History
			for day := range 15 {
				numbers := fine(map[string]float64{"rhr_bpm": float64(48 + day%3), "sleep_h": 7.2})
				if day == 14 {
					numbers["sleep_h"] = hours
				}
				e := Event{Kind: KindCheckIn, Key: "day-" + (day0 + Date(day)).String(), CheckIn: &CheckIn{Date: day0 + Date(day), Part: PartDay, Numbers: numbers}}
				e.Digest = e.ContentDigest()
				if _, err := h.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			a, err := Assess(&h, nil, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return a.Days[14].Row.number("readiness")
		}
		if g, b := score(good), score(bad); !g.ok || !b.ok || b.v > g.v+1e-9 {
			t.Fatalf("%v h: %v; %v h: %v", good, g, bad, b)
		}
	})
}

// Every null has a reason of the closed list, in every column of every day and
// run of messy histories.
func TestReasonsAreOfTheClosedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := assessed(t, someEvents(t))
		for _, d := range a.Days {
			lawful(t, d.Date.String(), DayColumns, d.Row)
		}
		for _, r := range a.Runs {
			lawful(t, "run "+r.RunID, RunColumns, r.Row)
			if r.DuplicateOf == "" {
				lawful(t, "card "+r.RunID, CardColumns, r.Card)
			}
		}
	})
}

// lawful holds a row to the null law (§0): a value or a reason of the closed list,
// a known quality, and a low one for every estimate.
func lawful(t *rapid.T, what string, columns []Column, row Row) {
	silent := map[string]bool{"title": true, "flags": true, "capped_by": true, "conditions": true, "families": true, "event": true}
	for _, c := range columns {
		v, ok := row[c.Name]
		switch {
		case !ok:
			t.Fatalf("%s has no %s", what, c.Name)
		case v.IsNull() && v.Reason == "" && !silent[c.Name], !v.IsNull() && v.Reason != "", v.Reason != "" && !v.Reason.Known():
			t.Fatalf("%s %s = %+v", what, c.Name, v)
		case !v.IsNull() && v.has == isNum != c.Numeric():
			t.Fatalf("%s %s is no %s: %+v", what, c.Name, c.Type, v)
		case v.Quality != "" && v.Quality != Good && v.Quality != Partial && v.Quality != Low, v.Source == "estimate" && v.Quality != Low, v.IsNull() && v.Quality != "":
			t.Fatalf("%s %s is graded %q: %+v", what, c.Name, v.Quality, v)
		}
	}
}
