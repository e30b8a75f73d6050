package influx

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"afterrun/readiness"
)

// Recording returns the records of a run by its key: rows of
// [readiness.SampleColumns], oldest first. The error wraps readiness.ErrInvalid
// when there is no such run any more.
type Recording func(ctx context.Context, athlete readiness.AthleteID, key string) (iter.Seq[readiness.Row], error)

const (
	sampleMeasurement = "sample"
	runField          = "run_id" // by which the samples of a run are found
)

// WriteSamples stores the records of the runs among the results, a point each,
// and removes those of runs that are deleted or duplicate another. Like Write it
// replaces a run as a whole, bears repetition, and returns the same errors.
func (s *Sink) WriteSamples(ctx context.Context, results []readiness.Result) error {
	rejected := map[int]error{}
	for i, r := range results {
		if r.Kind != readiness.ResultRun {
			continue
		}
		if err := s.writeRecording(ctx, i, r, rejected); err != nil {
			return err
		}
	}
	if len(rejected) > 0 {
		return &readiness.PartialError{Rejected: rejected}
	}
	return nil
}

func (s *Sink) writeRecording(ctx context.Context, index int, r readiness.Result, rejected map[int]error) error {
	points, err := s.recorded(ctx, r)
	if errors.Is(err, readiness.ErrInvalid) {
		rejected[index] = fmt.Errorf("samples of run %q of %q: %w", r.Key, r.Athlete, err)
		return nil
	} else if err != nil {
		return err
	}
	for i := range points {
		points[i].index = index
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.replaceSamples(ctx, r, points, rejected); err != nil {
		s.ready = s.ready && !errors.Is(err, errNotFound)
		return err
	}
	return nil
}

// recorded are the points of a run; none of one that does not count, or that was
// deleted since.
func (s *Sink) recorded(ctx context.Context, r readiness.Result) ([]point, error) {
	if _, err := encodeOne(r); err != nil {
		return nil, err
	}
	if !counts(r) {
		return nil, nil
	}
	rows, err := s.options.Recording(ctx, r.Athlete, r.Key)
	if errors.Is(err, readiness.ErrInvalid) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var points []point
	for row := range rows {
		p, err := samplePoint(r, row)
		if err != nil {
			return nil, err
		}
		if points = append(points, p); len(points) > maxRecords {
			return nil, invalid("more than %d records", maxRecords)
		}
	}
	return points, nil
}

// maxRecords bounds a recording: three days at 1 Hz. A watch that was left running
// for weeks would take the memory of all others.
const maxRecords = 3 * 86400

// samplePoint makes a point of a record. Why a number is missing is not said of
// every second: the run says it once.
func samplePoint(r readiness.Result, row readiness.Row) (point, error) {
	p := point{key: r.Key, fields: map[string]any{runField: readiness.RunIDOf(r.Key), "start_time_utc": r.Run.Row["start_time_utc"].String()}}
	p.series = series{measurement: sampleMeasurement, athlete: string(r.Athlete), sport: sport(r.Run.Row["sport"].String())}
	at, err := time.Parse(time.RFC3339Nano, row["time_utc"].String())
	if err != nil || at.Before(earliest) || at.After(latest) {
		return p, invalid("time %q", row["time_utc"].String())
	}
	p.ns = at.UnixNano()
	for _, c := range readiness.SampleColumns {
		x, ok := row[c.Name].Float()
		switch {
		case !ok:
		case math.IsNaN(x) || math.IsInf(x, 0):
			return p, invalid("%s is not a number", c.Name)
		default:
			p.fields[c.Name] = x
		}
	}
	return p, nil
}

// replaceSamples writes the points of the run. Where something is stored of it
// elsewhere, or a field that the new point has not, all of the run goes first:
// that is one deletion, and what still holds is written again.
func (s *Sink) replaceSamples(ctx context.Context, r readiness.Result, points []point, rejected map[int]error) error {
	written := map[identity]point{}
	for _, p := range points {
		written[p.identity] = p
	}
	old, err := s.storedSamples(ctx, r, points)
	if err != nil {
		return err
	}
	ofRun := func(o stored) bool {
		_, ok := written[o.identity]
		return ok || o.key == readiness.RunIDOf(r.Key)
	}
	stale := func(o stored) bool {
		p, ok := written[o.identity]
		return ofRun(o) && (!ok || o.hasMoreThan(p))
	}
	if slices.ContainsFunc(old, stale) {
		if err := s.remove(ctx, stretches(old, ofRun)); err != nil {
			return err
		}
	}
	return s.send(ctx, points, rejected)
}

// stretches joins the points that are to go and have no other between them.
func stretches(points []stored, goes func(stored) bool) []span {
	slices.SortFunc(points, func(a, b stored) int { return compareSpans(span{a.series, a.ns, a.ns}, span{b.series, b.ns, b.ns}) })
	var all []span
	open := false
	for _, p := range points {
		switch n := len(all) - 1; {
		case !goes(p):
			open = false
		case open && all[n].series == p.series:
			all[n].to = p.ns
		default:
			all, open = append(all, span{p.series, p.ns, p.ns}), true
		}
	}
	return all
}

// moved is how far from where a run is now its samples may lie from before, and
// longest how long a recording may be. Only the samples of a run of which
// nothing is known any more are looked for everywhere.
const (
	moved   = 24 * time.Hour
	longest = 32 * 24 * time.Hour
)

// storedSamples finds what is stored from the first to the last sample that the
// run has, or is to have: its own and those of others between them.
func (s *Sink) storedSamples(ctx context.Context, r readiness.Result, points []point) ([]stored, error) {
	of := fmt.Sprintf(` FROM %q WHERE "athlete" = %s`, sampleMeasurement, literal(string(r.Athlete)))
	mine := fmt.Sprintf("SELECT %q", runField) + of + fmt.Sprintf(" AND %q = %s", runField, literal(readiness.RunIDOf(r.Key)))
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	switch {
	case len(points) > 0:
		first, last = points[0].ns, points[len(points)-1].ns
		mine += between(first-int64(moved), last+int64(moved))
	case !r.Deleted:
		mine += between(r.At.Add(-moved).UnixNano(), r.At.Add(longest).UnixNano())
	}
	own, err := s.samples(ctx, r.Athlete, mine)
	if err != nil {
		return nil, err
	}
	for _, o := range own {
		first, last = min(first, o.ns), max(last, o.ns)
	}
	if len(own) == 0 && len(points) == 0 {
		return nil, nil
	}
	return s.samples(ctx, r.Athlete, "SELECT *::field"+of+between(first, last))
}

func between(from, to int64) string { return fmt.Sprintf(" AND time >= %d AND time <= %d", from, to) }

func (s *Sink) samples(ctx context.Context, athlete readiness.AthleteID, statement string) ([]stored, error) {
	answers, err := s.query(ctx, statement+` GROUP BY "sport"`)
	if err != nil {
		return nil, err
	}
	var all []stored
	for _, a := range answers {
		points, err := a.points(&group{measurement: sampleMeasurement, athlete: string(athlete)})
		if err != nil {
			return nil, &Unavailable{Err: err}
		}
		all = append(all, points...)
	}
	return all, nil
}

// forgetSamples removes the samples of runs that are deleted, also where none
// are written any more.
func (s *Sink) forgetSamples(ctx context.Context, results []readiness.Result, rejected map[int]error) error {
	for i, r := range results {
		if r.Kind != readiness.ResultRun || !r.Deleted || rejected[i] != nil {
			continue
		}
		if err := s.replaceSamples(ctx, r, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
