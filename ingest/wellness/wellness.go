// Package wellness reads resting heart rate, HRV, sleep and body mass as other
// makers export them: the JSON of Garmin, Fitbit and Polar accounts, the XML of
// Apple Health, and CSV tables of apps and rings (docs/wellness-csv.md).
//
// Each value becomes an event of its own, so that the files of one export, and
// those of several makers, stand beside each other; which one counts on a day is
// the assessment's choice. SDNN is never taken for rMSSD: it has its own name.
//
// It may import readiness, nothing else of this module.
package wellness

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"afterrun/readiness"
)

// The series a value belongs to: the first part of a record's source.
const (
	deviceDay = "device_day" // resting heart rate of a day, as a watch knows it
	device    = "device"     // HRV of a night
	manual    = "manual"     // taken by the athlete on waking
	sleep     = "sleep"
	mass      = "mass"
	sdnn      = "sdnn"
	recovery  = "recovery"
)

// MaxDays bounds the values of one file, each a day's.
const MaxDays = 60_000

// maxWarnings bounds what is told of faults.
const maxWarnings = 50

// datum is one value's place.
type datum struct {
	series, name string
	date         readiness.Date
}

// book collects the values of one maker.
type book struct {
	maker    string
	values   map[datum]float64
	warnings []string
}

func newBook(maker string) *book { return &book{maker: maker, values: map[datum]float64{}} }

// ranges are the values that can be true; others are no values.
var ranges = map[string][2]float64{
	"rhr_bpm": {20, 150}, "rhr_7d_bpm": {20, 150}, "hrv_rmssd_ms": {1, 400}, "hrv_sdnn_ms": {1, 400},
	"sleep_h": {0.01, 24}, "body_mass_kg": {20, 300}, "hrr60_bpm": {1, 150},
}

// put stores a value that can be true; the later of two counts.
func (b *book) put(series, name string, d readiness.Date, v float64) {
	if r := ranges[name]; v >= r[0] && v <= r[1] && !math.IsNaN(v) {
		b.values[datum{series, name, d}] = v
	}
}

// add adds to what is stored: several sleeps may end on one date.
func (b *book) add(series, name string, d readiness.Date, v float64) {
	b.put(series, name, d, b.values[datum{series, name, d}]+v)
}

// longest keeps the greater of two.
func (b *book) longest(series, name string, d readiness.Date, v float64) {
	b.put(series, name, d, max(v, b.values[datum{series, name, d}]))
}

func (b *book) warn(format string, args ...any) {
	switch len(b.warnings) {
	case maxWarnings:
		b.warnings = append(b.warnings, "more of that kind")
	default:
		if len(b.warnings) < maxWarnings {
			b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
		}
	}
}

// events returns the values as events, by key.
func (b *book) events() ([]readiness.Event, error) {
	if len(b.values) > MaxDays {
		return nil, fmt.Errorf("%d values, more than %d: %w", len(b.values), MaxDays, readiness.ErrInvalid)
	}
	events := map[string]readiness.Event{}
	for at, v := range b.values {
		key := at.series + "-" + b.maker + "-" + at.date.String()
		e, ok := events[key]
		if !ok {
			e = readiness.Event{Kind: readiness.KindWellness, Key: key, Wellness: &readiness.Wellness{
				Date: at.date, Source: at.series + ":" + b.maker, Values: map[string]float64{},
			}}
			events[key] = e
		}
		e.Wellness.Values[at.name] = v
	}
	out := make([]readiness.Event, 0, len(events))
	for _, e := range events {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b readiness.Event) int { return cmp.Compare(a.Key, b.Key) })
	return out, nil
}

// dateOf reads the date a text begins with, as YYYY-MM-DD or YYYY/MM/DD.
func dateOf(s string) (readiness.Date, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 10 {
		return 0, false
	}
	d, err := readiness.ParseDate(strings.ReplaceAll(s[:10], "/", "-"))
	if err != nil {
		return 0, false
	}
	if y := d.Time().Year(); y < 1990 || y >= 2100 {
		return 0, false
	}
	return d, true
}
