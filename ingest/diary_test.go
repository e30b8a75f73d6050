package ingest_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"afterrun/ingest"
	"afterrun/ingest/bus"
	"afterrun/readiness"
)

// keeping opens an ingester with originals on a new, empty bus.
func keeping(t *testing.T, originals string) (*ingest.Ingester, *bus.Bus) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(t.TempDir(), "nats")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	g, err := ingest.New(ingest.Options{Publisher: b, Ledger: b, Retracter: b, Originals: ingest.Originals{Dir: originals, Keep: true}})
	if err != nil {
		t.Fatal(err)
	}
	return g, b
}

// sayings are the athlete's events as kind, key, digest and whether they count
// nowhere, sorted. Of retractions that is all that matters: telling a story again
// adds turns to them.
func sayings(t *testing.T, b *bus.Bus) []string {
	t.Helper()
	events, _, err := b.Events(t.Context(), me, 0)
	if err != nil {
		t.Fatal(err)
	}
	about := map[string]readiness.Retraction{}
	for _, e := range events {
		if r := e.Retraction; r != nil {
			about[string(r.Kind)+r.Key] = *r
		}
	}
	var out []string
	for _, e := range events {
		if e.Retraction == nil {
			out = append(out, fmt.Sprint(e.Kind, " ", e.Key, " ", e.Digest, " ", about[string(e.Kind)+e.Key].Gone(e.Digest)))
		}
	}
	slices.Sort(out)
	return out
}

func TestOriginalsRefillAnEmptyStream(t *testing.T) {
	originals := filepath.Join(t.TempDir(), "originals")
	g, b := keeping(t, originals)
	read := func(path string, data []byte) {
		t.Helper()
		info, err := fs.Stat(fstest.MapFS{"f": {Data: data}}, "f")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.File(t.Context(), me, path, data, info); err != nil {
			t.Fatal(err)
		}
	}
	read("run.fit", activity(t))
	read("check-in.csv", []byte("date,mood\n2024-05-01,4\n2024-05-02,3\n"))
	read("check-in.csv", []byte("date,mood\n2024-05-01,4\n")) // the second row was taken back
	read("broken.fit", []byte("rubbish"))
	form := readiness.Event{Athlete: me, Kind: readiness.KindCheckIn, Key: "2024-05-03", CheckIn: &readiness.CheckIn{
		Date: readiness.DateOf(time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC)), Part: readiness.PartDay, Numbers: map[string]float64{"mood": 5}, Order: 7,
	}}
	form.Digest = form.ContentDigest()
	if _, err := g.Say(t.Context(), form); err != nil {
		t.Fatal(err)
	}
	want := sayings(t, b)

	// A crash tore the last line; somebody scribbled into the file.
	w, err := os.OpenFile(filepath.Join(originals, "diary.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("{\"file\":{\"athlete\":\"../x\"}}\n{\"fi"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	again, empty := keeping(t, originals)
	for range 2 { // it may be repeated
		done, err := again.Refill(t.Context())
		if err != nil || done.Files != 3 || done.Events != 1 || done.Torn != 2 || len(done.Lost) != 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := sayings(t, empty); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
