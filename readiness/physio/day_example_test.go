package physio_test

import (
	"fmt"

	"afterrun/readiness/physio"
)

var week = []float64{100, 70, 120, 80, 60, 170, 90}

func known(x float64) *float64 { return &x }

func repeat(x float64, n int) (out []float64) {
	for range n {
		out = append(out, x)
	}
	return out
}

func ExampleRestingHR() {
	r := physio.RestingHR(physio.RHRInput{
		Today: 54, HasToday: true, Last7: []float64{49, 50, 51, 51, 52, 53, 54}, Base28: repeat(48, 28),
	}, physio.DefaultRules().RestingHR)
	state, _ := r.State(nil, nil)
	fmt.Printf("%+.0f bpm, z %.0f; week %+.2f bpm, z %.2f: %s\n", r.Delta, r.Z, r.Delta7, r.Z7, state)
	// Output: +6 bpm, z 4; week +3.43 bpm, z 2.29: elevated
}

func ExampleRMSSD() {
	ms, _ := physio.RMSSD([]float64{812, 845, 830, 798, 860, 842, 815, 870, 833, 808})
	_, reason := physio.RMSSD([]float64{812, 1900, 830, 400, 860})
	fmt.Printf("%.4f ms; %s\n", ms, reason)
	// Output: 36.8993 ms; rr_artefacts
}

func ExampleHRV() {
	r := physio.HRV([]float64{3.98, 3.90, 3.88, 3.95, 3.86, 3.91, 3.84}, append(repeat(3.98, 14), repeat(4.08, 14)...))
	fmt.Printf("mean %.4f, z %.2f: %s\n", r.Mean7, r.Z, physio.HRVStatus(r.Z))
	// Output: mean 3.9029, z -2.50: below
}

func ExampleHRVStatus() {
	fmt.Println(physio.HRVStatus(-0.6), physio.HRVStatus(0.5), physio.HRVStatus(0.6))
	// Output: below within above
}

func ExampleHRVExempt() {
	fmt.Println(physio.HRVExempt(known(-0.6), known(0.2)), physio.HRVExempt(known(-0.6), nil))
	// Output: true false
}

func ExampleHRVLow() {
	l := physio.DefaultRules().Detector
	fmt.Println(physio.HRVLow(known(-0.9), false, l), physio.HRVLow(known(-1.2), false, l), physio.HRVLow(known(-1.6), false, l), physio.HRVLow(known(-1.6), true, l))
	// Output: 0 1 2 0
}

func ExampleDeviceSleep() {
	_, nap := physio.DeviceSleep(0)
	h, night := physio.DeviceSleep(7.4)
	fmt.Println(nap, h, night)
	// Output: false 7.4 true
}

func ExampleSleepWeek() {
	mean, debt, _ := physio.SleepWeek([]float64{6, 6, 7.5, 8})
	_, _, ok := physio.SleepWeek([]float64{6, 6, 7.5})
	fmt.Println(mean, debt, ok)
	// Output: 6.875 2 false
}

func ExampleSleepBlend() {
	fmt.Printf("%.2f %.1f\n", physio.SleepBlend(5.8, known(6.4)), physio.SleepBlend(5.8, nil))
	// Output: 6.04 5.8
}

func ExampleWellnessG() {
	base := []float64{17, 18, 17, 16, 18, 17, 19, 17, 18, 17, 16, 18}
	fmt.Printf("%.4f %.4f\n", physio.WellnessG(13, base), physio.WellnessG(13, nil))
	// Output: -2.6667 -0.6667
}

func ExampleHooper() {
	fmt.Println(physio.Hooper(1), physio.Hooper(4), physio.Hooper(7))
	// Output: 5 3 1
}

func ExampleMassDrop() {
	pct, _ := physio.MassDrop([]float64{70, 70.2, 69.8, 70.1}, 68.5)
	fmt.Printf("%.2f %%\n", pct)
	// Output: 2.21 %
}

func ExampleFluidBalance() {
	f := physio.FluidBalance(70.4, 69.2, 0.35, 0, 1.25)
	fmt.Printf("sweat %.2f L, %.2f L/h, lost %.2f %%, drink %.1f L\n", f.SweatL, f.SweatLPerH, f.DehydrationPct, f.TargetL)
	// Output: sweat 1.55 L, 1.24 L/h, lost 1.70 %, drink 1.8 L
}

func ExampleConvention_Weight() {
	fmt.Printf("%.6f %.6f %.6f\n", physio.Exp.Weight(42), physio.Inv.Weight(42), physio.EMA.Weight(42))
	// Output: 0.023528 0.023810 0.046512
}

func ExampleSeed() {
	fmt.Printf("%.4f\n", physio.Seed([]float64{60, 0, 80, 45, 0, 120, 30, 60, 0, 80, 45, 0, 120, 30}))
	// Output: 47.8571
}

// One load of 100 from nothing.
func ExampleFilter() {
	ctl := physio.Filter([]float64{100}, 0, physio.Exp.Weight(physio.ChronicDays))
	atl := physio.Filter([]float64{100}, 0, physio.Exp.Weight(physio.AcuteDays))
	fmt.Printf("CTL %.6f ATL %.6f\n", ctl[0], atl[0])
	// Output: CTL 2.352831 ATL 13.312210
}

func ExampleRatio() {
	r, _ := physio.Ratio(101.165528, 79.7765351)
	_, ok := physio.Ratio(10, 4)
	fmt.Printf("%.4f %v\n", r, ok)
	// Output: 1.2681 false
}

func ExampleCoupled() {
	r, _ := physio.Coupled(append(repeat(50, 21), repeat(80, 7)...))
	fmt.Printf("%.4f\n", r)
	// Output: 1.3913
}

func ExampleUncoupled() {
	r, _ := physio.Uncoupled(append(repeat(50, 21), repeat(80, 7)...))
	fmt.Printf("%.1f\n", r)
	// Output: 1.6
}

func ExampleMonotony() {
	m, s, _ := physio.Monotony(week)
	fmt.Printf("%.4f %.1f\n", m, s)
	// Output: 2.6525 1830.3
}

func ExampleStrainLimit() {
	var earlier []float64
	for i := range 101 {
		earlier = append(earlier, float64(i))
	}
	limit, _ := physio.StrainLimit(earlier)
	_, ok := physio.StrainLimit(earlier[:55])
	fmt.Println(limit, ok)
	// Output: 90 false
}

func ExampleRamp() {
	ramp, _ := physio.Ramp(32000, 36500)
	fmt.Println(ramp, physio.RampHigh(32000, 36500))
	// Output: 0.140625 true
}

// Exactly 10 % more is no ramp, and 900 m more are none either.
func ExampleRampHigh() {
	fmt.Println(physio.RampHigh(20000, 22000), physio.RampHigh(20000, 22001), physio.RampHigh(3000, 3900))
	// Output: false true false
}

func ExampleDeload() {
	weeks := []physio.Week{{20000, 3}, {25000, 4}, {30000, 4}, {24000, 3}}
	deload, known := physio.Deload(weeks)
	fmt.Println(deload, known, physio.WeeksSinceDeload(weeks))
	// Output: true true 0
}

func ExampleWeeksSinceDeload() {
	fmt.Println(physio.WeeksSinceDeload([]physio.Week{{20000, 3}, {25000, 4}, {30000, 4}, {24000, 3}, {30000, 4}}))
	// Output: 1
}

// 69 is within 3 of the border, so it takes a second day beyond it; 50 is 5 below
// the next border and crosses it at once.
func ExampleBands() {
	b := physio.NewBands(physio.DefaultRules().Bands)
	for _, score := range []float64{72, 69, 71, 68, 69, 50} {
		fmt.Print(b.Next(score, score), " ")
	}
	// Output: ready ready ready ready steady easy
}

func ExampleSubScore() {
	fmt.Println(physio.SubScore(0), physio.SubScore(-1), physio.SubScore(1.5), physio.SubScore(-4))
	// Output: 75 50 100 0
}

func ExampleReadiness() {
	w := physio.DefaultRules().Weights
	score, confidence, ok := physio.Readiness([]physio.Component{
		{Name: "rhr", G: -0.5, Weight: w.RHR}, {Name: "load", G: -0.5, Weight: w.Load}, {Name: "sleep", G: 0, Weight: w.Sleep},
	}, physio.DefaultRules().Evidence)
	fmt.Printf("%.4f %.2f %s %v\n", score, confidence, physio.ConfidenceLabel(confidence), ok)
	// Output: 65.9091 0.55 low true
}

func ExampleScoreWeights_HRRAt() {
	fmt.Printf("%.3f %.3f\n", physio.DefaultRules().Weights.HRRAt(7), physio.DefaultRules().Weights.HRexAt(5))
	// Output: 0.050 0.075
}

func ExampleRHRG() {
	g, low, _ := physio.RHRG(known(4), known(2.29), false)
	fmt.Printf("%.3f %v\n", g, low)
	// Output: -3.145 false
}

func ExampleFormG() {
	fmt.Printf("%.2f %.2f\n", physio.FormG(-0.3), physio.FormG(0.5))
	// Output: -1.50 1.00
}

func ExampleWindowG() {
	g, _ := physio.WindowG(3, 4)
	_, ok := physio.WindowG(0, 4)
	fmt.Println(g, ok)
	// Output: -0.75 false
}

func ExampleSleepG() {
	fmt.Println(physio.SleepG(5), physio.SleepG(7), physio.SleepG(8), physio.SleepG(10))
	// Output: -2 0 0.25 0.5
}

func ExampleHRVG() {
	fmt.Println(physio.HRVG(-0.8, nil, false), physio.HRVG(-0.8, nil, true), physio.HRVG(2, known(-1), false), physio.HRVG(2, nil, false))
	// Output: -0.8 0 -0.5 0.5
}

func ExampleRecoveryCap() {
	fmt.Println(physio.RecoveryCap(nil, nil), physio.RecoveryCap(known(-1), nil), physio.RecoveryCap(nil, known(-0.25)))
	// Output: 0.5 0 0
}

func ExampleHRRG() {
	fmt.Println(physio.HRRG(2, 0.5), physio.HRRG(-5, 0.5))
	// Output: 0.5 -4
}

func ExampleHRexG() {
	fmt.Println(physio.HRexG(2.7, 0.5), physio.HRexG(-2, 0))
	// Output: -2 0
}

func ExampleWellnessComponentG() {
	fmt.Println(physio.WellnessComponentG(2), physio.WellnessComponentG(-6))
	// Output: 1.5 -4
}

func ExampleLimits_Cap() {
	limit, name := physio.Limits{PainDays: 3, SleepH: known(4.5)}.Cap(physio.DefaultRules().Caps)
	fmt.Println(limit, name)
	// Output: 40 pain
}

func ExampleEvidence_Conditions() {
	e := physio.Evidence{RHRMarked: true, RHRElevated: true, RHRDrift: true, Form: known(-0.35)}
	conditions := e.Conditions(physio.DefaultRules().Detector)
	points, families := physio.Tally(conditions)
	fmt.Println(len(conditions), points, families) // 3 and 2 of resting heart rate count 4
	// Output: 3 5 AL
}

func ExampleTally() {
	fmt.Println(physio.Tally([]physio.Condition{{"form_low", 'L', 2}, {"session_spike", 'L', 1}, {"sleep_short", 'S', 1}}))
	// Output: 3 LS
}

func ExampleDetector() {
	d := physio.NewDetector(physio.DefaultRules().Detector)
	for day, points := range []int{1, 6, 6, 2, 2} {
		event := d.Next(day, points, "AS")
		fmt.Printf("%s %q\n", d.State(), event)
	}
	// Output:
	// OK ""
	// WATCH ""
	// UNDER_RECOVERED "enter"
	// UNDER_RECOVERED ""
	// OK "exit"
}

func ExampleClassifyRun() {
	d := 21100.0
	fmt.Println(physio.ClassifyRun(physio.RunFacts{Distance: &d, Race: true, Title: "Half marathon race"}))
	// Output: {half_marathon 3 5 true}
}

func ExampleHasWord() {
	fmt.Println(physio.HasWord("City Race 10K", "race"), physio.HasWord("bracelet", "race"))
	// Output: true false
}

func ExampleIsHard() {
	fmt.Println(physio.IsHard(known(600), nil, 3600, nil), physio.IsHard(nil, nil, 1800, known(40)))
	// Output: true true
}

func ExampleRunType_WindowDays() {
	half := physio.RunType{Name: "half_marathon", Min: 3, Max: 5, Window: true}
	n := half.WindowDays(known(62.5))
	fmt.Println(n, physio.NextHard(n), half.NextEasy(n))
	// Output: 4 5 3
}

func ExampleNextHard() {
	fmt.Println(physio.NextHard(0), physio.NextHard(4))
	// Output: 1 5
}

func ExampleCompareHRR() {
	var base []physio.HRRPoint
	for _, drop := range []float64{38, 41, 36, 40, 44, 39, 37, 42} {
		base = append(base, physio.HRRPoint{End: 160, Drop: drop})
	}
	c, _ := physio.CompareHRR(base, []physio.HRRPoint{{160, 30}, {160, 28}})
	fmt.Println(c.Expected, c.Dev, c.Z, c.Meaningful, c.Slow(5))
	// Output: 39.5 -10.5 -3.5 true true
}

func ExampleEndBand() {
	band, _ := physio.EndBand(165, 190)
	_, ok := physio.EndBand(130, 190)
	fmt.Println(band, ok)
	// Output: b80 false
}

func ExampleDeviceInSeries() {
	fmt.Println(physio.DeviceInSeries(58, 2, 182, 190), physio.DeviceInSeries(58, 240, 182, 190))
	// Output: true false
}

func ExampleRobustBaseline() {
	centre, spread, _ := physio.RobustBaseline([]float64{48, 49, 47, 48, 50, 48, 47}, physio.RHRSpreadFloor)
	fmt.Println(centre, spread)
	// Output: 48 1.5
}

func ExampleTheilSen() {
	slope, pairs, _ := physio.TheilSen([]float64{0, 1, 2, 3}, []float64{50, 51, 90, 53}, nil)
	fmt.Println(slope, pairs)
	// Output: 1 6
}

func ExampleMedian() {
	m, _ := physio.Median([]float64{3, 1, 4, 2})
	fmt.Println(m)
	// Output: 2.5
}

func ExampleMean() {
	m, _ := physio.Mean([]float64{1, 2, 6})
	fmt.Println(m)
	// Output: 3
}

func ExampleSampleSD() {
	sd, _ := physio.SampleSD(week)
	fmt.Printf("%.4f\n", sd)
	// Output: 37.1612
}

func ExamplePercentile() {
	p, _ := physio.Percentile([]float64{1, 2, 3, 4, 5}, 0.90)
	fmt.Println(p)
	// Output: 4.6
}

func ExampleProtein() {
	fmt.Println(physio.Protein(known(70)), physio.Protein(nil), physio.Carbohydrate(known(70)))
	// Output: {21.7 21.7} {20 28} {65.1 65.1}
}

func ExampleCarbohydrate() {
	fmt.Println(physio.Carbohydrate(nil))
	// Output: {60 84}
}

func ExampleSodium() {
	fmt.Printf("%.0f–%.0f mg/L\n", physio.Sodium().Low, physio.Sodium().High)
	// Output: 380–958 mg/L
}

func ExampleFluidUnweighed() {
	fmt.Println(physio.FluidUnweighed(known(1609.344), 0.2), physio.FluidUnweighed(nil, 2))
	// Output: {0.25 0.3} {0.8 1.6}
}

func ExampleFluidShown() {
	fmt.Println(physio.FluidShown(1.8), physio.FluidShown(6))
	// Output: 1.8 4
}

func ExampleCooldownTarget() {
	fmt.Println(physio.CooldownTarget(known(1609.344)), physio.CooldownTarget(known(10000)))
	// Output: 300 600
}

// A stricter "ready", all else as specified.
func ExampleRules() {
	r := physio.DefaultRules()
	r.Bands.Ready = 78
	fmt.Println(r.Check(), r.Bands.Naive(75))
	r.Bands.Ready = 50
	fmt.Println(r.Check())
	// Output:
	// <nil> steady
	// bands: want 0 < easy < steady < ready <= 100
}

func ExampleRules_Changes() {
	r, err := physio.DefaultRules().With(map[string]string{"weights.sleep": "0.3", "pmc.alpha": "inv", "pmc.seed_ctl": "40"})
	fmt.Println(r.Changes(), err)
	_, err = physio.DefaultRules().With(map[string]string{"bands.ready": "50"})
	fmt.Println(err)
	// Output:
	// [weights.sleep 0.3 (0.15) pmc.alpha inv (exp) pmc.seed_ctl 40 (none)] <nil>
	// bands: want 0 < easy < steady < ready <= 100
}

func ExampleRules_Version() {
	r := physio.DefaultRules()
	fmt.Println(r.Version())
	r.PMC.Alpha = physio.EMA
	fmt.Println(r.Version())
	// Output:
	// default-fafaaf92
	// own-94be578b
}

func ExampleHRRComparison_FastUnderLoad() {
	base := []physio.HRRPoint{{160, 30}, {160, 31}, {160, 29}, {160, 30}}
	c, _ := physio.CompareHRR(base, []physio.HRRPoint{{160, 38}, {160, 37}})
	fmt.Println(c.FastUnderLoad(known(-1.2), known(-0.3)), c.FastUnderLoad(known(0), known(-0.3)))
	// Output: true false
}

func ExampleRHRReading_LowWithFatigue() {
	r := physio.RestingHR(physio.RHRInput{Last7: repeat(45, 7), Base28: repeat(48, 28)}, physio.DefaultRules().RestingHR)
	fmt.Println(r.LowWithFatigue(known(-1.5), known(-0.25)), r.LowWithFatigue(nil, known(-0.25)))
	// Output: true false
}

func ExampleDefaultRules() {
	r := physio.DefaultRules()
	fmt.Println(r.Weights.Wellness, r.Bands.Ready, r.Caps.SleepShort, r.Detector.StrongPoints)
	// Output: 0.25 70 55 5
}
