package store_test

import (
	"path/filepath"
	"testing"

	"afterrun/readiness"
	"afterrun/sinks/sinktest"
	"afterrun/sinks/store"
)

// Values are those of the whole days and runs, and no others.
func TestValuesAreThoseOfTheRows(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "afterrun.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	twin := sinktest.RunNo(sinktest.Athlete, 3)
	twin.Key, twin.Run.Key, twin.Run.DuplicateOf = "twin", "twin", "id-run-3"
	if err := s.Write(t.Context(), append(sinktest.Season(sinktest.Athlete, 30), twin)); err != nil {
		t.Fatal(err)
	}
	from, to := sinktest.Monday+2, sinktest.Monday+20
	days, err1 := s.Days(t.Context(), sinktest.Athlete, from, to)
	dayRows, err2 := s.DayValues(t.Context(), sinktest.Athlete, readiness.DayColumns, from, to)
	runs, err3 := s.Runs(t.Context(), sinktest.Athlete, from, to)
	runRows, err4 := s.RunValues(t.Context(), sinktest.Athlete, readiness.RunColumns, from, to)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(err1, err2, err3, err4)
	}
	if len(days) != 19 || len(dayRows) != 19 || len(runs) != len(runRows)+1 {
		t.Fatalf("%d days, %d rows; %d runs with a duplicate, %d rows", len(days), len(dayRows), len(runs), len(runRows))
	}
	for i, d := range days {
		same(t, dayRows[i], d.Row, readiness.DayColumns)
	}
	i := 0
	for _, r := range runs {
		if r.DuplicateOf == "" {
			same(t, runRows[i], r.Row, readiness.RunColumns)
			i++
		}
	}
	both, err := s.RunsNamed(t.Context(), sinktest.Athlete, "id-run-3")
	if err != nil || len(both) != 2 || both[0].RunID != "id-run-3" || both[1].DuplicateOf != "id-run-3" {
		t.Errorf("a run and its duplicate: %d, %v", len(both), err)
	}
	if none, err := s.RunsNamed(t.Context(), "eve", "id-run-3"); err != nil || len(none) != 0 {
		t.Errorf("another athlete's: %d, %v", len(none), err)
	}
	some := []readiness.Column{{Name: "rhr_bpm", Type: readiness.TypeNum}}
	few, err := s.DayValues(t.Context(), sinktest.Athlete, some, from, from)
	if err != nil || len(few) != 1 || len(few[0]) != 2 || few[0]["date"].String() != from.String() {
		t.Errorf("one metric of one day: %v, %v", few, err)
	}
}

func same(t *testing.T, got, want readiness.Row, columns []readiness.Column) {
	t.Helper()
	for _, c := range columns {
		a, known := got[c.Name].Float()
		b, wanted := want[c.Name].Float()
		if a != b || known != wanted || got[c.Name].String() != want[c.Name].String() {
			t.Errorf("%s %s: %v, want %v", want["date"], c.Name, got[c.Name], want[c.Name])
		}
	}
}
