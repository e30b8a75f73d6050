package readiness

import (
	"math"
	"testing"

	"afterrun/readiness/physio"
)

func TestTheSameRulesChangeNothing(t *testing.T) {
	s := overload(t)
	s.assess(74)
	w, err := CompareRules(s.h, nil, Options{}, physio.DefaultRules())
	if err != nil || len(w.Days) != 0 || len(w.Alerts) < 2 {
		t.Fatalf("%v, %+v", err, w)
	}
	for _, a := range w.Alerts {
		if !a.Now || !a.Would {
			t.Errorf("%+v", a)
		}
	}
}

func TestOtherRulesMoveBandsAndAlerts(t *testing.T) {
	s := overload(t)
	before := s.assess(74)
	rules := physio.DefaultRules()
	rules.Bands.Ready = 80
	rules.Detector.AtOncePoints, rules.Detector.StrongPoints = 50, 50
	w, err := CompareRules(s.h, nil, Options{}, rules)
	if err != nil {
		t.Fatal(err)
	}
	moved := false
	for _, d := range w.Days {
		moved = moved || d.Band == "ready" && d.BandWould == "steady"
	}
	if !moved {
		t.Errorf("no day moves from ready to steady: %+v", w.Days)
	}
	for _, a := range w.Alerts {
		if a.Rule == "under_recovery" && (a.Would || !a.Now) {
			t.Errorf("an alert nobody asked for: %+v", a)
		}
	}
	after := s.assess(74)
	for i := range before.Days {
		if before.Days[i].InputsHash != after.Days[i].InputsHash {
			t.Fatal("asking what if changed the history")
		}
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*physio.Rules){
		"negative weight": func(r *physio.Rules) { r.Weights.Sleep = -0.1 },
		"no weight":       func(r *physio.Rules) { r.Weights = physio.ScoreWeights{} },
		"never a score":   func(r *physio.Rules) { r.Weights = physio.ScoreWeights{Wellness: 0.39} },
		"not a number":    func(r *physio.Rules) { r.RestingHR.DriftZ = math.NaN() },
		"infinite":        func(r *physio.Rules) { r.Detector.Monotony = math.Inf(1) },
		"cap above 100":   func(r *physio.Rules) { r.Caps.Pain = 101 },
		"bands crossed":   func(r *physio.Rules) { r.Bands.Steady = 80 },
		"watch is calm":   func(r *physio.Rules) { r.Detector.CalmPoints = 3 },
		"spike of less":   func(r *physio.Rules) { r.Detector.SessionSpike = 0.9 },
		"sore for no day": func(r *physio.Rules) { r.Detector.SorenessDays = 0 },
		"slow is fast":    func(r *physio.Rules) { r.Detector.HRRSlowBPM = -1 },
		"high is low":     func(r *physio.Rules) { r.RestingHR.MarkedBPM = -7 },
		"strong is weak":  func(r *physio.Rules) { r.Detector.StrongPoints = 2 },
	} {
		r := physio.DefaultRules()
		spoil(&r)
		if r.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := physio.DefaultRules().Check(); err != nil {
		t.Error(err)
	}
}
