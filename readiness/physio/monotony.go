package physio

// Monotony returns the mean of seven daily loads over their sample standard
// deviation (n − 1), at most 10, and the strain, their sum times monotony, in the
// unit of the loads (§8.3). Days of rest count as 0; equal loads have monotony 10.
// False when there is no load at all (no_load). Above 2.0 Foster calls it high.
//
// Source: Foster 1998.
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

// StrainLimit returns the 90th percentile (type 7) of the strains of the 182 days
// before, false with fewer than 56 values (§8.3): what is much for this athlete.
func StrainLimit(earlier []float64) (float64, bool) {
	if len(earlier) < 56 {
		return 0, false
	}
	return Percentile(earlier, 0.90)
}
