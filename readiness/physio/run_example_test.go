package physio_test

import (
	"fmt"
	"math"

	"afterrun/readiness/physio"
)

// flat is a column of one value.
func flat(n int, x float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = x
	}
	return out
}

// clock is the times 0, 1, 2, … s.
func clock(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}

var missing = math.NaN()

func ExampleInOrder() {
	keep, reversals := physio.InOrder([]float64{0, 1, 1, 2, 1.5, 3})
	fmt.Println(keep, reversals)
	// Output: [0 2 3 5] 1
}

func ExampleCleanHR() {
	t := []float64{0, 1, 2, 3, 4, 5, 6}
	fmt.Println(physio.CleanHR(t, []float64{150, 151, 0, 181, 152, 152, 255}, physio.DefaultRules().HR))
	// Output: [150 151 NaN NaN 152 152 NaN]
}

func ExampleFlatline() {
	frozen := physio.Flatline([]float64{0, 90, 95, 100}, flat(4, 150), []bool{true, true, true, true})
	long := physio.Flatline(clock(181), flat(181, 150), yes(181))
	fmt.Println(frozen[0], long[0], long[180]) // the first has a gap of 90 s
	// Output: false true true
}

// yes is a mark on every sample.
func yes(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

func ExampleCadenceLock() {
	n := 200
	locked := physio.CadenceLock(clock(n), flat(n, 168), flat(n, 169), yes(n))
	heart := physio.CadenceLock(clock(n), flat(n, 150), flat(n, 169), yes(n))
	fmt.Println(locked[100], heart[100])
	// Output: true false
}

func ExampleStepsPerMinute() {
	fmt.Println(physio.StepsPerMinute([]float64{85}, "fit", "running"))      // strides of one foot
	fmt.Println(physio.StepsPerMinute([]float64{170, 0}, "gpx", "running"))  // already steps
	fmt.Println(physio.StepsPerMinute([]float64{85, 86}, "gpx", "running"))  // strides again
	fmt.Println(physio.StepsPerMinute([]float64{85, 86}, "fit", "swimming")) // no steps
	// Output:
	// [170]
	// [170 0]
	// [170 172]
	// [NaN NaN]
}

func ExampleWeights() {
	w, covered, gap := physio.Weights([]float64{0, 1, 2, 5, 20, 21}, []float64{100, 110, 120, 130, 140, 150}, nil, 10)
	fmt.Println(w, covered, gap)
	// Output: [0.5 1 2 1.5 0.5 0.5] 6 15
}

func ExampleWeightedMean() {
	mean, ok := physio.WeightedMean([]float64{100, missing, 130}, []float64{1, 9, 2})
	fmt.Println(mean, ok)
	// Output: 120 true
}

func ExampleOnGrid() {
	fmt.Println(physio.OnGrid([]float64{0, 2, 14}, []float64{150, 154, 160}, 5)) // 12 s are too far apart
	// Output: [150 152 154 NaN NaN]
}

func ExampleHeld() {
	fmt.Println(physio.Held([]float64{0, 2}, []float64{3, 3.2}, 4))
	// Output: [3 3 3.2 3.2]
}

func ExampleAtSeconds() {
	fmt.Println(physio.AtSeconds([]float64{1, 3}, []float64{0, 6}, 5))
	// Output: [0 0 3 6 6]
}

func ExampleInsidePause() {
	pauses := []physio.Span{{From: 100, To: 160}}
	fmt.Println(physio.InsidePause(pauses, 130), physio.InsidePause(pauses, 160))
	// Output: true false
}

func ExampleTimerPauses() {
	fmt.Println(physio.TimerPauses([]physio.TimerEvent{{T: 0}, {T: 600, Stop: true}, {T: 610, Stop: true}, {T: 660}, {T: 900, Stop: true}}))
	// Output: [{600 660} {900 +Inf}]
}

func ExampleTrackPauses() {
	t, lat, lon := []float64{0, 1, 61, 62}, flat(4, 45), flat(4, 9)
	fmt.Println(physio.TrackPauses(t, lat, lon, nil))      // a minute in one place
	fmt.Println(physio.TrackPauses(t, lat, lon, []int{3})) // and a new segment
	// Output:
	// [{1 61}]
	// [{1 61} {61 62}]
}

func ExampleCoarse() {
	fmt.Println(physio.Coarse([]float64{0, 15, 30, 45}, nil), physio.Coarse([]float64{0, 4, 8, 30}, nil))
	// Output: true false
}

func ExampleTooFast() {
	fmt.Println(physio.TooFast(50300, 3168), physio.TooFast(10000, 2400))
	// Output: true false
}

func ExampleHaversine() {
	fmt.Printf("%.0f m\n", physio.Haversine(45, 9, 45.01, 9))
	// Output: 1112 m
}

func ExampleCumulative() {
	fmt.Println(physio.Cumulative([]float64{0, 10, 8, missing, 20}))
	// Output: [0 10 10 NaN 20]
}

func ExampleAlongTrack() {
	t, lat, lon := []float64{0, 10, 20}, []float64{45, 45.001, 45.002}, flat(3, 9)
	d := physio.AlongTrack(t, lat, lon, []physio.Span{{From: 10, To: 20}})
	fmt.Printf("%.1f\n", d) // what was covered in the pause does not count
	// Output: [0.0 111.2 111.2]
}

func ExampleIntegrate() {
	fmt.Println(physio.Integrate([]float64{0, 5, 30, 32}, []float64{3, 3, 4, 4}, nil))
	// Output: [0 15 15 23]
}

func ExampleSpeedFrom() {
	fmt.Println(physio.SpeedFrom([]float64{0, 2, 4}, []float64{missing, missing, 3.5}, []float64{0, 6, 12}))
	// Output: [3 3 3.5]
}

// A run of half an hour, then four minutes of walking.
func walkedDown() *physio.Seconds {
	speed := append(flat(1800, 3), flat(240, 1.4)...)
	return physio.Segment(clock(len(speed)), speed, flat(len(speed), missing), nil, false)
}

func ExampleSegment() {
	s := walkedDown()
	te, kind, ok := s.EffortEnd(2039, nil)
	fmt.Println(s.CountRunning(0, 2040), s.CountMoving())
	fmt.Println(te, kind, ok)
	fmt.Println(s.WalkAfter(te), s.RecoveryMode(te, 60), s.RecoverySeconds(te))
	// Output:
	// 1801 2040
	// 1801 walk true
	// 239 walk 238
}

func ExampleSeconds_Bouts() {
	speed := append(append(append(flat(900, 3), flat(25, 0)...), flat(900, 3)...), flat(70, 0)...)
	s := physio.Segment(clock(len(speed)), speed, flat(len(speed), missing), nil, false)
	fmt.Println(len(s.Bouts())) // the traffic light does not part them
	// Output: 1
}

func ExampleSeconds_Rests() {
	speed := append(append(flat(300, 4), flat(90, 1.2)...), flat(300, 4)...)
	s := physio.Segment(clock(len(speed)), speed, flat(len(speed), missing), nil, false)
	fmt.Println(s.Rests(nil))
	// Output: [{301 389}]
}

func ExampleSeconds_JogBefore() {
	speed := append(flat(1500, 3.4), flat(400, 2.4)...)
	hr := append(flat(1500, 160), flat(400, 130)...)
	s := physio.Segment(clock(1900), speed, flat(1900, missing), nil, false)
	fmt.Println(s.JogBefore(1900, 0, hr, 190, 50))
	// Output: 419
}

func ExampleSeconds_Hold10() {
	hr := flat(2040, 150)
	for g := 1000; g < 1010; g++ {
		hr[g] = 178
	}
	bpm, ok := walkedDown().Hold10(hr)
	fmt.Println(bpm, ok)
	// Output: 178 true
}

func ExampleCooldownMinimum() {
	fmt.Println(physio.CooldownMinimum(1609), physio.CooldownMinimum(8000))
	// Output: 180 300
}

func ExampleCooldownVerdict() {
	fmt.Println(physio.CooldownVerdict(301, 300, physio.EndWalk, 0))
	fmt.Println(physio.CooldownVerdict(90, 300, physio.EndWalk, 0))
	fmt.Println(physio.CooldownVerdict(0, 300, physio.EndRecordingStopped, 0))
	// Output:
	// ok
	// short
	// unknown
}

// The heart rate falls from 172 towards 100 bpm with a time constant of 75 s.
func falling() *physio.Signal {
	var t, hr []float64
	for k := -60.0; k <= 300; k++ {
		t, hr = append(t, k), append(hr, math.RoundToEven(100+72*math.Exp(-max(k, 0)/75)))
	}
	return physio.NewSignal(t, hr, make([]bool, len(t)))
}

func ExampleSignal() {
	s := falling()
	end, _ := s.Anchor(0)
	drop, at, reason := s.Drop(0, end, 60, 300, "recording_stopped")
	fmt.Printf("%v − %v = %v %q\n", end, drop, at, reason)
	t30, _ := s.T30(0, 300, "recording_stopped")
	fmt.Printf("T30 %.1f s\n", t30)
	// Output:
	// 172 − 39.625 = 132.375 ""
	// T30 220.3 s
}

func ExampleFitDecay() {
	hr, _ := falling().Curve(0, 300)
	d, reason := physio.FitDecay(hr)
	fmt.Printf("%.2f s to %.2f bpm, R² %.4f %q\n", d.Tau, d.Infinity, d.R2, reason)
	_, reason = physio.FitDecay(flat(200, 150))
	fmt.Println(reason)
	// Output:
	// 75.03 s to 99.99 bpm, R² 0.9997 ""
	// fit_poor
}

func ExampleDeviceDrop() {
	drop, reason := physio.DeviceDrop(720, 600, 182, 124)
	fmt.Printf("%v %q\n", drop, reason)
	fmt.Println(physio.DeviceDrop(4982, 600, 150, 120))
	// Output:
	// 58 ""
	// 0 event_not_120s_after_stop
}

func ExamplePauseDrop() {
	fmt.Printf("%.2f %.2f\n", physio.PauseDrop(160, 130, 60), physio.PauseDrop(160, 130, 90))
	// Output: 30.00 23.87
}

func ExamplePauseRecoveries() {
	t, hr := clock(1201), flat(1201, 160)
	for s := 1260.0; s < 1300; s++ {
		t, hr = append(t, s), append(hr, 130)
	}
	pauses := []physio.Span{{From: 1200, To: 1260}}
	run := physio.Segment(t, flat(len(t), 3), flat(len(t), missing), pauses, false)
	r, reason := physio.PauseRecoveries(run, physio.NewSignal(t, hr, make([]bool, len(t))), pauses, 190)
	fmt.Printf("%.1f bpm from %.0f, %.0f s %q\n", r.Drop, r.End, r.Length, reason)
	// Output: 30.0 bpm from 160, 60 s ""
}

func ExampleTanaka() {
	fmt.Println(physio.Tanaka(35))
	// Output: 183.5
}

func ExampleDefaultLTHR() {
	fmt.Println(physio.DefaultLTHR(190))
	// Output: 167.2
}

func ExampleVT1() {
	fmt.Printf("%.2f\n", physio.VT1(167.2))
	// Output: 150.48
}

func ExampleObservedHRMax() {
	holds := []physio.Hold{{BPM: 175}, {BPM: 200}} // one reading of 200 is not believed
	fmt.Println(physio.ObservedHRMax(holds, 183.5))
	fmt.Println(physio.ObservedHRMax(append(holds, physio.Hold{BPM: 196}), 183.5))
	// Output:
	// 175 true
	// 200 true
}

func ExampleEstimatedHRMax() {
	fmt.Println(physio.EstimatedHRMax([]physio.Hold{{BPM: 171}, {BPM: 175}, {BPM: 168}, {BPM: 180}, {BPM: 177}}))
	// Output: 180 true
}

func ExampleReserve() {
	fmt.Printf("%.4f\n", physio.Reserve(150, 190, 50))
	// Output: 0.7143
}

func ExampleBanisterFactors() {
	f := physio.BanisterFactors("female")
	fmt.Println(f.A, f.B)
	// Output: 0.86 1.67
}

func ExampleBanister() {
	hour := []physio.HRTime{{BPM: 150, S: 3600}}
	intervals := []physio.HRTime{{BPM: 120, S: 3000}, {BPM: 180, S: 600}}
	male := physio.BanisterFactors("male")
	fmt.Printf("%.2f %.2f\n", physio.Banister(hour, 190, 50, male, true), physio.Banister(intervals, 190, 50, male, true))
	// Output: 108.10 77.13
}

func ExampleOwnTRIMP_Factors() {
	a, b := 0.7, 2.1
	fmt.Println(*physio.OwnTRIMP{A: &a, B: &b}.Factors(), physio.OwnTRIMP{}.Factors())
	// Output: {0.7 2.1} <nil>
}

func ExampleHRSS() {
	trimp := physio.Banister([]physio.HRTime{{BPM: 150, S: 3600}}, 190, 50, physio.BanisterFactors("male"), true)
	fmt.Printf("%.2f\n", physio.HRSS(trimp, 190, 50, 167.2, physio.BanisterFactors("male")))
	// Output: 67.40
}

func ExampleEdwards() {
	fmt.Printf("%.0f\n", physio.Edwards([]physio.HRTime{{BPM: 120, S: 3000}, {BPM: 180, S: 600}}, 190))
	// Output: 150
}

func ExampleLucia() {
	fmt.Printf("%.0f\n", physio.Lucia([]physio.HRTime{{BPM: 120, S: 3000}, {BPM: 180, S: 600}}, 150.48, 167.2))
	// Output: 80
}

func ExampleFoster() {
	fmt.Println(physio.Foster(5, 3000))
	// Output: 250
}

func ExamplePersonalRatio() {
	ratios := []float64{0.21, 0.25, 0.19, 0.27, 0.23, 0.24, 0.2, 0.26, 0.22, 0.25}
	k, ok := physio.PersonalRatio(ratios)
	fmt.Printf("%.3f %v\n", k, ok)
	_, ok = physio.PersonalRatio(ratios[:9])
	fmt.Println(ok)
	// Output:
	// 0.235 true
	// false
}

func ExampleSessionLoad() {
	hrss, rtss := 60.0, 55.0
	fmt.Println(physio.SessionLoad(physio.LoadInput{HRSS: &hrss, RTSS: &rtss, LockShare: 0.10}))
	fmt.Println(physio.SessionLoad(physio.LoadInput{HRSS: &hrss, RTSS: &rtss, LockShare: 0.25}))
	// Output:
	// 60 hrss true
	// 55 rtss true
}

func ExampleCostRatio() {
	fmt.Printf("%.4f %.4f\n", physio.CostRatio(0.05), physio.CostRatio(-0.10))
	// Output: 1.3014 0.5977
}

func ExampleAdjusted() {
	fmt.Printf("%.4f\n", physio.Adjusted([]float64{3, 3}, []float64{0, 0.05}))
	// Output: [3.0000 3.9043]
}

func ExampleAltitudeFault() {
	fmt.Printf("%q\n", physio.AltitudeFault(clock(4), []float64{100, 101, 102, 103}))
	fmt.Printf("%q\n", physio.AltitudeFault(clock(4), []float64{100, 180, 102, 103}))
	fmt.Printf("%q\n", physio.AltitudeFault(clock(4), []float64{100, missing, missing, 103}))
	// Output:
	// ""
	// "altitude_unreliable"
	// "no_altitude"
}

func ExampleProfile() {
	hill := physio.NewProfile([]float64{0, 100, 200}, []float64{50, 50, 60})
	fmt.Println(hill.Grades([]float64{50, 100, 150}))
	// Output: [0 0.05 0.1]
}

func ExampleNormalizedSpeed() {
	ngs, ok := physio.NormalizedSpeed(append(append(flat(600, 3), flat(300, 4)...), flat(600, 2.5)...))
	fmt.Printf("%.4f %v\n", ngs, ok)
	// Output: 3.1564 true
}

func ExampleRTSS() {
	fmt.Printf("%.2f\n", physio.RTSS(2700, 3.2, 3.8))
	// Output: 53.19
}

func ExampleSteady() {
	s := physio.Steady{
		Speed: append(flat(600, 3.10), flat(600, 3.05)...),
		HR:    append(flat(600, 146), flat(600, 154)...),
	}
	ef, hr, _ := s.Efficiency()
	decoupling, _ := s.Decoupling()
	fmt.Printf("%.3f m/min per bpm at %.0f bpm, decoupling %.2f %%\n", ef, hr, decoupling)
	// Output: 1.230 m/min per bpm at 150 bpm, decoupling 6.72 %
}

func ExampleStream() {
	n := 3000
	s := physio.Segment(clock(n), flat(n, 3), flat(n, missing), nil, false)
	run := physio.Stream{Seconds: s, V: s.Speed, HR: flat(n, 150), LockedHR: flat(n, 150)}
	blocks, _ := run.Blocks(n, 190)
	steady, _ := run.SteadyPart(n)
	fmt.Println(len(blocks), blocks[0], len(steady.HR))
	_, reason := run.Blocks(659, 190)
	fmt.Println(reason)
	// Output:
	// 34 {3 150} 2400
	// too_short
}

func ExampleTrack() {
	distance := clock(1001)
	for i := range distance {
		distance[i] *= 3.2
	}
	k := physio.NewTrack(clock(1001), distance, flat(1001, 3.2))
	kilometre, reason := k.Best(1000)
	fmt.Printf("%.1f %q\n", kilometre, reason)
	fmt.Println(k.Best(5000))
	// Output:
	// 312.5 ""
	// 0 too_short
}

func ExampleMileDistance() {
	fmt.Println(physio.MileDistance(1600), physio.MileDistance(2200))
	// Output: true false
}

func ExampleTimedMile() {
	fmt.Println(physio.TimedMile(1600, 160, 190), physio.TimedMile(1600, 150, 190))
	// Output: true false
}

func ExampleEFLow() {
	fmt.Println(physio.EFLow([]float64{1.30, 1.31, 1.29, 1.30, 1.20, 1.22}))
	fmt.Println(physio.EFLow([]float64{1.30, 1.20, 1.22}))
	// Output:
	// true true
	// false false
}

func ExampleSurface() {
	fmt.Println(physio.Surface("treadmill"), physio.Surface("trail"), physio.Surface("street"))
	// Output: indoor trail other
}

func ExampleHRexHigh() {
	fmt.Println(physio.HRexHigh(8, 3, 6, 2), physio.HRexHigh(8, 3, 6, 1)) // one run is not enough
	// Output: true false
}

func ExampleConfidenceLabel() {
	fmt.Println(physio.ConfidenceLabel(0.85), physio.ConfidenceLabel(0.60), physio.ConfidenceLabel(0.45))
	// Output: high medium low
}

func ExampleHRexBaseline() {
	var runs [][]physio.Block
	for _, offset := range []float64{0, 2, -2, 1, -1, 0} {
		var blocks []physio.Block
		for v := 2.6; v < 3.7; v += 0.2 {
			blocks = append(blocks, physio.Block{V: v, H: 140 + 12*(v-3) + offset})
		}
		runs = append(runs, blocks)
	}
	line, ok := physio.HRexBaseline(runs)
	tired := []physio.Block{{V: 3.0, H: 149}, {V: 3.2, H: 151.4}, {V: 3.4, H: 153.8}}
	fmt.Printf("%.0f bpm per m/s, %.1f bpm at %.1f m/s (%v); today %.1f\n", line.Slope, line.Centre, line.Reference, ok, line.Value(tired))
	// Output: 12 bpm per m/s, 141.2 bpm at 3.1 m/s (true); today 150.2
}
