package physio

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Rules can be told by their changes, and told no other way.
func TestRulesAreTheirChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := DefaultRules()
		for _, f := range r.fields() {
			x := rapid.Float64Range(-2e6, 2e6).Draw(t, f.name)
			switch {
			case rapid.Bool().Draw(t, "leave"):
			case f.at.CanFloat():
				f.at.SetFloat(x)
			case f.at.CanInt():
				f.at.SetInt(int64(x))
			default:
				f.set(rapid.SampledFrom([]string{"inv", "0", "12.5"}).Draw(t, "word"))
			}
		}
		values := map[string]string{}
		for _, c := range r.Changes() {
			values[c.Name] = c.Value
		}
		back, err := DefaultRules().With(values)
		if back.Version() != r.Version() || (err == nil) != (r.Check() == nil) {
			t.Fatalf("%v, %v: from %v came %v", err, r.Check(), values, back.Changes())
		}
	})
}

// What a file or a stranger on the bus may say and no rule can be.
func TestHostileRulesAreRefused(t *testing.T) {
	for name, value := range map[string]string{
		"weights.sleep": "NaN", "weights.hrv": "+Inf", "bands.ready": "1e300", "detector.hrv_z": "-1e7", "caps.pain": "",
		"weights.rhr": "0.20", "detector.watch_points": "2.5", "detector.calm_points": "1e30", "pmc.alpha": "linear", "pmc.seed_ctl": "nan",
		"pmc.seed_atl": "-1", "load.trimp_a": "0.7", "hr.min": "0", "hr.max": "255", "max_gap_s": "0", "weights": "1", "": "1",
		"no.such": "1", "Weights.Sleep": "0.2", "weights.wellness": "0x1p-2", "weights.load": strings.Repeat("9", 1<<16),
	} {
		if _, err := DefaultRules().With(map[string]string{name: value}); err == nil || len(err.Error()) > 300 {
			t.Errorf("%s = %.20q: %v", name, value, err)
		}
	}
	r := DefaultRules()
	for _, f := range r.fields() {
		spoilt := DefaultRules()
		for _, g := range spoilt.fields() {
			if g.name == f.name && g.at.CanFloat() {
				g.at.SetFloat(math.NaN())
				if err := spoilt.Check(); err == nil || !strings.Contains(err.Error(), f.name) {
					t.Errorf("%s is no number: %v", f.name, err)
				}
			}
		}
	}
}

// Every fault is told, not only the first.
func TestAllFaultsOfRulesAreTold(t *testing.T) {
	_, err := DefaultRules().With(map[string]string{"caps.pain": "101", "bands.steady": "80", "pmc.alpha": "x", "gone": "1"})
	for _, part := range []string{"caps:", "bands:", "pmc.alpha:", "gone: no such rule"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
}
