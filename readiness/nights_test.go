package readiness

import (
	"math"
	"testing"
	"time"
)

// at returns Unix seconds of a time on the clock of UTC.
func unixOf(t *testing.T, s string) uint32 {
	t.Helper()
	x, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(x.Unix())
}

func readingsEvent(r *Readings) Event {
	e := Event{Kind: KindWellness, Wellness: &Wellness{Date: day0, Source: "fit", Readings: r}}
	e.Digest = e.ContentDigest()
	e.Key = "fit_" + e.Digest[:32]
	return e
}

// nightsOf adds readings to a history, forwards and backwards, and returns what
// they say of dates.
func nightsOf(t *testing.T, zone *time.Location, files ...*Readings) map[string]map[string]float64 {
	t.Helper()
	say := func(order func(i int) int) map[string]map[string]float64 {
		var h History
		for i := range files {
			if _, err := h.Add(readingsEvent(files[order(i)])); err != nil {
				t.Fatal(err)
			}
		}
		out := map[string]map[string]float64{}
		for _, v := range nights(h.winners(KindWellness), zone) {
			out[v.event.Key] = v.event.Wellness.Values
		}
		return out
	}
	a, b := say(func(i int) int { return i }), say(func(i int) int { return len(files) - 1 - i })
	for k, values := range a {
		for name, v := range values {
			if b[k][name] != v {
				t.Errorf("%s %s: %g in one order, %g in the other", k, name, v, b[k][name])
			}
		}
	}
	return a
}

// TestRestingOfTheDay: the last timestamp of a local date counts, whatever file
// it is in; midnight belongs to the new date; the mean of seven days counts
// nowhere.
func TestRestingOfTheDay(t *testing.T) {
	got := nightsOf(t, time.UTC,
		&Readings{Created: 1, UTCOffset: 3600, HasUTCOffset: true, Resting: []Reading{{unixOf(t, "2024-03-09 22:59"), 50}, {unixOf(t, "2024-03-09 23:00"), 51}}},
		&Readings{Created: 2, UTCOffset: 3600, HasUTCOffset: true, Resting: []Reading{{unixOf(t, "2024-03-10 12:00"), 53}, {unixOf(t, "2024-03-10 06:00"), 52}}, Resting7: []Reading{{unixOf(t, "2024-03-10 12:00"), 60}}},
		&Readings{Created: 3, Resting: []Reading{{unixOf(t, "2024-03-11 23:30"), 54}}},
	)
	for key, want := range map[string]float64{"watch_device_day_2024-03-09": 50, "watch_device_day_2024-03-10": 53, "watch_device_day_2024-03-11": 54} {
		if got[key]["rhr_bpm"] != want {
			t.Errorf("%s: %v, want %g", key, got[key], want)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d records: %v", len(got), got)
	}
}

// TestNadirAcrossFiles: the worked night of §5.1, cut in two files that overlap;
// where they differ the later file counts, in whatever order they arrive.
func TestNadirAcrossFiles(t *testing.T) {
	start := unixOf(t, "2024-03-09 20:00") // 22:00 in the file's offset
	minute := func(i int) Reading {
		bpm := float32(60)
		if i >= 300 && i < 321 {
			bpm = 48
		}
		return Reading{start + uint32(60*i), bpm}
	}
	early := &Readings{Created: 1, UTCOffset: 7200, HasUTCOffset: true}
	late := &Readings{Created: 2, UTCOffset: 7200, HasUTCOffset: true}
	for i := range 481 {
		if i < 320 {
			early.HR = append(early.HR, minute(i))
		}
		if i >= 310 {
			late.HR = append(late.HR, minute(i))
		}
		if i >= 310 && i < 320 {
			early.HR[i].Value = 200
		}
	}
	got := nightsOf(t, time.UTC, early, late)
	if bpm := got["watch_overnight_nadir_2024-03-10"]["rhr_bpm"]; math.Abs(bpm-51.6) > 1e-9 || len(got) != 1 {
		t.Errorf("%v, want 51.6 on 2024-03-10", got)
	}
}

// TestSleepOfTheNight: a nap before a night whose bounds a file knows; a night
// cut in two by reading the watch, the second half written again with a nap
// behind it; hours without sleep. Sleep counts on the date of waking.
func TestSleepOfTheNight(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string, stage float32) Reading { return Reading{unixOf(t, s), stage} }
	nap := &Readings{Created: 1, Sleep: []Reading{
		at("2024-03-08 19:00", -1), at("2024-03-08 20:00", 2), at("2024-03-08 20:00", -1), at("2024-03-08 21:00", -1), at("2024-03-09 03:00", 2), at("2024-03-09 04:30", 0), at("2024-03-09 05:00", 4),
	}}
	first := &Readings{Created: 1, Sleep: []Reading{at("2024-03-09 20:00", -1), at("2024-03-09 21:00", 1), at("2024-03-09 22:50", 2), at("2024-03-09 22:55", 1)}}
	second := &Readings{Created: 2, Sleep: []Reading{at("2024-03-09 23:00", -1), at("2024-03-10 02:00", 3), at("2024-03-10 04:00", 4), at("2024-03-10 05:00", 0)}}
	again := &Readings{Created: 2, Sleep: append(second.Sleep[:3:3], at("2024-03-10 12:00", 1), at("2024-03-10 12:30", 2))}
	worn := &Readings{Created: 3, Sleep: []Reading{at("2024-03-11 12:00", 1), at("2024-03-11 20:00", 1)}}
	got := nightsOf(t, zone, nap, first, second, again, worn)
	for key, want := range map[string]float64{
		"watch_device_2024-03-08": 1, "watch_device_2024-03-09": 6.5, "watch_device_2024-03-10": 110.0/60 + 5 + 0.5,
	} {
		if h := got[key]["sleep_h"]; math.Abs(h-want) > 1e-9 {
			t.Errorf("%s: %v, want %g h", key, got[key], want)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d dates: %v", len(got), got)
	}
}

// TestHRVOfTheNight: last night's average goes before beats at rest; both are
// dated by the zone.
func TestHRVOfTheNight(t *testing.T) {
	rest := &Readings{Beats: []Reading{}}
	for i, rr := range []float32{812, 845, 830, 798, 860, 842, 815, 870, 833, 808} {
		rest.Beats = append(rest.Beats, Reading{unixOf(t, "2024-03-10 06:00") + uint32(i), rr})
	}
	got := nightsOf(t, time.FixedZone("", 3600), rest, &Readings{HRV: []Reading{{unixOf(t, "2024-03-09 23:30"), 44.5}}})
	if ms := got["watch_rr_2024-03-10"]["hrv_rmssd_ms"]; math.Abs(ms-36.8992623) > 1e-6 {
		t.Errorf("%v, want the worked rMSSD", got)
	}
	if got["watch_device_2024-03-10"]["hrv_rmssd_ms"] != 44.5 {
		t.Errorf("%v, want 44.5", got)
	}
}

// TestReadingsReachTheDay: from the event to the columns of a day.
func TestReadingsReachTheDay(t *testing.T) {
	var h History
	r := &Readings{Resting: []Reading{{unixOf(t, "2024-03-10 06:00"), 25}}, HRV: []Reading{{unixOf(t, "2024-03-10 06:00"), 44.5}}}
	if _, err := h.Add(readingsEvent(r)); err != nil {
		t.Fatal(err)
	}
	a, err := Assess(&h, nil, Options{})
	if err != nil || len(a.Days) != 1 {
		t.Fatalf("%d days, %v", len(a.Days), err)
	}
	row := a.Days[0].Row
	if row["rhr_bpm"].Reason != "rhr_out_of_range" {
		t.Errorf("resting heart rate %+v", row["rhr_bpm"])
	}
	if v, ok := row["hrv_rmssd_ms"].Float(); !ok || math.Abs(v-44.5) > 1e-9 || a.Days[0].Date.String() != "2024-03-10" {
		t.Errorf("%s: HRV %+v", a.Days[0].Date, row["hrv_rmssd_ms"])
	}
}

// TestMisreadBeats: a recording at rest with too many misread beats is no value,
// and the day says so (§10); a better one of the same date counts.
func TestMisreadBeats(t *testing.T) {
	beats := func(clock string, rr ...float32) *Readings {
		r := &Readings{}
		for i, x := range rr {
			r.Beats = append(r.Beats, Reading{unixOf(t, clock) + uint32(i), x})
		}
		return r
	}
	day := func(all ...*Readings) Value {
		var h History
		for _, r := range append(all, &Readings{Resting: []Reading{{unixOf(t, "2024-03-10 06:00"), 50}}}) {
			if _, err := h.Add(readingsEvent(r)); err != nil {
				t.Fatal(err)
			}
		}
		a, err := Assess(&h, nil, Options{})
		if err != nil || len(a.Days) != 1 {
			t.Fatalf("%d days, %v", len(a.Days), err)
		}
		return a.Days[0].Row["hrv_rmssd_ms"]
	}
	bad := beats("2024-03-10 07:00", 800, 1900, 810, 400, 805, 1500, 800, 810)
	good := beats("2024-03-10 06:00", 812, 845, 830, 798, 860, 842, 815, 870, 833, 808)
	if got := day(bad); got.Reason != "rr_artefacts" {
		t.Errorf("misread beats alone: %+v", got)
	}
	for _, v := range []Value{day(bad, good), day(good, bad)} {
		if ms, ok := v.Float(); !ok || math.Abs(ms-36.8992623) > 1e-6 {
			t.Errorf("a good recording beside a misread one: %+v", v)
		}
	}
	if got := day(); got.Reason != "no_hrv" {
		t.Errorf("no beats: %+v", got)
	}
}
