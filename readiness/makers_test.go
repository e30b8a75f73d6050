package readiness

import "testing"

// TestOneMakerCountsOnADate: exports of several makers may know the same night
// and the same morning; the watch's own file goes first, then the first by name.
// Neither the order of arrival nor that of keys decides.
func TestOneMakerCountsOnADate(t *testing.T) {
	day, err := ParseDate("2026-01-05")
	if err != nil {
		t.Fatal(err)
	}
	record := func(key, source, name string, d Date, v float64) Event {
		e := Event{Kind: KindWellness, Key: key, Wellness: &Wellness{Date: d, Source: source, Values: map[string]float64{name: v}}}
		e.Digest = e.ContentDigest()
		return e
	}
	events := []Event{
		record("z", "device_day", "rhr_bpm", day, 48),
		record("a", "device_day:apple", "rhr_bpm", day, 52),
		record("b", "sleep:fitbit", "sleep_h", day, 8),
		record("c", "sleep:garmin", "sleep_h", day, 7),
		record("d", "sdnn:apple", "hrv_sdnn_ms", day, 90),
		record("e", "manual:hrv4training", "hrv_rmssd_ms", day, 60),
		record("f", "device:oura", "hrv_rmssd_ms", day+1, 55),
		record("g", "manual:hrv4training", "rhr_bpm", day+1, 50),
		record("h", "mass:scale", "body_mass_kg", day+1, 68),
	}
	for range 2 {
		var h History
		for _, e := range events {
			if _, err := h.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		a, err := Assess(&h, nil, Options{})
		if err != nil || len(a.Days) != 2 {
			t.Fatal(a, err)
		}
		for i, want := range []map[string]float64{
			{"rhr_bpm": 48, "sleep_h": 8, "hrv_rmssd_ms": 60},
			{"rhr_bpm": 50, "hrv_rmssd_ms": 55},
		} {
			for name, v := range want {
				if got, ok := a.Days[i].Row[name].Float(); !ok || got < v-1e-9 || got > v+1e-9 {
					t.Errorf("day %d: %s = %v, want %g", i, name, a.Days[i].Row[name], v)
				}
			}
		}
		for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
			events[i], events[j] = events[j], events[i]
		}
	}
}
