package ingest_test

import (
	"slices"
	"testing"

	"afterrun/readiness"
)

func (h *house) forget(runs, paths []string) []string {
	h.t.Helper()
	gone, err := h.g.Forget(h.t.Context(), me, runs, paths)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, f := range gone {
		out = append(out, f.Path)
	}
	return out
}

// TestAForgottenRunStaysAway: by its key, whatever file brings it, after a
// restart, and when an empty stream is filled again.
func TestAForgottenRunStaysAway(t *testing.T) {
	h := newHouse(t)
	run := string(activity(t))
	f := h.put("a.fit", run, readiness.FilePublished)
	h.put("copy.fit", run, readiness.FileDuplicate)
	if gone := h.forget([]string{f.Events[0].Key}, nil); !slices.Equal(gone, []string{"a.fit", "copy.fit"}) {
		t.Errorf("nothing is left of %q", gone)
	}
	h.want()
	for _, again := range []func(){func() {}, h.restart} {
		again()
		for _, path := range []string{"a.fit", "third.fit", "b.fit.zip"} {
			data := run
			if path == "b.fit.zip" {
				data = zipped(t, file{"x.fit", run})
			}
			if f := h.put(path, data, readiness.FileIgnored); path != "b.fit.zip" && f.Reason != readiness.ReasonForgotten {
				t.Errorf("%s: reason %q", path, f.Reason)
			}
		}
		h.put("packed.fit.gz", gzipped(t, run), readiness.FileDuplicate)
		h.want()
	}
	h.empty()
	if _, err := h.g.Refill(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.want()
	h.put("fourth.fit", run, readiness.FileIgnored)
	h.want()
}

// TestAForgottenFile takes only its own words: another day in another file stays,
// and so does a later word about the same day.
func TestAForgottenFile(t *testing.T) {
	h := newHouse(t)
	h.put("a.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FilePublished)
	h.put("b.csv", rows("2026-01-05,4", "2026-01-07,2"), readiness.FilePublished)
	if gone := h.forget(nil, []string{"a.csv"}); !slices.Equal(gone, []string{"a.csv"}) {
		t.Errorf("nothing is left of %q", gone)
	}
	h.want("2026-01-07 mood=2")
	h.put("a.csv", rows("2026-01-05,4", "2026-01-06,3"), readiness.FileIgnored)
	h.want("2026-01-07 mood=2")
	h.put("a.csv", rows("2026-01-05,5"), readiness.FileCorrected)
	h.want("2026-01-05 mood=5", "2026-01-07 mood=2")
}

// TestAForgottenBundle means all in it.
func TestAForgottenBundle(t *testing.T) {
	h := newHouse(t)
	data := zipped(t, file{"a.csv", rows("2026-01-05,4")}, file{"b.csv", rows("2026-01-06,3")})
	h.put("d.zip", data, readiness.FilePublished)
	h.forget(nil, []string{"d.zip"})
	h.want()
	h.put("d.zip", data, readiness.FileIgnored)
	h.put("e.zip", data, readiness.FileIgnored)
	h.want()
}

// TestRetryReadsTheKeptBytes as this version understands them, whatever an
// earlier one made of them.
func TestRetryReadsTheKeptBytes(t *testing.T) {
	h := newHouse(t)
	data := rows("2026-01-05,4")
	ignored := h.put("kept.txt", "not yet understood", readiness.FileIgnored)
	if f, ok, err := h.g.Retry(t.Context(), ignored); err != nil || !ok || f.State != readiness.FileIgnored {
		t.Errorf("%+v, %v, %v", f, ok, err)
	}
	old := readiness.File{Athlete: me, Path: "old.csv", SHA256: sumOf([]byte(data)), Size: int64(len(data)), State: readiness.FileRefused, Reason: "an earlier version could not"}
	if err := h.originals.Put(t.Context(), old.SHA256, []byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := h.PutFile(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	h.restart()
	f, ok, err := h.g.Retry(t.Context(), old)
	if err != nil || !ok || f.State != readiness.FilePublished || f.Size != old.Size {
		t.Errorf("%+v, %v, %v", f, ok, err)
	}
	h.want("2026-01-05 mood=4")
	lost := old
	lost.SHA256 = sumOf([]byte("never seen"))
	if _, ok, err := h.g.Retry(t.Context(), lost); ok || err != nil {
		t.Errorf("without bytes: %v, %v", ok, err)
	}
}
