package sinktest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"afterrun/readiness"
)

// SampleTarget is a sink of samples under test with a way to look into it.
type SampleTarget interface {
	Target
	// WriteSamples is the sink's.
	WriteSamples(ctx context.Context, results []readiness.Result) error
}

// Recordings are the records of runs by key, where a sink of samples gets them.
type Recordings map[string][]readiness.Row

// Of returns the records of a run, as the event stream does.
func (r Recordings) Of(_ context.Context, _ readiness.AthleteID, key string) (iter.Seq[readiness.Row], error) {
	rows, ok := r[key]
	if !ok {
		return nil, fmt.Errorf("no run %q: %w", key, readiness.ErrInvalid)
	}
	return slices.Values(rows), nil
}

// RunSamples checks every promise of a sink of samples against fresh targets
// that take the records from the recordings given to open.
func RunSamples(t *testing.T, open func(t *testing.T, from Recordings) SampleTarget) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*samples)
	}{
		{"writes every record", writesRecords},
		{"replaces a recording as a whole", replacesRecording},
		{"moves a recording whose start or sport changes", movesRecording},
		{"removes what is deleted or a duplicate", removesRecording},
		{"keeps runs that overlap apart", overlappingRuns},
		{"forgets the samples with the run", forgetsWithTheRun},
		{"takes long recordings", longRecording},
		{"takes runs that are gone meanwhile", goneMeanwhile},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := Recordings{}
			c.test(&samples{subject: &subject{t, nil}, from: from, target: open(t, from)})
		})
	}
}

// samples is a target with failing helpers.
type samples struct {
	*subject
	from   Recordings
	target SampleTarget
}

// Records are n records of a run, one a second; every third has no cadence.
func Records(key string, start time.Time, n int) []readiness.Row {
	rows := make([]readiness.Row, n)
	for i := range rows {
		rows[i] = readiness.Row{
			"run_id": readiness.Text(readiness.RunIDOf(key)), "time_utc": readiness.Text(start.Add(time.Duration(i) * time.Second).Format(time.RFC3339Nano)),
			"t_s": readiness.Num(float64(i)), "hr_bpm": readiness.Num(float64(120 + i%40)), "hr_clean_bpm": readiness.Num(float64(120+i%40) + 0.5),
			"speed_mps": readiness.Num(3.1), "distance_m": readiness.Num(3.1 * float64(i)), "altitude_m": readiness.Null("no_altitude"),
			"cadence_spm": readiness.Num(170),
		}
		if i%3 == 0 {
			rows[i]["cadence_spm"] = readiness.Null("no_motion_data")
		}
	}
	return rows
}

// put writes a run with records.
func (s *samples) put(r readiness.Result, rows []readiness.Row) {
	s.t.Helper()
	s.from[r.Key] = rows
	s.send(r)
}

func (s *samples) send(results ...readiness.Result) {
	s.t.Helper()
	if err := s.target.WriteSamples(s.t.Context(), results); err != nil {
		s.t.Fatalf("write samples of %d runs: %v", len(results), err)
	}
}

// holds fails unless exactly the records of the runs are stored.
func (s *samples) holds(runs ...readiness.Result) {
	s.t.Helper()
	want := map[string]Point{}
	for _, r := range runs {
		for _, row := range s.from[r.Key] {
			key, p := sampleOf(r, row)
			want[key] = p
		}
	}
	got, err := s.target.Points(s.t.Context(), "sample", Athlete)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := Diff(got, want); diff != "" {
		s.t.Fatalf("%d samples, want %d: %s", len(got), len(want), diff)
	}
}

// SampleKey names a sample: its run and its time.
func SampleKey(runID string, at time.Time) string {
	return runID + " " + at.UTC().Format(time.RFC3339Nano)
}

func sampleOf(r readiness.Result, row readiness.Row) (string, Point) {
	at, _ := time.Parse(time.RFC3339Nano, row["time_utc"].String()) // as written above
	p := Point{At: at.Truncate(time.Second), Sport: r.Run.Row["sport"].String(), Fields: map[string]any{
		"run_id": row["run_id"].String(), "start_time_utc": r.Run.Row["start_time_utc"].String(),
	}}
	for _, c := range readiness.SampleColumns {
		if x, ok := row[c.Name].Float(); ok {
			p.Fields[c.Name] = x
		}
	}
	return SampleKey(row["run_id"].String(), at), p
}

func writesRecords(s *samples) {
	a, b := RunNo(Athlete, 0), RunNo(Athlete, 1)
	s.put(a, Records(a.Key, a.At, 40))
	s.put(b, Records(b.Key, b.At, 25))
	s.send(a, b, a)         // repetition changes nothing
	s.send(Day(Athlete, 0)) // nor does what is no run
	s.holds(a, b)
}

func replacesRecording(s *samples) {
	a, b := RunNo(Athlete, 0), RunNo(Athlete, 1)
	s.put(a, Records(a.Key, a.At, 40))
	s.put(b, Records(b.Key, b.At, 40))
	fewer := Records(a.Key, a.At, 30)
	for i := range fewer {
		fewer[i]["hr_clean_bpm"] = readiness.Null("no_hr")
	}
	s.put(a, slices.Delete(fewer, 5, 9))
	s.holds(a, b)
}

func movesRecording(s *samples) {
	start := RunNo(Athlete, 0).At
	a := RunAt(Athlete, "k_1", "running", start)
	s.put(a, Records(a.Key, start, 30))
	later := RunAt(Athlete, "k_1", "running", start.Add(10*time.Second))
	s.put(later, Records(a.Key, later.At, 30))
	s.holds(later)
	walk := RunAt(Athlete, "k_1", "walking", later.At)
	s.send(walk)
	s.holds(walk)
}

func removesRecording(s *samples) {
	a, b, c := RunNo(Athlete, 0), RunNo(Athlete, 1), RunNo(Athlete, 2)
	for _, r := range []readiness.Result{a, b, c} {
		s.put(r, Records(r.Key, r.At, 20))
	}
	twin := RunNo(Athlete, 1)
	twin.Run.DuplicateOf = c.Run.RunID
	s.send(twin, readiness.Result{Athlete: Athlete, Kind: readiness.ResultRun, Key: a.Key, Deleted: true})
	s.holds(c)
}

func overlappingRuns(s *samples) {
	start := RunNo(Athlete, 0).At
	a, b := RunAt(Athlete, "a", "running", start), RunAt(Athlete, "b", "running", start.Add(10*time.Second+time.Second/2))
	s.put(a, Records("a", a.At, 20))
	s.put(b, Records("b", b.At, 20))
	s.holds(a, b)
	s.send(gone(a))
	s.holds(b)
}

func forgetsWithTheRun(s *samples) {
	a, b := RunNo(Athlete, 0), RunNo(Athlete, 1)
	s.put(a, Records(a.Key, a.At, 20))
	s.put(b, Records(b.Key, b.At, 20))
	deleted := readiness.Result{Athlete: Athlete, Kind: readiness.ResultRun, Key: a.Key, Deleted: true}
	if err := s.target.Write(s.t.Context(), []readiness.Result{deleted}); err != nil {
		s.t.Fatal(err)
	}
	s.holds(b)
}

func longRecording(s *samples) {
	a := RunNo(Athlete, 0)
	s.put(a, Records(a.Key, a.At, 12_000))
	s.holds(a)
}

func goneMeanwhile(s *samples) {
	a := RunNo(Athlete, 0)
	s.put(a, Records(a.Key, a.At, 20))
	delete(s.from, a.Key)
	s.send(a)
	s.holds()
}
