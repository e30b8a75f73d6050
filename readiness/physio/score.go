package physio

// normal is the sub-score of "my normal".
const normal = 75

// SubScore maps own standard deviations (+ = good) to 0–100: "my normal" is 75
// (§13.1).
func SubScore(g float64) float64 { return min(max(normal+25*g, 0), 100) }

// HRRAt returns the weight of a recovery whose newest test is age days old: it
// fades within 14 days (§13.1).
func (w ScoreWeights) HRRAt(age float64) float64 { return w.HRR * max(0, 1-age/14) }

// HRexAt returns the weight of a submaximal heart rate whose newest test is age
// days old: it fades within 10 days (§13.1).
func (w ScoreWeights) HRexAt(age float64) float64 { return w.HRex * max(0, 1-age/10) }

// Component is one part of readiness.
type Component struct {
	Name   string
	G      float64
	Weight float64 // aged
	Low    bool    // low quality: counts half
}

// Counted is the weight the component counts with.
func (c Component) Counted() float64 {
	if c.Low {
		return c.Weight / 2
	}
	return c.Weight
}

// Readiness returns the score and its confidence; ok is false with too little
// evidence (insufficient_components), confidence is valid even then.
func Readiness(parts []Component, need EvidenceLimits) (score, confidence float64, ok bool) {
	weights, points, least, personal := 0.0, 0.0, need.Least, false
	for _, c := range parts {
		weights += c.Counted()
		points += c.Counted() * SubScore(c.G)
		if c.Name == "hrex" {
			least = need.LeastWithHRex
		}
		personal = personal || c.Name != "load" && c.Name != "sleep"
	}
	confidence = min(1, weights)
	if confidence < least || len(parts) < 2 || !personal {
		return 0, confidence, false
	}
	if confidence < need.Least {
		return (points + (need.Least-confidence)*normal) / need.Least, confidence, true
	}
	return points / weights, confidence, true
}

// ConfidenceLabel names a confidence.
func ConfidenceLabel(confidence float64) string {
	switch {
	case confidence >= 0.80:
		return "high"
	case confidence >= 0.60:
		return "medium"
	}
	return "low"
}

// RHRG grades the resting heart rate; nil = unknown, ok false without both. One
// alone is of low quality.
func RHRG(z, z7 *float64, lowWithFatigue bool) (g float64, low, ok bool) {
	switch {
	case z != nil && z7 != nil:
		g = -(0.5**z + 0.5**z7)
	case z != nil:
		g, low = -*z, true
	case z7 != nil:
		g, low = -*z7, true
	default:
		return 0, false, false
	}
	if lowWithFatigue {
		return -0.5, low, true
	}
	return clamp(g, -4, 0.5), low, true
}

// FormG grades the form: −20 % of chronic load is one step.
func FormG(form float64) float64 { return clamp(form/0.20, -4, 1) }

// WindowG grades how much of a recovery window of n days is left when the next
// hard run is daysLeft away; false outside the window (§13.1).
func WindowG(daysLeft, n int) (float64, bool) {
	if n < 1 || daysLeft < 1 || daysLeft > n {
		return 0, false
	}
	return -float64(daysLeft) / float64(n), true
}

// SleepG grades the blended hours of sleep.
func SleepG(hours float64) float64 {
	if hours < 7 {
		return max(hours-7, -4)
	}
	return min(0.5, 0.25*(hours-7))
}

// HRVG grades a week of HRV. Far above with fatigue is no good sign (Le Meur
// 2013), low with a low resting heart rate no bad one.
func HRVG(z float64, wellnessG *float64, exempt bool) float64 {
	switch {
	case z > 1.5 && atMost(wellnessG, -0.5):
		return -0.5
	case exempt && z < -0.5:
		return 0
	}
	return clamp(z, -4, 0.5)
}

// RecoveryCap is the best grade a fast recovery or a low submaximal heart rate
// may give: none in a loaded or tired athlete (§4.6).
func RecoveryCap(wellnessG, form *float64) float64 {
	if atMost(form, -0.20) || atMost(wellnessG, -1) {
		return 0
	}
	return 0.5
}

// HRRG and HRexG grade the comparisons of §4.5 and §9.6 under a cap.
func HRRG(z, best float64) float64 { return clamp(z, -4, best) }

// HRexG grades the submaximal heart rate; heat and hills limit how bad.
func HRexG(z, best float64) float64 { return clamp(-z, -2, best) }

// WellnessComponentG caps the check-in's grade.
func WellnessComponentG(g float64) float64 { return clamp(g, -4, 1.5) }

func clamp(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

// Limits are the facts that cap readiness (§13.2).
type Limits struct {
	Limping, Swelling, Illness, Sharp bool
	PainDays                          int
	RHRMarked                         bool
	SleepH                            *float64 // last night
}

// Cap returns the lowest cap that applies and its name, ties in the order
// written; 100 and "" without one.
func (l Limits) Cap(c Caps) (float64, string) {
	lowest, name := 100.0, ""
	for _, x := range []struct {
		holds bool
		limit float64
		name  string
	}{
		{l.Limping, c.Limping, "limping"},
		{l.Swelling, c.Swelling, "swelling"},
		{l.Illness, c.Illness, "illness"},
		{l.PainDays >= 3 || l.Sharp, c.Pain, "pain"},
		{l.RHRMarked, c.RHRMarked, "rhr_marked"},
		{below(l.SleepH, 5), c.SleepShort, "sleep_short"},
	} {
		if x.holds && x.limit < lowest {
			lowest, name = x.limit, x.name
		}
	}
	return lowest, name
}
