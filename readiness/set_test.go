package readiness

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// someEvents draws a small, messy history: versions of one run, check-ins that
// replace each other, duplicates across sources, retractions.
func someEvents(t *rapid.T) []Event {
	var out []Event
	for range rapid.IntRange(1, 25).Draw(t, "events") {
		day := Date(rapid.IntRange(0, 40).Draw(t, "day"))
		var e Event
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1:
			e = Event{Kind: KindRun, Run: smallRun(t, day0+day)}
			e.Key = RunKey(e.Run)
		case 2:
			e = Event{Kind: KindCheckIn, CheckIn: &CheckIn{Date: day0 + day, Part: PartDay, Order: int64(rapid.IntRange(0, 2).Draw(t, "order")),
				Numbers: map[string]float64{"rhr_bpm": float64(rapid.IntRange(45, 60).Draw(t, "rhr")), "sleep_h": 7}}}
			e.Key = "day-" + e.CheckIn.Date.String()
		case 3:
			e = Event{Kind: KindCheckIn, CheckIn: &CheckIn{Date: day0 + day, Part: PartRun, Numbers: map[string]float64{"rpe": float64(rapid.IntRange(1, 9).Draw(t, "rpe"))}}}
			e.Key = "run-" + e.CheckIn.Date.String()
		case 4:
			e = Event{Kind: KindWellness, Wellness: &Wellness{Date: day0 + day, Source: "device_day", Values: map[string]float64{"rhr_bpm": float64(rapid.IntRange(45, 60).Draw(t, "rhr"))}}}
			e.Key = "device_day-" + e.Wellness.Date.String()
		case 5:
			e = readingsEvent(someReadings(t, day0+day))
		case 6:
			e = Event{Kind: KindProfile, Key: "config", Profile: &Profile{Order: int64(rapid.IntRange(0, 2).Draw(t, "edit")), Params: []DatedParams{
				{From: day0 + day, Values: map[string]float64{"hrmax": float64(rapid.IntRange(170, 200).Draw(t, "hrmax"))}}}}}
		case 7:
			e = someRules(t)
		case 8:
			if len(out) == 0 {
				continue
			}
			about := out[rapid.IntRange(0, len(out)-1).Draw(t, "about")]
			e = Event{Kind: KindChoice, Key: about.Key, Choice: &Choice{Run: about.Key, Order: int64(rapid.IntRange(0, 2).Draw(t, "order")),
				Ruling: rapid.SampledFrom([]Ruling{RulingNone, RulingApart, RulingFirst}).Draw(t, "ruling")}}
		default:
			if len(out) == 0 {
				continue
			}
			victim := out[rapid.IntRange(0, len(out)-1).Draw(t, "victim")]
			if victim.Kind == KindRetraction {
				continue
			}
			e = Event{Kind: KindRetraction, Key: string(victim.Kind) + victim.Key,
				Retraction: &Retraction{Kind: victim.Kind, Key: victim.Key, Digests: []string{victim.Digest + rapid.SampledFrom([]string{"", "~1", "~2", "~3"}).Draw(t, "turn")}}}
		}
		e.Digest = e.ContentDigest()
		e.Source = Source{File: rapid.SampledFrom([]string{"a.fit", "b.fit"}).Draw(t, "file")}
		out = append(out, e)
	}
	return out
}

// someReadings draws a night of a watch, of which another draw may hold another
// version or a part.
func someReadings(t *rapid.T, d Date) *Readings {
	midnight := uint32(d.Time().Unix())
	r := &Readings{Created: int64(rapid.IntRange(0, 2).Draw(t, "created"))}
	r.Resting = []Reading{{midnight + uint32(rapid.IntRange(0, 3).Draw(t, "hour"))*3600, float32(rapid.IntRange(40, 60).Draw(t, "rhr"))}}
	bpm := float32(rapid.IntRange(40, 60).Draw(t, "nadir"))
	for at := midnight; at < midnight+5*3600; at += 300 {
		r.HR = append(r.HR, Reading{at, bpm})
	}
	r.Sleep = []Reading{{midnight, 0}, {midnight + 3600*uint32(rapid.IntRange(1, 8).Draw(t, "slept")), 2}}
	return r
}

// smallRun draws a recording of two minutes or so.
func smallRun(t *rapid.T, d Date) *Run {
	start := d.Time().Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "minute")) * time.Minute).Add(8 * time.Hour)
	r := &Run{Sport: "running", Format: rapid.SampledFrom([]string{"fit", "gpx", "tcx"}).Draw(t, "format"), Part: -1,
		Start: start, First: start, HRSource: "unknown"}
	if rapid.Bool().Draw(t, "serial") {
		r.Device.Serial = "1"
	}
	r.HasUTCOffset = rapid.Bool().Draw(t, "local")
	hr := float64(rapid.IntRange(120, 170).Draw(t, "hr"))
	for i := range rapid.IntRange(100, 200).Draw(t, "samples") {
		r.T = append(r.T, float64(i))
		r.HR = append(r.HR, hr)
		r.Speed = append(r.Speed, 3)
		r.Distance = append(r.Distance, 3*float64(i))
	}
	r.HR[0] = math.NaN()
	return r
}

func assessed(t *rapid.T, events []Event) *Assessment {
	var h History
	for _, e := range events {
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Assess(&h, nil, Options{Through: day0 + 45})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A history is a set: order, repetition and a stop in between change no bit.
func TestSetLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents(t)
		for _, e := range events[:rapid.IntRange(0, len(events)).Draw(t, "copied")] {
			e.Source.File = rapid.SampledFrom([]string{"0.fit", "z.fit"}).Draw(t, "copy")
			events = append(events, e)
		}
		want := assessed(t, events)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		shuffled = append(shuffled, shuffled[:rapid.IntRange(0, len(shuffled)).Draw(t, "repeated")]...)
		same(t, want, assessed(t, shuffled))
		same(t, want, resumed(t, shuffled, rapid.IntRange(0, len(shuffled)).Draw(t, "split")))
	})
}

// resumed assesses a first part, keeps only the summaries as a store would, and
// goes on with them, reading all other events again.
func resumed(t *rapid.T, events []Event, split int) *Assessment {
	before := assessed(t, events[:split])
	var h History
	for _, r := range before.Runs {
		h.AddSummary(stored(t, r))
	}
	disputed := map[string]bool{} // runs whose other versions are needed again
	for _, e := range events {
		if e.Kind == KindRetraction {
			disputed[e.Retraction.Key] = true
		}
	}
	for i, e := range events {
		if i >= split || e.Kind != KindRun || disputed[e.Key] {
			if _, err := h.Add(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.Release()
	a, err := Assess(&h, samples(events), Options{Through: day0 + 45})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// stored sends a summary through JSON, as every store does.
func stored(t *rapid.T, r RunSummary) (back RunSummary) {
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// samples answers with the content of a key that counts among the events.
type samples []Event

func (s samples) Run(key string) (*Run, error) {
	var best *Event
	gone := map[string]bool{}
	for _, e := range s {
		if e.Kind == KindRetraction && e.Retraction.Key == key {
			gone[e.Retraction.Digests[0]] = true
		}
	}
	for i, e := range s {
		if e.Kind == KindRun && e.Key == key && !gone[e.Digest] && (best == nil || Prefer(e, *best)) {
			best = &s[i]
		}
	}
	return best.Run, nil
}

func same(t *rapid.T, want, got *Assessment) {
	t.Helper()
	a, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Fatalf("another answer from the same set:\n%s\n%s", a, b)
	}
	if len(want.Days) != len(got.Days) || !reflect.DeepEqual(want.Transitions, got.Transitions) {
		t.Fatal("days or transitions differ")
	}
}

func TestAddRefusesWhatCannotBe(t *testing.T) {
	var h History
	for name, e := range map[string]Event{
		"no content": {Kind: KindRun, Key: "a", Digest: "b"},
		"no key":     {Kind: KindCheckIn, Digest: "b", CheckIn: &CheckIn{Date: day0}},
		"year 9999":  {Kind: KindCheckIn, Key: "a", Digest: "b", CheckIn: &CheckIn{Date: mustDate("9999-01-01")}},
		"year 0001":  {Kind: KindRun, Key: "a", Digest: "b", Run: &Run{}},
	} {
		if _, err := h.Add(e); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, any := h.LastDatum(); any {
		t.Error("a refused event changed the history")
	}
}

func TestForgottenRunStaysForgotten(t *testing.T) {
	s := newStory(t)
	r := s.run(0, map[string]float64{"hrss": 50})
	s.run(1, map[string]float64{"hrss": 50})
	s.add(Event{Kind: KindRetraction, Key: "x", Retraction: &Retraction{Kind: KindRun, Key: r.Key, Digests: []string{"*"}, Reason: "forgotten"}})
	s.h.AddSummary(*r)
	if a := s.assess(1); len(a.Runs) != 1 {
		t.Errorf("%d runs", len(a.Runs))
	}
}
