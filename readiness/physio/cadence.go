package physio

import "math"

// StepsPerMinute turns a file's cadence into steps per minute (§1): a FIT file
// counts the strides of one foot, doubled for sports on foot; a GPX or TCX run is
// doubled when the median of its positive values is below 120. Other sports have
// no steps (all NaN).
func StepsPerMinute(cadence []float64, format, sport string) []float64 {
	factor := math.NaN()
	switch {
	case format == "fit" && (sport == "running" || sport == "walking" || sport == "hiking"):
		factor = 2
	case format != "fit" && sport == "running":
		factor = 1
		if m, ok := Median(positive(cadence)); ok && m < 120 {
			factor = 2
		}
	}
	out := make([]float64, len(cadence))
	for i, c := range cadence {
		out[i] = c * factor
	}
	return out
}

func positive(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		if v > 0 {
			out = append(out, v)
		}
	}
	return out
}

// AtSeconds returns the cumulative distance in m at the seconds 0…n−1, linear
// between samples and held at the ends; NaN without any sample.
func AtSeconds(t, distance []float64, n int) []float64 {
	out := make([]float64, n)
	before, after := -1, 0
	for g := range out {
		at := float64(g)
		for after < len(t) && (t[after] < at || missing(distance[after])) {
			if !missing(distance[after]) {
				before = after
			}
			after++
		}
		switch {
		case after == len(t) && before < 0:
			out[g] = math.NaN()
		case after == len(t):
			out[g] = distance[before]
		case before < 0 || t[after] == at:
			out[g] = distance[after]
		default:
			out[g] = distance[before] + (distance[after]-distance[before])*(at-t[before])/(t[after]-t[before])
		}
	}
	return out
}
