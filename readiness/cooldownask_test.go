package readiness

import "testing"

// A runner who stops the watch when he stops running is asked, but not for ever.
func TestTheCooldownIsAskedAfterFiveTimesInVain(t *testing.T) {
	s := newStory(t)
	for day := range 12 {
		s.recorded(day, leg{900, 2.8, 150})
	}
	s.said(9, "", map[string]float64{"cooldown_min": 6})
	s.recorded(12, leg{900, 2.8, 150}, leg{310, 1.4, 120}, leg{60, 0, 100})
	a := s.assess(13)
	for day, want := range []bool{true, true, true, true, true, false, false, false, false, false, true, true, false, false} {
		if got := a.Days[day].Verdict.Question != ""; got != want {
			t.Errorf("day %d: asked %v, want %v", day, got, want)
		}
	}
	wantText(t, a.Runs[9].Row, "cooldown_verdict", "ok")
}
