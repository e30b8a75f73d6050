package physio

// normal is the sub-score of "my normal".
const normal = 75

// SubScore maps own standard deviations (+ = good) to 0–100: clamp(75 + 25·g, 0,
// 100), "my normal" is 75 (§13.1).
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

// Readiness returns the score, 0–100 with 75 = "my normal", and its confidence, 0–1
// (§13.1):
//
//	score = Σ w·S(g)/Σ w over what is available, confidence = min(1, Σ w)
//
// where low quality halves w. ok is false (insufficient_components) with fewer than
// two components, without a personal one (only load and sleep), or with a
// confidence below need.Least, need.LeastWithHRex with hrex; confidence is valid even
// then. Between the two limits the missing weight counts as normal: little evidence
// moves the score little.
//
// The weights are a design choice: what the athlete says first (Saw 2016), recovery
// of the heart rate last, for its error of 20 % (Bosquet 2008, IJSM).
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

// ConfidenceLabel names a confidence: high from 0.80, medium from 0.60, else low
// (§13.1).
func ConfidenceLabel(confidence float64) string {
	switch {
	case confidence >= 0.80:
		return "high"
	case confidence >= 0.60:
		return "medium"
	}
	return "low"
}

// RHRG grades the resting heart rate: −(z/2 + z7/2), kept in −4..+0.5 (§13.1). nil
// = unknown; one alone counts with low quality, ok is false without both. Low with
// fatigue it is −0.5.
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

// FormG grades the form, a fraction of chronic load: form/0.20, kept in −4..+1
// (§13.1).
func FormG(form float64) float64 { return clamp(form/0.20, -4, 1) }

// WindowG grades how much of a recovery window of n days is left when the next
// hard run is daysLeft away: −daysLeft/n, so −1 on the first morning; false outside
// the window (§13.1).
func WindowG(daysLeft, n int) (float64, bool) {
	if n < 1 || daysLeft < 1 || daysLeft > n {
		return 0, false
	}
	return -float64(daysLeft) / float64(n), true
}

// SleepG grades the blended hours of sleep: h − 7 below 7 h, at least −4; else
// 0.25·(h − 7), at most +0.5 (§13.1).
func SleepG(hours float64) float64 {
	if hours < 7 {
		return max(hours-7, -4)
	}
	return min(0.5, 0.25*(hours-7))
}

// HRVG grades a week of HRV: its z, kept in −4..+0.5 (§13.1). Above 1.5 with
// fatigue (wellness g ≤ −0.5) it is −0.5: no good sign (Le Meur 2013); below −0.5
// and exempt it is 0 (see [HRVExempt]).
func HRVG(z float64, wellnessG *float64, exempt bool) float64 {
	switch {
	case z > 1.5 && atMost(wellnessG, -0.5):
		return -0.5
	case exempt && z < -0.5:
		return 0
	}
	return clamp(z, -4, 0.5)
}

// RecoveryCap is the best grade a fast recovery or a low submaximal heart rate may
// give: +0.5, but 0 in a loaded (form ≤ −0.20) or tired (wellness g ≤ −1) athlete,
// because overreaching makes recovery faster, too (§4.6; Aubry 2015, Le Meur 2013).
func RecoveryCap(wellnessG, form *float64) float64 {
	if atMost(form, -0.20) || atMost(wellnessG, -1) {
		return 0
	}
	return 0.5
}

// HRRG grades the recovery of §4.5: its z, kept in −4..best (§13.1).
func HRRG(z, best float64) float64 { return clamp(z, -4, best) }

// HRexG grades the submaximal heart rate of §9.6: −z, kept in −2..best: heat and
// hills limit how bad it may be (§13.1).
func HRexG(z, best float64) float64 { return clamp(-z, -2, best) }

// WellnessComponentG keeps the check-in's grade in −4..+1.5 (§13.1).
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
