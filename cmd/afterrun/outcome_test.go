package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"afterrun/readiness"
)

// TestProgressCountsWhatLiesInBundles: the members of an export are most of the
// work, and more of them are known with every zip in it.
func TestProgressCountsWhatLiesInBundles(t *testing.T) {
	var told strings.Builder
	o := newOutcome(io.Discard, &told, 2)
	o.start = time.Now().Add(-time.Hour)
	line := func(known int) {
		o.told = time.Time{} // every line is told
		o.line(importLine{File: &readiness.File{State: readiness.FilePublished}, Known: known})
	}
	line(3)
	line(5)
	line(0)
	line(2)
	want := []string{
		"read 0 of 2 files (1 of 3 inside exports), about 4h0m0s left",
		"read 0 of 2 files (2 of 5 inside exports), about 2h30m0s left",
		"read 1 of 2 files (2 of 5 inside exports), about 1h20m0s left",
		"read 1 of 2 files (3 of 7 inside exports), about 1h15m0s left",
	}
	if got := strings.Split(strings.TrimSpace(told.String()), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}
