package readiness

import (
	"math"
	"testing"
)

// constant is n seconds of one value.
func constant(n int, x float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = x
	}
	return out
}

// §4.1: a heart rate that was lost minutes before the recording stopped is not
// that of the effort's end.
func TestHeartRateLostBeforeTheEndIsNoEnd(t *testing.T) {
	hr := constant(1800, 150)
	for i := 1600; i < len(hr); i++ {
		hr[i] = math.NaN()
	}
	row := measured(t, recorded(constant(1800, 3), hr), limits(190, 50)).Row
	for _, name := range []string{"hr_end_bpm", "hrr60_bpm", "hrr_t30_s", "hrr_tau_s"} {
		wantNull(t, row, name, "hr_gap_at_anchor")
	}
	hr = constant(1800, 150)
	hr[1799], hr[1798] = math.NaN(), math.NaN() // the last beats only
	row = measured(t, recorded(constant(1800, 3), hr), limits(190, 50)).Row
	wantNum(t, row, "hr_end_bpm", 150)
	wantNull(t, row, "hrr60_bpm", "recording_stopped")
}

// §3.1: a file that is hardly a run counts no running.
func TestHardlyARunHasNoRunning(t *testing.T) {
	speed := append(constant(60, 3), constant(600, 1)...)
	row := measured(t, recorded(speed, constant(660, 100)), limits(190, 50)).Row
	wantNull(t, row, "run_s", "not_running")
	wantNull(t, row, "run_distance_m", "not_running")
	if d, ok := row["distance_m"].Float(); !ok || d <= 0 {
		t.Errorf("distance %+v", row["distance_m"])
	}
}
