package readiness

import "testing"

// §3.1: a recording of one place is hardly a run, not one without any sign of
// motion: its distance is known to be 0.
func TestOneRecordIsNoRun(t *testing.T) {
	r := recorded(nil, nil)
	r.T, r.Lat, r.Lon = []float64{0}, []float64{45.4}, []float64{9.2}
	row := measured(t, r, limits(190, 50)).Row
	wantNum(t, row, "distance_m", 0)
	wantNull(t, row, "run_s", "not_running")
	wantNull(t, row, "effort_end_s", "not_running")
}
