package physio

// Ramp returns current/previous − 1 of two weeks of distance (m) or time (s), false
// when the previous week is 0 (baseline_short, §8.4). The evidence for a limit is
// weak: no effect in a trial (Buist 2008), no relation in 5,205 runners (Frandsen
// 2025).
func Ramp(previous, current float64) (float64, bool) {
	if previous == 0 {
		return 0, false
	}
	return current/previous - 1, true
}

// RampHigh reports a week of more than 10 % and more than 1 km above the previous
// one, both in m, strictly (§8.4). Below a kilometre nothing is said: a beginner's
// plan that starts at a mile grows by 20 %.
func RampHigh(previous, current float64) bool {
	return current-previous > max(0.10*previous, 1000)
}

// Week is one complete ISO week of running.
type Week struct {
	Distance float64 // m
	Runs     int
}

// Deload judges the last of the complete ISO weeks, which begin with the week of
// the first run (§8.6): at most 80 % of the most of the three weeks before, in m.
// known is false when those do not all exist with a run in each (baseline_short);
// the week itself may be empty.
func Deload(weeks []Week) (deload, known bool) {
	n := len(weeks)
	if n < 4 {
		return false, false
	}
	most := 0.0
	for _, w := range weeks[n-4 : n-1] {
		if w.Runs == 0 {
			return false, false
		}
		most = max(most, w.Distance)
	}
	return weeks[n-1].Distance <= 0.80*most, true
}

// WeeksSinceDeload returns how many complete weeks have passed since the last
// deload week (that week = 0), all of them when there was none.
func WeeksSinceDeload(weeks []Week) int {
	for i := len(weeks); i > 0; i-- {
		if deload, _ := Deload(weeks[:i]); deload {
			return len(weeks) - i
		}
	}
	return len(weeks)
}
