package readiness

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// golden decodes inputs and expected of a worked number.
func golden(t *testing.T, id string, inputs, expected any) {
	t.Helper()
	b, err := os.ReadFile("physio/testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Goldens []struct {
			ID               string
			Inputs, Expected json.RawMessage
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Goldens {
		if g.ID != id {
			continue
		}
		if err := json.Unmarshal(g.Inputs, inputs); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(g.Expected, expected); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no golden %q", id)
}

func TestDuplicatesGolden(t *testing.T) {
	var in []struct {
		ID, Sport, Format string
		Samples           int
		Start, Elapsed    float64
	}
	want := map[string]string{}
	golden(t, "duplicates", &in, &want)
	var sessions []*session
	for _, c := range in {
		first := day0.Time().Add(time.Duration(c.Start * float64(time.Second)))
		sessions = append(sessions, &session{id: c.ID, key: c.ID, trace: &Trace{
			Start: first, First: first, Sport: c.Sport, Format: c.Format, Samples: c.Samples, ElapsedS: c.Elapsed,
		}})
	}
	markDuplicates(sessions)
	for _, s := range sessions {
		if s.duplicateOf != want[s.id] {
			t.Errorf("%s duplicates %q, want %q", s.id, s.duplicateOf, want[s.id])
		}
	}
}

func TestRunFieldsGolden(t *testing.T) {
	var in, want json.RawMessage // the story below is the golden's, a Monday later
	golden(t, "run_fields", &in, &want)
	s := newStory(t)
	s.runAt(0, 7*3600, "running", map[string]float64{"timer_s": 2400})
	s.runAt(0, 18*3600, "running", map[string]float64{"timer_s": 3600})
	s.said(0, "", map[string]float64{"rpe": 4, "cooldown_min": 6})
	s.said(0, "07:10", map[string]float64{"rpe": 7})
	s.said(0, "2025-01-06T12:00", map[string]float64{"rpe": 9})
	f := s.h.facts()
	unmatched := f.attachRunFields()
	am, pm := f.sessions[0].fields, f.sessions[1].fields
	if am["rpe"].v != 7 || pm["rpe"].v != 4 || pm["cooldown_min"].v != 6 || am["cooldown_min"].ok || len(unmatched) != 1 {
		t.Errorf("am %v, pm %v, unmatched %v", am, pm, unmatched)
	}
}

func TestLoadDynamicsOfDays(t *testing.T) {
	var in struct{ Loads []float64 }
	var want struct {
		CTL, ATL  float64
		TSB       float64 `json:"tsb_day43"`
		Form      float64 `json:"form_frac_day43"`
		EWMA      float64 `json:"acwr_ewma"`
		Coupled   float64 `json:"acwr_coupled"`
		Uncoupled float64 `json:"acwr_uncoupled"`
	}
	golden(t, "load_dynamics", &in, &want)
	s := newStory(t)
	for day, load := range in.Loads {
		if load > 0 {
			s.run(day, map[string]float64{"hrss": load, "hr_coverage": 1})
		}
	}
	a := s.assess(42)
	last, next := a.on(t, 41), a.on(t, 42)
	wantNum(t, last, "ctl", want.CTL)
	wantNum(t, last, "atl", want.ATL)
	wantNum(t, last, "acwr_ewma", want.EWMA)
	wantNum(t, last, "acwr_coupled", want.Coupled)
	wantNum(t, last, "acwr_uncoupled", want.Uncoupled)
	wantNum(t, next, "tsb", want.TSB)
	wantNum(t, next, "form_frac", want.Form)
	wantNum(t, next, "daily_load", 0)
	wantNull(t, a.on(t, 12), "ctl", "load_history_short")
	wantNull(t, a.on(t, 13), "tsb", "load_history_short")
	if a.on(t, 13)["ctl"].IsNull() || a.on(t, 14)["tsb"].IsNull() {
		t.Error("ctl appears on day 14, tsb on day 15")
	}
	wantNull(t, a.on(t, 26), "acwr_ewma", "load_history_short")
	wantNull(t, a.on(t, 5), "monotony_7d", "load_history_short")
	wantNum(t, last, "monotony_7d", 2.652538518312789)
	wantNum(t, last, "strain_7d", 1830.2515776358243)
}

func TestLoadIncomplete(t *testing.T) {
	s := newStory(t)
	for day := range 40 {
		row := map[string]float64{"hrss": 50, "hr_coverage": 1}
		if day == 30 || day == 33 {
			row = nil // fewer than ten rides with heart rate teach nothing about rides
			s.runAt(day, 9*3600, "cycling", row)
			continue
		}
		s.run(day, row)
	}
	a := s.assess(40)
	wantNum(t, a.on(t, 30), "load_incomplete", 1)
	wantNull(t, a.on(t, 30), "daily_load", "load_incomplete")
	if a.on(t, 32)["tsb"].IsNull() {
		t.Error("one incomplete date in seven ends the form")
	}
	wantNull(t, a.on(t, 33), "monotony_7d", "load_incomplete")
	wantNull(t, a.on(t, 34), "form_frac", "load_incomplete")
	if a.on(t, 38)["form_frac"].IsNull() {
		t.Error("two incomplete dates in 28 end the form")
	}
}

func TestTimePersonalAndSRPE(t *testing.T) {
	s := newStory(t)
	for day := range 10 {
		s.run(day, map[string]float64{"hrss": []float64{30, 34, 28, 40, 36, 33, 31, 35, 38, 32}[day], "hr_coverage": 1})
	}
	s.run(10, map[string]float64{"timer_s": 3000})
	s.run(11, map[string]float64{"timer_s": 3000})
	s.said(11, "", map[string]float64{"rpe": 5})
	a := s.assess(11)
	wantNum(t, a.Runs[10].Row, "load", 27.916666666666668)
	wantText(t, a.Runs[10].Row, "load_source", "time_personal")
	wantText(t, a.Runs[10].Row, "load_quality", "low")
	wantNum(t, a.Runs[11].Row, "load", 55)
	wantText(t, a.Runs[11].Row, "load_source", "srpe_default")
	wantNum(t, a.Runs[11].Row, "srpe_load", 250)
}

func TestForgottenWatch(t *testing.T) {
	s := newStory(t)
	s.run(0, map[string]float64{"timer_s": 7 * 86400, "distance_m": 12000})
	row := s.assess(1).Runs[0].Row
	wantNull(t, row, "load", "session_implausible")
	wantNull(t, row, "srpe_load", "session_implausible")
	wantNum(t, row, "distance_m", 12000)
}

func TestRestingHROfDays(t *testing.T) {
	s := newStory(t)
	for day := range 40 {
		s.checkin(day, map[string]float64{"rhr_bpm": 48})
	}
	s.checkin(40, map[string]float64{"rhr_bpm": 56})
	a := s.assess(41)
	r := a.on(t, 40)
	wantNum(t, r, "rhr_delta_bpm", 8)
	wantNum(t, r, "rhr_z", 8/1.5)
	wantText(t, r, "rhr_state", "marked")
	wantNum(t, r, "g_rhr", -(0.5*8/1.5 + 0.5*(8.0/7)/1.5))
	next := a.on(t, 41)
	wantNull(t, next, "rhr_bpm", "no_rhr")
	wantNull(t, next, "rhr_z", "no_rhr")
	wantNum(t, next, "rhr_delta_7d", 8.0/6)
	wantNull(t, a.on(t, 19), "rhr_z", "baseline_short")
	wantNum(t, a.on(t, 20), "rhr_z", 0)
}

func TestRestingHRSourceSwitch(t *testing.T) {
	s := newStory(t)
	for day := range 40 {
		s.device(day, "overnight_nadir", map[string]float64{"rhr_bpm": 44})
	}
	for day := 36; day < 60; day++ {
		s.checkin(day, map[string]float64{"rhr_bpm": 50})
	}
	a := s.assess(59)
	r := a.on(t, 38)
	wantNum(t, r, "rhr_bpm", 50)
	wantText(t, r, "rhr_source", "manual")
	wantNum(t, r, "rhr_z", 0) // the nadir's own series
	// From day 55 on the manual values are the majority; its baseline is short.
	wantNull(t, a.on(t, 55), "rhr_z", "baseline_short")
}

// Five weeks without a value: the winner is that of precedence, whose baseline of
// 60 days still stands.
func TestRestingHRAfterSilence(t *testing.T) {
	s := newStory(t)
	for day := range 20 {
		s.checkin(day, map[string]float64{"rhr_bpm": 50})
	}
	r := s.assess(60).on(t, 60)
	wantNull(t, r, "rhr_z", "no_rhr")
	wantNull(t, r, "rhr_z_7d", "recent_short")
	wantNull(t, r, "rhr_state", "recent_short")
}

func TestRHROutOfRange(t *testing.T) {
	s := newStory(t)
	s.checkin(0, map[string]float64{"rhr_bpm": 25})
	wantNull(t, s.assess(0).on(t, 0), "rhr_bpm", "rhr_out_of_range")
}

func TestSleepOfDays(t *testing.T) {
	s := newStory(t)
	for day := range 4 {
		s.checkin(day, map[string]float64{"sleep_h": 6})
	}
	s.device(3, "device", map[string]float64{"sleep_h": 8})
	s.device(2, "device", map[string]float64{"sleep_h": 0})
	a := s.assess(4)
	wantNum(t, a.on(t, 3), "sleep_h", 8)
	wantNum(t, a.on(t, 2), "sleep_h", 6)
	wantNum(t, a.on(t, 3), "sleep_7d_mean_h", 6.5)
	wantNum(t, a.on(t, 3), "sleep_debt_7d_h", 3)
	wantNum(t, a.on(t, 3), "g_sleep", 0.25*(0.6*8+0.4*6.5-7))
	wantNull(t, a.on(t, 2), "sleep_7d_mean_h", "recent_short")
	wantNull(t, a.on(t, 4), "g_sleep", "no_sleep")
}

func TestCheckInSeries(t *testing.T) {
	s := newStory(t)
	s.checkin(0, fine(map[string]float64{"soreness": 2, "pain": 3}))
	s.checkin(1, fine(map[string]float64{"soreness": 1, "pain": 2}))
	s.checkin(3, fine(map[string]float64{"soreness": 2, "pain": 0, "fatigue": 9}))
	a := s.assess(4)
	wantNum(t, a.on(t, 1), "soreness_days", 2)
	wantNull(t, a.on(t, 2), "soreness_days", "no_checkin")
	wantNum(t, a.on(t, 3), "soreness_days", 1)
	wantNum(t, a.on(t, 2), "pain_days", 2)
	wantNum(t, a.on(t, 4), "pain_days", 0)
	wantNum(t, a.on(t, 1), "wellness_sum", 17)
	wantNum(t, a.on(t, 2), "g_wellness", 2.0/3)
	wantNull(t, a.on(t, 2), "wellness_g", "no_checkin")
	wantNull(t, a.on(t, 3), "wellness_sum", "no_checkin") // 9 is no rating
}

func TestCapAndBand(t *testing.T) {
	s := newStory(t)
	for day := range 12 {
		s.checkin(day, fine(map[string]float64{"sleep_h": 8}))
	}
	s.checkin(12, fine(map[string]float64{"sleep_h": 8, "limping": 1}))
	a := s.assess(14)
	wantNum(t, a.on(t, 12), "readiness", 20)
	wantText(t, a.on(t, 12), "capped_by", "limping")
	wantText(t, a.on(t, 12), "band", "rest")
	if len(a.Transitions) != 1 || a.Transitions[0].Rule != "see_physio" || a.Transitions[0].Date != day0+12 {
		t.Errorf("transitions %+v", a.Transitions)
	}
	wantNull(t, a.on(t, 14), "readiness", "insufficient_components")
}

func TestSpikeRampAndRest(t *testing.T) {
	s := newStory(t)
	for day := 0; day < 28; day += 2 {
		s.run(day, map[string]float64{"distance_m": 10000, "moving_s": 3600})
	}
	s.run(28, map[string]float64{"distance_m": 13100, "moving_s": 5000})
	a := s.assess(29)
	wantNum(t, a.on(t, 28), "session_spike_ratio", 1.31)
	wantNull(t, a.on(t, 29), "session_spike_ratio", "no_run")
	wantNull(t, a.on(t, 0), "session_spike_ratio", "baseline_short")
	wantNum(t, a.on(t, 27), "distance_7d_m", 30000)
	wantNum(t, a.on(t, 13), "distance_ramp_7d", 30000.0/40000-1)
	wantNull(t, a.on(t, 12), "distance_ramp_7d", "load_history_short")
	wantNum(t, a.on(t, 28), "ramp_high", 1) // 43.1 km after 30 km
	wantNum(t, a.on(t, 27), "rest_days_7d", 4)
	wantNum(t, a.on(t, 28), "days_since_rest", 1)
	wantNum(t, a.on(t, 27), "weeks_since_deload", 0)
}
