package readiness

import "slices"

// Readings are what one file of a watch says about days and nights, at the
// instants it gave. They are dated and merged in assessing (see nights.go): a
// night may lie in several files, and its date may rest on the athlete's time
// zone, which a file does not know. Series are in file order.
type Readings struct {
	Serial       string // of the watch, "" = unknown
	Created      int64  // when the watch began the file, Unix s: of two readings of one instant, that of the later file counts
	UTCOffset    int    // s, local − UTC of the file; meaningful only with HasUTCOffset
	HasUTCOffset bool

	Resting  []Reading // bpm, the day's own resting heart rate
	Resting7 []Reading // bpm, the watch's mean of seven days: kept, never compared
	HR       []Reading // bpm, all day
	Sleep    []Reading // the stage that ended then, ascending: 2 light, 3 deep, 4 REM, 1 awake, 0 not known, -1 a bound of the night
	HRV      []Reading // ms, rMSSD of last night
	Beats    []Reading // ms between two beats, of a recording at rest
	Mass     []Reading // kg, of a scale

	Warnings []string // what the reader had to leave out, for the owner of the file
}

// Reading is a value at a time, small because a year of them is half a million.
type Reading struct {
	At    uint32 // Unix s
	Value float32
}

func (r *Readings) series() []*[]Reading {
	return []*[]Reading{&r.Resting, &r.Resting7, &r.HR, &r.Sleep, &r.HRV, &r.Beats, &r.Mass}
}

// Keep drops the readings at times for which ok is false and returns their
// number.
func (r *Readings) Keep(ok func(at int64) bool) int {
	n := 0
	for _, s := range r.series() {
		before := len(*s)
		*s = slices.DeleteFunc(*s, func(x Reading) bool { return !ok(int64(x.At)) })
		n += before - len(*s)
	}
	return n
}

// Times returns the times of all readings, ascending, Unix s.
func (r *Readings) Times() []uint32 {
	var out []uint32
	for _, s := range r.series() {
		for _, x := range *s {
			out = append(out, x.At)
		}
	}
	slices.Sort(out)
	return out
}

// Join appends the readings of another part of the same file; either may be
// nil.
func (r *Readings) Join(o *Readings) *Readings {
	if r == nil || o == nil {
		if r == nil {
			return o
		}
		return r
	}
	for i, s := range r.series() {
		*s = append(*s, *o.series()[i]...)
	}
	r.Warnings = append(r.Warnings, o.Warnings...)
	return r
}

// last returns the latest time of any reading, 0 without one.
func (r *Readings) last() uint32 {
	last := uint32(0)
	for _, s := range r.series() {
		for _, x := range *s {
			last = max(last, x.At)
		}
	}
	return last
}
