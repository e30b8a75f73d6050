package readiness

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// Every file of testdata/days is a story: a history in one line per thing that
// happened, and what must follow. The README there says how to write one.
func TestDayStories(t *testing.T) {
	files, err := filepath.Glob("testdata/days/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { tell(t, path) })
	}
}

func tell(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, f := range archive.Files {
		text[f.Name] = string(f.Data)
	}
	if len(archive.Comment) == 0 || text["history"] == "" || text["want"] == "" {
		t.Fatal("a story has a comment, a history and what is wanted")
	}
	r := teller{t: t, s: newStory(t)}
	r.lines(text["history"], r.happens)
	a := r.s.assess(r.through)
	r.lines(text["want"], func(words []string) { r.follows(a, words) })
}

// teller reads a story.
type teller struct {
	t       *testing.T
	s       *story
	through int
	line    string
}

func (r *teller) lines(text string, do func(words []string)) {
	r.t.Helper()
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			r.line = line
			do(words)
		}
	}
}

func (r *teller) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("line %q: "+format, append([]any{r.line}, args...)...)
}

// happens reads one line of a history: days, kind, name=value….
func (r *teller) happens(words []string) {
	if len(words) < 2 {
		r.fail("want days, a kind and values")
	}
	if words[0] == "through" {
		r.through = r.int(words[1])
		return
	}
	texts, numbers := r.values(words[2:])
	for _, day := range r.days(words[0]) {
		r.event(day, words[1], texts, numbers)
	}
}

func (r *teller) event(day int, kind string, texts map[string]string, numbers map[string]float64) {
	switch kind {
	case "checkin":
		d := day0 + Date(day)
		r.s.add(Event{Kind: KindCheckIn, Key: "day-" + d.String(), CheckIn: &CheckIn{Date: d, Part: PartDay, Numbers: numbers, Text: texts}})
	case "after":
		r.s.said(day, texts["run"], numbers)
	case "profile":
		p := adult
		p.TimeZone = texts["zone"]
		if texts["limits"] == "unknown" {
			p = Profile{TimeZone: texts["zone"]}
		}
		r.s.profile(p)
	case "run", "cycling":
		r.run(day, kind, texts, numbers)
	default:
		r.s.device(day, kind, numbers)
	}
}

// run adds a session as a summary with the numbers the story is about, or with
// legs=seconds@speed/hr+… as a recording (sensor=chest, optical or unknown).
func (r *teller) run(day int, kind string, texts map[string]string, numbers map[string]float64) {
	if texts["legs"] != "" {
		r.s.recordedBy(cmp.Or(texts["sensor"], "chest"), day, r.legs(texts["legs"]))
		return
	}
	if kind == "run" {
		kind = "running"
	}
	sum := r.s.runAt(day, r.clock(texts["at"]), kind, numbers)
	for _, versions := range r.s.h.versions {
		if v := versions[sum.Digest]; v != nil {
			v.trace.Title, v.trace.Format = texts["title"], texts["format"]
			if off, ok := texts["offset"]; ok {
				v.trace.UTCOffset, v.trace.HasUTCOffset = r.int(off), true
			}
		}
	}
}

func (r *teller) legs(text string) (out []leg) {
	for _, one := range strings.Split(text, "+") {
		var l leg
		if _, err := fmt.Sscanf(one, "%d@%f/%f", &l.seconds, &l.speed, &l.hr); err != nil {
			r.fail("leg %q: want seconds@speed/hr", one)
		}
		out = append(out, l)
	}
	return out
}

// clock reads HH:MM (UTC) as seconds of the day; 07:00 without.
func (r *teller) clock(text string) int {
	if text == "" {
		return 7 * 3600
	}
	at, err := time.Parse("15:04", text)
	if err != nil {
		r.fail("at=%s: want HH:MM", text)
	}
	return at.Hour()*3600 + at.Minute()*60
}

// days reads 5, 0..39 or 0..39/2 (every second).
func (r *teller) days(text string) (out []int) {
	span, step, found := strings.Cut(text, "/")
	if !found {
		step = "1"
	}
	from, to, found := strings.Cut(span, "..")
	if !found {
		to = from
	}
	for d := r.int(from); d <= r.int(to); d += max(1, r.int(step)) {
		out = append(out, d)
	}
	return out
}

func (r *teller) int(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		r.fail("%q is no whole number", text)
	}
	return n
}

func (r *teller) values(words []string) (texts map[string]string, numbers map[string]float64) {
	texts, numbers = map[string]string{"format": "fit"}, map[string]float64{}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			r.fail("%q: want name=value", w)
		}
		if x, err := strconv.ParseFloat(value, 64); err == nil && name != "offset" {
			numbers[name] = x
		} else {
			texts[name] = strings.ReplaceAll(value, "_", " ")
		}
	}
	return texts, numbers
}

// follows checks one line of what is wanted: day column value, day column null
// reason, run number column value, alerts none, or alert rule kind day.
func (r *teller) follows(a *Assessment, words []string) {
	r.t.Helper()
	switch {
	case words[0] == "alerts" && len(a.Transitions) != 0:
		r.t.Errorf("alerts: %+v", a.Transitions)
	case words[0] == "alerts":
	case words[0] == "alert":
		r.alert(a, words[1], words[2], day0+Date(r.int(words[3])))
	case words[0] == "rows" && len(a.Days) != r.int(words[1]):
		r.t.Errorf("%d days, want %s", len(a.Days), words[1])
	case words[0] == "rows":
	case words[0] == "run":
		r.value(a.Runs[r.int(words[1])].Row, words[2:])
	default:
		for _, day := range r.days(words[0]) {
			r.value(a.on(r.t, day), words[1:])
		}
	}
}

func (r *teller) alert(a *Assessment, rule, kind string, d Date) {
	r.t.Helper()
	for _, x := range a.Transitions {
		if x.Rule == rule && x.Kind == kind && x.Date == d {
			return
		}
	}
	r.t.Errorf("no alert %s %s on %s: %+v", rule, kind, d, a.Transitions)
}

func (r *teller) value(row Row, words []string) {
	r.t.Helper()
	name := words[0]
	got, ok := row[name]
	if !ok {
		r.fail("no column %s", name)
	}
	want := strings.Join(words[1:], " ")
	x, isNum := got.Float()
	number, err := strconv.ParseFloat(want, 64)
	switch {
	case words[1] == "null":
		if !got.IsNull() || string(got.Reason) != words[2] {
			r.t.Errorf("line %q: got %v %q, reason %q", r.line, x, got.String(), got.Reason)
		}
	case strings.HasPrefix(words[1], "day"): // a date as day number
		if want := (day0 + Date(r.int(words[1][3:]))).String(); got.String() != want {
			r.t.Errorf("line %q: got %q, want %s", r.line, got.String(), want)
		}
	case err == nil:
		if !isNum || math.Abs(x-number) > 1e-6*max(1, math.Abs(number)) {
			r.t.Errorf("line %q: got %v %q, reason %q", r.line, x, got.String(), got.Reason)
		}
	case want == "none":
		if got.String() != "" || isNum {
			r.t.Errorf("line %q: got %v %q", r.line, x, got.String())
		}
	case got.String() != want:
		r.t.Errorf("line %q: got %v %q, reason %q", r.line, x, got.String(), got.Reason)
	}
}
