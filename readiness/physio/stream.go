package physio

// Stream is a run second by second: what its steadiness, its efficiency and its
// comparable minutes are read from. All columns have the length of the grid, NaN =
// missing.
type Stream struct {
	*Seconds           // states and held speed, m/s
	V        []float64 // speed to compare, m/s: grade-adjusted, the held one where altitude is unusable
	Grade    []float64 // rise over run; nil where altitude is unusable
	HR       []float64 // bpm, without cadence-locked samples
	LockedHR []float64 // bpm, with them
}

// Adjusted returns the grade-adjusted speed of every second in m/s (§9.3):
// gas = v·[CostRatio](grade), NaN where one of them is missing.
func Adjusted(speed, grade []float64) []float64 {
	out := make([]float64, len(speed))
	for g, v := range speed {
		out[g] = v * CostRatio(grade[g])
	}
	return out
}

// MovingValues returns the values of the moving seconds that have one, in order: the
// concatenation that [NormalizedSpeed] rolls over. x has the length of the grid.
func (s *Seconds) MovingValues(x []float64) []float64 {
	var out []float64
	for g, v := range x {
		if s.Moving(g) && !missing(v) {
			out = append(out, v)
		}
	}
	return out
}

// RunningMean returns the mean of the running seconds that have a value, false
// without any. x has the length of the grid.
func (s *Seconds) RunningMean(x []float64) (float64, bool) {
	sum, n := 0.0, 0
	for g, v := range x {
		if s.Running(g) && !missing(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}
