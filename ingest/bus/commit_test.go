package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"afterrun/readiness"
)

func TestCommitIsAllOrNothing(t *testing.T) {
	b := openIn(t, t.TempDir())
	r1 := commit(t, b, 0, day("2024-05-01", 70))
	_, err := b.Commit(t.Context(), ann, 0, readiness.State{Complete: true, EventSeq: 9}, []readiness.Result{day("2024-05-01", 10), day("2024-05-02", 20)})
	if !errors.Is(err, readiness.ErrConflict) {
		t.Fatalf("a stale revision: %v", err)
	}
	s, err := b.Load(t.Context(), ann)
	if err != nil || s.Revision != r1 || s.State.EventSeq != 0 || len(s.Days) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if score, _ := s.Days[0].Row["readiness"].Float(); score != 70 {
		t.Errorf("the losing commit changed a day: %v", score)
	}
}

func TestManyResultsGoInSeveralFencedBatches(t *testing.T) {
	b := openIn(t, t.TempDir())
	var results []readiness.Result
	first := readiness.DateOf(morning)
	for i := range 2*batchSize + 1 {
		results = append(results, day((first+readiness.Date(i)).String(), float64(i)))
	}
	rev := commit(t, b, 0, results...)
	s, err := b.Load(t.Context(), ann)
	if err != nil || len(s.Days) != len(results) || !s.State.Complete || s.Revision != rev {
		t.Fatalf("%d days, %+v, %v", len(s.Days), s.State, err)
	}
}

func TestRacingCommitsLoseNoUpdate(t *testing.T) {
	b := openIn(t, t.TempDir())
	const writers, each = 4, 8
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if err := increment(t, b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s, err := b.Load(t.Context(), ann)
	if err != nil || s.State.EventSeq != writers*each {
		t.Errorf("counted %d of %d, %v", s.State.EventSeq, writers*each, err)
	}
}

func increment(t *testing.T, b *Bus) error {
	for {
		s, err := b.Load(t.Context(), ann)
		if err != nil {
			return err
		}
		s.State.EventSeq++
		_, err = b.Commit(t.Context(), ann, s.Revision, s.State, []readiness.Result{day("2024-05-01", float64(s.State.EventSeq))})
		if !errors.Is(err, readiness.ErrConflict) {
			return err
		}
	}
}

func TestAlertIsStoredOnce(t *testing.T) {
	b := openIn(t, t.TempDir())
	alert := readiness.Result{
		Athlete: ann, Kind: readiness.ResultAlert, Key: "under_recovery-2024-05-01-enter", At: morning,
		Alert: &readiness.Alert{
			Transition:     readiness.Transition{Rule: "under_recovery", Episode: readiness.DateOf(morning), Kind: "enter", Date: readiness.DateOf(morning), Text: "first"},
			IdempotencyKey: "ann|under_recovery|2024-05-01|enter", Created: morning,
		},
	}
	rev := commit(t, b, 0, alert)
	again := alert
	told := *alert.Alert
	told.Text = "second"
	again.Alert = &told
	commit(t, b, rev, again, day("2024-05-01", 40))
	seen := newLog()
	consume(t, func(ctx context.Context) error {
		return b.ConsumeResults(ctx, "alert", []readiness.ResultKind{readiness.ResultAlert}, func(_ context.Context, r []readiness.Result) error {
			for _, x := range r {
				seen.add(x.Alert.Text)
			}
			return nil
		})
	})
	if err := b.WaitIdle(patience(t), "alert"); err != nil {
		t.Fatal(err)
	}
	if got := seen.all(); !slices.Equal(got, []string{"first"}) {
		t.Errorf("alerts %q", got)
	}
}

func TestResultsThatCannotBeStored(t *testing.T) {
	b := openIn(t, t.TempDir())
	bad := day("2024-05-01", 1)
	bad.Key = "two words"
	for name, r := range map[string]readiness.Result{
		"key":     bad,
		"athlete": {Athlete: "../x", Kind: readiness.ResultDay, Key: "k"},
		"alert":   {Athlete: ann, Kind: readiness.ResultAlert, Key: "k"},
	} {
		if _, err := b.Commit(t.Context(), ann, 0, readiness.State{}, []readiness.Result{r}); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSnapshotSurvivesARestart(t *testing.T) {
	b := openIn(t, t.TempDir())
	rev := commit(t, b, 0, day("2024-05-01", 70))
	b = reopen(t, b)
	s, err := b.Load(t.Context(), ann)
	if err != nil || s.Revision != rev || len(s.Days) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	gone := day("2024-05-01", 0)
	gone.Deleted, gone.Day = true, nil
	commit(t, b, rev, gone)
	if s, err = b.Load(t.Context(), ann); err != nil || len(s.Days) != 0 {
		t.Errorf("after the deletion %d days, %v", len(s.Days), err)
	}
}

func TestLockedFolderNamesItsHolder(t *testing.T) {
	dir := t.TempDir()
	openIn(t, dir)
	_, err := Open(patience(t), Options{Dir: dir, Now: func() time.Time { return morning }})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID == 0 || fmt.Sprint(err) == "" {
		t.Errorf("a second server on one folder: %v", err)
	}
}
