package physio

// Ramp returns current/previous − 1, false when the previous week is 0
// (baseline_short, §8.4).
func Ramp(previous, current float64) (float64, bool) {
	if previous == 0 {
		return 0, false
	}
	return current/previous - 1, true
}

// RampHigh reports more than 10 % and more than 1 km above the previous week,
// both in m: the seed's own plan grows by 20 % from one mile.
func RampHigh(previous, current float64) bool {
	return current-previous > max(0.10*previous, 1000)
}

// Week is one complete ISO week of running.
type Week struct {
	Distance float64 // m
	Runs     int
}

// Deload judges the last of the complete weeks, which begin with the week of
// the first run (§8.6). known is false when the three weeks before it do not
// all exist with a run in each.
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
