package readiness

import (
	"strings"
	"testing"

	"afterrun/readiness/physio"
)

func TestPauseKeyIsTheLast(t *testing.T) {
	var in struct {
		HRR60 []int `json:"hrr60_day"`
		Pause []int `json:"pause_day"`
		Day   int
	}
	var want struct {
		Key string
		Age int
	}
	golden(t, "hrr_pause_last", &in, &want)
	r := recoverySeries{byKey: map[string][]recovery{}, byDate: map[Date][][]string{}}
	for day := range in.Day {
		d := day0 + Date(day)
		for metric, days := range map[string][]int{"hrr60": in.HRR60, pauseMetric: in.Pause} {
			for _, x := range days {
				if x == day {
					r.add(d, []recovery{{metric + "/walk/b80/chest", d, physio.HRRPoint{End: 160, Drop: 30}, ""}})
				}
			}
		}
	}
	got, _ := r.test(day0 + Date(in.Day))
	if got == nil || !strings.HasPrefix(got.key, want.Key+"/") || got.age != want.Age {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	if got, _ := r.test(day0 + 35); got == nil || !got.pause() || got.Slow(5) {
		t.Errorf("15 days after the last hrr60 the pause key speaks, softly: %+v", got)
	}
	if _, why := r.test(day0 + 60); why != "recent_short" {
		t.Errorf("reason %q", why)
	}
}

// overload is a season of a steady athlete, five days of overload, and rest.
func overload(t *testing.T) *story {
	s := newStory(t)
	for day := range 75 {
		rhr, mood := 48.0, 4.0
		if day >= 60 && day < 66 {
			rhr, mood = 56, 1
		}
		s.checkin(day, map[string]float64{"fatigue": mood, "soreness": mood, "stress": mood, "mood": mood, "sleep_quality": mood, "rhr_bpm": rhr, "sleep_h": 8})
		if day%2 == 0 {
			s.run(day, map[string]float64{"hrss": 60, "hr_coverage": 1, "distance_m": 9000, "moving_s": 3500})
		}
	}
	return s
}

func TestOverloadIsOneEpisode(t *testing.T) {
	a := overload(t).assess(74)
	var kinds []string
	for _, x := range a.Transitions {
		if x.Rule == "under_recovery" {
			kinds = append(kinds, x.Kind+" "+x.Date.String())
		}
	}
	// Day 60: marked 3 + wellness ≤ −2 gives 2, all strong; day 61 is the second strong day.
	if len(kinds) < 2 || kinds[0] != "enter "+(day0+61).String() || !strings.HasPrefix(kinds[len(kinds)-1], "exit") {
		t.Fatalf("%v", kinds)
	}
	enter := a.Transitions[0]
	for _, part := range []string{"since " + (day0 + 61).String(), "resting HR 56 vs usual 48 (+8)", "check-in 5 of 25 (today) vs usual 20", "see a professional", "Confidence: "} {
		if !strings.Contains(enter.Text, part) {
			t.Errorf("%q lacks %q", enter.Text, part)
		}
	}
	row := a.on(t, 61)
	wantText(t, row, "recovery_state", "UNDER_RECOVERED")
	wantText(t, row, "event", "enter")
	if next := row["next_hard_after"].String(); next < (day0 + 63).String() {
		t.Errorf("next hard run %s", next)
	}
	v := a.Days[61].Verdict
	if v.Band != "rest" || v.CappedBy != "" && v.CappedBy != "rhr_marked" || len(v.Reasons) == 0 || v.Reasons[0].Component != "wellness" {
		t.Errorf("verdict %+v", v)
	}
	for _, day := range a.Days[20:60] {
		if day.Row["recovery_state"].String() != "OK" {
			t.Errorf("%s: %s", day.Date, day.Row["recovery_state"])
		}
	}
}

func TestEveryColumnIsAValueOrHasAReason(t *testing.T) {
	silent := map[string]bool{"title": true, "flags": true, "capped_by": true, "conditions": true, "families": true, "event": true}
	a := overload(t).assess(80)
	for _, day := range a.Days {
		for _, c := range DayColumns {
			v, ok := day.Row[c.Name]
			if !ok || v.IsNull() && v.Reason == "" && !silent[c.Name] || !v.IsNull() && v.Reason != "" {
				t.Fatalf("%s %s = %+v", day.Date, c.Name, v)
			}
			if _, isNum := v.Float(); !v.IsNull() && isNum != c.Numeric() {
				t.Fatalf("%s %s has the wrong type: %+v", day.Date, c.Name, v)
			}
		}
		if len(day.Row) != len(DayColumns) {
			t.Fatalf("%s has %d columns, want %d", day.Date, len(day.Row), len(DayColumns))
		}
	}
	for _, r := range a.Runs {
		for _, name := range assessedColumns {
			if v, ok := r.Row[name]; !ok || v.IsNull() && v.Reason == "" {
				t.Fatalf("run %s %s = %+v", r.Key, name, v)
			}
		}
	}
}

func TestSilenceLapses(t *testing.T) {
	a := overload(t).assess(74 + 30)
	wantText(t, a.on(t, 104), "recovery_state", "UNKNOWN")
	wantNull(t, a.on(t, 104), "points", "insufficient_components")
}

func TestNoCheckInEver(t *testing.T) {
	s := newStory(t)
	for day := 0; day < 40; day += 2 {
		s.run(day, map[string]float64{"hrss": 60, "hr_coverage": 1})
	}
	row := s.assess(40).on(t, 40)
	wantNull(t, row, "readiness", "insufficient_components")
	wantNull(t, row, "g_wellness", "no_checkin")
	wantText(t, row, "recovery_state", "UNKNOWN")
	if row["g_load"].IsNull() {
		t.Error("load alone is known")
	}
}

func TestDeloadWeekDoesNotAlert(t *testing.T) {
	s := newStory(t)
	for day := range 84 {
		s.checkin(day, fine(map[string]float64{"rhr_bpm": 48 + float64(day%2), "sleep_h": 8}))
		load := 60.0
		if day/7%4 == 3 {
			load = 20
		}
		if day%2 == 0 {
			s.run(day, map[string]float64{"hrss": load, "hr_coverage": 1, "distance_m": 150 * load, "moving_s": 60 * load})
		}
	}
	a := s.assess(83)
	if len(a.Transitions) != 0 {
		t.Errorf("%+v", a.Transitions)
	}
	wantNum(t, a.on(t, 27), "is_deload_week", 1)
	wantNum(t, a.on(t, 34), "weeks_since_deload", 1)
}

func TestALateFileChangesOnlyLaterDays(t *testing.T) {
	s := overload(t)
	before := s.assess(74)
	s.runAt(30, 17*3600, "running", map[string]float64{"hrss": 100, "hr_coverage": 1, "distance_m": 12000, "moving_s": 3600})
	after := s.assess(74)
	for i, d := range after.Days {
		if changed := d.InputsHash != before.Days[i].InputsHash; changed != (d.Date >= day0+30) {
			t.Fatalf("%s changed: %v", d.Date, changed)
		}
	}
}

func TestReadingTheAthletesOwnWords(t *testing.T) {
	said := func(notes string) Row {
		s := newStory(t)
		d := day0
		s.add(Event{Kind: KindCheckIn, Key: "x", CheckIn: &CheckIn{Date: d, Part: PartDay, Numbers: fine(nil), Text: map[string]string{"notes": notes}}})
		a := s.assess(0)
		if alarm := len(a.Transitions) == 1 && a.Transitions[0].Rule == "medical_help"; alarm != strings.Contains(a.Days[0].Verdict.Headline, "medical help") {
			t.Errorf("%q: alarm %v, headline %q", notes, alarm, a.Days[0].Verdict.Headline)
		} else if alarm != (notes == "Chest pain on the hill") {
			t.Errorf("%q: alarm %v", notes, alarm)
		}
		return a.on(t, 0)
	}
	wantNull(t, said("Chest pain on the hill"), "readiness", "insufficient_components")
	said("no chest pain today")
}

func TestPainEpisodeWarnsOnceAWeek(t *testing.T) {
	s := newStory(t)
	for day := range 20 {
		s.checkin(day, fine(map[string]float64{"pain": 3}))
	}
	s.checkin(20, fine(map[string]float64{"pain": 0}))
	s.checkin(21, fine(map[string]float64{"pain": 2, "sharp": 1}))
	var got []string
	for _, x := range s.assess(21).Transitions {
		got = append(got, x.Kind+" "+x.Date.String()+" "+x.Episode.String())
	}
	first := (day0 + 3).String()
	want := []string{"enter " + first + " " + first, "reminder " + (day0 + 10).String() + " " + first, "reminder " + (day0 + 17).String() + " " + first,
		"enter " + (day0 + 21).String() + " " + (day0 + 21).String()}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%v\nwant %v", got, want)
	}
}

func TestWindowAfterARun(t *testing.T) {
	s := newStory(t)
	for day := -30; day < 0; day += 3 {
		s.run(day, map[string]float64{"hrss": 50, "hr_coverage": 1, "distance_m": 10000, "moving_s": 3600})
	}
	s.run(0, map[string]float64{"hrss": 120, "hr_coverage": 1, "distance_m": 21300, "timer_s": 7200, "moving_s": 7000})
	a := s.assess(7)
	half := a.Runs[len(a.Runs)-1].Row
	wantText(t, half, "run_type", "half_marathon")
	wantNum(t, half, "window_days", 4)
	wantText(t, half, "next_hard_after", (day0 + 5).String())
	wantText(t, half, "next_easy_after", (day0 + 3).String())
	wantText(t, a.on(t, 1), "next_hard_after", (day0 + 5).String())
	wantText(t, a.on(t, 7), "next_hard_after", (day0 + 7).String())
	wantNum(t, a.on(t, 1), "g_load", min(physio.FormG(a.on(t, 1).number("form_frac").v), -1))
	wantNull(t, a.on(t, -30), "g_load", "load_history_short")
}

func TestWeighedRun(t *testing.T) {
	s := newStory(t)
	s.run(0, map[string]float64{"timer_s": 4500})
	s.run(1, nil)
	s.said(0, "", map[string]float64{"mass_pre_kg": 70.4, "mass_post_kg": 69.2, "fluid_in_l": 0.35})
	a := s.assess(1)
	wantNum(t, a.Runs[0].Row, "sweat_rate_l_h", 1.24)
	wantNum(t, a.Runs[0].Row, "fluid_target_l", 1.8)
	wantNull(t, a.Runs[1].Row, "sweat_l", "no_body_mass")
}
