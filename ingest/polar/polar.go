// Package polar reads the training sessions of a Polar Flow account export
// (training-session-*.json) into neutral runs. No library reads them; both forms
// are plain JSON, so encoding/json does.
//
// The older form (exportVersion 1 and 2) gives every sample its time, the newer
// one a list of values and their interval. Times are local; the offset from UTC
// stands beside them. The clock of the samples stands still in pauses, that of
// the route does not.
//
// It may import readiness, nothing else of this module.
package polar

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"afterrun/readiness"
)

// MaxSize is the largest file Decode accepts, in bytes: a day in the older form.
const MaxSize = 32 << 20

// maxSamples bounds a channel: a sample every second for three days is fewer.
const maxSamples = 300_000

// maxExercises bounds the parts of a session.
const maxExercises = 100

// headSize is how far into a document its mark is looked for: samples come last.
const headSize = 64 << 10

// IsSession reports whether a document begins like a training session: parts that
// have an end. A training target has parts, too, but none has been run.
func IsSession(data []byte) bool {
	head := bytes.TrimLeft(data[:min(len(data), headSize)], "\xEF\xBB\xBF \t\r\n")
	return bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"exercises"`)) && bytes.Contains(head, []byte(`"stopTime"`))
}

// Decode reads one training session and returns one run per exercise; one without
// samples is its start, end and distance. What had to be left out is listed in the
// Warnings of the run.
//
// Errors wrap readiness.ErrIncomplete (the document is not closed: still
// arriving), readiness.ErrIgnored (nothing says how long it took) or
// readiness.ErrInvalid. Decode never panics.
func Decode(data []byte) ([]readiness.Run, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("parse polar: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("parse polar: %w", err)
	}
	runs, err := s.runs()
	if err != nil {
		return nil, fmt.Errorf("parse polar: %w", err)
	}
	return runs, nil
}

// parse reads the document. A value of another type than expected is missing.
func parse(data []byte) (s session, err error) {
	data = withoutNaN(data)
	err = json.Unmarshal(data, &s)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && cut(data, syntax):
		return s, fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	case errors.As(err, &syntax):
		return s, fmt.Errorf("broken JSON: %w: %w", err, readiness.ErrInvalid)
	case len(s.Exercises) > maxExercises:
		return s, fmt.Errorf("%d exercises, more than %d: %w", len(s.Exercises), maxExercises, readiness.ErrInvalid)
	}
	return s, nil
}

// cut reports a fault at the end of the input. Of a number that breaks off
// encoding/json says that it is wrong.
func cut(data []byte, fault *json.SyntaxError) bool {
	if fault.Offset < int64(len(data)) {
		return false
	}
	return fault.Error() == "unexpected end of JSON input" || bytes.ContainsAny(data[len(data)-1:], ".eE+-")
}

// withoutNaN turns the NaN that Polar writes for a missing value, which JSON does
// not have, into null; half of one at the end is still arriving.
func withoutNaN(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !bytes.Contains(data, []byte("NaN")) {
		return bytes.TrimRight(data, "Na")
	}
	out, text := make([]byte, 0, len(data)+len(data)/8), false
	for i := 0; i < len(data); i++ {
		switch rest := data[i:]; {
		case text && data[i] == '\\' && len(rest) > 1:
			out = append(out, rest[:2]...)
			i++
			continue
		case data[i] == '"':
			text = !text
		case !text && bytes.HasPrefix(rest, []byte("NaN")):
			out = append(out, "null"...)
			i += 2
			continue
		case !text && data[i] == 'N' && len(rest) < 3:
			return out
		}
		out = append(out, data[i])
	}
	return out
}

// runs returns the exercises that can be placed in time; the first tells of the
// others.
func (s session) runs() ([]readiness.Run, error) {
	var out []readiness.Run
	var lost []string
	err := fmt.Errorf("a session without exercises: %w", readiness.ErrIgnored)
	for k, e := range s.Exercises {
		r, fault := s.run(e)
		if fault != nil {
			err, lost = fault, append(lost, fmt.Sprintf("exercise %d left out: %s", k+1, inWords(fault)))
			continue
		}
		r.Part = k
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, err
	}
	if len(out) == 1 {
		out[0].Part = -1
	}
	out[0].Warnings = append(out[0].Warnings, lost...)
	return out, nil
}

// inWords leaves out the class of an error.
func inWords(err error) string {
	text, _ := strings.CutSuffix(err.Error(), ": "+readiness.ErrInvalid.Error())
	return strings.TrimSuffix(text, ": "+readiness.ErrIgnored.Error())
}

// maxApart is how far a sample may be from its start.
const maxApart = 31 * 24 * time.Hour

// run turns an exercise into a run.
func (s session) run(e exercise) (readiness.Run, error) {
	n, most := e.samples()
	if most > maxSamples {
		return readiness.Run{}, fmt.Errorf("more than %d samples: %w", maxSamples, readiness.ErrInvalid)
	}
	t, err := s.tapeOf(e)
	switch {
	case err != nil:
		return readiness.Run{}, err
	case n == 0 && (t.length <= 0 || t.length > int(maxApart/time.Second)):
		return readiness.Run{}, fmt.Errorf("neither samples nor an end: %w", readiness.ErrIgnored)
	case n == 0:
		return s.summary(t, e), nil
	}
	t.collect(e)
	seconds := t.seconds()
	if len(seconds) == 0 {
		return readiness.Run{}, fmt.Errorf("no time of a sample can be read: %w", readiness.ErrInvalid)
	}
	r := s.headed(t, e, seconds[0])
	t.fill(&r, seconds)
	warn(&r, t.strays, "samples without a time or more than a month from the others left out")
	warn(&r, t.unplaced, "positions outside the time of the samples left out")
	return r, nil
}

// headed is a run without its samples; first is the second of the first one.
func (s session) headed(t *tape, e exercise, first int) readiness.Run {
	r := readiness.Run{
		Format: "polar", Title: string(s.Name), HRSource: "unknown",
		Start: t.start, First: t.start.Add(time.Duration(first) * time.Second), UTCOffset: int(t.offset / time.Second), HasUTCOffset: t.local,
		Device: readiness.Device{Manufacturer: "polar", Product: string(s.Product.ModelName), Serial: string(s.DeviceID)},
	}
	r.Sport, r.SubSport = sportOf(cmp.Or(e.Sport, s.Sport))
	return r
}

// summary is the run of an exercise without samples, as one typed in or on a
// treadmill: two samples, its start and its end.
func (s session) summary(t *tape, e exercise) readiness.Run {
	r := s.headed(t, e, 0)
	r.T = []float64{0, float64(t.length)}
	if d := float64(max(e.Distance, e.DistanceMeters)); d > 0 {
		r.Distance = []float64{0, d}
	}
	r.Warnings = []string{"no samples: start, duration and distance are those that Polar summed up"}
	return r
}

// tapeOf finds the instant at which the exercise starts.
func (s session) tapeOf(e exercise) (*tape, error) {
	start := cmp.Or(e.Start, s.Start)
	east, local := start.east, true
	if east == 0 {
		east, local = offsetOf(e.Offset, e.OffsetMinutes, s.Offset, s.OffsetMinutes)
	}
	switch {
	case start == (clock{}):
		return nil, fmt.Errorf("the start of the session cannot be read: %w", readiness.ErrInvalid)
	case !local && !start.zoned:
		return nil, fmt.Errorf("the session does not say how far its clock is from UTC; export it from Polar Flow as TCX, GPX or FIT: %w", readiness.ErrInvalid)
	}
	t := &tape{start: start.in(east), offset: east, local: local, values: map[string]map[int]float64{}}
	if !readiness.Recordable(t.start) {
		return nil, fmt.Errorf("the start of the session, %s, is no time of a watch: %w", t.start.Format(time.RFC3339), readiness.ErrInvalid)
	}
	if e.Stop != (clock{}) {
		t.length = t.second(e.Stop)
	}
	return t, nil
}

// offsetOf returns the first offset that is said and can be true.
func offsetOf(all ...offset) (time.Duration, bool) {
	for _, o := range all {
		if o.said && math.Abs(o.minutes) <= 18*60 {
			return time.Duration(o.minutes * float64(time.Minute)), true
		}
	}
	return 0, false
}

// tape collects the samples of an exercise by the second since its start.
type tape struct {
	start            time.Time
	offset           time.Duration // of the local clock from UTC
	local            bool          // it is known
	length           int           // s, of the samples; 0 = not said
	values           map[string]map[int]float64
	strays, unplaced int
}

// second returns the second of a time since the start.
func (t *tape) second(c clock) int {
	return int(math.Round(c.in(t.offset).Sub(t.start).Seconds()))
}

func (t *tape) put(channel string, second int, v float64) {
	switch {
	case math.IsNaN(v):
		return
	case second < -slack || second > int(maxApart/time.Second):
		t.strays++
		return
	}
	if t.values[channel] == nil {
		t.values[channel] = map[int]float64{}
	}
	t.values[channel][second] = v
}

// seconds are those that have any value, in order.
func (t *tape) seconds() []int {
	seen := map[int]bool{}
	for _, c := range t.values {
		for s := range c {
			seen[s] = true
		}
	}
	out := make([]int, 0, len(seen))
	for s := range seen {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// fill spreads the samples over the run's columns.
func (t *tape) fill(r *readiness.Run, seconds []int) {
	r.T = make([]float64, len(seconds))
	for i, s := range seconds {
		r.T[i] = float64(s - seconds[0])
	}
	for name, column := range map[string]*[]float64{
		heartRate: &r.HR, speed: &r.Speed, distance: &r.Distance, cadence: &r.Cadence,
		altitude: &r.Altitude, power: &r.Power, latitude: &r.Lat, longitude: &r.Lon,
	} {
		if values := t.values[name]; len(values) > 0 {
			*column = spread(values, seconds)
		}
	}
}

func spread(values map[int]float64, seconds []int) []float64 {
	out := make([]float64, len(seconds))
	for i, s := range seconds {
		v, ok := values[s]
		if !ok {
			v = math.NaN()
		}
		out[i] = v
	}
	return out
}

func warn(r *readiness.Run, n int, what string) {
	if n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d %s", n, what))
	}
}
