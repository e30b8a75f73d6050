package readiness

import (
	"testing"
)

// BenchmarkAssessTenYears assesses ten years of an athlete known from summaries:
// 3,000 runs, a check-in and a resting heart rate every day.
func BenchmarkAssessTenYears(b *testing.B) {
	s := newStory(&testing.T{})
	for day := range 3650 {
		s.checkin(day, fine(map[string]float64{"rhr_bpm": float64(46 + day%5), "sleep_h": 7}))
		if day%6 < 5 {
			s.run(day, map[string]float64{"hrss": float64(40 + day%30), "hr_coverage": 1, "distance_m": float64(8000 + day%7*1000), "moving_s": 3500})
		}
	}
	s.assess(0)
	for b.Loop() {
		if _, err := Assess(s.h, nil, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
