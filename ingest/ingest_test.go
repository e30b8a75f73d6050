package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"afterrun/ingest"
	"afterrun/ingest/bus"
	"afterrun/readiness"
)

const me = readiness.AthleteID("me")

var errFault = errors.New("the wire is cut")

// wires is a real bus whose calls can be made to fail, and are counted.
type wires struct {
	*bus.Bus
	calls    int
	failAt   int  // the call that fails, 0 = none
	after    bool // it fails after it took effect
	invalid  string
	accepted int // events handed to Publish
}

func (w *wires) call(effect func() error) error {
	w.calls++
	if w.calls == w.failAt && !w.after {
		return errFault
	}
	if err := effect(); err != nil {
		return err
	}
	if w.calls == w.failAt {
		return errFault
	}
	return nil
}

func (w *wires) Publish(ctx context.Context, e readiness.Event) (state readiness.FileState, err error) {
	if w.invalid != "" && e.Key == w.invalid {
		return "", fmt.Errorf("event %s: too much of it: %w", e.Key, readiness.ErrInvalid)
	}
	w.accepted++
	err = w.call(func() error { state, err = w.Bus.Publish(ctx, e); return err })
	return state, err
}

func (w *wires) Retract(ctx context.Context, a readiness.AthleteID, kind readiness.Kind, key, digest, reason string) error {
	return w.call(func() error { return w.Bus.Retract(ctx, a, kind, key, digest, reason) })
}

func (w *wires) PutFile(ctx context.Context, f readiness.File) error {
	return w.call(func() error { return w.Bus.PutFile(ctx, f) })
}

// house is an ingester on a real bus and a real folder of originals.
type house struct {
	*wires
	t         testing.TB
	g         *ingest.Ingester
	originals ingest.Originals
	mtime     time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{
		t: t, wires: &wires{Bus: b}, mtime: time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC),
		originals: ingest.Originals{Dir: filepath.Join(t.TempDir(), "originals"), Keep: true},
	}
	h.restart()
	return h
}

// restart forgets all that is not stored.
func (h *house) restart() {
	h.t.Helper()
	g, err := ingest.New(ingest.Options{Publisher: h.wires, Ledger: h.wires, Retracter: h.wires, Originals: h.originals})
	if err != nil {
		h.t.Fatal(err)
	}
	h.g = g
}

func (h *house) try(path string, data []byte) (readiness.File, error) {
	h.t.Helper()
	h.mtime = h.mtime.Add(time.Minute)
	info, err := fs.Stat(fstest.MapFS{"f": {Data: data, ModTime: h.mtime}}, "f")
	if err != nil {
		h.t.Fatal(err)
	}
	return h.g.File(h.t.Context(), me, path, data, info)
}

func (h *house) put(path, data string, want readiness.FileState) readiness.File {
	h.t.Helper()
	f, err := h.try(path, []byte(data))
	if err != nil {
		h.t.Fatal(err)
	}
	if f.State != want {
		h.t.Errorf("%s is %s (%s), want %s", path, f.State, f.Reason, want)
	}
	return f
}

// counts lists what counts: the check-ins as `key column=value`, runs by key.
func (h *house) counts() []string {
	h.t.Helper()
	events, _, err := h.Events(h.t.Context(), me, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	about := map[string]readiness.Retraction{}
	for _, e := range events {
		if r := e.Retraction; r != nil {
			about[string(r.Kind)+r.Key] = *r
		}
	}
	var out []string
	for _, e := range events {
		if e.Retraction == nil && !about[string(e.Kind)+e.Key].Gone(e.Digest) {
			out = append(out, says(e))
		}
	}
	slices.Sort(out)
	return out
}

func says(e readiness.Event) string {
	s := e.Key
	if e.CheckIn == nil {
		return s
	}
	for _, k := range slices.Sorted(maps.Keys(e.CheckIn.Numbers)) {
		s += fmt.Sprintf(" %s=%g", k, e.CheckIn.Numbers[k])
	}
	return s
}

func (h *house) want(what ...string) {
	h.t.Helper()
	if got := h.counts(); !slices.Equal(got, what) {
		h.t.Errorf("what counts is %q, want %q", got, what)
	}
}

// activity is a real file of the module cache.
func activity(t testing.TB) []byte {
	t.Helper()
	return []byte(real(t, tormoder, "testdata/me/activity-small-fenix2-run.fit"))
}

func rows(s ...string) string { return "date,mood\n" + strings.Join(s, "\n") + "\n" }

func TestEveryFileHasOneStateAndAReasonInWords(t *testing.T) {
	h := newHouse(t)
	run := string(activity(t))
	broken := []byte(run)
	broken[len(broken)-1] ^= 1
	for _, c := range []struct {
		path, data string
		state      readiness.FileState
		reason     string
	}{
		{"a.fit", run, readiness.FilePublished, ""},
		{"a (1).fit", run, readiness.FileDuplicate, "same content as a.fit"},
		{"b.fit", run[:500], readiness.FilePending, fmt.Sprintf("500 of %d bytes are here", len(run))},
		{"c.fit", "", readiness.FilePending, "empty file"},
		{"route.gpx", `<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>`, readiness.FileIgnored, "no times: a planned route, not a recording"},
		{"a.gpx", run, readiness.FileRefused, "wrong extension .gpx: the content is fit"},
		{"d.zip", "PK\x03\x04", readiness.FilePending, "the end of the zip has not arrived"},
		{"checkins.csv", rows("2026-01-05,4"), readiness.FilePublished, ""},
		{"early.csv", rows("2026-01-06,4", "2199-01-05,4"), readiness.FilePublished, "1 of 2 entries lie in the future"},
		{"earlier.csv", rows("2199-01-05,4"), readiness.FileRefused, "1 of 1 entries lie in the future"},
		{"mornings.csv", "date,average hrv,lowest resting heart rate\n2099-01-05,60,50\n", readiness.FileRefused, "2 of 2 entries lie in the future"},
	} {
		if f := h.put(c.path, c.data, c.state); f.Reason != c.reason {
			t.Errorf("%s: reason %q, want %q", c.path, f.Reason, c.reason)
		}
	}
	files, err := h.Files(t.Context())
	if err != nil || len(files) != 11 {
		t.Errorf("%d lines in the ledger, %v", len(files), err)
	}
}

func TestAFileIsReadTwiceWithTheSameOutcome(t *testing.T) {
	h := newHouse(t)
	first := h.put("checkins.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
	for _, again := range []func(){func() {}, h.restart} {
		again()
		calls := h.accepted
		f := h.put("checkins.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
		if !slices.Equal(f.Events, first.Events) || h.accepted != calls {
			t.Errorf("events %v after %d publications, first %v", f.Events, h.accepted-calls, first.Events)
		}
	}
}

func TestACheckInFileThatGrewPublishesOnlyTheNewRow(t *testing.T) {
	h := newHouse(t)
	h.put("c.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
	h.restart()
	calls := h.calls
	h.put("c.csv", rows("2026-01-05,4", "2026-01-06,3", "2026-01-07,2"), readiness.FilePublished)
	if n := h.calls - calls; n != 2 {
		t.Errorf("%d calls, want one event and the ledger's line", n)
	}
	h.want("2026-01-05 mood=4", "2026-01-06 mood=3", "2026-01-07 mood=2")
	h.put("c.csv", rows("2026-01-05,4"), readiness.FileDuplicate)
	h.want("2026-01-05 mood=4")
}

// A content that is less preferred than the one it replaces is not stored while
// that one counts; it has to be published again after the retraction.
func TestAnEditedRowCountsWhicheverContentIsPreferred(t *testing.T) {
	h := newHouse(t)
	for day, moods := range [][2]int{{1, 2}, {2, 1}, {2, 3}, {3, 2}, {3, 4}, {4, 3}, {1, 5}, {5, 1}} {
		path, date := fmt.Sprintf("%d.csv", day), fmt.Sprintf("2026-01-%02d", day+1)
		h.put(path, rows(fmt.Sprintf("%s,%d", date, moods[0])), readiness.FilePublished)
		h.put(path, rows(fmt.Sprintf("%s,%d", date, moods[1])), readiness.FileCorrected)
		if want := fmt.Sprintf("%s mood=%d", date, moods[1]); !slices.Contains(h.counts(), want) {
			t.Errorf("%q does not count after %v: %q", want, moods, h.counts())
		}
	}
	if got := h.counts(); len(got) != 8 {
		t.Errorf("%d contents of 8 days count: %q", len(got), got)
	}
}

// A word that is taken back and given again counts again.
func TestAFileChangedBackCounts(t *testing.T) {
	h := newHouse(t)
	for _, state := range []readiness.FileState{readiness.FilePublished, readiness.FileCorrected} {
		h.put("c.csv", rows("2026-01-05,4"), state)
		h.want("2026-01-05 mood=4")
		h.restart()
		h.put("c.csv", rows("2026-01-05,3"), readiness.FileCorrected)
		h.want("2026-01-05 mood=3")
	}
	h.put("copy.csv", rows("2026-01-06,2"), readiness.FilePublished)
	h.put("copy.csv", rows("2026-01-07,2"), readiness.FilePublished)
	h.put("kept.csv", rows("2026-01-06,2"), readiness.FileCorrected)
	h.want("2026-01-05 mood=3", "2026-01-06 mood=2", "2026-01-07 mood=2")
}

// Whatever files said before, what they say now counts.
func TestEditsLeaveNoTrace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 12 {
		h, fresh, now := newHouse(t), newHouse(t), map[string]string{}
		for range 12 {
			path := fmt.Sprintf("%d.csv", random.IntN(3))
			now[path] = rows(fmt.Sprintf("2026-01-0%d,%d", 5+random.IntN(2), 1+random.IntN(2)))
			if _, err := h.try(path, []byte(now[path])); err != nil {
				t.Fatal(err)
			}
		}
		for path, data := range now {
			if _, err := fresh.try(path, []byte(data)); err != nil {
				t.Fatal(err)
			}
		}
		fresh.want(h.counts()...)
	}
}

func TestWhatAnotherFileStillSaysIsNotRetracted(t *testing.T) {
	h := newHouse(t)
	h.put("c.csv", rows("2026-01-05,4"), readiness.FilePublished)
	h.put("c (conflicted copy).csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
	h.put("c.csv", rows("2026-01-07,2"), readiness.FilePublished)
	h.want("2026-01-05 mood=4", "2026-01-06 mood=3", "2026-01-07 mood=2")
	h.put("c (conflicted copy).csv", rows("2026-01-08,1", "2026-01-06,3"), readiness.FilePublished)
	h.want("2026-01-06 mood=3", "2026-01-07 mood=2", "2026-01-08 mood=1")
}

// Of two versions only the preferred is stored. When that one is replaced, the
// other counts: it comes back from the originals.
func TestTheOtherFilesVersionCountsAgain(t *testing.T) {
	for name, order := range map[string][2]string{"preferred last": {"a.csv", "b.csv"}, "preferred first": {"b.csv", "a.csv"}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			say := map[string]string{
				"a.csv": rows("2026-01-05,4"),
				"b.csv": rows("2026-01-01,3", "2026-01-05,2"), // a later row is preferred
			}
			for _, path := range order {
				if _, err := h.try(path, []byte(say[path])); err != nil {
					t.Fatal(err)
				}
			}
			h.want("2026-01-01 mood=3", "2026-01-05 mood=2")
			h.restart()
			h.put("b.csv", rows("2026-01-01,3"), readiness.FileDuplicate)
			h.want("2026-01-01 mood=3", "2026-01-05 mood=4")
		})
	}
}

func TestUnusableContentDoesNotTakeTheOldOnesPlace(t *testing.T) {
	h := newHouse(t)
	old := h.put("c.csv", rows("2026-01-05,4"), readiness.FilePublished)
	info := readiness.File{Athlete: me, Path: "c.csv", State: readiness.FilePending, Reason: "cannot be read: locked"}
	for _, damage := range []func() readiness.File{
		func() readiness.File { return h.put("c.csv", "", readiness.FilePending) },
		func() readiness.File { return h.put("c.csv", "<gpx><trk><trkseg></gpx>", readiness.FileRefused) },
		func() readiness.File { return h.put("c.csv", "<html></html>", readiness.FileIgnored) },
		func() readiness.File { return h.put("c.csv", "date,mood\n", readiness.FileIgnored) },
		func() readiness.File {
			if err := h.g.Note(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			f, err := h.g.Known(t.Context(), me, "c.csv")
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
	} {
		if f := damage(); !slices.Equal(f.Events, old.Events) {
			t.Errorf("%s: events %v, want %v", f.State, f.Events, old.Events)
		}
		h.want("2026-01-05 mood=4")
		h.restart()
	}
	h.put("c.csv", rows("2026-01-06,3"), readiness.FilePublished)
	h.want("2026-01-06 mood=3")
}

func TestAFileThatWaitsIsWrittenDownOnce(t *testing.T) {
	h := newHouse(t)
	line := readiness.File{Athlete: me, Path: "x.fit", State: readiness.FilePending, Reason: "cannot be read: locked"}
	for range 3 {
		if err := h.g.Note(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	if h.calls != 1 {
		t.Errorf("%d lines written for one state", h.calls)
	}
}

func TestAnEventThatIsNotAcceptedIsTheFilesReason(t *testing.T) {
	h := newHouse(t)
	h.invalid = "2026-01-05"
	f := h.put("c.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
	if !strings.Contains(f.Reason, "checkin 2026-01-05") || len(f.Events) != 1 {
		t.Errorf("reason %q, events %v", f.Reason, f.Events)
	}
	f = h.put("d.csv", rows("2026-01-05,4"), readiness.FileRefused)
	if strings.Contains(f.Reason, "invalid") || f.Reason == "" {
		t.Errorf("reason %q", f.Reason)
	}
}

// A recording that no history takes would stop every later verdict of its
// athlete if it were stored.
func TestARunThatNoHistoryTakesIsRefused(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`<gpx version="1.1" creator="logger"><trk><trkseg>`)
	for i := range 60 {
		fmt.Fprintf(&doc, `<trkpt lat="47" lon="8"><time>2026-03-01T07:00:%02d.%02dZ</time></trkpt>`, i/40, i%40*2)
	}
	doc.WriteString(`</trkseg></trk></gpx>`)
	h := newHouse(t)
	if f := h.put("dense.gpx", doc.String(), readiness.FileRefused); !strings.Contains(f.Reason, "records in a second") {
		t.Errorf("reason: %s", f.Reason)
	}
	if events, _, err := h.Events(t.Context(), me, 0); err != nil || len(events) != 0 {
		t.Errorf("%d events are stored, %v", len(events), err)
	}
}

func TestOneFileCannotSayEverything(t *testing.T) {
	var b strings.Builder
	b.WriteString("date,run,rpe\n")
	at := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	for range ingest.MaxEvents + 1 {
		fmt.Fprintf(&b, "%s,%s,3\n", at.Format(time.DateOnly), at.Format("15:04"))
		at = at.Add(time.Hour)
	}
	h := newHouse(t)
	if f := h.put("c.csv", b.String(), readiness.FileRefused); f.Reason != "60001 entries, more than 60000" {
		t.Errorf("reason %q", f.Reason)
	}
}

func TestNothingIsWrittenDownWhileTheBusIsAway(t *testing.T) {
	h := newHouse(t)
	h.failAt = 1
	if _, err := h.try("c.csv", []byte(rows("2026-01-05,4"))); !errors.Is(err, errFault) {
		t.Fatalf("error %v", err)
	}
	if files, err := h.Files(t.Context()); err != nil || len(files) != 0 {
		t.Errorf("ledger %v, %v", files, err)
	}
	h.put("c.csv", rows("2026-01-05,4"), readiness.FilePublished)
}

// A story of replaced files is told with a crash at every call of the bus,
// before and after its effect; after the restart the file is read again.
func TestACrashAtAnyStepChangesNothing(t *testing.T) {
	story := []struct{ path, data string }{
		{"a.csv", rows("2026-01-05,4", "2026-01-06,3", "2026-01-07,1")},
		{"b.csv", rows("2026-01-01,3", "2026-01-05,2", "2026-01-08,5")},
		{"a.csv", rows("2026-01-05,1", "2026-01-06,3", "2026-01-08,5")},
		{"b.csv", rows("2026-01-01,4")},
		{"run.fit", string(activity(t))},
		{"run.fit", rows("2026-01-09,4")[:5]},
		{"a.csv", rows("2026-01-06,2", "2026-01-09,1")},
	}
	tell := func(t *testing.T, failAt int, after bool) (counts []string, ledger string, calls int) {
		h := newHouse(t)
		h.failAt, h.after = failAt, after
		for _, s := range story {
			if _, err := h.try(s.path, []byte(s.data)); errors.Is(err, errFault) {
				h.restart()
				_, err = h.try(s.path, []byte(s.data))
				if err != nil {
					t.Fatal(err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
		}
		return h.counts(), h.ledger(), h.calls
	}
	counts, ledger, calls := tell(t, 0, false)
	if calls < 20 {
		t.Fatalf("the story has %d steps only", calls)
	}
	for step := 1; step <= calls; step++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("step %d after %t", step, after), func(t *testing.T) {
				c, l, _ := tell(t, step, after)
				if !slices.Equal(c, counts) || l != ledger {
					t.Errorf("counts %q, want %q\nledger\n%swant\n%s", c, counts, l, ledger)
				}
			})
		}
	}
}

// ledger is what every file says; outcomes may differ after a crash.
func (h *house) ledger() string {
	files, err := h.Files(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintln(&b, f.Path, f.SHA256)
		for _, e := range f.Events {
			fmt.Fprintln(&b, "  ", e.Kind, e.Key, e.Digest)
		}
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}
