// Package tcx reads Garmin's Training Center XML into readiness.Run. No
// library of note reads the dialects of real exports (Polar's offsets, Fitbit's
// and MapMyRide's fractions, extensions without a name space), and the part of
// the format that matters is small, so it is read with encoding/xml.
//
// It may import readiness, nothing else of this module.
package tcx

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// MaxSize is the largest file Decode accepts, in bytes.
const MaxSize = 64 << 20

// Decode reads one TCX document in UTF-8 and returns one run per <Activity> that has
// track points with times, or laps that say when and how long. What had to be
// left out is listed in the Warnings of the run.
//
// Errors wrap readiness.ErrIncomplete (the root is not closed: still
// arriving), readiness.ErrIgnored (courses and workouts, activities without a
// track) or readiness.ErrInvalid. Decode never panics; entities are refused, so
// none is ever expanded.
func Decode(data []byte) (runs []readiness.Run, err error) {
	defer func() {
		if p := recover(); p != nil {
			runs, err = nil, fmt.Errorf("parse tcx: parser stopped (%v): %w", p, readiness.ErrInvalid)
		}
	}()
	if len(data) > MaxSize {
		return nil, fmt.Errorf("parse tcx: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	d := open(data)
	if err := d.read(); err != nil {
		return nil, fmt.Errorf("parse tcx: %w", d.classify(err))
	}
	runs, err = d.runs()
	if err != nil {
		return nil, fmt.Errorf("parse tcx: %w", err)
	}
	return runs, nil
}

// classify gives a parser's error its meaning: the end of the input before the
// end of the document means that the rest is still arriving.
func (d *document) classify(err error) error {
	switch {
	case errors.Is(err, readiness.ErrInvalid):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), d.guard.cut():
		return fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	}
	return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
}

// runs returns the activities that can be placed in time.
func (d *document) runs() ([]readiness.Run, error) {
	var out []readiness.Run
	var last error
	for k, a := range d.activities {
		r, err := a.run()
		if err != nil {
			last = err
			continue
		}
		r.Part = k
		out = append(out, r)
	}
	if len(out) == 1 {
		out[0].Part = -1
	}
	switch {
	case len(out) > 0:
		return out, nil
	case last == nil:
		return nil, fmt.Errorf("no activity: %w", readiness.ErrIgnored)
	}
	return nil, last
}

// maxApart is how far a point may be from the middle of its activity in time.
const maxApart = 31 * 24 * time.Hour

// run turns an activity into a run.
func (a *activity) run() (readiness.Run, error) {
	old := a.dropUndated()
	if len(a.points) == 0 {
		return a.summary()
	}
	strays := a.dropStrays()
	r := a.frame(a.points[0].at)
	a.fill(&r)
	warn(&r, old, "points dated before 2000 left out")
	warn(&r, strays, "points more than a month from the others left out")
	return r, nil
}

// frame is the run without its samples.
func (a *activity) frame(first time.Time) readiness.Run {
	r := readiness.Run{
		Sport: sportOf(a.sport), Format: "tcx", Title: a.title, HRSource: "unknown",
		Start: first, First: first,
		Device: readiness.Device{Product: a.creator, Serial: a.serial},
	}
	for _, l := range a.laps {
		from := l.start.Sub(first).Seconds()
		r.Laps = append(r.Laps, readiness.Lap{From: from, To: from + l.seconds, Distance: l.metres})
	}
	warn(&r, a.untimed, "points without a time left out")
	warn(&r, a.badTimes, "points with an unreadable time left out")
	return r
}

// summary is the run of an activity without a dated point, as a session typed in
// by hand: two samples, the start of its first lap and the end of the last, and
// the distance of all.
func (a *activity) summary() (readiness.Run, error) {
	start, end, metres := a.over()
	if elapsed := end.Sub(start); elapsed <= 0 || elapsed > maxApart {
		return readiness.Run{}, a.nothing()
	}
	r := a.frame(start)
	r.T = []float64{0, end.Sub(start).Seconds()}
	if metres > 0 {
		r.Distance = []float64{0, metres}
	}
	r.Warnings = append(r.Warnings, "no point of it has a time: start, duration and distance are those of its laps")
	return r, nil
}

// over sums up the laps.
func (a *activity) over() (start, end time.Time, metres float64) {
	for _, l := range a.laps {
		if start.IsZero() || l.start.Before(start) {
			start = l.start
		}
		if to := l.start.Add(time.Duration(min(l.seconds, maxApart.Seconds()+1) * float64(time.Second))); to.After(end) {
			end = to
		}
		if l.metres > 0 {
			metres += l.metres
		}
	}
	return start, end, metres
}

// nothing is why there is no run.
func (a *activity) nothing() error {
	if a.badTimes > 0 {
		return fmt.Errorf("no time of the activity can be read, e.g. %q: %w", a.badTime, readiness.ErrInvalid)
	}
	return fmt.Errorf("the activity holds no samples: %w", readiness.ErrIgnored)
}

// dropUndated removes the points and laps of before the clock was set, unless it
// never was, and returns the number of the points.
func (a *activity) dropUndated() int {
	n := len(a.points)
	oldPoint := func(p sample) bool { return readiness.Undated(p.at) }
	oldLap := func(l lap) bool { return readiness.Undated(l.start) }
	if !all(a.points, oldPoint) || !all(a.laps, oldLap) {
		a.points, a.laps = slices.DeleteFunc(a.points, oldPoint), slices.DeleteFunc(a.laps, oldLap)
	}
	return n - len(a.points)
}

func all[T any](xs []T, is func(T) bool) bool {
	return !slices.ContainsFunc(xs, func(x T) bool { return !is(x) })
}

// dropStrays removes the points that are impossibly far from the median one
// and returns their number.
func (a *activity) dropStrays() int {
	times := make([]time.Time, len(a.points))
	for i, p := range a.points {
		times[i] = p.at
	}
	slices.SortFunc(times, time.Time.Compare)
	middle, n := times[len(times)/2], len(a.points)
	a.points = slices.DeleteFunc(a.points, func(p sample) bool {
		d := p.at.Sub(middle)
		return d > maxApart || d < -maxApart
	})
	return n - len(a.points)
}

// fill spreads the points over the run's columns.
func (a *activity) fill(r *readiness.Run) {
	r.T = make([]float64, len(a.points))
	for i, p := range a.points {
		r.T[i] = p.at.Sub(r.First).Seconds()
	}
	r.HR = a.column(func(p *sample) float64 { return p.hr })
	r.Speed = a.column(func(p *sample) float64 { return p.speed })
	r.Distance = a.column(func(p *sample) float64 { return p.distance })
	rebase(r.Distance, a.metres())
	r.Cadence = a.column(func(p *sample) float64 { return p.cadence })
	r.Altitude = a.column(func(p *sample) float64 { return p.altitude })
	r.Lat = a.column(func(p *sample) float64 { return p.lat })
	r.Lon = a.column(func(p *sample) float64 { return p.lon })
	r.Power = a.column(func(p *sample) float64 { return p.power })
}

// metres returns the distance of all laps, NaN when one does not say its own.
func (a *activity) metres() float64 {
	sum := 0.0
	for _, l := range a.laps {
		sum += l.metres
	}
	return sum
}

// rebase makes the distance start with the activity. The points of a part that
// was exported by itself, a leg of a triathlon or a lap, count on from what came
// before it; its laps say how far it was.
func rebase(distance []float64, total float64) {
	low, high := math.Inf(1), 0.0
	for _, d := range distance {
		if !math.IsNaN(d) {
			low, high = min(low, d), max(high, d)
		}
	}
	slack := max(50, total/50)
	before := min(low, high-total)
	if !(total > 0) || before < slack || high-total-low > slack {
		return
	}
	for i, d := range distance {
		distance[i] = math.Round((d-before)*100) / 100
	}
}

// column returns one channel, nil when no value of it is known.
func (a *activity) column(get func(*sample) float64) []float64 {
	out := make([]float64, len(a.points))
	known := false
	for i := range a.points {
		out[i] = get(&a.points[i])
		known = known || !math.IsNaN(out[i])
	}
	if !known {
		return nil
	}
	return out
}

func warn(r *readiness.Run, n int, what string) {
	if n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d %s", n, what))
	}
}

// sportOf returns the FIT sport of the attribute Sport. TCX knows Running,
// Biking and Other; exporters write more.
func sportOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, w := range []struct{ part, sport string }{
		{"run", "running"}, {"jog", "running"}, {"bik", "cycling"}, {"cycl", "cycling"}, {"swim", "swimming"},
		{"walk", "walking"}, {"hik", "hiking"}, {"row", "rowing"}, {"ski", "skiing"},
	} {
		if strings.Contains(s, w.part) {
			return w.sport
		}
	}
	return "generic"
}
