package readiness

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"afterrun/readiness/physio"
)

func explained(t *testing.T, s *story, day, through int) *DayExplanation {
	t.Helper()
	s.assess(through)
	e, err := ExplainDay(s.h, nil, Options{Through: day0 + Date(through)}, day0+Date(day))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The parts of an explanation must give the score it explains.
func TestExplanationAddsUp(t *testing.T) {
	s := overload(t)
	a := s.assess(74)
	for day := range 75 {
		e := explained(t, s, day, 74)
		row := a.on(t, day)
		points, weights := 0.0, 0.0
		for _, c := range e.Components {
			if c.SubScore != nil {
				points, weights = points+c.Counted**c.SubScore, weights+c.Counted
			}
			if (c.G == nil) != (c.Reason != "") || c.G == nil && (c.Why == "" || c.Hint == "") {
				t.Fatalf("day %d %s: neither a grade nor a reason: %+v", day, c.Name, c)
			}
			if g := row["g_"+c.Name]; g.IsNull() != (c.G == nil) {
				t.Fatalf("day %d %s: explained %v, column %+v", day, c.Name, c.G, g)
			}
		}
		if want, ok := row["readiness_uncapped"].Float(); ok && (e.Score.Uncapped == nil || math.Abs(points/weights-want) > 1e-9) {
			t.Fatalf("day %d: parts give %v, readiness_uncapped is %v", day, points/weights, want)
		}
		listed := 0
		for _, c := range e.Detector.Conditions {
			listed += c.Points
		}
		if says := strings.Contains(e.Detector.Text, "points count"); says != (e.Detector.Evaluated && listed != e.Detector.Points) {
			t.Fatalf("day %d: conditions of %d points, %d in all: %q", day, listed, e.Detector.Points, e.Detector.Text)
		}
		if e.Band.Band != row["band"].String() || e.Detector.State != row["recovery_state"].String() {
			t.Fatalf("day %d: %+v %+v", day, e.Band, e.Detector)
		}
	}
}

func TestExplanationNamesInputsDatesAndSources(t *testing.T) {
	e := explained(t, overload(t), 61, 74)
	var rhr, wellness, load ComponentExplanation
	for _, c := range e.Components {
		switch c.Name {
		case "rhr":
			rhr = c
		case "wellness":
			wellness = c
		case "load":
			load = c
		}
	}
	if b := rhr.Baseline; b == nil || b.N != 28 || b.Centre != 48 || b.From != day0+61-34 || b.To != day0+61-7 {
		t.Errorf("baseline of the resting heart rate: %+v", b)
	}
	if in := rhr.Inputs[0]; in.Name != "rhr_bpm" || *in.Value != 56 || in.From != day0+61 || in.Source != "manual" {
		t.Errorf("first input of the resting heart rate: %+v", in)
	}
	if len(wellness.Inputs) != 6 || wellness.Baseline == nil || wellness.Baseline.N != 28 {
		t.Errorf("check-in: %+v", wellness)
	}
	last := load.Inputs[len(load.Inputs)-1]
	if last.Name != "form term" && last.Name != "window term" {
		t.Errorf("load: %+v", load.Inputs)
	}
	if e.Detector.Event != "enter" || e.Detector.Before != physio.StateWatch || *e.Detector.Since != day0+61 || len(e.Detector.Conditions) == 0 {
		t.Errorf("detector: %+v", e.Detector)
	}
	var acted []string
	for _, c := range e.Caps {
		if c.Acted {
			acted = append(acted, c.Name)
		}
		if c.Name == "rhr_marked" && (!c.Holds || !strings.Contains(c.Because, "+8.0 bpm")) {
			t.Errorf("cap: %+v", c)
		}
	}
	if got := strings.Join(acted, " "); got != e.Verdict.CappedBy {
		t.Errorf("caps that acted %q, verdict says %q", got, e.Verdict.CappedBy)
	}
}

func TestExplanationSaysWhatHysteresisDid(t *testing.T) {
	s := newStory(t)
	for day := range 30 {
		s.checkin(day, fine(map[string]float64{"sleep_h": 7}))
	}
	s.checkin(30, map[string]float64{"fatigue": 4, "soreness": 4, "stress": 4, "mood": 4, "sleep_quality": 4, "sleep_h": 6})
	e := explained(t, s, 30, 30)
	if e.Score.Value == nil || *e.Score.Value >= 70 || *e.Score.Value <= 67 {
		t.Fatalf("the scene is wrong: score %+v", e.Score)
	}
	if e.Band.Band != "ready" || e.Band.Naive != "steady" || e.Band.Acted != "hysteresis" || e.Band.Before != "ready" {
		t.Errorf("%+v", e.Band)
	}
}

// A note on a good sign that is not trusted stands only where one was cut.
func TestExplanationNotesOnlyAGoodSignThatWasCut(t *testing.T) {
	a := &almanac{}
	m := &morning{wellness: known(-2)}
	for _, better := range []float64{-1, 0, 1} {
		var e ComponentExplanation
		a.paradox(m, &e, better)
		if (e.Note != "") != (better > 0) {
			t.Errorf("%v better than expected: %q", better, e.Note)
		}
	}
}

func TestExplanationIsJSON(t *testing.T) {
	b, err := json.Marshal(explained(t, overload(t), 61, 74))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"components", "inputs", "caps", "conditions", "windows", "advice", "figures"} {
		if calm, err := json.Marshal(explained(t, overload(t), 20, 74)); err != nil || strings.Contains(string(calm), `"`+list+`":null`) {
			t.Errorf("%s is no list: %v", list, err)
		}
	}
	var back DayExplanation
	if err := json.Unmarshal(b, &back); err != nil || back.Date != day0+61 || len(back.Figures) != len(DayColumns) {
		t.Errorf("%v, %d figures", err, len(back.Figures))
	}
}

func TestExplainADayOutsideTheHistory(t *testing.T) {
	s := overload(t)
	s.assess(74)
	for _, h := range []*History{{}, s.h} {
		if _, err := ExplainDay(h, nil, Options{}, day0-1); !errors.Is(err, ErrUnknown) {
			t.Errorf("error %v", err)
		}
	}
}

func TestEveryColumnHasAMeaning(t *testing.T) {
	for _, c := range append(append([]Column{}, DayColumns...), RunColumns...) {
		if Meaning(c.Name) == "" {
			t.Errorf("column %s has no meaning", c.Name)
		}
	}
}

// Every formula is of a column, and so is everything it reads.
func TestFormulasReadColumns(t *testing.T) {
	known := map[string]bool{}
	for _, c := range append(append([]Column{}, DayColumns...), RunColumns...) {
		known[c.Name] = true
	}
	for name, r := range recipes {
		for _, column := range append([]string{name}, r.inputs...) {
			if !known[column] {
				t.Errorf("the formula of %s speaks of %s, which is no column", name, column)
			}
		}
	}
}

func TestExplainRunShowsFormulasAndInputs(t *testing.T) {
	s := newStory(t)
	s.profile(adult)
	s.recorded(0, leg{1500, 2.8, 160}, leg{310, 1.4, 120})
	for _, f := range ExplainRun(s.assess(0).Runs[0], physio.DefaultRules()).Figures {
		if f.Name != "hrss" {
			continue
		}
		if f.Value == nil || f.Formula == "" || len(f.Inputs) != 2 || f.Inputs[0].Name != "trimp_banister" || *f.Inputs[1].Value != 168 || f.Inputs[1].Unit != "bpm" {
			t.Errorf("%+v", f)
		}
	}
}

func TestExplainRun(t *testing.T) {
	s := newStory(t)
	s.run(0, map[string]float64{"hrss": 50})
	e := ExplainRun(s.assess(0).Runs[0], physio.DefaultRules())
	if len(e.Figures) != len(RunColumns) || e.Date != day0 || len(e.Limits) != 4 {
		t.Fatalf("%d figures, %d limits, %s", len(e.Figures), len(e.Limits), e.Date)
	}
	for _, f := range e.Figures {
		if f.Value == nil && f.Text == "" && f.Reason != "" && f.Why == "" {
			t.Errorf("%s: reason %q has no words", f.Name, f.Reason)
		}
	}
}

func TestExplanationSaysThatTheSourceChanged(t *testing.T) {
	s := newStory(t)
	for day := range 40 {
		s.device(day, "overnight_nadir", map[string]float64{"rhr_bpm": 44})
	}
	for day := 36; day < 60; day++ {
		s.checkin(day, map[string]float64{"rhr_bpm": 50})
	}
	note := func(day int) string {
		e, err := ExplainDay(s.h, nil, Options{}, day0+Date(day))
		if err != nil {
			t.Fatal(err)
		}
		return e.Components[1].Note
	}
	if got := note(55); !strings.Contains(got, "rhr_source_mixed") {
		t.Errorf("the new source's baseline is short: %q", got)
	}
	for _, day := range []int{38, 57} {
		if got := note(day); strings.Contains(got, "rhr_source_mixed") {
			t.Errorf("day %d: %q", day, got)
		}
	}
}
