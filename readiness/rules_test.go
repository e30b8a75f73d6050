package readiness

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"afterrun/readiness/physio"
)

// judgedBy is the event that the configuration makes of rules.
func judgedBy(order int64, values map[string]string) Event {
	e := Event{Kind: KindRules, Key: "config", Rules: &OwnRules{Values: values, Order: order}}
	e.Digest = e.ContentDigest()
	return e
}

// someRules draws rules of each part of the assessment: samples, loads, filters
// and the verdict.
func someRules(t *rapid.T) Event {
	values := map[string]string{}
	for name, value := range map[string]string{
		"hr.max": "150", "hr.min": "125", "max_gap_s": "2", "pmc.alpha": "inv", "pmc.seed_ctl": "0", "pmc.seed_atl": "40",
		"weights.sleep": "0.3", "bands.ready": "90", "detector.watch_points": "4",
	} {
		if rapid.IntRange(0, 3).Draw(t, name) == 0 {
			values[name] = value
		}
	}
	if rapid.Bool().Draw(t, "lactate test") {
		values["load.trimp_a"], values["load.trimp_b"] = "0.7", "2.1"
	}
	return judgedBy(int64(rapid.IntRange(0, 2).Draw(t, "rules")), values)
}

// Of every set of rules the last edit counts, wherever it comes: before the runs,
// after them, or after they were assessed by others.
func TestOrderOfRulesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := []Event{someRules(t), someRules(t), someRules(t)}
		for day := range Date(4) {
			e := Event{Kind: KindRun, Run: smallRun(t, day0+day)}
			e.Key = RunKey(e.Run)
			e.Digest = e.ContentDigest()
			events = append(events, e)
		}
		want := assessed(t, events)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		same(t, want, assessed(t, shuffled))
		same(t, want, resumed(t, shuffled, rapid.IntRange(0, len(shuffled)).Draw(t, "split")))
	})
}

func TestRulesOfTheHistoryHold(t *testing.T) {
	for _, c := range []struct {
		id   string
		own  map[string]string
		want [3]float64 // where no golden of its own says: CTL, ATL and TSB of the table in §8.1
	}{
		{id: "load_dynamics", own: map[string]string{"weights.sleep": "0.3"}},
		{id: "load_dynamics_inv", own: map[string]string{"pmc.alpha": "inv"}},
		{id: "load_dynamics_ema", own: map[string]string{"pmc.alpha": "ema"}},
		{id: "load_dynamics", own: map[string]string{"pmc.seed_ctl": "0", "pmc.seed_atl": "0"}, want: [3]float64{44.4724686, 92.2407526, -47.7682840}},
	} {
		var in struct{ Loads []float64 }
		var want struct {
			CTL, ATL float64
			TSB      float64 `json:"tsb_day43"`
		}
		golden(t, c.id, &in, &want)
		if c.want[0] > 0 {
			want.CTL, want.ATL, want.TSB = c.want[0], c.want[1], c.want[2]
		}
		s := newStory(t)
		s.add(judgedBy(0, c.own))
		for day, load := range in.Loads {
			if load > 0 {
				s.run(day, map[string]float64{"hrss": load, "hr_coverage": 1})
			}
		}
		a := s.assess(42)
		wantNum(t, a.on(t, 41), "ctl", want.CTL)
		wantNum(t, a.on(t, 41), "atl", want.ATL)
		wantNum(t, a.on(t, 42), "tsb", want.TSB)
		for _, by := range []Judged{a.Days[42].Judged, a.Runs[0].Judged} {
			if !strings.HasPrefix(by.Rules, "own-") || by.PMCAlpha != string(s.h.Rules().PMC.Alpha) {
				t.Errorf("%v are judged by %+v", c.own, by)
			}
		}
	}
}

// observedBy assesses one run under own rules.
func observedBy(t *testing.T, r *Run, own map[string]string) RunSummary {
	t.Helper()
	var h History
	for _, e := range []Event{{Kind: KindRun, Key: "run", Run: r}, judgedBy(0, own), {Kind: KindProfile, Key: "config", Profile: &Profile{
		Sex: "male", Params: []DatedParams{{From: day0, Values: map[string]float64{"hrmax": 190, "hrrest": 50, "lthr": 167.2}}},
	}}} {
		e.Digest = e.ContentDigest()
		if _, err := h.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Assess(&h, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a.Runs[0]
}

// An hour at 150 bpm with a stretch of 220 bpm and a gap of 20 s.
func TestRulesOfSamplesAndLoad(t *testing.T) {
	r := &Run{Sport: "running", Format: "fit", Part: -1, Start: day0.Time(), First: day0.Time(), HRSource: "chest"}
	for i := range 3601 {
		bpm := 150.0
		if i > 1800 && i <= 2000 {
			bpm = 220
		}
		if i > 3000 && i < 3020 {
			bpm = math.NaN()
		}
		r.T, r.HR, r.Speed = append(r.T, float64(i)), append(r.HR, bpm), append(r.Speed, 3)
	}
	spec := observedBy(t, r, map[string]string{"weights.sleep": "0.3"})
	if spec.Trace.Rules != nil || spec.Params.TRIMP != nil || spec.Trace.CoveredS != 3580 || spec.Row.number("max_hr_bpm").v != 220 {
		t.Fatalf("by the specification: %+v", spec.Trace)
	}
	gap := observedBy(t, r, map[string]string{"max_gap_s": "20"})
	if gap.Trace.CoveredS != 3600 {
		t.Errorf("max_gap_s 20 covers %v s", gap.Trace.CoveredS)
	}
	low := observedBy(t, r, map[string]string{"hr.max": "200"})
	if low.Row.number("max_hr_bpm").v != 150 || low.Trace.CoveredS >= spec.Trace.CoveredS || low.InputsHash == spec.InputsHash {
		t.Errorf("hr.max 200: highest %v, %v s", low.Row["max_hr_bpm"], low.Trace.CoveredS)
	}
	own := observedBy(t, r, map[string]string{"hr.max": "200", "load.trimp_a": "1.28", "load.trimp_b": "1.92"})
	if want := 2 * low.Row.number("trimp_banister").v; math.Abs(own.Row.number("trimp_banister").v-want) > 1e-9*want {
		t.Errorf("twice the factor gives %v, not %v", own.Row["trimp_banister"], want)
	}
	if h, want := own.Row.number("hrss").v, low.Row.number("hrss").v; math.Abs(h-want) > 1e-9*want {
		t.Errorf("hrss %v is not in units of an hour at threshold (%v)", h, want)
	}
}

func TestImpossibleRulesAreNoEvent(t *testing.T) {
	for _, values := range []map[string]string{
		{"weights.sleep": "NaN"}, {"bands.ready": "1e300"}, {"gone": "1"}, {"pmc.alpha": "linear"}, {"load.trimp_a": "0.7"},
		{"weights.sleep": "0.15"}, {"weights.sleep": "0.30"},
	} {
		var h History
		if _, err := h.Add(judgedBy(0, values)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: %v", values, err)
		}
		if h.Rules().Version() != physio.DefaultRules().Version() {
			t.Errorf("%v hold", values)
		}
	}
}

func TestExplainTellsOwnRules(t *testing.T) {
	s := overload(t)
	if e := explained(t, s, 60, 74); len(e.Rules.Changes) != 0 || e.Rules.PMCAlpha != "exp" {
		t.Errorf("the specification's rules are explained as %+v", e.Rules)
	}
	s.add(judgedBy(1, map[string]string{"weights.sleep": "0.3"}))
	if e := explained(t, s, 60, 74); len(e.Rules.Changes) != 1 || e.Rules.Changes[0].String() != "weights.sleep 0.3 (0.15)" {
		t.Errorf("own rules are explained as %+v", e.Rules)
	}
}

// A formula that names a rule names the one in force.
func TestExplainWordsOwnRules(t *testing.T) {
	s := overload(t)
	s.add(judgedBy(0, map[string]string{"pmc.alpha": "ema", "pmc.seed_atl": "30", "bands.ready": "80", "detector.watch_points": "4", "resting_hr.marked_bpm": "9"}))
	said := map[string]string{}
	for _, f := range explained(t, s, 60, 74).Figures {
		said[f.Name] = f.Formula
	}
	for name, want := range map[string]string{
		"ctl": "y + 2/43·(load − y), from the mean of the first 14 days", "atl": "y + 2/8·(load − y), from 30", "band": "ready from 80,",
		"recovery_state": "WATCH from 4 points", "rhr_state": "marked: +9 and",
	} {
		if !strings.HasPrefix(said[name], want) {
			t.Errorf("%s is explained by %q", name, said[name])
		}
	}
}

// The impulse is explained by the factors it was computed with.
func TestExplainWordsTheFactorsOfTheImpulse(t *testing.T) {
	for own, want := range map[string]string{"": "x·0.86·e^(1.67·x)", "2.1": "x·0.7·e^(2.1·x)"} {
		s := newStory(t)
		s.profile(adult)
		s.recorded(0, leg{1500, 2.8, 160}, leg{310, 1.4, 120})
		if own != "" {
			s.add(judgedBy(0, map[string]string{"load.trimp_a": "0.7", "load.trimp_b": own}))
		}
		for _, f := range ExplainRun(s.assess(0).Runs[0], physio.DefaultRules()).Figures {
			if f.Name == "trimp_banister" && !strings.Contains(f.Formula, want) {
				t.Errorf("%q, want %s", f.Formula, want)
			}
		}
	}
}
