package physio

import (
	"math"
	"testing"
)

// pairs are [value, seconds] pairs.
type pairs [][2]float64

func TestDecayGolden(t *testing.T) {
	var in any
	var want map[string]float64
	g := goldenCase(t, "hrr_tau")
	g.into(t, &in, &want)
	for w, check := range map[int]func(Decay){
		300: func(d Decay) {
			g.near(t, "tau", d.Tau, want["hrr_tau_s"])
			g.near(t, "infinity", d.Infinity, want["hrr_hr_inf"])
			g.near(t, "amplitude", d.Amplitude, want["hrr_amp"])
			g.near(t, "R²", d.R2, want["hrr_r2"])
		},
		120: func(d Decay) { g.near(t, "tau of 120 s", d.Tau, want["tau_with_120_s"]) },
	} {
		hr, ok := curve(0, 0).Curve(0, w)
		if !ok {
			t.Fatal("not covered")
		}
		d, reason := FitDecay(hr)
		if reason != "" {
			t.Fatal(reason)
		}
		check(d)
	}
}

func TestFitDecayRefuses(t *testing.T) {
	series := func(f func(t float64) float64) []float64 {
		out := make([]float64, 301)
		for i := range out {
			out[i] = f(float64(i))
		}
		return out
	}
	for name, c := range map[string]struct {
		f    func(float64) float64
		want string
	}{
		"constant":  {func(float64) float64 { return 150 }, "fit_poor"},
		"rising":    {func(t float64) float64 { return 150 - 40*math.Exp(-t/60) }, "fit_poor"},
		"sawtooth":  {func(t float64) float64 { return 150 + 20*math.Mod(t, 7) }, "fit_poor"},
		"very fast": {func(t float64) float64 { return 100 + 80*math.Exp(-t/8) }, "tau_at_bound"},
		"straight":  {func(t float64) float64 { return 180 - 0.2*t }, "tau_at_bound"},
	} {
		if _, reason := FitDecay(series(c.f)); reason != c.want {
			t.Errorf("%s: %q, want %q", name, reason, c.want)
		}
	}
}

func TestDeviceGolden(t *testing.T) {
	var in struct {
		Stop float64 `json:"hr_at_stop"`
		Data float64
	}
	var want float64
	g := goldenCase(t, "hrr_device")
	g.into(t, &in, &want)
	drop, reason := DeviceDrop(120, 0, in.Stop, in.Data)
	if reason != "" {
		t.Fatal(reason)
	}
	g.near(t, "drop", drop, want)
}

func TestTanakaGolden(t *testing.T) {
	var in struct{ Age float64 }
	var want struct{ Tanaka float64 }
	g := goldenCase(t, "hrmax_formulas")
	g.into(t, &in, &want)
	g.near(t, "HRmax", Tanaka(in.Age), want.Tanaka)
}

func TestCostGoldens(t *testing.T) {
	for _, id := range []string{"minetti_-0.2", "minetti_-0.1", "minetti_-0.05", "minetti_0", "minetti_0.05", "minetti_0.1", "minetti_0.2"} {
		var in struct{ Grade float64 }
		var want float64
		g := goldenCase(t, id)
		g.into(t, &in, &want)
		g.near(t, "Cr/3.6", CostRatio(in.Grade), want)
	}
	if CostRatio(0.5) != CostRatio(0.30) || CostRatio(-1) != CostRatio(-0.30) {
		t.Error("a grade beyond ±30 % is not clamped")
	}
}

func TestAdjustedSpeedGolden(t *testing.T) {
	var in struct{ Speed, Grade float64 }
	var want struct {
		Speed float64 `json:"gas_mps"`
		Pace  float64 `json:"gap_s_per_km"`
	}
	g := goldenCase(t, "gas")
	g.into(t, &in, &want)
	gas := Adjusted([]float64{in.Speed}, []float64{in.Grade})[0]
	g.near(t, "gas", gas, want.Speed)
	g.near(t, "pace", 1000/gas, want.Pace)
}

func TestAltitudeGolden(t *testing.T) {
	var in []struct{ Pairs, Bad int }
	var want []*string
	goldenCase(t, "altitude_unreliable").into(t, &in, &want)
	for i, c := range in {
		altitude := make([]float64, c.Pairs+1)
		for k := range altitude {
			if k > 0 {
				altitude[k] = altitude[k-1]
			}
			if k > 0 && k <= c.Bad {
				altitude[k] += 6
			}
		}
		reason := ""
		if want[i] != nil {
			reason = *want[i]
		}
		if got := AltitudeFault(clockOf(len(altitude)), altitude); got != reason {
			t.Errorf("%+v: %q, want %q", c, got, reason)
		}
	}
	if got := AltitudeFault(clockOf(5), []float64{1, 1, 1, math.NaN(), math.NaN()}); got != "no_altitude" {
		t.Errorf("altitude on 60 %% of the samples: %q", got)
	}
}

func TestDecouplingGolden(t *testing.T) {
	var in struct{ Half1, Half2 [2]float64 }
	var want float64
	g := goldenCase(t, "decoupling")
	g.into(t, &in, &want)
	var s Steady
	for _, half := range [][2]float64{in.Half1, in.Half2} {
		for range 600 {
			s.Speed, s.HR = append(s.Speed, half[0]), append(s.HR, half[1])
		}
	}
	got, ok := s.Decoupling()
	if !ok || !s.Even() {
		t.Fatal("no decoupling")
	}
	g.near(t, "decoupling", got, want)
}

func TestEfficiencyGolden(t *testing.T) {
	var in struct {
		Speed float64 `json:"gas_mps"`
		HR    float64
	}
	var want float64
	g := goldenCase(t, "efficiency")
	g.into(t, &in, &want)
	ef, hr, ok := Steady{Speed: []float64{in.Speed, in.Speed}, HR: []float64{in.HR, in.HR}}.Efficiency()
	if !ok || hr != in.HR {
		t.Fatalf("mean heart rate %v, %v", hr, ok)
	}
	g.near(t, "EF", ef, want)
}

func TestNormalizedSpeedGolden(t *testing.T) {
	var in struct {
		Gas pairs `json:"gas_runs"`
	}
	var want float64
	g := goldenCase(t, "ngs")
	g.into(t, &in, &want)
	ngs, ok := NormalizedSpeed(stretched(in.Gas))
	if !ok {
		t.Fatal("none")
	}
	g.near(t, "NGS", ngs, want)
}

func TestRTSSGolden(t *testing.T) {
	var in struct {
		Moving    float64 `json:"moving_s"`
		NGS       float64 `json:"ngs_mps"`
		Threshold float64 `json:"threshold_speed_mps"`
	}
	var want float64
	g := goldenCase(t, "rtss")
	g.into(t, &in, &want)
	g.near(t, "rTSS", RTSS(in.Moving, in.NGS, in.Threshold), want)
}

func TestBestEffortsGolden(t *testing.T) {
	var in struct {
		Speed pairs   `json:"speed_seconds"`
		Every float64 `json:"sample_every_s"`
	}
	var want struct {
		Mile float64 `json:"best_mile_s"`
		Km   float64 `json:"best_1k_s"`
	}
	g := goldenCase(t, "best_efforts")
	g.into(t, &in, &want)
	at, distance := []float64{0}, []float64{0}
	for _, p := range in.Speed {
		for s := 0.0; s < p[1]; s += in.Every {
			at, distance = append(at, at[len(at)-1]+in.Every), append(distance, distance[len(distance)-1]+p[0]*in.Every)
		}
	}
	k := NewTrack(at, distance, blank(len(at)))
	for metres, seconds := range map[float64]float64{1609.344: want.Mile, 1000: want.Km} {
		got, reason := k.Best(metres)
		if reason != "" {
			t.Fatal(reason)
		}
		g.near(t, "best", got, seconds)
	}
	if _, reason := k.Best(42195); reason != "too_short" {
		t.Errorf("a marathon in a short run: %q", reason)
	}
}

func TestBestEffortsAvoidsGlitches(t *testing.T) {
	at, distance := clockOf(2001), make([]float64, 2001)
	for i := range distance {
		distance[i] = 3 * float64(i)
		if i >= 500 {
			distance[i] += 300 // a jump of the receiver
		}
	}
	k := NewTrack(at, distance, blank(len(at)))
	if got, reason := k.Best(1000); reason != "" || math.Abs(got-1000/3.0) > 1e-9 {
		t.Errorf("a clean slower kilometre: %v %q", got, reason)
	}
	if _, reason := k.Best(5000); reason != "gps_glitch" {
		t.Errorf("every 5 km contain the jump: %q", reason)
	}
}

func TestTimedMileGolden(t *testing.T) {
	var in []struct {
		Distance float64 `json:"run_distance_m"`
		HR       float64 `json:"mean_run_hr"`
		HRMax    float64
	}
	var want []int
	goldenCase(t, "timed_mile").into(t, &in, &want)
	for i, c := range in {
		if TimedMile(c.Distance, c.HR, c.HRMax) != (want[i] == 1) {
			t.Errorf("%+v: want %d", c, want[i])
		}
	}
}
