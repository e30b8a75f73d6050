package physio

import (
	"math"
	"strings"
	"unicode"
)

// RunFacts is what the type of a run depends on (§15); nil = unknown.
type RunFacts struct {
	OtherSport, NotRunning bool
	Distance               *float64 // m
	MovingS                *float64 // nil also for coarse and forgotten recordings
	Longest30              *float64 // m, longest run of the 30 days before
	Hard                   bool
	Race                   bool // user tag or the word in the title
	Title                  string
}

// RunType is a kind of run and its window: days without a hard run.
type RunType struct {
	Name     string
	Min, Max int
	Window   bool // false: not a run, no window
}

// The distances of §15, m.
const (
	mile3, mile5, mile10 = 4828.032, 8046.72, 16093.44
	halfM, marathonM     = 21000, 42000
)

// ClassifyRun returns the first type of §15 that matches, with the least and the
// most days without a hard run. 3–5 miles, 5 km races, long runs and half marathons
// are those of the seed texts, the others design choices; there is no trial of any.
func ClassifyRun(f RunFacts) RunType {
	word := func(w string) bool { return HasWord(f.Title, w) }
	d, known := 0.0, f.Distance != nil
	if known {
		d = *f.Distance
	}
	switch {
	case f.OtherSport:
		return RunType{Name: "other"}
	case f.NotRunning:
		return RunType{Name: "not_running"}
	case d >= marathonM, f.Race && word("marathon") && !word("half"):
		return RunType{"marathon", 7, 14, true}
	case f.Race && word("half"), d >= halfM && (f.Race || f.Hard || f.Longest30 == nil || d > 1.10**f.Longest30):
		return RunType{"half_marathon", 3, 5, true}
	case f.Race && word("10k"):
		return RunType{"race_10k", 2, 3, true}
	case f.Race && word("5k"):
		return RunType{"race_5k", 1, 2, true}
	case d >= mile10, atLeast(f.MovingS, 9000):
		return RunType{"long", 2, 3, true}
	case f.Hard:
		return RunType{"hard", 1, 2, true}
	case !known:
		return RunType{"run_unknown_distance", 0, 0, true}
	case d > mile5:
		return RunType{"run_5_10mi", 1, 2, true}
	case d >= mile3:
		return RunType{"run_3_5mi", 1, 1, true}
	}
	return RunType{"easy_lt_3mi", 0, 0, true}
}

// Exemptible reports whether an easy run of the type may have no window.
func (t RunType) Exemptible() bool {
	return t.Name == "easy_lt_3mi" || t.Name == "run_3_5mi" || t.Name == "run_5_10mi"
}

// HasWord reports whether the title contains the word, whatever its case:
// "bracelet" is no race.
func HasWord(title, word string) bool {
	notWord := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, w := range strings.FieldsFunc(strings.ToLower(title), notWord) {
		if w == word {
			return true
		}
	}
	return false
}

// IsHard reports a hard session (§15): 10 min at or above VT2, or 20 min at or above
// 0.95·VT2 (both s, nil = heart rate not known well enough), or 20 min of timer time
// (s) with 75 HRSS per hour (nil = unknown).
func IsHard(vt2S, nearVT2S *float64, timerS float64, hrss *float64) bool {
	if atLeast(vt2S, 600) || atLeast(nearVT2S, 1200) {
		return true
	}
	return timerS >= 1200 && hrss != nil && *hrss/(timerS/3600) >= 75
}

// WindowDays returns how many days without a hard run a type asks for, min +
// round((max − min)·s): s is 0 when the (capped) readiness of the run's own morning
// was 70 or more, 1 below 45, else and when unknown (nil) 0.5 (§15).
func (t RunType) WindowDays(readiness *float64) int {
	share := 0.5
	if readiness != nil {
		switch {
		case *readiness >= 70:
			share = 0
		case *readiness < 45:
			share = 1
		}
	}
	return t.Min + int(math.Floor(float64(t.Max-t.Min)*share+0.5))
}

// NextHard returns after how many days the next hard run may come (§15).
func NextHard(n int) int { return n + 1 }

// NextEasy returns after how many days an easy run may come: one for types of at
// most two days, else 1 + n/2, rounded down (§15).
func (t RunType) NextEasy(n int) int {
	if t.Max <= 2 {
		return 1
	}
	return 1 + n/2
}

// VT1Share is the first ventilatory threshold as a part of the second (§6).
const VT1Share = 0.90
