package physio

import "math"

// Convention names how a time constant becomes the weight of one day (§8.1).
type Convention string

// The conventions: Exp is exact for a first-order filter and our choice, Inv is
// 1/N, EMA is 2/(N+1).
const (
	Exp Convention = "exp"
	Inv Convention = "inv"
	EMA Convention = "ema"
)

func (c Convention) known() bool { return c == Exp || c == Inv || c == EMA }

// Weight returns the weight of today's load for a time constant in days: 1 −
// e^(−1/N), 1/N or 2/(N+1).
func (c Convention) Weight(days float64) float64 {
	switch c {
	case Inv:
		return 1 / days
	case EMA:
		return 2 / (days + 1)
	default:
		return 1 - math.Exp(-1/days)
	}
}

// The time constants of chronic and acute load, days.
const (
	ChronicDays = 42
	AcuteDays   = 7
)

// SeedDays is how many first days seed the filters (§8.1).
const SeedDays = 14

// Seed returns the mean of the first 14 daily loads (fewer count as 0), the
// value both filters start from: starting from 0 would fake deep fatigue.
func Seed(loads []float64) float64 {
	sum := 0.0
	for i := 0; i < len(loads) && i < SeedDays; i++ {
		sum += loads[i]
	}
	return sum / SeedDays
}

// Filter runs the first-order filter over daily loads, y += weight·(load − y) from
// seed on, and returns its value at the end of every day (§8.1). With 42 days it is
// chronic load (CTL), with 7 acute load (ATL), in the unit of the loads per day;
// form is yesterday's CTL − ATL, as a fraction of CTL where that is at least 5
// (chronic_load_too_low). Before day 14 there is neither (load_history_short).
//
// Source: Banister 1991; Morton, Fitz-Clarke & Banister 1990. What form means for a
// runner is folklore of groups, not physiology.
func Filter(loads []float64, seed, weight float64) []float64 {
	out := make([]float64, len(loads))
	for i, v := range loads {
		seed += weight * (v - seed)
		out[i] = seed
	}
	return out
}
