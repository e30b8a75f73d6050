package physio

// Monotony returns the mean of seven daily loads over their sample standard
// deviation, at most 10, and the strain Σ·monotony (Foster 1998, §8.3); false
// when there is no load at all (no_load).
func Monotony(week []float64) (monotony, strain float64, ok bool) {
	mean, _ := Mean(week)
	if mean == 0 {
		return 0, 0, false
	}
	monotony = 10
	if sd, _ := SampleSD(week); sd > 0 {
		monotony = min(10, mean/sd)
	}
	return monotony, sum(week) * monotony, true
}

// StrainLimit returns the 90th percentile of earlier strains, false with fewer
// than 56 values.
func StrainLimit(earlier []float64) (float64, bool) {
	if len(earlier) < 56 {
		return 0, false
	}
	return Percentile(earlier, 0.90)
}
