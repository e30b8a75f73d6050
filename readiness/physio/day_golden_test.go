package physio

import (
	"math"
	"testing"
)

func TestHRRBaselineGoldens(t *testing.T) {
	for _, id := range []string{"hrr_baseline", "hrr_baseline_moved", "hrr_baseline_small_range", "hrr_baseline_slope_cap", "hrr_baseline_negative_slope"} {
		t.Run(id, func(t *testing.T) {
			var in struct {
				Base [][2]float64 `json:"baseline_hr_end_and_hrr"`
				Test [][2]float64 `json:"test_hr_end_and_hrr"`
			}
			var want struct {
				Slope      float64
				Expected   float64 `json:"expected_bpm"`
				Dev        float64 `json:"dev_bpm"`
				Spread, Z  float64
				Meaningful bool
			}
			g := goldenCase(t, id)
			g.into(t, &in, &want)
			c, ok := CompareHRR(hrrPoints(in.Base), hrrPoints(in.Test))
			if !ok {
				t.Fatal("no comparison")
			}
			g.near(t, "slope", c.Slope, want.Slope)
			g.near(t, "expected", c.Expected, want.Expected)
			g.near(t, "dev", c.Dev, want.Dev)
			g.near(t, "spread", c.Spread, want.Spread)
			g.near(t, "z", c.Z, want.Z)
			if c.Meaningful != want.Meaningful {
				t.Errorf("meaningful = %v", c.Meaningful)
			}
		})
	}
}

func hrrPoints(x [][2]float64) (out []HRRPoint) {
	for _, p := range x {
		out = append(out, HRRPoint{p[0], p[1]})
	}
	return out
}

func TestDeviceSeriesGolden(t *testing.T) {
	var in []struct {
		Gap   float64 `json:"t_stop_minus_te"`
		HR    float64 `json:"hr_at_stop"`
		HRMax float64
	}
	var want []bool
	goldenCase(t, "hrr_device_series").into(t, &in, &want)
	for i, c := range in {
		if got := DeviceInSeries(20, c.Gap, c.HR, c.HRMax); got != want[i] {
			t.Errorf("%+v = %v", c, got)
		}
	}
	if DeviceInSeries(-1, 0, 170, 190) {
		t.Error("a negative drop is in the series")
	}
}

func TestRestingHRGoldens(t *testing.T) {
	for _, id := range []string{"rhr", "rhr_drift_noise"} {
		var in struct{ Base28, Last7 []float64 }
		var want struct {
			Median, Spread float64
			Delta          *float64 `json:"rhr_delta_bpm"`
			Z              *float64 `json:"rhr_z"`
			Delta7         float64  `json:"rhr_delta_7d"`
			Z7             float64  `json:"rhr_z_7d"`
			Slope          float64  `json:"rhr_slope_14d"`
			DriftUp        bool     `json:"drift_up"`
			State          string   `json:"rhr_state"`
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		last14 := append(append([]float64{}, in.Base28[21:]...), in.Last7...)
		x := make([]float64, 14)
		for i := range x {
			x[i] = float64(i)
		}
		r := RestingHR(RHRInput{Today: in.Last7[6], HasToday: true, Last7: in.Last7, Base28: in.Base28, Last14: last14, Last14X: x}, DefaultRules().RestingHR)
		g.near(t, "median", r.Centre, want.Median)
		g.near(t, "spread", r.Spread, want.Spread)
		g.near(t, "delta7", r.Delta7, want.Delta7)
		g.near(t, "z7", r.Z7, want.Z7)
		g.near(t, "slope", r.Slope, want.Slope)
		if want.Delta != nil {
			g.near(t, "delta", r.Delta, *want.Delta)
			g.near(t, "z", r.Z, *want.Z)
		}
		if id == "rhr" && (!r.Elevated() || !r.DriftUp() || r.Marked()) {
			t.Errorf("elevated %v drift %v marked %v", r.Elevated(), r.DriftUp(), r.Marked())
		}
		if r.DriftUp() != (want.DriftUp || id == "rhr") {
			t.Errorf("%s drift up = %v", id, r.DriftUp())
		}
		if s, _ := r.State(nil, nil); want.State != "" && s != want.State {
			t.Errorf("%s state = %s, want %s", id, s, want.State)
		}
	}
}

func TestRHRBaselineTakesTheLowerMedian(t *testing.T) {
	high, low := repeat(60, 28), append(repeat(50, 40), repeat(60, 20)...)
	r := RestingHR(RHRInput{Today: 60, HasToday: true, Base28: high, Base60: low}, DefaultRules().RestingHR)
	if r.Centre != 50 || !r.Marked() {
		t.Errorf("centre %v, marked %v: a long elevation walked into its own baseline", r.Centre, r.Marked())
	}
	if r := RestingHR(RHRInput{Base28: repeat(60, 13), Base60: repeat(60, 13)}, DefaultRules().RestingHR); r.Baseline {
		t.Error("13 values made a baseline")
	}
}

func repeat(v float64, n int) (out []float64) {
	for range n {
		out = append(out, v)
	}
	return out
}

func TestLoadGoldens(t *testing.T) {
	var ratios struct {
		Ratios []float64 `json:"hrss_over_srpe"`
		RPE    float64
		Timer  float64 `json:"timer_s"`
	}
	var want struct {
		SRPE, K, Load float64
		AU            float64 `json:"srpe_load"`
		Source        string  `json:"load_source"`
	}
	for _, id := range []string{"srpe", "srpe_personal"} {
		g := goldenCase(t, id)
		ratios.Ratios = nil
		g.into(t, &ratios, &want)
		au := Foster(ratios.RPE, ratios.Timer)
		in := LoadInput{SRPE: &au}
		if k, ok := PersonalRatio(ratios.Ratios); ok {
			g.near(t, "k", k, want.K)
			in.SRPERatio = &k
		}
		load, source, _ := SessionLoad(in)
		g.near(t, "load", load, want.Load)
		if source != want.Source {
			t.Errorf("%s source %s", id, source)
		}
	}
}

func TestLoadSourceGolden(t *testing.T) {
	var in []struct {
		HRSS, RTSS *float64
		Lock       float64 `json:"lock_share"`
	}
	var want [][2]any
	g := goldenCase(t, "load_source")
	g.into(t, &in, &want)
	for i, c := range in {
		load, source, ok := SessionLoad(LoadInput{HRSS: c.HRSS, RTSS: c.RTSS, LockShare: c.Lock})
		if !ok {
			source = "no_load_source"
		} else {
			g.near(t, "load", load, want[i][0].(float64))
		}
		if source != want[i][1] {
			t.Errorf("case %d: %s, want %v", i, source, want[i][1])
		}
	}
}

func TestTimePersonalGolden(t *testing.T) {
	var in []struct {
		Hourly []float64 `json:"hrss_per_hour"`
		Timer  float64   `json:"timer_s"`
	}
	var want [][2]any
	g := goldenCase(t, "load_time_personal")
	g.into(t, &in, &want)
	for i, c := range in {
		l := LoadInput{HoursRecorded: c.Timer / 3600}
		if m, ok := PersonalRatio(c.Hourly); ok {
			l.HRSSPerHour = &m
		}
		load, source, ok := SessionLoad(l)
		if ok != (want[i][0] != nil) {
			t.Fatalf("case %d: ok %v", i, ok)
		}
		if ok {
			g.near(t, source, load, want[i][0].(float64))
		}
	}
}

func TestLoadDynamicsGoldens(t *testing.T) {
	for _, id := range []string{"load_dynamics", "load_dynamics_inv", "load_dynamics_ema"} {
		var in struct {
			Loads []float64
			Alpha Convention
		}
		var want struct {
			CTL, ATL  float64
			TSB       float64  `json:"tsb_day43"`
			Form      *float64 `json:"form_frac_day43"`
			EWMA      float64  `json:"acwr_ewma"`
			Coupled   float64  `json:"acwr_coupled"`
			Uncoupled float64  `json:"acwr_uncoupled"`
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		seed, n := Seed(in.Loads), len(in.Loads)-1
		ctl := Filter(in.Loads, seed, in.Alpha.Weight(ChronicDays))[n]
		atl := Filter(in.Loads, seed, in.Alpha.Weight(AcuteDays))[n]
		g.near(t, "ctl", ctl, want.CTL)
		g.near(t, "atl", atl, want.ATL)
		g.near(t, "tsb", ctl-atl, want.TSB)
		if want.Form == nil {
			continue
		}
		g.near(t, "form", (ctl-atl)/ctl, *want.Form)
		acute, chronic := Filter(in.Loads, seed, EMA.Weight(7))[n], Filter(in.Loads, seed, EMA.Weight(28))[n]
		for name, pair := range map[string][2]float64{
			"ewma": {first(Ratio(acute, chronic)), want.EWMA}, "coupled": {first(Coupled(in.Loads[n-27:])), want.Coupled},
			"uncoupled": {first(Uncoupled(in.Loads[n-27:])), want.Uncoupled},
		} {
			g.near(t, name, pair[0], pair[1])
		}
	}
}

func first(v float64, _ bool) float64 { return v }

func TestMonotonyGolden(t *testing.T) {
	var in [][]float64
	var want []struct {
		Monotony float64 `json:"monotony_7d"`
		Strain   float64 `json:"strain_7d"`
	}
	g := goldenCase(t, "monotony")
	g.into(t, &in, &want)
	for i, week := range in {
		m, s, _ := Monotony(week)
		g.near(t, "monotony", m, want[i].Monotony)
		g.near(t, "strain", s, want[i].Strain)
	}
	if _, _, ok := Monotony(make([]float64, 7)); ok {
		t.Error("a week without load has a monotony")
	}
}

func TestRampGolden(t *testing.T) {
	var in [][2]float64
	var want []struct {
		Ramp *float64
		High int `json:"ramp_high"`
	}
	g := goldenCase(t, "distance_ramp")
	g.into(t, &in, &want)
	for i, c := range in {
		ramp, ok := Ramp(c[0], c[1])
		if ok != (want[i].Ramp != nil) {
			t.Fatalf("case %d: ok %v", i, ok)
		}
		if ok {
			g.near(t, "ramp", ramp, *want[i].Ramp)
		}
		if RampHigh(c[0], c[1]) != (want[i].High == 1) {
			t.Errorf("case %d: high %v", i, want[i].High != 1)
		}
	}
}

func TestDeloadGolden(t *testing.T) {
	var in struct {
		Km []float64 `json:"iso_week_km"`
	}
	var want [][2]*float64
	goldenCase(t, "deload").into(t, &in, &want)
	var weeks []Week
	for i, km := range in.Km {
		w := Week{Distance: 1000 * km}
		if km > 0 {
			w.Runs = 1
		}
		weeks = append(weeks, w)
		deload, known := Deload(weeks)
		if known != (want[i][0] != nil) || known && deload != (*want[i][0] == 1) {
			t.Errorf("week %d: deload %v known %v", i, deload, known)
		}
		if since := WeeksSinceDeload(weeks); float64(since) != *want[i][1] {
			t.Errorf("week %d: since %d", i, since)
		}
	}
}

func TestHRexGoldens(t *testing.T) {
	for _, id := range []string{"hrex", "hrex_flat", "hrex_negative_slope"} {
		var in struct{ Base, Test [][][2]float64 }
		var want struct {
			S        float64 `json:"slope"`
			Ref      float64 `json:"v_ref"`
			Expected float64 `json:"expected"`
			Test     float64 `json:"test"`
			Dev      float64 `json:"dev"`
			Spread   float64
			Z        float64
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		line, ok := HRexBaseline(blocks(in.Base))
		if !ok {
			t.Fatal(id, "no baseline")
		}
		var values []float64
		for _, run := range blocks(in.Test) {
			values = append(values, line.Value(run))
		}
		test, _ := Mean(values)
		g.near(t, "slope", line.Slope, want.S)
		g.near(t, "v_ref", line.Reference, want.Ref)
		g.near(t, "expected", line.Centre, want.Expected)
		g.near(t, "test", test, want.Test)
		g.near(t, "dev", test-line.Centre, want.Dev)
		g.near(t, "spread", line.Spread, want.Spread)
		g.near(t, "z", (test-line.Centre)/line.Spread, want.Z)
	}
}

func blocks(runs [][][2]float64) (out [][]Block) {
	for _, run := range runs {
		var b []Block
		for _, p := range run {
			b = append(b, Block{p[0], p[1]})
		}
		out = append(out, b)
	}
	return out
}

func TestRMSSDGolden(t *testing.T) {
	var in struct {
		RR []float64 `json:"rr_ms"`
	}
	var want struct {
		RMSSD float64 `json:"rmssd_ms"`
		Ln    float64
	}
	g := goldenCase(t, "rmssd")
	g.into(t, &in, &want)
	got, reason := RMSSD(in.RR)
	if reason != "" {
		t.Fatal(reason)
	}
	g.near(t, "rmssd", got, want.RMSSD)
	g.near(t, "ln", math.Log(got), want.Ln)
	if _, reason := RMSSD([]float64{800, 65535, 810, 65535, 805}); reason != "rr_artefacts" {
		t.Errorf("invalid beats: %q", reason)
	}
	if _, reason := RMSSD([]float64{800}); reason != "no_hrv" {
		t.Errorf("one beat: %q", reason)
	}
}

func TestHRVGolden(t *testing.T) {
	var in struct {
		Base []float64 `json:"base28_ln"`
		Last []float64 `json:"last7_ln"`
	}
	var want struct {
		Mean, SD float64
		Mean7    float64 `json:"hrv_lnrmssd_7d"`
		Z        float64 `json:"hrv_z_7d"`
		CV       float64 `json:"hrv_cv_7d_pct"`
	}
	g := goldenCase(t, "hrv")
	g.into(t, &in, &want)
	r := HRV(in.Last, in.Base)
	g.near(t, "mean", r.Mean, want.Mean)
	g.near(t, "sd", r.SD, want.SD)
	g.near(t, "mean7", r.Mean7, want.Mean7)
	g.near(t, "z", r.Z, want.Z)
	if want.CV != 0 {
		g.near(t, "cv", r.CV, want.CV)
	}
	if HRVStatus(r.Z) != "below" || HRVLow(&r.Z, false, DefaultRules().Detector) != 2 || HRVLow(&r.Z, true, DefaultRules().Detector) != 0 {
		t.Error("status or points")
	}
}

func TestHRVLowGolden(t *testing.T) {
	var in struct{ Z []float64 }
	var want struct {
		Status []string
		Points []int
	}
	goldenCase(t, "hrv_low").into(t, &in, &want)
	for i, z := range in.Z {
		if HRVStatus(z) != want.Status[i] || HRVLow(&z, false, DefaultRules().Detector) != want.Points[i] {
			t.Errorf("z %v: %s, %d points", z, HRVStatus(z), HRVLow(&z, false, DefaultRules().Detector))
		}
	}
}

func TestSleepGoldens(t *testing.T) {
	var in struct {
		H []float64 `json:"blend_h"`
	}
	var want struct{ G, S []float64 }
	g := goldenCase(t, "sleep_component")
	g.into(t, &in, &want)
	for i, h := range in.H {
		g.near(t, "g", SleepG(h), want.G[i])
		g.near(t, "S", SubScore(SleepG(h)), want.S[i])
	}
	var hours []float64
	var kept []*float64
	goldenCase(t, "sleep_plausible").into(t, &hours, &kept)
	for i, h := range hours {
		if _, ok := DeviceSleep(h); ok != (kept[i] != nil) {
			t.Errorf("%v h: %v", h, ok)
		}
	}
}

func TestWellnessGoldens(t *testing.T) {
	for _, id := range []string{"wellness", "wellness_short"} {
		var in struct {
			Base  []float64
			Today float64
		}
		var want struct {
			G float64 `json:"wellness_g"`
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		g.near(t, "g", WellnessG(in.Today, in.Base), want.G)
	}
	if g := WellnessG(9, repeat(9, 20)); g != -1 {
		t.Errorf("a chronically tired athlete has g %v, want -1", g)
	}
}

func TestFluidGoldens(t *testing.T) {
	for _, id := range []string{"sweat", "sweat_gain"} {
		var in struct {
			Pre   float64 `json:"mass_pre_kg"`
			Post  float64 `json:"mass_post_kg"`
			Fluid float64 `json:"fluid_in_l"`
			Urine float64 `json:"urine_l"`
			Hours float64
		}
		var want struct {
			Sweat  float64  `json:"sweat_l"`
			Rate   float64  `json:"sweat_rate_l_h"`
			Pct    float64  `json:"dehydration_pct"`
			Target *float64 `json:"fluid_target_l"`
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		f := FluidBalance(in.Pre, in.Post, in.Fluid, in.Urine, in.Hours)
		g.near(t, "sweat", f.SweatL, want.Sweat)
		g.near(t, "rate", f.SweatLPerH, want.Rate)
		g.near(t, "pct", f.DehydrationPct, want.Pct)
		if f.MassGain != (want.Target == nil) {
			t.Errorf("%s: mass gain %v", id, f.MassGain)
		}
		if want.Target != nil {
			g.near(t, "target", f.TargetL, *want.Target)
		}
	}
}

func TestMassDropGolden(t *testing.T) {
	var in struct {
		Before []*float64 `json:"d-7..d-1"`
		Today  float64
	}
	var want float64
	g := goldenCase(t, "mass_drop")
	g.into(t, &in, &want)
	var before []float64
	for _, v := range in.Before {
		if v != nil {
			before = append(before, *v)
		}
	}
	got, _ := MassDrop(before, in.Today)
	g.near(t, "drop", got, want)
}

func TestReadinessGoldens(t *testing.T) {
	for _, id := range []string{"readiness_A", "readiness_B", "readiness_C", "readiness_D_low_quality", "readiness_E_insufficient",
		"readiness_F_files_only", "readiness_G_all", "readiness_H_estimates"} {
		var in struct {
			G       map[string]*float64
			HRRAge  *float64 `json:"hrr_age_days"`
			HRexAge *float64 `json:"hrex_age_days"`
			Low     []string `json:"low_quality"`
		}
		var want struct {
			S          map[string]float64
			Confidence float64
			Score      *float64
		}
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		var parts []Component
		for _, name := range []string{"wellness", "rhr", "load", "sleep", "hrv", "hrr", "hrex"} {
			if in.G[name] == nil {
				continue
			}
			c := Component{Name: name, G: *in.G[name], Weight: weightOf(name, in.HRRAge, in.HRexAge)}
			for _, low := range in.Low {
				c.Low = c.Low || low == name
			}
			if s, ok := want.S[name]; ok {
				g.near(t, "S "+name, SubScore(c.G), s)
			}
			parts = append(parts, c)
		}
		score, confidence, ok := Readiness(parts, DefaultRules().Evidence)
		g.near(t, "confidence", confidence, want.Confidence)
		if ok != (want.Score != nil) {
			t.Fatalf("%s: ok %v", id, ok)
		}
		if ok {
			g.near(t, "score", score, *want.Score)
		}
	}
}

func weightOf(name string, hrrAge, hrexAge *float64) float64 {
	w := DefaultRules().Weights
	switch name {
	case "hrr":
		return w.HRRAt(*hrrAge)
	case "hrex":
		return w.HRexAt(*hrexAge)
	}
	return map[string]float64{"wellness": w.Wellness, "rhr": w.RHR, "load": w.Load, "sleep": w.Sleep, "hrv": w.HRV}[name]
}

func TestSubScoreGolden(t *testing.T) {
	var in struct{ G []float64 }
	var want []float64
	g := goldenCase(t, "sub_score")
	g.into(t, &in, &want)
	for i := range in.G {
		g.near(t, "S", SubScore(in.G[i]), want[i])
	}
}

func TestBandWalkGolden(t *testing.T) {
	var in struct {
		Scores []*[2]*float64 `json:"score_and_cap"`
	}
	var want []*string
	goldenCase(t, "band_walk").into(t, &in, &want)
	b := NewBands(DefaultRules().Bands)
	for i, s := range in.Scores {
		if s == nil {
			continue
		}
		capped := *s[0]
		if s[1] != nil {
			capped = min(capped, *s[1])
		}
		if got := b.Next(*s[0], capped); got != *want[i] {
			t.Errorf("day %d: %s, want %s", i, got, *want[i])
		}
	}
}

func TestDetectorGoldens(t *testing.T) {
	for _, id := range []string{"detector_debounce", "detector_load_only", "detector_immediate", "detector_reminders",
		"detector_unknown_first", "detector_lapse", "detector_gap_13"} {
		var in struct {
			Days []*[2]any `json:"points_and_families"`
		}
		var want [][2]*string
		goldenCase(t, id).into(t, &in, &want)
		d := NewDetector(DefaultRules().Detector)
		for i, day := range in.Days {
			var event string
			if day == nil {
				event = d.Skip()
			} else {
				event = d.Next(i, int(day[0].(float64)), day[1].(string))
			}
			wantEvent := ""
			if want[i][1] != nil {
				wantEvent = *want[i][1]
			}
			if d.State() != *want[i][0] || event != wantEvent {
				t.Errorf("%s day %d: %s %q, want %s %q", id, i, d.State(), event, *want[i][0], wantEvent)
			}
		}
	}
}

func TestConditionsAndTally(t *testing.T) {
	form, z, sore := -0.6, -1.6, 3.0
	e := Evidence{RHRMarked: true, RHRElevated: true, RHRDrift: true, HRVZ: &z, Form: &form, Spikes: []float64{1.30, 1.31},
		MonotonyStrain: true, SorenessDays: &sore, WellnessLast3: []float64{-1, 0, -1.2}, HRexHigh: true, EFLow: true}
	points, families := Tally(e.Conditions(DefaultRules().Detector))
	// resting HR 3+2 counts 4, hrex 2, hrv 2, load 2+1+1 counts 2, wellness 2, soreness 1; ef_low is the same evidence as hrex_high
	if points != 13 || families != "ALS" {
		t.Errorf("%d %q: %+v", points, families, e.Conditions(DefaultRules().Detector))
	}
}

func TestWindowGoldens(t *testing.T) {
	var in []struct {
		D       float64
		Timer   float64
		Moving  *float64
		VT2     *float64 `json:"s_vt2"`
		Near    *float64 `json:"s_95vt2"`
		HRSS    *float64
		Longest *float64 `json:"longest30"`
		Title   string
	}
	for _, id := range []string{"run_type", "run_type_time"} {
		var want [][3]any
		in = nil
		goldenCase(t, id).into(t, &in, &want)
		for i, c := range in {
			f := RunFacts{Distance: &c.D, MovingS: c.Moving, Longest30: c.Longest, Title: c.Title, Race: HasWord(c.Title, "race")}
			f.Hard = IsHard(c.VT2, c.Near, c.Timer, c.HRSS)
			got := ClassifyRun(f)
			if got.Name != want[i][0] || float64(got.Min) != want[i][1] || float64(got.Max) != want[i][2] {
				t.Errorf("%s %d: %+v, want %v", id, i, got, want[i])
			}
		}
	}
}

func TestWindowDaysGolden(t *testing.T) {
	var in [][3]*float64
	var want []int
	goldenCase(t, "window_days").into(t, &in, &want)
	for i, c := range in {
		if n := (RunType{Min: int(*c[0]), Max: int(*c[1])}).WindowDays(c[2]); n != want[i] {
			t.Errorf("case %d: %d, want %d", i, n, want[i])
		}
	}
}

func TestWindowTermGolden(t *testing.T) {
	var in struct {
		N int
	}
	var want map[string]*float64
	g := goldenCase(t, "window_term")
	g.into(t, &in, &want)
	for i, day := range []string{"2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"} {
		got, ok := WindowG(NextHard(in.N)-(i+1), in.N)
		if ok != (want[day] != nil) {
			t.Fatalf("%s: ok %v", day, ok)
		}
		if ok {
			g.near(t, day, got, *want[day])
		}
	}
}

func TestSpikeGoldenIsARatio(t *testing.T) {
	var in struct {
		Run     float64 `json:"run_m"`
		Longest float64 `json:"longest30_m"`
	}
	var want float64
	g := goldenCase(t, "session_spike")
	g.into(t, &in, &want)
	g.near(t, "ratio", in.Run/in.Longest, want)
	if !(Evidence{Spikes: []float64{in.Run / in.Longest}}).spiked(DefaultRules().Detector.SessionSpike) {
		t.Error("not a spike")
	}
}
