package readiness

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Every file of testdata/runs is one recording and what must be read out of it.
// The README there says how to write one.
func TestRunStories(t *testing.T) {
	files, err := filepath.Glob("testdata/runs/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Comment) == 0 || len(archive.Files) != 2 || archive.Files[0].Name != "run" || archive.Files[1].Name != "want" {
				t.Fatal("a story has a comment, a run and what is wanted")
			}
			r := recorder{t: t, run: recorded(nil, nil), params: limits(190, 50), every: 1, hrEvery: 1}
			for words := range storyLines(string(archive.Files[0].Data)) {
				r.line(words)
			}
			m := measured(t, r.run, r.params)
			for words := range storyLines(string(archive.Files[1].Data)) {
				wanted(t, m, words)
			}
		})
	}
}

// storyLines yields the words of every line that says something.
func storyLines(text string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if words := strings.Fields(line); len(words) > 0 && !yield(words) {
				return
			}
		}
	}
}

// recorder writes a recording down.
type recorder struct {
	t       *testing.T
	run     *Run
	params  Params
	at      float64 // time of the next record, s
	every   float64 // s between records
	hrEvery int     // records between heart rates
	ground  float64 // m of altitude
	stopped float64 // last stop of the timer, s
}

func (r *recorder) line(words []string) {
	arg := strings.Join(words[1:], " ")
	switch words[0] {
	case "sport":
		r.run.Sport = arg
	case "sub_sport":
		r.run.SubSport = arg
	case "format":
		r.run.Format = arg
	case "hr_source":
		r.run.HRSource = arg
	case "every":
		r.every = r.number(arg)
	case "hr_every":
		r.hrEvery = int(r.number(arg))
	case "hrmax", "hrrest", "threshold_speed":
		r.limit(words[0], arg)
	case "pause":
		r.stop()
		r.at = r.stopped + r.number(arg)
		r.run.TimerEvents = append(r.run.TimerEvents, TimerEvent{T: r.at})
	case "stop":
		r.stop()
	case "recovery_hr": // value, s after the stop
		r.run.RecoveryHR = append(r.run.RecoveryHR, Marker{T: r.stopped + r.number(words[2]), Value: r.number(words[1])})
	case "back": // a record from s ago
		r.put(r.at-r.number(arg), map[string]float64{"hr": 60, "speed": 0})
	default:
		r.stretch(int(r.number(words[0])), words[1:])
	}
}

func (r *recorder) limit(name, value string) {
	v := Null("hrmax_unknown")
	if value != "unknown" {
		v = Num(r.number(value)).With(Good, "override", 0)
	}
	switch name {
	case "hrmax":
		r.params.HRMax, r.params.LTHR = v, v
		if bpm, ok := v.Float(); ok {
			r.params.LTHR = Num(0.88*bpm).With(Low, "estimate", 0)
		}
	case "hrrest":
		r.params.HRRest = v
	default:
		r.params.ThresholdSpeed = v
	}
}

// stop stops the timer at the last record.
func (r *recorder) stop() {
	r.stopped = r.at - r.every
	r.run.TimerEvents = append(r.run.TimerEvents, TimerEvent{T: r.stopped, Stop: true})
}

// stretch records some seconds, name=value or name=from..to each.
func (r *recorder) stretch(seconds int, channels []string) {
	n := int(float64(seconds) / r.every)
	for i := range n {
		values := map[string]float64{}
		for _, c := range channels {
			name, text, _ := strings.Cut(c, "=")
			from, to, slope := strings.Cut(text, "..")
			values[name] = r.number(from)
			if slope {
				values[name] += (r.number(to) - r.number(from)) * float64(i) / float64(n)
			}
		}
		r.put(r.at, values)
		r.at += r.every
	}
}

// put writes one record; grade climbs over the distance run.
func (r *recorder) put(at float64, values map[string]float64) {
	value := func(name string) float64 {
		if v, ok := values[name]; ok {
			return v
		}
		return math.NaN()
	}
	hr := value("hr")
	if len(r.run.T)%r.hrEvery != 0 {
		hr = math.NaN()
	}
	altitude := math.NaN()
	if grade, ok := values["grade"]; ok {
		altitude = r.ground
		r.ground += grade * value("speed") * r.every
	}
	r.run.T, r.run.HR, r.run.Speed = append(r.run.T, at), append(r.run.HR, hr), append(r.run.Speed, value("speed"))
	r.run.Cadence, r.run.Altitude = append(r.run.Cadence, value("cadence")), append(r.run.Altitude, altitude)
}

func (r *recorder) number(text string) float64 {
	r.t.Helper()
	if text == "-" {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.t.Fatalf("%q is no number", text)
	}
	return x
}

// wanted checks one line: column value, column null reason, column in from to, or
// interim k column …; interims n.
func wanted(t *testing.T, m Measured, words []string) {
	t.Helper()
	row := m.Row
	if words[0] == "interims" {
		if strconv.Itoa(len(m.Interim)) != words[1] {
			t.Errorf("%d interim recoveries, want %s", len(m.Interim), words[1])
		}
		return
	}
	if words[0] == "interim" {
		k, err := strconv.Atoi(words[1])
		if err != nil || k > len(m.Interim) {
			t.Fatalf("interim %s of %d", words[1], len(m.Interim))
		}
		row, words = m.Interim[k-1], words[2:]
	}
	name, text := words[0], strings.Join(words[1:], " ")
	switch x, err := strconv.ParseFloat(text, 64); {
	case words[1] == "null":
		wantNull(t, row, name, Reason(words[2]))
	case words[1] == "in":
		wantBetween(t, row, name, words[2], words[3])
	case err == nil:
		wantNum(t, row, name, x)
	case text == "empty":
		wantText(t, row, name, "")
	default:
		wantText(t, row, name, text)
	}
}

func wantBetween(t *testing.T, row Row, name, low, high string) {
	t.Helper()
	from, err1 := strconv.ParseFloat(low, 64)
	to, err2 := strconv.ParseFloat(high, 64)
	if x, ok := row[name].Float(); err1 != nil || err2 != nil || !ok || x < from || x > to {
		t.Errorf("%s = %v (reason %q), want %s to %s", name, x, row[name].Reason, low, high)
	}
}
