package bus

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"afterrun/readiness"
)

func TestPublishedOnceForEver(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf("k", "fit", 5)
	if s := publish(t, b, e); s != readiness.FilePublished {
		t.Errorf("first: %s", s)
	}
	for range 3 {
		b = reopen(t, b)
		copied := e
		copied.Source.File = "copy of it.fit"
		if s := publish(t, b, copied); s != readiness.FileDuplicate {
			t.Errorf("again after a restart: %s", s)
		}
	}
	if got := allEvents(t, b, ann); len(got) != 1 || got[0].Digest != e.Digest || got[0].Source != e.Source {
		t.Errorf("stored: %+v", got)
	}
}

func TestDigestIsFilledIn(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf("k", "fit", 5)
	want := e.Digest
	e.Digest = ""
	publish(t, b, e)
	if got := allEvents(t, b, ann); len(got) != 1 || got[0].Digest != want {
		t.Errorf("stored: %+v", got)
	}
}

// checkInOf returns what was said about a run; the order decides.
func checkInOf(order int64, rpe float64) readiness.Event {
	return digested(readiness.Event{Athlete: ann, Kind: readiness.KindCheckIn, Key: "said", CheckIn: &readiness.CheckIn{
		Date: readiness.DateOf(morning), Part: readiness.PartRun, Order: order, Numbers: map[string]float64{"rpe": rpe},
	}})
}

func TestWinnerDoesNotDependOnArrival(t *testing.T) {
	day := readiness.DateOf(morning)
	pairs := map[string][2]readiness.Event{
		"format":  {runOf("k", "fit", 5), runOf("k", "gpx", 9)},
		"samples": {runOf("k", "tcx", 9), runOf("k", "tcx", 5)},
		"order":   {checkInOf(2, 5), checkInOf(1, 7)},
		"digest":  {wellnessOf(ann, day, 48), wellnessOf(ann, day, 51)},
	}
	for name, pair := range pairs {
		better, worse := pair[0], pair[1]
		if readiness.Prefer(worse, better) {
			better, worse = worse, better
		}
		t.Run(name+"/worse first", func(t *testing.T) {
			arrive(t, []readiness.Event{worse, better, worse}, better,
				readiness.FilePublished, readiness.FileCorrected, readiness.FileDuplicate)
		})
		t.Run(name+"/better first", func(t *testing.T) {
			arrive(t, []readiness.Event{better, worse, better}, better,
				readiness.FilePublished, readiness.FileDuplicate, readiness.FileDuplicate)
		})
	}
}

func arrive(t *testing.T, events []readiness.Event, winner readiness.Event, want ...readiness.FileState) {
	t.Helper()
	b := openIn(t, t.TempDir())
	var got []readiness.FileState
	for _, e := range events {
		got = append(got, publish(t, b, e))
	}
	if !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
	if stored := allEvents(t, b, ann); len(stored) != 1 || stored[0].Digest != winner.Digest {
		t.Errorf("stored %+v, want %+v", stored, winner)
	}
}

// Several writers on several connections bring several contents of one event at
// once: the preferred one stays, and one publish alone was the first.
func TestRacingWritersAgree(t *testing.T) {
	s := startExternal(t, nil)
	buses := []*Bus{openWith(t, Options{URL: s.ClientURL()}), openWith(t, Options{URL: s.ClientURL()}), openWith(t, Options{URL: s.ClientURL()})}
	for round := range 8 {
		var events []readiness.Event
		for i := range 6 {
			events = append(events, runOf(fmt.Sprintf("k%d", round), []string{"fit", "tcx", "gpx"}[i%3], 3+i))
		}
		states := race(t, buses, events)
		winner := slices.MinFunc(events, func(a, b readiness.Event) int {
			if readiness.Prefer(a, b) {
				return -1
			}
			return 1
		})
		run, err := buses[0].Run(patience(t), ann, winner.Key)
		if err != nil {
			t.Fatal(err)
		}
		stored := digested(readiness.Event{Kind: readiness.KindRun, Run: run})
		if stored.Digest != winner.Digest {
			t.Errorf("round %d: stored %s of %d samples, want %s of %d", round, run.Format, len(run.T), winner.Run.Format, len(winner.Run.T))
		}
		if n := states[readiness.FilePublished]; n != 1 {
			t.Errorf("round %d: %d times published, states %v", round, n, states)
		}
	}
}

// race publishes every event once on every bus, all at once, and counts the
// outcomes.
func race(t *testing.T, buses []*Bus, events []readiness.Event) map[readiness.FileState]int {
	t.Helper()
	var (
		mu     sync.Mutex
		wg     sync.WaitGroup
		states = map[readiness.FileState]int{}
		start  = make(chan struct{})
	)
	ctx := patience(t)
	for _, b := range buses {
		mixed := slices.Clone(events)
		rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		for _, e := range mixed {
			wg.Go(func() {
				<-start
				s, err := b.Publish(ctx, e)
				if err != nil {
					t.Errorf("publish: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				states[s]++
			})
		}
	}
	close(start)
	wg.Wait()
	return states
}

func TestRetractedContentStaysAway(t *testing.T) {
	b := openIn(t, t.TempDir())
	old, now := runOf("k", "fit", 9), runOf("k", "gpx", 5)
	publish(t, b, old)
	retract(t, b, "k", old.Digest)
	retract(t, b, "k", old.Digest)
	b = reopen(t, b)
	if s := publish(t, b, old); s != readiness.FileDuplicate {
		t.Errorf("seen again: %s", s)
	}
	if s := publish(t, b, now); s != readiness.FileCorrected {
		t.Errorf("its replacement, which would not be preferred: %s", s)
	}
	if s := publish(t, b, old); s != readiness.FileDuplicate {
		t.Errorf("seen again after the replacement: %s", s)
	}
	run, err := b.Run(patience(t), ann, "k")
	if err != nil || run.Format != "gpx" {
		t.Errorf("stored %+v, %v, want the replacement", run, err)
	}
}

// A content that was replaced counts again when a file says it again, as often as
// that happens; a deleted one does not.
func TestReplacedContentSaidAgain(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf("k", "fit", 9)
	replaced := func() {
		for range 2 { // it may be repeated
			if err := b.Retract(patience(t), ann, readiness.KindRun, "k", e.Digest, readiness.Replaced); err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(t, b, e)
	for range 2 {
		replaced()
		for _, want := range []readiness.FileState{readiness.FileCorrected, readiness.FileDuplicate} {
			if s := publish(t, b, e); s != want {
				t.Errorf("said again: %s, want %s", s, want)
			}
		}
	}
	replaced()
	retract(t, b, "k", e.Digest)
	if s := publish(t, b, e); s != readiness.FileDuplicate {
		t.Errorf("said again after it was deleted: %s", s)
	}
	b = reopen(t, b)
	var got []string
	for _, x := range allEvents(t, b, ann) {
		if x.Retraction != nil {
			got = x.Retraction.Digests
		}
	}
	want := []string{e.Digest}
	for n := range 5 {
		want = append(want, fmt.Sprintf("%s~%d", e.Digest, n+1))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func retract(t testing.TB, b *Bus, key, digest string) {
	t.Helper()
	if err := b.Retract(patience(t), ann, readiness.KindRun, key, digest, readiness.Forgotten); err != nil {
		t.Fatalf("retract: %v", err)
	}
}

func TestForgottenEventStaysAway(t *testing.T) {
	b := openIn(t, t.TempDir())
	publish(t, b, runOf("k", "gpx", 5))
	retract(t, b, "k", "*")
	b = reopen(t, b)
	for _, e := range []readiness.Event{runOf("k", "gpx", 5), runOf("k", "fit", 5), runOf("k", "fit", 500)} {
		if s := publish(t, b, e); s != readiness.FileDuplicate {
			t.Errorf("%s of %d samples: %s", e.Run.Format, len(e.Run.T), s)
		}
	}
	if s := publish(t, b, runOf("other", "gpx", 5)); s != readiness.FilePublished {
		t.Errorf("another run: %s", s)
	}
}

// The server forgets nothing it should not: a content that was replaced, and
// whose replacement was taken back, counts again at once.
func TestFormerContentCountsAgain(t *testing.T) {
	b := openIn(t, t.TempDir())
	worse, better := runOf("k", "gpx", 5), runOf("k", "fit", 5)
	publish(t, b, worse)
	publish(t, b, better)
	retract(t, b, "k", better.Digest)
	if s := publish(t, b, worse); s != readiness.FileCorrected {
		t.Errorf("state %s", s)
	}
	if run, err := b.Run(patience(t), ann, "k"); err != nil || run.Format != "gpx" {
		t.Errorf("stored %+v, %v", run, err)
	}
}

func TestRetractionsAtOnceAreAllKept(t *testing.T) {
	b := openIn(t, t.TempDir())
	var want []string
	var wg sync.WaitGroup
	for i := range 20 {
		digest := strings.Repeat(string(rune('a'+i)), 64)
		want = append(want, digest)
		wg.Go(func() { retract(t, b, "k", digest) })
	}
	wg.Wait()
	got := allEvents(t, b, ann)
	if len(got) != 1 || !slices.Equal(got[0].Retraction.Digests, want) {
		t.Errorf("got %+v, want %v", got, want)
	}
}

func TestRetractRefusesForeignNames(t *testing.T) {
	b := openIn(t, t.TempDir())
	retract(t, b, "k", "*")
	ctx := patience(t)
	for _, c := range [][2]string{{"*", "k"}, {"Ann", "k"}, {"ann", "*"}, {"ann", ""}, {"ann", strings.Repeat("k", 65)}} {
		if err := b.Retract(ctx, readiness.AthleteID(c[0]), readiness.KindRun, c[1], "*", "forgotten"); !errors.Is(err, readiness.ErrInvalid) {
			t.Errorf("%q %q: got %v, want an error that wraps ErrInvalid", c[0], c[1], err)
		}
	}
}

func TestEventWithTheLongestKeyCanBeRetracted(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf(strings.Repeat("k", 64), "fit", 3)
	retract(t, b, e.Key, "*")
	if s := publish(t, b, e); s != readiness.FileDuplicate {
		t.Errorf("state %s", s)
	}
}

func profileOf(mass float64) readiness.Event {
	return readiness.Event{Athlete: ann, Kind: readiness.KindProfile, Key: "config", Profile: &readiness.Profile{Sex: "female", BodyMass: mass}}
}

func TestLatestProfileCounts(t *testing.T) {
	b := openIn(t, t.TempDir())
	steps := []struct {
		mass float64
		want readiness.FileState
	}{
		{60, readiness.FilePublished}, {60, readiness.FileDuplicate}, {61, readiness.FileCorrected},
		{61, readiness.FileDuplicate}, {60, readiness.FileCorrected},
	}
	for i, s := range steps {
		if got := publish(t, b, profileOf(s.mass)); got != s.want {
			t.Errorf("step %d: %s, want %s", i, got, s.want)
		}
	}
	if got := allEvents(t, b, ann); len(got) != 1 || got[0].Profile.BodyMass != 60 || got[0].Profile.Order != 2 {
		t.Errorf("stored %+v", got)
	}
}

func TestInvalidEventsAreNotStored(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf("k.k", "fit", 3)
	if s, err := b.Publish(patience(t), e); !errors.Is(err, readiness.ErrInvalid) || s != "" {
		t.Errorf("got %q, %v", s, err)
	}
	if info, err := b.Info(patience(t)); err != nil || info.Messages["AFTERRUN_EVENTS"] != 0 {
		t.Errorf("stored: %+v, %v", info, err)
	}
}

func TestUnreadableEventIsReplaced(t *testing.T) {
	b := openIn(t, t.TempDir())
	e := runOf("k", "gpx", 5)
	for name, digest := range map[string]string{"other digest": strings.Repeat("f", 64), "same digest": e.Digest} {
		t.Run(name, func(t *testing.T) {
			plant(t, b, b.names.event(ann, e.Kind, e.Key), headerOf("1", "zstd", digest), []byte("no event"))
			if got := allEvents(t, b, ann); len(got) != 0 {
				t.Errorf("read %+v", got)
			}
			if s := publish(t, b, e); s != readiness.FileCorrected {
				t.Errorf("state %s", s)
			}
			if run, err := b.Run(patience(t), ann, "k"); err != nil || len(run.T) != 5 {
				t.Errorf("stored %+v, %v", run, err)
			}
		})
	}
}

// Whoever may write the subjects of one athlete cannot bring in facts about
// another one.
func TestEventOnForeignSubjectDoesNotCount(t *testing.T) {
	b := openIn(t, t.TempDir())
	h, data, err := b.codec.encodeEvent(runOf("k", "fit", 5))
	if err != nil {
		t.Fatal(err)
	}
	plant(t, b, b.names.event("bob", readiness.KindRun, "k"), h, data)
	plant(t, b, b.names.event(ann, readiness.KindRun, "other"), h, data)
	for _, a := range []readiness.AthleteID{"bob", ann} {
		if got := allEvents(t, b, a); len(got) != 0 {
			t.Errorf("%s got %+v", a, got)
		}
	}
	if run, err := b.Run(patience(t), "bob", "k"); !errors.Is(err, readiness.ErrInvalid) || run != nil {
		t.Errorf("run: %+v, %v", run, err)
	}
}

func TestFullStoreSaysSo(t *testing.T) {
	b := openWith(t, Options{Dir: t.TempDir(), MaxStore: 256 << 10})
	ctx := patience(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	var err error
	stored := 0
	for ; err == nil && stored < 1000; stored++ {
		e := runOf(fmt.Sprintf("k%d", stored), "fit", 2000)
		for i := range e.Run.HR {
			e.Run.HR[i] = rnd.Float64()
		}
		_, err = b.Publish(ctx, digested(e))
	}
	if !errors.Is(err, ErrFull) || errors.Is(err, readiness.ErrInvalid) {
		t.Fatalf("after %d runs: %v, want ErrFull", stored, err)
	}
	if got := allEvents(t, b, ann); len(got) != stored-1 {
		t.Errorf("%d runs were acknowledged, %d are stored", stored-1, len(got))
	}
}

func fileOf(a readiness.AthleteID, path string, state readiness.FileState) readiness.File {
	return readiness.File{Athlete: a, Path: path, SHA256: "00", Size: 7, ModTime: morning, State: state, Seen: morning.Add(time.Minute)}
}

func putFile(t testing.TB, b *Bus, f readiness.File) {
	t.Helper()
	if err := b.PutFile(patience(t), f); err != nil {
		t.Fatalf("ledger: %v", err)
	}
}

func ledger(t testing.TB, b *Bus) map[string]readiness.File {
	t.Helper()
	files, err := b.Files(patience(t))
	if err != nil {
		t.Fatalf("ledger: %v", err)
	}
	out := map[string]readiness.File{}
	for _, f := range files {
		name := string(f.Athlete) + ":" + f.Path
		if _, ok := out[name]; ok {
			t.Errorf("%s is there twice", name)
		}
		out[name] = f
	}
	return out
}

// One line that a stranger or a newer version wrote must not hide all the others.
func TestALedgerLineThatCannotBeReadIsLeftOut(t *testing.T) {
	b := openIn(t, t.TempDir())
	putFile(t, b, fileOf(ann, "x.gpx", readiness.FilePublished))
	if _, err := b.js.Publish(patience(t), b.names.file(ann, "y.gpx"), []byte("scribble")); err != nil {
		t.Fatal(err)
	}
	if got := ledger(t, b); len(got) != 1 {
		t.Errorf("ledger: %v", got)
	}
}

func TestLedgerKeepsTheLastLineOfEveryPath(t *testing.T) {
	b := openIn(t, t.TempDir())
	long := fileOf("bob", "läufe/a b.fit", readiness.FilePublished)
	for range 500 {
		long.Events = append(long.Events, readiness.EventRef{Kind: readiness.KindRun, Key: "k", Digest: strings.Repeat("a", 64), Outcome: readiness.FilePublished})
	}
	putFile(t, b, fileOf(ann, "läufe/a b.fit", readiness.FilePending))
	putFile(t, b, fileOf(ann, "x.gpx", readiness.FileRefused))
	putFile(t, b, long)
	putFile(t, b, fileOf(ann, "läufe/a b.fit", readiness.FilePublished))
	b = reopen(t, b)
	got := ledger(t, b)
	if len(got) != 3 || got["ann:läufe/a b.fit"].State != readiness.FilePublished || got["ann:x.gpx"].State != readiness.FileRefused {
		t.Errorf("got %+v", got)
	}
	back := got["bob:läufe/a b.fit"]
	if len(back.Events) != 500 || !back.ModTime.Equal(long.ModTime) || !back.Seen.Equal(long.Seen) || back.Events[499] != long.Events[499] {
		t.Errorf("a long line came back as %+v", back)
	}
	if events := allEvents(t, b, ann); len(events) != 0 {
		t.Errorf("the ledger shows up among the events: %+v", events)
	}
}

// Lines that are rewritten while the ledger is read are in it once.
func TestLedgerIsWholeWhileItIsWritten(t *testing.T) {
	b := openIn(t, t.TempDir())
	const paths = 3 * chunk
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < paths; i += 4 {
				putFile(t, b, fileOf(ann, fmt.Sprint(i), readiness.FilePending))
			}
		})
	}
	wg.Wait()
	done := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := w; ; i += 101 {
				select {
				case <-done:
					return
				default:
					putFile(t, b, fileOf(ann, fmt.Sprint(i%paths), readiness.FilePublished))
				}
			}
		})
	}
	for range 10 {
		if got := ledger(t, b); len(got) != paths {
			t.Errorf("%d of %d paths", len(got), paths)
		}
	}
	close(done)
	wg.Wait()
}

func TestAthletesAreListedOnce(t *testing.T) {
	b := openIn(t, t.TempDir())
	day := readiness.DateOf(morning)
	for _, a := range []readiness.AthleteID{"eve", ann, "eve"} {
		publish(t, b, wellnessOf(a, day, 50))
		day++
	}
	putFile(t, b, fileOf("bob", "x", readiness.FileIgnored))
	got, err := b.Athletes(patience(t))
	if err != nil || !slices.Equal(got, []readiness.AthleteID{"ann", "bob", "eve"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// More runs than one call returns are read call by call, without a gap.
func TestEventsAreReadInParts(t *testing.T) {
	b := openIn(t, t.TempDir())
	const runs = 2*runsPerRead + 5
	for i := range runs {
		publish(t, b, runOf(fmt.Sprintf("k%03d", i), "fit", 2))
	}
	var keys []string
	for after := uint64(0); ; {
		events, last, err := b.Events(patience(t), ann, after)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			break
		}
		if len(events) > runsPerRead {
			t.Errorf("%d runs at once", len(events))
		}
		for _, e := range events {
			keys = append(keys, e.Key)
		}
		after = last
	}
	if !slices.IsSorted(keys) || len(slices.Compact(keys)) != runs {
		t.Errorf("%d runs, sorted %v", len(keys), slices.IsSorted(keys))
	}
}
