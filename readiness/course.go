package readiness

import (
	"time"

	"afterrun/readiness/physio"
)

// Course is an activity second by second, as its metrics see it: cleaned heart
// rate, and what the athlete does (PHYSIOLOGY §1, 3.1). Positions are not part
// of it. nil = nothing known of that second.
type Course struct {
	Start    time.Time  // of second 0, UTC
	HR       []*float64 // bpm
	Distance []*float64 // m, cumulative
	Motion   []string   // run | walk | stand | pause | "" = unknown
}

// CourseOf returns the course of a run. The error wraps ErrInvalid as that of
// [Observe].
func CourseOf(r *Run, rules physio.SampleRules) (*Course, error) {
	k, err := newTape(r, rules)
	if err != nil {
		return nil, err
	}
	n := int(k.last()) + 1
	c := &Course{Start: k.first, Motion: make([]string, n)}
	c.HR = known64(physio.OnGrid(k.t, k.hr, n))
	c.Distance = known64(physio.AtSeconds(k.t, k.distance, n))
	if k.grid != nil {
		for g := range k.grid.State {
			c.Motion[g] = motionName(k.grid, g)
		}
	}
	return c, nil
}

func motionName(s *physio.Seconds, g int) string {
	if s.Paused[g] {
		return "pause"
	}
	return map[physio.Motion]string{physio.RunMotion: "run", physio.Walk: "walk", physio.Stand: "stand"}[s.State[g]]
}

// known64 points at the numbers of a column.
func known64(column []float64) []*float64 {
	out := make([]*float64, len(column))
	for i, x := range column {
		out[i] = finite(x)
	}
	return out
}
