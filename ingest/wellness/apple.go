package wellness

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"afterrun/readiness"
)

// headSize is how far into a document its root is looked for: Apple's begins with
// a description of its own form, which is sometimes broken.
const headSize = 256 << 10

const root = "<HealthData"

// IsApple reports whether a document begins like the export.xml of Apple Health.
func IsApple(head []byte) bool {
	head = head[:min(len(head), headSize)]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	return bytes.HasPrefix(text, []byte("<")) && bytes.Contains(head, []byte(root))
}

// Bounds of an export: what is kept of it is a line per day and source and one
// per stretch of sleep.
const (
	maxSources  = 200
	maxStretch  = 4_000_000
	maxKept     = 1_000_000
	maxElement  = 1 << 20 // bytes between two '<'
	maxWorkouts = 200_000
)

// Routes are the sports of the workouts, by the base name of their route's file:
// the route itself does not tell.
type Routes map[string]string

// Apple reads the export.xml of Apple Health as a stream; memory does not grow
// with its size. Of several sources the one with the most days counts, metric by
// metric, unless allow names those that may. Errors wrap readiness.ErrIncomplete,
// readiness.ErrIgnored or readiness.ErrInvalid, or are those of r.
func Apple(r io.Reader, allow []string) ([]readiness.Event, Routes, []string, error) {
	a := export{allow: allow, sources: map[string]*source{}, routes: Routes{}}
	if err := a.read(r); err != nil {
		return nil, nil, nil, err
	}
	b := newBook("apple")
	a.choose(b)
	events, err := b.events()
	if err == nil && len(events) == 0 && len(a.routes) == 0 {
		err = fmt.Errorf("no resting heart rate, HRV, sleep or body mass%s: %w", a.passedOver(), readiness.ErrIgnored)
	}
	return events, a.routes, b.warnings, err
}

// export is an export.xml being read.
type export struct {
	allow   []string
	sources map[string]*source
	other   map[string]bool // sources that are not allowed
	routes  Routes
	sport   string // of the workout that is open
	stretch int    // stretches of sleep, and values of days, of all sources
	kept    int
}

// source is what one device or app says.
type source struct {
	latest map[datum]latest // values of which one counts a day
	sum    map[datum]mean   // values of which the mean counts
	sleep  []stretch
}

type latest struct {
	at string // the time as written
	v  float64
}

type mean struct {
	sum float64
	n   int
}

// stretch is a time asleep, Unix seconds; date is that of its end.
type stretch struct {
	from, to int64
	date     readiness.Date
}

func (e *export) read(r io.Reader) error {
	in, err := fromRoot(r)
	if err != nil {
		return err
	}
	source := &bounded{r: in}
	d := xml.NewDecoder(source)
	d.Strict = false
	for {
		t, err := d.RawToken() // keeps no stack: elements that never close cost nothing
		if err != nil {
			return ended(err, source.end)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := e.element(t); err != nil {
				return err
			}
		case xml.EndElement:
			if t.Name.Local == "HealthData" {
				return nil
			}
		}
	}
}

// ended tells a document that is cut, and so asked for more at its end, from one
// that is wrong.
func ended(err error, end bool) error {
	var syntax *xml.SyntaxError
	switch {
	case end && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax)):
		return fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	case errors.As(err, &syntax):
		return fmt.Errorf("broken XML: %w: %w", err, readiness.ErrInvalid)
	}
	return err
}

// fromRoot drops what stands before the root.
func fromRoot(r io.Reader) (io.Reader, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	at := bytes.Index(head[:n], []byte(root))
	if at < 0 {
		return nil, fmt.Errorf("no export of Apple Health: %w", readiness.ErrIgnored)
	}
	return io.MultiReader(bytes.NewReader(head[at:n]), r), nil
}

// bounded ends a document with an element that would fill the memory.
type bounded struct {
	r     io.Reader
	since int  // bytes since the last '<'
	end   bool // there is no more
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.end = b.end || errors.Is(err, io.EOF)
	if i := bytes.LastIndexByte(p[:n], '<'); i >= 0 {
		b.since = n - i
	} else if b.since += n; b.since > maxElement {
		return 0, fmt.Errorf("an element of more than %d bytes: %w", maxElement, readiness.ErrInvalid)
	}
	return n, err
}

func (e *export) element(t xml.StartElement) error {
	switch t.Name.Local {
	case "Record":
		return e.record(attributes(t))
	case "Workout":
		e.sport = sportOf(attributes(t)["workoutActivityType"])
	case "FileReference":
		if name := path.Base(attributes(t)["path"]); e.sport != "" && len(e.routes) < maxWorkouts {
			e.routes[name] = e.sport
		}
	}
	return nil
}

func attributes(t xml.StartElement) map[string]string {
	a := make(map[string]string, len(t.Attr))
	for _, x := range t.Attr {
		a[x.Name.Local] = x.Value
	}
	return a
}

// sportOf turns HKWorkoutActivityTypeRunning into the FIT name of the sport.
func sportOf(kind string) string {
	switch kind = strings.ToLower(strings.TrimPrefix(kind, "HKWorkoutActivityType")); {
	case kind == "crosscountryskiing":
		return "cross_country_skiing"
	case slices.Contains([]string{"running", "walking", "hiking", "cycling", "swimming", "rowing"}, kind):
		return kind
	}
	return "generic"
}

// The kinds of record that are of use.
const (
	quantity = "HKQuantityTypeIdentifier"
	asleep   = "HKCategoryValueSleepAnalysisAsleep"
)

func (e *export) record(a map[string]string) error {
	kind := strings.TrimPrefix(a["type"], quantity)
	if !slices.Contains([]string{"RestingHeartRate", "HeartRateVariabilitySDNN", "HeartRateVariabilityRMSSD", "HeartRateRecoveryOneMinute", "BodyMass", "HKCategoryTypeIdentifierSleepAnalysis"}, kind) {
		return nil
	}
	name := strings.ReplaceAll(a["sourceName"], "\u00A0", " ")
	if !e.allowed(name) {
		if e.other == nil {
			e.other = map[string]bool{}
		}
		if len(e.other) < maxSources {
			e.other[name] = true
		}
		return nil
	}
	s := e.sources[name]
	if s == nil {
		if len(e.sources) >= maxSources {
			return nil
		}
		s = &source{latest: map[datum]latest{}, sum: map[datum]mean{}}
		e.sources[name] = s
	}
	if kind == "HKCategoryTypeIdentifierSleepAnalysis" {
		return e.asleep(s, a)
	}
	before := len(s.latest) + len(s.sum)
	s.quantity(kind, a)
	if e.kept += len(s.latest) + len(s.sum) - before; e.kept > maxKept {
		return fmt.Errorf("more than %d days of values: %w", maxKept, readiness.ErrInvalid)
	}
	return nil
}

// allowed compares names without regard to case and kind of blank.
func (e *export) allowed(name string) bool {
	return len(e.allow) == 0 || slices.ContainsFunc(e.allow, func(a string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(name)) })
}

// poundKg is the international pound.
const poundKg = 0.45359237

func (s *source) quantity(kind string, a map[string]string) {
	v, err := strconv.ParseFloat(a["value"], 64)
	d, ok := dateOf(a["startDate"])
	if err != nil || !ok {
		return
	}
	switch kind {
	case "RestingHeartRate":
		s.keep(datum{deviceDay, "rhr_bpm", d}, a["startDate"], v)
	case "BodyMass":
		if a["unit"] == "lb" {
			v *= poundKg
		}
		s.keep(datum{mass, "body_mass_kg", d}, a["startDate"], v)
	case "HeartRateRecoveryOneMinute":
		s.keep(datum{recovery, "hrr60_bpm", d}, a["startDate"], v)
	case "HeartRateVariabilitySDNN":
		s.average(datum{sdnn, "hrv_sdnn_ms", d}, v)
	case "HeartRateVariabilityRMSSD":
		s.average(datum{device, "hrv_rmssd_ms", d}, v)
	}
}

// keep remembers the last value of a day by its own time; the order of the file
// is not that of time.
func (s *source) keep(at datum, when string, v float64) {
	if old, ok := s.latest[at]; !ok || when >= old.at {
		s.latest[at] = latest{when, v}
	}
}

func (s *source) average(at datum, v float64) {
	m := s.sum[at]
	s.sum[at] = mean{m.sum + v, m.n + 1}
}

const appleTime = "2006-01-02 15:04:05 -0700"

func (e *export) asleep(s *source, a map[string]string) error {
	if !strings.HasPrefix(a["value"], asleep) {
		return nil // in bed, awake
	}
	from, err1 := time.Parse(appleTime, a["startDate"])
	to, err2 := time.Parse(appleTime, a["endDate"])
	d, ok := dateOf(a["endDate"])
	if err1 != nil || err2 != nil || !ok || !to.After(from) || to.Sub(from) > 24*time.Hour {
		return nil //nolint:nilerr // a stretch without times is none
	}
	if e.stretch++; e.stretch > maxStretch {
		return fmt.Errorf("more than %d stretches of sleep: %w", maxStretch, readiness.ErrInvalid)
	}
	s.sleep = append(s.sleep, stretch{from.Unix(), to.Unix(), d})
	return nil
}

// choose puts the values of the source with the most days, metric by metric.
func (e *export) choose(b *book) {
	names := slices.Sorted(maps.Keys(e.sources))
	days := map[string]map[string]map[datum]float64{} // by metric, source
	for _, name := range names {
		for at, v := range e.sources[name].values() {
			if days[at.name] == nil {
				days[at.name] = map[string]map[datum]float64{}
			}
			if days[at.name][name] == nil {
				days[at.name][name] = map[datum]float64{}
			}
			days[at.name][name][at] = v
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(days)) {
		by := days[metric]
		best := slices.MinFunc(slices.Sorted(maps.Keys(by)), func(x, y string) int { return cmp.Compare(len(by[y]), len(by[x])) })
		for at, v := range by[best] {
			b.put(at.series, at.name, at.date, v)
		}
		if len(by) > 1 {
			b.warn("%s comes from %d sources (%s); taken: %s. List the athlete's own under apple_health.sources",
				metric, len(by), strings.Join(slices.Sorted(maps.Keys(by)), ", "), best)
		}
	}
}

func (e *export) passedOver() string {
	if len(e.other) == 0 {
		return ""
	}
	return " of an allowed source (there are: " + strings.Join(slices.Sorted(maps.Keys(e.other)), ", ") + ")"
}

// values are a source's daily values.
func (s *source) values() map[datum]float64 {
	out := map[datum]float64{}
	for at, l := range s.latest {
		out[at] = l.v
	}
	for at, m := range s.sum {
		out[at] = m.sum / float64(m.n)
	}
	for d, h := range nights(s.sleep) {
		out[datum{sleep, "sleep_h", d}] = h
	}
	return out
}

// newSleep is how long somebody is awake between two sleeps, s.
const newSleep = 3 * 3600

// nights adds up the time asleep, overlaps once, by the date on which each sleep
// ends.
func nights(all []stretch) map[readiness.Date]float64 {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := map[readiness.Date]float64{}
	asleep, end, date := 0.0, int64(0), readiness.Date(0)
	for i, s := range all {
		if i > 0 && s.from-end >= newSleep {
			out[date] += asleep
			asleep = 0
		}
		if from := max(s.from, end); s.to > from {
			asleep += float64(s.to-from) / 3600
			end, date = s.to, s.date
		}
	}
	if len(all) > 0 {
		out[date] += asleep
	}
	return out
}
