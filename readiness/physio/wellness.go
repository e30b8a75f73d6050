package physio

// WellnessSpreadFloor is the smallest spread of the five-item sum.
const WellnessSpreadFloor = 1.5

// WellnessG grades the sum of the five ratings (5–25, 25 = best) against the
// athlete's entries of the 28 days before (§12). A chronically tired athlete
// must not become "normal", hence the absolute limit.
func WellnessG(sum float64, before []float64) float64 {
	abs := (sum - 15) / 3
	if len(before) < 10 {
		return abs
	}
	centre, spread, _ := RobustBaseline(before, WellnessSpreadFloor)
	return min((sum-centre)/spread, abs+1)
}

// Hooper converts a rating of the 1–7 scale (7 = worst) to 1–5 (5 = best).
func Hooper(h float64) float64 { return 5 - (h-1)*4/6 }

// MassDrop returns by how many percent of the median of the 7 days before the
// body mass is lower today; false with fewer than 3 values (baseline_short).
func MassDrop(before []float64, today float64) (float64, bool) {
	if len(before) < 3 {
		return 0, false
	}
	m, _ := Median(before)
	if m <= 0 {
		return 0, false
	}
	return 100 * (m - today) / m, true
}

// Fluid is what a weighed run says about fluids (§12).
type Fluid struct {
	SweatL, SweatLPerH float64
	DehydrationPct     float64
	TargetL            float64
	MassGain           bool // more drunk than lost: no target
}

// FluidBalance weighs a run: masses in kg, fluids in L, hours of timer time.
func FluidBalance(pre, post, in, urine, hours float64) Fluid {
	f := Fluid{SweatL: (pre - post) + in - urine, DehydrationPct: 100 * (pre - post) / pre, MassGain: pre < post}
	if hours > 0 {
		f.SweatLPerH = f.SweatL / hours
	}
	f.TargetL = 1.5 * (pre - post)
	return f
}
