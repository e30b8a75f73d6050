package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"afterrun/readiness"
)

// outcome shows the progress of an import and counts what became of the files.
type outcome struct {
	out, err io.Writer
	tty      bool                     // a bar in place of lines
	bar      *progressbar.ProgressBar // nil until there is a rate to show
	start    time.Time
	told     time.Time // of the last line of progress
	read     int       // files, whatever lies in them
	members  int       // what lies in them
	total    int       // files
	inside   int       // members of the bundles that are read
	known    int       // members of the bundle being read, as far as is known
	counts   map[readiness.FileState]int
	ignored  map[string]int // reason → files
	again    int            // files of use that were read before
	bad      []readiness.File
	waiting  *time.Timer // until what takes long is worth a word
}

func newOutcome(out, err io.Writer, total int) *outcome {
	return &outcome{
		out: out, err: err, total: total, start: time.Now(), told: time.Now(), tty: isTerminal(err),
		counts: map[readiness.FileState]int{}, ignored: map[string]int{},
	}
}

// newBar fits a line of 80 columns.
func newBar(out io.Writer, total int, says string) *progressbar.ProgressBar {
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(says), progressbar.OptionSetWidth(20),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
}

// line takes in a line of the import's report.
func (o *outcome) line(l importLine) {
	switch {
	case l.Reading != "":
		o.soon(fmt.Sprintf("reading %.30s …", printable(filepath.Base(l.Reading))))
	case l.Computing:
		o.soon("all files read; computing …")
	case l.File != nil:
		o.calm()
		o.take(l)
		o.progress(l.Known)
	}
}

// soon says what is being done, if nothing else is told in the meantime: an export
// may be one file of a gigabyte.
func (o *outcome) soon(text string) {
	o.calm()
	tell := func() { say(o.err, "%s", text) }
	if bar := o.bar; bar != nil {
		tell = func() { bar.Describe(text) }
	}
	o.waiting = time.AfterFunc(2*time.Second, tell)
}

func (o *outcome) calm() {
	if o.waiting != nil {
		o.waiting.Stop()
	}
}

// take counts a file. A bundle is what lies in it, unless something is wrong with
// the bundle itself.
func (o *outcome) take(l importLine) {
	f := *l.File
	bundle := l.Known == 0 && o.known > 0
	switch {
	case l.Again:
		o.again++
	case bundle && f.State != readiness.FileRefused && f.State != readiness.FilePending:
	default:
		o.count(f)
	}
}

func (o *outcome) count(f readiness.File) {
	o.counts[f.State]++
	switch f.State {
	case readiness.FileIgnored:
		o.ignored[f.Reason]++
	case readiness.FileRefused, readiness.FilePending:
		o.bad = append(o.bad, f)
	}
}

// progress draws the bar, or writes a line now and then.
func (o *outcome) progress(known int) {
	if known > 0 {
		o.members++
		o.known = known
	} else {
		o.read++
		o.inside, o.known = o.inside+o.known, 0
	}
	if o.tty {
		o.draw()
		return
	}
	if time.Since(o.told) < 5*time.Second {
		return
	}
	o.told = time.Now()
	say(o.err, "read %d of %d files%s%s", o.read, o.total, o.within(), o.left())
}

// done and all count files and members alike; all grows with the zips in a zip.
func (o *outcome) done() int { return o.read + o.members }
func (o *outcome) all() int  { return o.total + o.inside + o.known }

// firstRate is how long it takes until a rate means something.
const firstRate = time.Second

// draw is a picture only: its faults do not matter.
func (o *outcome) draw() {
	if time.Since(o.start) < firstRate {
		return
	}
	says := fmt.Sprintf("%.0f files/s%s", float64(o.done())/time.Since(o.start).Seconds(), o.left())
	if o.bar == nil {
		o.bar = newBar(o.err, o.all(), says)
	} else {
		o.bar.Describe(says)
	}
	if o.bar.GetMax() != o.all() {
		o.bar.ChangeMax(o.all())
	}
	_ = o.bar.Set(o.done())
}

func (o *outcome) within() string {
	if o.members == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d inside exports)", o.members, o.inside+o.known)
}

func (o *outcome) left() string {
	if o.done() == 0 {
		return ""
	}
	left := time.Since(o.start) / time.Duration(o.done()) * time.Duration(o.all()-o.done())
	return ", about " + roughly(left) + " left"
}

// roughly writes a time to wait: 40s, 5m10s, 25m, 1h20m, 4h.
func roughly(d time.Duration) string {
	if d < 10*time.Minute {
		d = d.Round(time.Second)
	} else {
		d = d.Round(time.Minute)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// end prints the summary; some unusable files give exit code 3.
func (o *outcome) end() error {
	if o.bar != nil {
		_ = o.bar.Finish() // a picture only
	}
	o.calm()
	if err := o.summary(); err != nil {
		return err
	}
	if n := len(o.bad); n > 0 {
		return fmt.Errorf("%d of %d files could not be used: %w", n, o.sum(), errNothing)
	}
	if o.sum() == o.counts[readiness.FileIgnored] {
		return fmt.Errorf("nothing to read in it: %w", errNothing)
	}
	return nil
}

func (o *outcome) sum() int {
	n := o.again
	for _, c := range o.counts {
		n += c
	}
	return n
}

// total is a line of the summary.
type total struct {
	name string
	n    int
}

func (o *outcome) totals() []total {
	of := func(s readiness.FileState) total { return total{string(s), o.counts[s]} }
	return []total{
		of(readiness.FilePublished), of(readiness.FileCorrected), of(readiness.FileDuplicate), {"known", o.again},
		of(readiness.FileIgnored), of(readiness.FilePending), of(readiness.FileRefused),
	}
}

// maxBad bounds the lines of files that could not be used.
const maxBad = 200

func (o *outcome) summary() error {
	w := tabwriter.NewWriter(o.out, 0, 4, 2, ' ', 0)
	for _, l := range o.totals() {
		if l.n > 0 {
			say(w, "%s\t%d", l.name, l.n)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(o.ignored)) {
		say(w, "ignored\t%d × %s", o.ignored[why], printable(why))
	}
	slices.SortStableFunc(o.bad, func(a, b readiness.File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range o.bad[:min(len(o.bad), maxBad)] {
		say(w, "%s\t%s\t%s", f.State, printable(f.Path), printable(f.Reason))
	}
	if err := w.Flush(); err != nil || len(o.bad) <= maxBad {
		return err
	}
	say(o.out, "… and %d more: afterrun files --state refused", len(o.bad)-maxBad)
	return nil
}
