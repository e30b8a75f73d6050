package physio

import (
	"testing"

	"pgregory.net/rapid"
)

// someParts draws components with their weights, at least one.
func someParts(t *rapid.T) []Component {
	w := DefaultRules().Weights
	all := []Component{{"wellness", 0, w.Wellness, false}, {"rhr", 0, w.RHR, false}, {"load", 0, w.Load, false}, {"sleep", 0, w.Sleep, false},
		{"hrv", 0, w.HRV, false}, {"hrr", 0, w.HRR, false}, {"hrex", 0, w.HRex, false}}
	var parts []Component
	for _, c := range all {
		if rapid.Bool().Draw(t, c.Name) {
			c.G, c.Low = rapid.Float64Range(-4, 1.5).Draw(t, "g"), rapid.Bool().Draw(t, "low")
			parts = append(parts, c)
		}
	}
	return parts
}

// Readiness never rises when one component gets worse, and stays within what its
// components say.
func TestReadinessNeverRisesWhenAComponentGetsWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := someParts(t)
		need := DefaultRules().Evidence
		score, confidence, ok := Readiness(parts, need)
		if !ok || len(parts) == 0 {
			return
		}
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "which")
		parts[i].G -= rapid.Float64Range(0, 4).Draw(t, "worse by")
		worse, confidence2, ok2 := Readiness(parts, need)
		if !ok2 || confidence2 != confidence || worse > score+1e-9 {
			t.Fatalf("%+v: %v became %v", parts, score, worse)
		}
	})
}

// The grades of components never rise with worse evidence.
func TestGradesFollowTheirEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-6, 6).Draw(t, "x")
		worse := x - rapid.Float64Range(0, 3).Draw(t, "worse by")
		for name, g := range map[string]func(float64) float64{
			"form": FormG, "wellness": WellnessComponentG,
			"sleep":      func(v float64) float64 { return SleepG(v + 6) },
			"resting HR": func(v float64) float64 { z := -v; g, _, _ := RHRG(&z, &z, false); return g },
			"HRV":        func(v float64) float64 { return HRVG(v, nil, false) },
			"recovery":   func(v float64) float64 { return HRRG(v, 0.5) },
			"submaximal": func(v float64) float64 { return HRexG(-v, 0.5) },
		} {
			if g(worse) > g(x) {
				t.Fatalf("%s: %v at %v, %v at %v", name, g(x), x, g(worse), worse)
			}
		}
	})
}

// A band changes only as hysteresis or a cap allows (§13.3), said again from the
// outside: the borders between two bands are the ones crossed.
func TestBandsChangeOnlyAsHysteresisAllows(t *testing.T) {
	borders := DefaultRules().Bands
	rank := map[string]int{"rest": 0, "easy": 1, "steady": 2, "ready": 3}
	rapid.Check(t, func(t *rapid.T) {
		b := NewBands(borders)
		some := rapid.OneOf(rapid.Float64Range(0, 100), rapid.Float64Range(borders.Ready-5, borders.Ready+5),
			rapid.Float64Range(borders.Steady-5, borders.Steady+5), rapid.Float64Range(borders.Easy-5, borders.Easy+5))
		last := some.Draw(t, "first")
		band := b.Next(last, last)
		for range rapid.IntRange(1, 30).Draw(t, "days") {
			score := some.Draw(t, "score")
			capped := min(score, rapid.SampledFrom([]float64{100, 100, 100, 55, 40, 20}).Draw(t, "cap"))
			before := rank[band]
			band = b.Next(score, capped)
			free := rank[band] >= rank[borders.Naive(capped)] && capped < score // a cap acted or could have
			for k := min(before, rank[band]) + 1; k <= max(before, rank[band]) && !free; k++ {
				border := borders.below(k)
				up := rank[band] > before
				beyond := up && (score >= border+3 || last >= border && score >= border) || !up && (score <= border-3 || last < border && score < border)
				if !beyond {
					t.Fatalf("from band %d to %s over %v: score %v, the day before %v", before, band, border, score, last)
				}
			}
			if capped < score && rank[band] > rank[borders.Naive(capped)] {
				t.Fatalf("a cap at %v leaves %s", capped, band)
			}
			last = capped
		}
	})
}

// Load alone never enters, a calm day never does, and an episode has one entry
// and one end.
func TestDetectorNeverEntersWithoutCause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDetector(DefaultRules().Detector)
		open := false
		for day := range rapid.IntRange(1, 60).Draw(t, "days") {
			points := rapid.IntRange(0, 12).Draw(t, "points")
			families := rapid.SampledFrom([]string{"", "A", "L", "AL", "AS", "LS", "LP", "ALSP"}).Draw(t, "families")
			event := d.Next(day, points, families)
			if rapid.IntRange(0, 9).Draw(t, "silent") == 0 {
				event += d.Skip()
			}
			switch {
			case event == "enter" && (open || points < 5 || families == "L" || families == "A" || families == "LP"):
				t.Fatalf("enter with %d points from %q, open %v", points, families, open)
			case event == "exit" && (!open || points > 2):
				t.Fatalf("exit with %d points, open %v", points, open)
			}
			open = d.State() == StateUnder
		}
	})
}
