package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
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
		"read 0 of 2 files (1 of 3 inside exports), about 4h left",
		"read 0 of 2 files (2 of 5 inside exports), about 2h30m left",
		"read 1 of 2 files (2 of 5 inside exports), about 1h20m left",
		"read 1 of 2 files (3 of 7 inside exports), about 1h15m left",
	}
	if got := strings.Split(strings.TrimSpace(told.String()), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestWhatTakesLongIsSaid: a single large file gives nothing to count, and a quick
// one no reason for a word.
func TestWhatTakesLongIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told strings.Builder
		o := newOutcome(io.Discard, &told, 3)
		for _, wait := range []time.Duration{0, time.Second, 40 * time.Second} {
			o.line(importLine{Reading: "/home/me/export.xml"})
			<-time.After(wait)
			synctest.Wait()
			o.line(importLine{File: &readiness.File{State: readiness.FilePublished}})
		}
		if got := told.String(); strings.Count(got, "reading export.xml …\n") != 1 {
			t.Errorf("%q", got)
		}
	})
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10400 * time.Millisecond: "10s", time.Minute: "1m", 310 * time.Second: "5m10s", 1510 * time.Second: "25m",
		80 * time.Minute: "1h20m", 4*time.Hour + 10*time.Second: "4h", 20 * time.Hour: "20h",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestTheBarFitsItsLine also with the numbers of a large export, and has no rate
// before one means something.
func TestTheBarFitsItsLine(t *testing.T) {
	var drawn strings.Builder
	o := newOutcome(io.Discard, &drawn, 100_000)
	o.tty = true
	o.line(importLine{File: &readiness.File{State: readiness.FilePublished}})
	if drawn.Len() > 0 {
		t.Errorf("drawn at once: %q", drawn.String())
	}
	o.start, o.read = time.Now().Add(-80*time.Minute), 77_776
	o.line(importLine{File: &readiness.File{State: readiness.FilePublished}})
	lines := strings.Split(strings.TrimSpace(drawn.String()), "\r")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "16 files/s, about 23m left") || !strings.Contains(last, "77777/100000") || len([]rune(last)) > 79 {
		t.Errorf("%d columns: %q", len([]rune(last)), last)
	}
}

// TestALongListOfFaultsIsCut and says where the rest is.
func TestALongListOfFaultsIsCut(t *testing.T) {
	var out strings.Builder
	o := newOutcome(&out, io.Discard, maxBad+7)
	for range maxBad + 7 {
		o.line(importLine{File: &readiness.File{State: readiness.FileRefused, Path: "x.fit", Reason: "no watch wrote this"}})
	}
	if err := o.end(); !errors.Is(err, errNothing) {
		t.Errorf("it ends with %v", err)
	}
	if n := strings.Count(out.String(), "no watch wrote this"); n != maxBad || !strings.HasSuffix(out.String(), "… and 7 more: afterrun files --state refused\n") {
		t.Errorf("%d lines, ending %q", n, out.String()[max(0, out.Len()-80):])
	}
}

// TestRetryOfAZip reads the kept bytes of its members, also when it is gone.
func TestRetryOfAZip(t *testing.T) {
	data, folder := t.TempDir(), t.TempDir()
	write(t, folder, "export.zip", zipOf(t, map[string][]byte{"a.csv": []byte("date,fatigue\n2026-11-20,4\n"), "b.fit": []byte("no watch wrote this")}))
	zip := filepath.Join(folder, "export.zip")
	said := func(code int, args ...string) string {
		t.Helper()
		var out strings.Builder
		if got := run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &out, nil); got != code {
			t.Errorf("%s: exit code %d, want %d\n%s", args[0], got, code, out.String())
		}
		return out.String()
	}
	said(exitNothing, "import", zip)
	if err := os.Remove(zip); err != nil {
		t.Fatal(err)
	}
	for _, again := range [][]string{{"retry", zip}, {"retry", "--all"}} {
		if out := said(exitNothing, again...); !strings.Contains(out, "known    1") || !strings.Contains(out, "b.fit  wrong extension") {
			t.Errorf("%q says %q", again, out)
		}
	}
	if out := said(exitNothing, "retry", zip+"!/b.fit"); strings.Contains(out, "published") || !strings.Contains(out, "1 of 1 files could not be used") {
		t.Errorf("one member: %q", out)
	}
	if out := said(exitNothing, "retry", "other.zip"); !strings.Contains(out, "no file to read again") {
		t.Errorf("an unknown zip: %q", out)
	}
}

func TestWhatIsWorthARetry(t *testing.T) {
	sum := strings.Repeat("a", 64)
	for name, c := range map[string]struct {
		f         readiness.File
		once, all bool
	}{
		"refused":                         {readiness.File{Path: "/a.fit", State: readiness.FileRefused, SHA256: sum}, true, true},
		"published":                       {readiness.File{Path: "/a.fit", State: readiness.FilePublished, SHA256: sum}, false, true},
		"forgotten":                       {readiness.File{Path: "/a.fit", State: readiness.FileIgnored, SHA256: sum, Reason: readiness.ReasonForgotten}, false, false},
		"passed over for its name":        {readiness.File{Path: "/a.jpg", State: readiness.FileIgnored}, false, false},
		"of a name that is read by now":   {readiness.File{Path: "/a.fit", State: readiness.FileIgnored}, true, true},
		"a zip whose members have lines":  {readiness.File{Path: "/a.zip", State: readiness.FileDuplicate, SHA256: sum}, false, false},
		"a zip that could not be opened":  {readiness.File{Path: "/a.zip", State: readiness.FileRefused}, true, true},
		"one in a zip, which was refused": {readiness.File{Path: "/a.zip!/b.zip", State: readiness.FileRefused}, true, true},
	} {
		if retriable(c.f, false) != c.once || retriable(c.f, true) != c.all {
			t.Errorf("%s: %v, with --all %v", name, retriable(c.f, false), retriable(c.f, true))
		}
	}
}
