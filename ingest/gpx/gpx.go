// Package gpx reads GPX 1.0 and 1.1 tracks into readiness.Run. The points are
// parsed by github.com/tkrajina/gpxgo; this package streams the document to it
// in batches, which bounds memory, and reads by itself what gpxgo loses: the
// fraction and the offset of times, the absence of a position, the extensions
// of GPX 1.0.
//
// It may import readiness and gpxgo, nothing else of this module.
package gpx

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// MaxSize is the largest file Decode accepts, in bytes.
const MaxSize = 64 << 20

// Decode reads one GPX document in UTF-8 and returns one run per <trk> that has times.
// What had to be left out is listed in the Warnings of the run.
//
// The sport is taken from <type> (words and Strava's numbers), else from
// <name>; a track that names none is taken for running, because Afterrun is a
// runner's program and most exports of runs say nothing.
//
// Errors wrap readiness.ErrIncomplete (the root is not closed: still
// arriving), readiness.ErrIgnored (no track with times: a planned route, way
// points) or readiness.ErrInvalid. Decode never panics; entities are refused,
// so none is ever expanded.
func Decode(data []byte) (runs []readiness.Run, err error) {
	defer func() {
		if p := recover(); p != nil {
			runs, err = nil, fmt.Errorf("parse gpx: parser stopped (%v): %w", p, readiness.ErrInvalid)
		}
	}()
	if len(data) > MaxSize {
		return nil, fmt.Errorf("parse gpx: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	d := open(data)
	if err := d.read(); err != nil {
		return nil, fmt.Errorf("parse gpx: %w", d.classify(err))
	}
	runs, err = d.runs()
	if err != nil {
		return nil, fmt.Errorf("parse gpx: %w", err)
	}
	return runs, nil
}

// runs returns the tracks that can be placed in time.
func (d *document) runs() ([]readiness.Run, error) {
	var out []readiness.Run
	var last error
	points := 0
	for k, t := range d.tracks {
		points += t.points
		t.kind = cmp.Or(t.kind, t.activity, d.kind)
		r, err := t.run()
		if err != nil {
			last = err
			continue
		}
		r.Part = k
		r.Device.Product = d.creator
		if t.kind == "" && strings.HasPrefix(d.creator, "Apple Health") {
			r.Sport, r.SubSport = "generic", "" // the route of a workout of any sport: its export tells
		}
		out = append(out, r)
	}
	if len(out) == 1 {
		out[0].Part = -1
	}
	switch {
	case len(out) > 0:
		return out, nil
	case points == 0:
		return nil, fmt.Errorf("no track points: %w", readiness.ErrIgnored)
	}
	return nil, last
}

// run turns a track into a run.
func (t *track) run() (readiness.Run, error) {
	if t.points == 0 {
		return readiness.Run{}, fmt.Errorf("a track without points: %w", readiness.ErrIgnored)
	}
	if len(t.times) == 0 && t.badTimes > 0 {
		return readiness.Run{}, fmt.Errorf("no time of the track can be read, e.g. %q: %w", t.badTime, readiness.ErrInvalid)
	}
	if len(t.times) == 0 {
		return readiness.Run{}, fmt.Errorf("no times: a planned route, not a recording: %w", readiness.ErrIgnored)
	}
	old, strays := t.dropUndated(), t.dropStrays()
	t.orderSegments()
	crumbled := t.mendSegments()
	sport, sub := sportOf(t.kind, t.name)
	r := readiness.Run{
		Sport: sport, SubSport: sub, Format: "gpx", Title: t.name,
		Start: t.times[0], First: t.times[0], HRSource: "unknown",
		Segments: t.segments,
	}
	t.fill(&r)
	t.warn(&r, old, "points dated before 2000 left out")
	t.warn(&r, strays, "points more than a month from the others left out")
	t.warn(&r, crumbled, "segments of hardly more than a point each are taken for one")
	return r, nil
}

// mendSegments forgets the segments of a recorder that begins one with every
// point, and returns their number: they tell of no pauses.
func (t *track) mendSegments() int {
	n := len(t.segments) + 1
	if n < 10 || 2*n <= len(t.times) {
		return 0
	}
	t.segments = nil
	return n
}

// maxApart is how far a point may be from the middle of its track in time; see
// the same bound of FIT files.
const maxApart = 31 * 24 * time.Hour

// dropStrays removes the points that are impossibly far from the median one
// and returns their number.
func (t *track) dropStrays() int {
	sorted := slices.SortedFunc(slices.Values(t.times), time.Time.Compare)
	middle := sorted[len(sorted)/2]
	return t.drop(func(at time.Time) bool { return at.Sub(middle).Abs() > maxApart })
}

// dropUndated removes the points of before the clock was set, unless it never
// was, and returns their number.
func (t *track) dropUndated() int {
	if !slices.ContainsFunc(t.times, func(at time.Time) bool { return !readiness.Undated(at) }) {
		return 0
	}
	return t.drop(readiness.Undated)
}

// drop removes the points of some times and returns their number.
func (t *track) drop(bad func(time.Time) bool) int {
	var keep []int
	for i, at := range t.times {
		if !bad(at) {
			keep = append(keep, i)
		}
	}
	n := len(t.times) - len(keep)
	if n > 0 {
		t.pick(keep)
	}
	return n
}

// pick reduces the track to the points with the given ascending indices.
func (t *track) pick(keep []int) {
	t.take(keep)
	var segments []int
	for _, s := range t.segments {
		at, _ := slices.BinarySearch(keep, s)
		if at > 0 && at < len(keep) {
			segments = append(segments, at)
		}
	}
	t.segments = slices.Compact(segments)
}

// take makes the points with the given indices, in this order, the track's.
func (t *track) take(points []int) {
	times := make([]time.Time, len(points))
	for to, from := range points {
		times[to] = t.times[from]
	}
	t.times = times
	for _, c := range []*[]float64{&t.hr, &t.speed, &t.distance, &t.cadence, &t.altitude, &t.lat, &t.lon, &t.power} {
		column := make([]float64, len(points))
		for to, from := range points {
			column[to] = (*c)[from]
		}
		*c = column
	}
}

// orderSegments puts the segments in the order of their beginnings: what was
// merged or edited may hold a later one first, and of times that go back those
// behind would not count. Where they then overlap, it was no order: a segment that
// begins with the place a phone remembered has one time that is too early.
func (t *track) orderSegments() {
	starts, ends := append([]int{0}, t.segments...), append(slices.Clone(t.segments), len(t.times))
	order := make([]int, len(starts))
	for i := range order {
		order[i] = i
	}
	earlier := func(a, b int) int { return t.times[starts[a]].Compare(t.times[starts[b]]) }
	if slices.IsSortedFunc(order, earlier) {
		return
	}
	slices.SortStableFunc(order, earlier)
	var points, segments []int
	for i, k := range order {
		if i > 0 && t.times[starts[k]].Before(t.times[ends[order[i-1]]-1]) {
			return
		}
		segments = append(segments, len(points))
		for i := starts[k]; i < ends[k]; i++ {
			points = append(points, i)
		}
	}
	t.take(points)
	t.segments = segments[1:]
}

func (t *track) fill(r *readiness.Run) {
	r.T = make([]float64, len(t.times))
	for i, at := range t.times {
		r.T[i] = at.Sub(t.times[0]).Seconds()
	}
	r.HR, r.Speed, r.Distance, r.Cadence = known(t.hr), known(t.speed), known(cumulative(t.distance)), known(t.cadence)
	r.Altitude, r.Lat, r.Lon, r.Power = known(t.altitude), known(t.lat), known(t.lon), known(t.power)
	t.warn(r, t.untimed, "points without a time left out")
	t.warn(r, t.badTimes, "points with an unreadable time left out")
	t.warn(r, t.placeless, "points without a valid position")
}

func (t *track) warn(r *readiness.Run, n int, what string) {
	if n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d %s", n, what))
	}
}

// cumulative returns a distance that counts on, nil for one that tells each step
// by itself: it goes down as much as it goes up.
func cumulative(c []float64) []float64 {
	up, down, last := 0.0, 0.0, math.NaN()
	for _, v := range c {
		switch {
		case math.IsNaN(v):
			continue
		case v > last:
			up += v - last
		case v < last:
			down += last - v
		}
		last = v
	}
	if down > 0.75*up {
		return nil
	}
	return c
}

// known returns the column, nil when no value of it is known.
func known(c []float64) []float64 {
	for _, v := range c {
		if !math.IsNaN(v) {
			return c
		}
	}
	return nil
}
