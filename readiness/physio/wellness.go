package physio

// WellnessSpreadFloor is the smallest spread of the five-item sum.
const WellnessSpreadFloor = 1.5

// WellnessG grades the sum of the five ratings (5–25, 25 = best) against the
// athlete's entries of the 28 days before, in own standard deviations (§12):
//
//	g_abs = (sum − 15)/3
//	g_rel = (sum − median)/max(1.4826·MAD, 1.5), 10 entries at least, else g_abs
//	g     = min(g_rel, g_abs + 1)
//
// A chronically tired athlete must not become "normal", hence the limit by g_abs.
// A day without all five ratings has none (no_checkin).
//
// Source: Hooper & Mackinnon 1995, McLean 2010; Saw 2016: what athletes say follows
// load more consistently than what is measured.
func WellnessG(sum float64, before []float64) float64 {
	abs := (sum - 15) / 3
	if len(before) < 10 {
		return abs
	}
	centre, spread, _ := RobustBaseline(before, WellnessSpreadFloor)
	return min((sum-centre)/spread, abs+1)
}

// Hooper converts a rating of Hooper's 1–7 scale (7 = worst) to 1–5 (5 = best):
// 5 − (h − 1)·4/6 (§12; Hooper & Mackinnon 1995).
func Hooper(h float64) float64 { return 5 - (h-1)*4/6 }

// MassDrop returns by how many percent the body mass is lower today than the
// median of the 7 days before: 100·(median − today)/median, masses in kg, positive =
// lighter (§12). False with fewer than 3 values (baseline_short); without a mass
// today there is none (no_body_mass).
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

// FluidBalance weighs a run: masses in kg, fluids in L, hours of timer time (§12):
//
//	sweat       = (pre − post) + in − urine, L; per hour of timer time
//	dehydration = 100·(pre − post)/pre, %
//	target      = 1.5·(pre − post), L, to drink within 4 h
//
// The target rests on the net loss: what was drunk in the run is replaced already.
// A gain has no target (mass_gain); a missing mass has nothing (no_body_mass).
//
// Source: ACSM 2007; Shirreffs 1996.
func FluidBalance(pre, post, in, urine, hours float64) Fluid {
	f := Fluid{SweatL: (pre - post) + in - urine, DehydrationPct: 100 * (pre - post) / pre, MassGain: pre < post}
	if hours > 0 {
		f.SweatLPerH = f.SweatL / hours
	}
	f.TargetL = 1.5 * (pre - post)
	return f
}
