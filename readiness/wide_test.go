package readiness

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wideEvents draws a season of anything: every sport and format, channels that
// are missing or wrong, stops, titles, check-ins of every column, nights, limits.
func wideEvents(t *rapid.T) []Event {
	events := []Event{{Kind: KindProfile, Key: "config", Profile: wideProfile(t)}}
	own := rapid.IntRange(-1, 3).Draw(t, "usual run") // −1: no two alike
	for day := range Date(rapid.SampledFrom([]int{1, 20, 45, 90}).Draw(t, "days")) {
		d := day0 + day
		if rapid.IntRange(0, 2).Draw(t, "runs") == 0 {
			r := wideRun(t, d, own)
			events = append(events, Event{Kind: KindRun, Key: RunKey(r), Run: r})
			if day%9 == 0 {
				twin := *r
				twin.Title += " (copy)"
				events = append(events, Event{Kind: KindRun, Key: RunKey(&twin), Run: &twin})
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "checks in") > 0 {
			for _, part := range []CheckInPart{PartDay, PartRun} {
				events = append(events, Event{Kind: KindCheckIn, Key: string(part) + "-" + d.String(), CheckIn: wideCheckIn(t, d, part)})
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "night") == 0 {
			events = append(events, Event{Kind: KindWellness, Key: "device-" + d.String(), Wellness: &Wellness{Date: d, Source: rapid.SampledFrom([]string{"device", "device_day", "rr"}).Draw(t, "source"),
				Values: map[string]float64{"rhr_bpm": float64(rapid.IntRange(25, 120).Draw(t, "rhr")), "hrv_rmssd_ms": float64(rapid.IntRange(5, 150).Draw(t, "hrv")), "sleep_h": float64(rapid.IntRange(0, 18).Draw(t, "slept"))}}})
		}
	}
	for i := range events {
		events[i].Digest = events[i].ContentDigest()
	}
	return events
}

func wideProfile(t *rapid.T) *Profile {
	p := &Profile{TimeZone: rapid.SampledFrom([]string{"", "Europe/Rome", "Pacific/Kiritimati"}).Draw(t, "zone")}
	p.BirthDate = rapid.SampledFrom([]string{"", "1985-02-03", "2012-07-07"}).Draw(t, "born")
	p.Sex = rapid.SampledFrom([]string{"", "male", "female"}).Draw(t, "sex")
	p.BodyMass = rapid.SampledFrom([]float64{0, 70}).Draw(t, "mass")
	values := map[string]float64{}
	for name, of := range map[string][]float64{"hrmax": {0, 190, 60}, "hrrest": {0, 50}, "lthr": {0, 165, 45}, "threshold_speed_mps": {0, 3.8}} {
		if v := rapid.SampledFrom(of).Draw(t, name); v > 0 {
			values[name] = v
		}
	}
	p.Params = []DatedParams{{From: day0 + Date(rapid.IntRange(-1, 20).Draw(t, "from")), Values: values}}
	return p
}

func wideCheckIn(t *rapid.T, d Date, part CheckInPart) *CheckIn {
	c := &CheckIn{Date: d, Part: part, Numbers: map[string]float64{}, Text: map[string]string{}}
	full := rapid.Bool().Draw(t, "full")
	for _, column := range CheckInColumns {
		if column.Part != part || column.Text || !full && rapid.Bool().Draw(t, column.Name) {
			continue
		}
		low, high := column.Min, column.Max
		switch column.Name {
		case "rhr_bpm":
			low, high = 40, 60
		case "body_mass_kg", "mass_pre_kg", "mass_post_kg":
			low, high = 68, 72
		case "swelling", "limping", "sharp", "illness", "worse_when_running":
			high = float64(rapid.IntRange(0, 1).Draw(t, "unwell"))
		}
		c.Numbers[column.Name] = math.Round(low + (high-low)*rapid.Float64Range(0, 1).Draw(t, column.Name))
	}
	if part == PartDay && rapid.IntRange(0, 9).Draw(t, "since") == 0 {
		c.Text["pain_since"] = (d - 2).String()
	}
	return c
}

// wideRun draws a recording: the athlete's usual one, or anything.
func wideRun(t *rapid.T, d Date, usual int) *Run {
	start := d.Time().Add(time.Duration(rapid.IntRange(0, 23).Draw(t, "hour")) * time.Hour)
	r := &Run{Sport: "running", Format: "fit", Part: -1, Start: start, First: start, HRSource: "chest"}
	every := 2.0
	if usual < 0 || rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
		r.Sport = rapid.SampledFrom([]string{"running", "running", "running", "cycling", "hiking", ""}).Draw(t, "sport")
		r.SubSport = rapid.SampledFrom([]string{"", "trail", "treadmill"}).Draw(t, "sub sport")
		r.Format = rapid.SampledFrom([]string{"fit", "gpx", "tcx"}).Draw(t, "format")
		r.Title = rapid.SampledFrom([]string{"", "Morning", "race 5k", "race 10k", "half marathon race", "hard"}).Draw(t, "title")
		r.HRSource = rapid.SampledFrom([]string{"chest", "optical", "unknown"}).Draw(t, "sensor")
		every = rapid.SampledFrom([]float64{1, 2, 4, 7, 15, 600}).Draw(t, "every")
		usual = rapid.IntRange(0, 9).Draw(t, "shape")
	}
	s := shape{r: r, every: every, bpm: 110, distance: 0}
	s.run(t, usual)
	s.spoil(t)
	return r
}

// shape writes a recording second by second.
type shape struct {
	r             *Run
	every         float64
	at            float64
	bpm, distance float64
}

// go on at a speed: the heart rate follows within a minute.
func (s *shape) move(seconds int, speed, target float64) {
	for range int(float64(seconds)/s.every) + 1 {
		s.bpm += (target - s.bpm) * min(1, s.every/40)
		s.distance += speed * s.every
		s.r.T = append(s.r.T, s.at)
		s.r.HR = append(s.r.HR, math.Round(s.bpm))
		s.r.Speed = append(s.r.Speed, speed)
		s.r.Distance = append(s.r.Distance, s.distance)
		s.r.Cadence = append(s.r.Cadence, map[bool]float64{true: 85, false: 50}[speed > 2])
		s.r.Altitude = append(s.r.Altitude, 100+20*math.Sin(s.distance/300))
		s.at += s.every
	}
}

// stop halts the timer.
func (s *shape) stop(seconds float64) {
	s.r.TimerEvents = append(s.r.TimerEvents, TimerEvent{T: s.at - s.every, Stop: true}, TimerEvent{T: s.at - s.every + seconds})
	s.at += seconds
	s.bpm -= 30
}

func (s *shape) run(t *rapid.T, kind int) {
	easy := rapid.Float64Range(2.7, 3.3).Draw(t, "pace")
	minutes := rapid.IntRange(2, 50).Draw(t, "minutes")
	effort := 100 + 15*easy + rapid.Float64Range(-5, 15).Draw(t, "toil")
	switch kind {
	case 0, 1: // run, then walk or stand
		s.move(60*max(minutes, 25), easy, effort)
		s.move(rapid.IntRange(30, 400).Draw(t, "after"), 1.4*float64(kind), 95)
	case 2: // the recording ends with the run; the watch notes its recovery
		s.move(60*max(minutes, 25), easy, effort)
		s.r.TimerEvents = append(s.r.TimerEvents, TimerEvent{T: s.at, Stop: true})
		s.r.RecoveryHR = []Marker{{s.at + float64(rapid.SampledFrom([]int{120, 120, 600}).Draw(t, "noted")), float64(rapid.IntRange(20, 200).Draw(t, "then"))}}
	case 3: // stops on the way
		for range 3 {
			s.move(600, easy, effort)
			s.stop(float64(rapid.IntRange(20, 200).Draw(t, "stop")))
		}
		s.move(300, easy, effort)
	case 4, 5: // repetitions
		for range rapid.IntRange(2, 8).Draw(t, "repetitions") {
			s.move(rapid.IntRange(30, 300).Draw(t, "fast"), 4.4, 178)
			s.move(rapid.IntRange(30, 200).Draw(t, "slow"), 1.2, 110)
		}
	case 6: // faster than anybody runs
		s.move(60*minutes, 15, 90)
	case 7: // a jog at the end
		s.move(60*minutes, 3.6, 165)
		s.move(300, 2.3, 120)
	case 8: // a watch left on
		s.move(60*minutes, easy, effort)
		s.at += 3 * 86400
		s.move(60, 0, 60)
	default: // long
		s.move(60*minutes*6, 3.5, 150)
	}
}

// spoil drops or breaks a channel now and then.
func (s *shape) spoil(t *rapid.T) {
	r, nan := s.r, func(x []float64, from, to int) {
		for i := from; i < min(to, len(x)); i++ {
			x[i] = math.NaN()
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "faults") {
		a := rapid.IntRange(0, len(r.T)).Draw(t, "from")
		switch rapid.IntRange(0, 12).Draw(t, "fault") {
		case 0:
			r.HR = nil
		case 1:
			nan(r.HR, a, a+200)
		case 2:
			for i := a; i < len(r.HR); i++ {
				r.HR[i] = 170 // as the cadence, and frozen
			}
		case 3:
			r.Speed, r.Distance = nil, nil
		case 4:
			r.Speed, r.Distance, r.Cadence = nil, nil, nil
		case 5:
			r.Altitude = nil
		case 6:
			for i := a; i < len(r.Altitude); i += 3 {
				r.Altitude[i] = 2000
			}
		case 7:
			nan(r.HR, 0, len(r.HR))
		case 8:
			for i := a; i < len(r.Distance); i++ {
				r.Distance[i] += 500
			}
			r.Speed = nil
		case 9:
			r.Cadence = nil
		case 10:
			for i := a; i < len(r.HR); i++ {
				r.HR[i] = math.Mod(float64(i)*37, 300)
			}
		case 11:
			for i := a; i < len(r.HR); i++ {
				r.HR[i] += float64(i-a) / 10 // rises after the end as well
			}
		default:
			r.T, r.HR, r.Speed, r.Distance, r.Cadence, r.Altitude = r.T[:1], r.HR[:min(1, len(r.HR))], r.Speed[:min(1, len(r.Speed))], r.Distance[:min(1, len(r.Distance))], r.Cadence[:min(1, len(r.Cadence))], r.Altitude[:min(1, len(r.Altitude))]
			return
		}
	}
}

// Whatever the history, every row keeps the null law (§0).
func TestTheNullLawHoldsForAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := assessed(t, append(wideEvents(t), someRules(t)))
		eachRow(a, func(what string, columns []Column, row Row) { lawful(t, what, columns, row) })
	})
}

// eachRow visits every row of an answer.
func eachRow(a *Assessment, visit func(what string, columns []Column, row Row)) {
	for _, d := range a.Days {
		visit(d.Date.String(), DayColumns, d.Row)
	}
	for _, r := range a.Runs {
		visit("run "+r.RunID, RunColumns, r.Row)
		for i, row := range r.InterimRows() {
			visit(fmt.Sprint("interim ", i, " of ", r.RunID), InterimColumns, row)
		}
		if r.DuplicateOf == "" {
			visit("card "+r.RunID, CardColumns, r.Card)
		}
	}
}

// Every reason of the closed list comes out of some history, except those that
// stand elsewhere than in a column.
func TestEveryReasonIsGiven(t *testing.T) {
	given := map[Reason]bool{
		"parse_error":      true, // of files, see `afterrun files`
		"hr_flatline":      true, // a flag of runs
		"rhr_source_mixed": true, // said by the explanation beside baseline_short
		"rr_artefacts":     true, // see TestMisreadBeats
		"tau_at_bound":     true, // see physio's TestFitDecayRefuses
	}
	seasons := rapid.Custom(func(t *rapid.T) *Assessment { return assessed(t, wideEvents(t)) })
	for seed := range 150 {
		eachRow(seasons.Example(seed), func(_ string, columns []Column, row Row) {
			for _, c := range columns {
				given[row[c.Name].Reason] = true
			}
		})
	}
	for r := range reasonTexts {
		if !given[r] {
			t.Errorf("nothing ever says %s", r)
		}
	}
}
