package ingest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"afterrun/ingest/bundle"
	"afterrun/ingest/fit"
	"afterrun/ingest/gpx"
	"afterrun/ingest/journal"
	"afterrun/ingest/polar"
	"afterrun/ingest/tcx"
	"afterrun/ingest/wellness"
	"afterrun/readiness"
)

// Parsed is what a file says: its events, without an athlete, in a fixed
// order, and what had to be left out.
type Parsed struct {
	Format   string // fit | gpx | tcx | polar | checkin | wellness
	Events   []readiness.Event
	Warnings []string
}

// Parse reads a file of any known format, gzipped or not. The format is decided
// by the content; the name serves only to say what was expected. A zip holds
// files of its own: see [Ingester.Bundle].
//
// Errors wrap readiness.ErrIncomplete (still arriving), readiness.ErrIgnored
// (nothing about the athlete, or a format not supported) or
// readiness.ErrInvalid; each names its cause.
func Parse(name string, data []byte) (Parsed, error) {
	return parse(name, data, false, time.Now())
}

// Salvage reads like Parse a file of which nothing more will arrive: of a watch
// file that is cut it keeps what is there, with a warning.
func Salvage(name string, data []byte) (Parsed, error) {
	return parse(name, data, true, time.Now())
}

// parse reads a file; with last, nothing more of it will arrive. What was packed
// before it was whole never will be.
func parse(name string, data []byte, last bool, now time.Time) (Parsed, error) {
	if bundle.IsGzip(data) {
		plain, err := bundle.Gunzip(data)
		if err != nil {
			return Parsed{}, err
		}
		name, data, last = strings.TrimSuffix(name, path.Ext(name)), plain, true
	}
	data, err := narrow(data)
	if err != nil {
		return Parsed{}, err
	}
	data = asXML10(bytes.TrimPrefix(data, []byte(byteOrderMark)))
	format, err := detect(data)
	if err != nil {
		return Parsed{}, err
	}
	if err := matches(name, format); err != nil {
		return Parsed{}, err
	}
	return read(format, data, last, now)
}

// read reads a document of a format.
func read(format string, data []byte, last bool, now time.Time) (Parsed, error) {
	switch format {
	case formatFIT:
		return ofFIT(data, last, now)
	case formatGPX:
		runs, err := ofTracks(gpx.Decode, data, last)
		return ofRuns(format, runs, err, now)
	case formatTCX:
		runs, err := ofTracks(tcx.Decode, data, last)
		return ofRuns(format, runs, err, now)
	case formatPolar:
		runs, err := polar.Decode(data)
		return ofRuns(format, runs, err, now)
	case formatCheckIn:
		return ofDiary(data)
	case formatTable:
		events, warnings, err := wellness.CSV(data)
		return ofWellness(events, warnings, err)
	case formatApple:
		events, _, warnings, err := wellness.Apple(bytes.NewReader(data), nil)
		return ofWellness(events, warnings, err)
	case formatStrava:
		efforts, err := journal.Strava(data)
		return ofEfforts(efforts, err)
	case formatZip, formatGzip, formatTar:
		return Parsed{}, fmt.Errorf("a %s in another file: unpack it first: %w", format, readiness.ErrIgnored)
	}
	return Parsed{}, fmt.Errorf("%s: not a FIT, GPX or TCX file nor a check-in: %w", format, readiness.ErrIgnored)
}

// The formats told apart by their content. Others are described in words.
const (
	formatFIT     = "fit"
	formatGPX     = "gpx"
	formatTCX     = "tcx"
	formatPolar   = "polar"
	formatCheckIn = "checkin"
	formatTable   = "wellness table"
	formatApple   = "apple health"
	formatStrava  = "strava"
	formatZip     = "zip"
	formatGzip    = "gzip"
	formatTar     = "tar"
	formatUnknown = "content of an unknown format"
)

// detect names the format of a content. Only content that says nothing yet is
// an error.
func detect(data []byte) (string, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(text) == 0:
		return "", fmt.Errorf("empty file: %w", readiness.ErrIncomplete)
	case len(bytes.Trim(data, "\x00")) == 0:
		return "", fmt.Errorf("%d zero bytes: the content has not arrived: %w", len(data), readiness.ErrIncomplete)
	case isFIT(data):
		return formatFIT, nil
	case bundle.IsZip(data):
		return formatZip, nil
	case bundle.IsGzip(data):
		return formatGzip, nil
	case isTar(data):
		return formatTar, nil
	case wellness.IsApple(data):
		return formatApple, nil
	case text[0] == '<':
		return detectXML(text)
	case journal.IsStrava(data):
		return formatStrava, nil
	case wellness.IsCSV(data):
		return formatTable, nil
	case polar.IsSession(text):
		return formatPolar, nil
	case text[0] == '{', text[0] == '[', journal.IsCheckIn(data):
		return formatCheckIn, nil
	}
	return formatUnknown, nil
}

// isFIT recognises the mark in the header, and a header that is still
// arriving: all of it that is there must fit.
func isFIT(data []byte) bool {
	if len(data) >= 12 {
		return string(data[8:12]) == ".FIT"
	}
	const mark = ".FIT"
	arrived := string(data[min(8, len(data)):])
	return (data[0] == 12 || data[0] == 14) && strings.HasPrefix(mark, arrived)
}

// isTar recognises an archive as Google's .tgz holds, by the mark in the header of
// its first file.
func isTar(data []byte) bool { return len(data) > 262 && string(data[257:262]) == "ustar" }

// detectXML tells XML formats by their root element.
func detectXML(text []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := d.Token()
		if err != nil && (errors.Is(err, io.EOF) || d.InputOffset() >= int64(len(text))) {
			return "", fmt.Errorf("the document has no root yet: %w", readiness.ErrIncomplete)
		}
		if err != nil {
			return "", fmt.Errorf("broken XML: %w: %w", err, readiness.ErrInvalid)
		}
		if e, ok := t.(xml.StartElement); ok {
			return xmlFormat(e.Name.Local), nil
		}
	}
}

func xmlFormat(root string) string {
	switch root {
	case "gpx":
		return formatGPX
	case "TrainingCenterDatabase":
		return formatTCX
	}
	return fmt.Sprintf("XML with the root <%.40s>", root)
}

// matches refuses a file whose suffix promises a watch file of another format
// than its content.
func matches(name, format string) error {
	want := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if want != formatFIT && want != formatGPX && want != formatTCX || want == format {
		return nil
	}
	return fmt.Errorf("wrong extension .%s: the content is %s: %w", want, strings.TrimPrefix(format, "content "), readiness.ErrInvalid)
}

// ofFIT makes events of runs, nights and days.
func ofFIT(data []byte, last bool, now time.Time) (Parsed, error) {
	decode := fit.Decode
	if last {
		decode = fit.Salvage
	}
	runs, readings, err := decode(data)
	if err != nil {
		return Parsed{}, err
	}
	p := Parsed{Format: formatFIT}
	p.addRuns(runs, now)
	p.addReadings(readings, now)
	return p.orInvalid()
}

// ofRuns makes events of runs.
func ofRuns(format string, runs []readiness.Run, err error, now time.Time) (Parsed, error) {
	if err != nil {
		return Parsed{}, err
	}
	p := Parsed{Format: format}
	p.addRuns(runs, now)
	return p.orInvalid()
}

// orInvalid is the verdict about a file of which nothing is left.
func (p Parsed) orInvalid() (Parsed, error) {
	if len(p.Events) == 0 {
		return Parsed{}, fmt.Errorf("parse %s: %s: %w", p.Format, strings.Join(p.Warnings, "; "), readiness.ErrInvalid)
	}
	return p, nil
}

// ahead is how far a time may lie in the future: no more than time zones
// explain. Beyond it the watch's clock is wrong.
const ahead = 24 * time.Hour

func (p *Parsed) addRuns(runs []readiness.Run, now time.Time) {
	for i := range runs {
		r := &runs[i]
		p.Warnings = append(p.Warnings, r.Warnings...)
		if r.Start.After(now.Add(ahead)) {
			p.Warnings = append(p.Warnings, fmt.Sprintf("the run of %s lies in the future: the watch's clock is wrong", r.Start.Format(time.RFC3339)))
			continue
		}
		if readiness.Undated(r.First) {
			p.Warnings = append(p.Warnings, "the watch's clock was never set: a run of no known day, shown by itself and counted nowhere")
		}
		p.add(readiness.Event{Kind: readiness.KindRun, Key: readiness.RunKey(r), Run: r})
	}
}

// addReadings adds what a watch says about days and nights, under the name of
// its content: which of several files counts is decided reading by reading.
func (p *Parsed) addReadings(r *readiness.Readings, now time.Time) {
	if r == nil {
		return
	}
	p.Warnings = append(p.Warnings, r.Warnings...)
	if n := r.Keep(func(at int64) bool { return at <= now.Add(ahead).Unix() }); n > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d readings lie in the future: the watch's clock is wrong", n))
	}
	times := r.Times()
	if len(times) == 0 {
		return
	}
	w := &readiness.Wellness{Date: readiness.DateOf(time.Unix(int64(times[0]), 0).UTC()), Source: formatFIT, Readings: r}
	e := readiness.Event{Kind: readiness.KindWellness, Wellness: w}
	e.Key = formatFIT + "_" + e.ContentDigest()[:32]
	p.add(e)
}

// ofDiary reads a check-in, or the JSON of a maker's export.
func ofDiary(data []byte) (Parsed, error) {
	p, err := ofCheckIns(data)
	if json := bytes.TrimSpace(data); errors.Is(err, readiness.ErrIgnored) && bytes.ContainsAny(json[:1], "{[") {
		events, warnings, err := wellness.JSON(data)
		return ofWellness(events, warnings, err)
	}
	return p, err
}

func ofWellness(events []readiness.Event, warnings []string, err error) (Parsed, error) {
	if err == nil && len(events) == 0 {
		err = fmt.Errorf("no value that can be true: %w", readiness.ErrIgnored)
	}
	if err != nil {
		return Parsed{}, err
	}
	p := Parsed{Format: "wellness", Warnings: warnings}
	for _, e := range events {
		p.add(e)
	}
	return p, nil
}

// ofEfforts reads Strava's list of activities by itself. In its bundle the runs
// tell when they started; here only the list's own dates can.
func ofEfforts(efforts []journal.Effort, err error) (Parsed, error) {
	if err != nil {
		return Parsed{}, err
	}
	return ofCheckIns(journal.CheckIns(efforts, nil))
}

func ofCheckIns(data []byte) (Parsed, error) {
	events, warnings, err := journal.Decode(data)
	if err != nil {
		return Parsed{}, err
	}
	if len(events) == 0 {
		return Parsed{}, fmt.Errorf("no row says anything: %s: %w", strings.Join(append(warnings, "nothing to read"), "; "), readiness.ErrIgnored)
	}
	p := Parsed{Format: formatCheckIn, Warnings: warnings}
	for _, e := range events {
		p.add(e)
	}
	return p, nil
}

func (p *Parsed) add(e readiness.Event) {
	e.Digest = e.ContentDigest()
	p.Events = append(p.Events, e)
}
