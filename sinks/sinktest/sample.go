package sinktest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"afterrun/readiness"
)

// Athlete is the athlete of the samples.
const Athlete readiness.AthleteID = "ada"

var judged = readiness.Judged{Rules: "own-1a2b3c4d", PMCAlpha: "inv"}

// Monday is the date of the first sample day.
var Monday = readiness.DateOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))

// Day is a day with a few metrics and the reason of one null; n shifts the date
// and the values.
func Day(athlete readiness.AthleteID, n int) readiness.Result {
	date := Monday + readiness.Date(n)
	row := readiness.Row{
		"date":           readiness.Text(date.String()),
		"rhr_bpm":        readiness.Num(48+float64(n)/8).With(readiness.Good, "device_day", 1),
		"ctl":            readiness.Num(float64(n) + 0.1),
		"is_deload_week": readiness.Flag(n%4 == 0),
		"points":         readiness.Num(float64(n % 7)),
		"band":           readiness.Text("steady"),
		"readiness":      readiness.Num(61.25).With(readiness.Partial, "", 3),
		"hrv_rmssd_ms":   readiness.Null("no_hrv"),
	}
	return dayResult(athlete, date, row)
}

func dayResult(athlete readiness.AthleteID, date readiness.Date, row readiness.Row) readiness.Result {
	score := 61.25
	return readiness.Result{
		Athlete: athlete, Kind: readiness.ResultDay, Key: date.String(), At: date.Noon(),
		Day: &readiness.Day{Date: date, Row: row, InputsHash: "abc", Judged: judged, Verdict: readiness.Verdict{
			Band: "steady", Headline: "A normal day.", Score: &score, Confidence: "medium",
			Reasons: []readiness.Because{{Component: "rhr", Text: "Resting HR as usual.", G: 0.25, Weight: 0.2}},
			Missing: []readiness.Lack{{Component: "hrv", Reason: "no_hrv", Hint: "Wear the watch at night."}},
		}},
	}
}

// RunAt is a run that starts at a time.
func RunAt(athlete readiness.AthleteID, key, sport string, start time.Time) readiness.Result {
	row := readiness.Row{
		"run_id":         readiness.Text("id-" + key),
		"start_time_utc": readiness.Text(start.UTC().Format(time.RFC3339)),
		"date":           readiness.Text(readiness.DateOf(start.UTC()).String()),
		"sport":          readiness.Text(sport),
		"title":          readiness.Text("Morning"),
		"distance_m":     readiness.Num(10012.5),
		"moving_s":       readiness.Num(3001),
		"avg_hr_bpm":     readiness.Num(151.75),
		"hrr60_bpm":      readiness.Num(31.5),
		"hrr120_bpm":     readiness.Null("post_run_too_short"),
	}
	return readiness.Result{
		Athlete: athlete, Kind: readiness.ResultRun, Key: key, At: start,
		Run: &readiness.RunSummary{
			Key: key, RunID: "id-" + key, Digest: "d1", Row: row, InputsHash: "h1", Judged: judged,
			Source: readiness.Source{File: "2024/a.fit", SHA256: "ff"},
			Trace:  readiness.Trace{Start: start, Sport: sport},
		},
	}
}

// RunNo is the n-th sample run: one every other day.
func RunNo(athlete readiness.AthleteID, n int) readiness.Result {
	start := (Monday + readiness.Date(2*n)).Time().Add(7*time.Hour + time.Duration(n)*time.Second)
	return RunAt(athlete, fmt.Sprintf("run-%d", n), "running", start)
}

// Alert is a step of an episode that was entered n days after Monday.
func Alert(athlete readiness.AthleteID, rule, step string, n int) readiness.Result {
	date := Monday + readiness.Date(n)
	return readiness.Result{
		Athlete: athlete, Kind: readiness.ResultAlert, At: date.Noon(),
		Key: fmt.Sprintf("%s-%s-%s", rule, date, step),
		Alert: &readiness.Alert{
			Transition:     readiness.Transition{Rule: rule, Episode: date, Kind: step, Date: date, Text: "You look under-recovered."},
			IdempotencyKey: fmt.Sprintf("%s|%s|%s|%s", athlete, rule, date, step),
			Created:        date.Noon().Add(time.Minute),
		},
	}
}

// Shuffled returns the results in another order, the same for the same seed.
func Shuffled(results []readiness.Result, seed uint64) []readiness.Result {
	out := append([]readiness.Result(nil), results...)
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Season is a history of days, runs and alerts of one athlete.
func Season(athlete readiness.AthleteID, days int) []readiness.Result {
	var all []readiness.Result
	for n := range days {
		all = append(all, Day(athlete, n))
		if n%2 == 0 {
			all = append(all, RunNo(athlete, n/2))
		}
		if n%30 == 10 {
			all = append(all, Alert(athlete, "under_recovery", "enter", n))
		}
	}
	return all
}
