// Package fit reads the FIT files of sports watches into readiness.Run and
// readiness.Readings. It exists because no single decoder delivers what
// Afterrun needs: activities are decoded by github.com/tormoder/fit; what it
// drops (the athlete's limits, the memory of chest straps, the fields of apps,
// everything about days and nights) and the activities it refuses are decoded
// from the same bytes by github.com/muktihari/fit. The file's length, checksum
// and structure are checked here, because one decoder's checksum test is wrong
// for files without a header checksum and neither bounds its memory.
//
// It may import readiness and the two decoders, nothing else of this module.
package fit

import (
	"errors"
	"fmt"

	"github.com/muktihari/fit/profile/typedef"

	"afterrun/readiness"
)

// MaxSize is the largest file Decode accepts, in bytes. Three days at one
// record a second with every sensor are about 20 MiB.
const MaxSize = 64 << 20

// Decode reads one file: a FIT file or several chained ones. It returns one
// run per session of every activity in it, and what it says about days and
// nights (nil for nothing). What had to be left out is listed in the Warnings
// of the first run concerned, or of the readings when there is no run.
//
// Errors wrap readiness.ErrIncomplete (the file is shorter than its header
// says: still arriving), readiness.ErrIgnored (a valid file that says nothing
// about the athlete) or readiness.ErrInvalid. Decode never panics and its
// memory is bounded: see MaxSize and maxMessages.
func Decode(data []byte) ([]readiness.Run, *readiness.Readings, error) { return decode(data, false) }

// Salvage reads like Decode a file of which nothing more will arrive: of one that
// is cut it keeps what is there, with a warning. One in which there is nothing
// gets the error of Decode.
func Salvage(data []byte) ([]readiness.Run, *readiness.Readings, error) {
	if runs, readings, err := decode(data, true); err == nil {
		return runs, readings, nil
	}
	return Decode(data)
}

func decode(data []byte, last bool) (runs []readiness.Run, readings *readiness.Readings, err error) {
	defer func() {
		if p := recover(); p != nil {
			runs, readings, err = nil, nil, fmt.Errorf("parse fit: decoder stopped (%v): %w", p, readiness.ErrInvalid)
		}
	}()
	if len(data) > MaxSize {
		return nil, nil, fmt.Errorf("parse fit: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	parts, rest, err := split(data, last)
	if err != nil {
		return nil, nil, fmt.Errorf("parse fit: %w", err)
	}
	runs, readings, err = decodeParts(parts, rest)
	if err != nil {
		return nil, nil, fmt.Errorf("parse fit: %w", err)
	}
	return runs, readings, nil
}

// stopped makes an error of a decoder's panic, so that the other decoder is
// asked and what was read before is kept.
func stopped(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("decoder stopped: %v", p)
	}
}

// decodeParts reads every part of a chain. A fault of the first part is the
// file's fault; a fault of a later one is a warning, as long as any part says
// something.
func decodeParts(parts []part, rest string) ([]readiness.Run, *readiness.Readings, error) {
	var c chain
	for i, p := range parts {
		if err := c.read(i, p); err != nil {
			return nil, nil, err
		}
	}
	runs, readings := c.results()
	if rest != "" {
		c.faults = append(c.faults, errors.New(rest))
	}
	switch {
	case len(runs) > 0:
		runs[0].Warnings = append(runs[0].Warnings, c.warnings()...)
	case readings != nil:
		readings.Warnings = append(readings.Warnings, c.warnings()...)
	default:
		return nil, nil, c.faults[0]
	}
	return runs, readings, nil
}

// chain is what the parts of a file hold.
type chain struct {
	contents []*content
	faults   []error // of the parts that say nothing; one at least when there is no content
}

func (c *chain) read(i int, p part) error {
	got, err := decodePart(p, c.contents)
	switch {
	case i == 0 && errors.Is(err, readiness.ErrInvalid):
		return err
	case i > 0 && err != nil:
		err = fmt.Errorf("part %d of the file: %w", i+1, err)
	}
	if err != nil {
		c.faults = append(c.faults, err)
	}
	if got != nil {
		c.contents = append(c.contents, got)
	}
	return nil
}

// results reads the contents. One that says nothing is a fault, too.
func (c *chain) results() (runs []readiness.Run, readings *readiness.Readings) {
	for _, part := range c.contents {
		part.mergeStrap()
		got, err := part.runs()
		r := part.readings()
		switch {
		case len(got) > 0:
			got[0].Warnings = part.warnings
		case r != nil:
			r.Warnings = part.warnings
		default:
			c.faults = append(c.faults, err)
		}
		runs, readings = append(runs, got...), readings.Join(r)
	}
	return runs, readings
}

func (c *chain) warnings() []string {
	var out []string
	for _, err := range c.faults {
		out = append(out, err.Error())
	}
	return out
}

// decodePart reads one FIT file of the chain. What a chest strap remembers goes
// to the activity before it; then there is no content of its own.
func decodePart(p part, before []*content) (*content, error) {
	s, err := survey(p)
	if err != nil {
		return nil, err
	}
	if !s.fileID && s.counts[typedef.MesgNumRecord] == 0 {
		return nil, s.strapOnly(before)
	}
	c, err := read(s)
	if err == nil && p.cut && !c.named() {
		return nil, fmt.Errorf("cut before it says which sport it is: %w", readiness.ErrInvalid)
	}
	return c, err
}

// named reports a content that says which sport it is, or that is about none. A
// cut one that does not could be any recording, also one that is there whole.
func (c *content) named() bool {
	return len(c.sessions) > 0 || len(c.records) == 0 || c.sport != typedef.SportInvalid || c.lapSport != typedef.SportInvalid
}

// strapOnly reads a part without file_id: the chest strap's own memory,
// appended after a swim, or nothing known.
func (s surveyed) strapOnly(before []*content) error {
	n := s.counts[typedef.MesgNumHr]
	switch {
	case n == 0:
		return fmt.Errorf("no file_id message: %w", readiness.ErrInvalid)
	case len(before) == 0:
		return fmt.Errorf("%d messages of heart rate stored by a strap, without their activity: %w", n, readiness.ErrIgnored)
	}
	if err := readStrap(s.data, &before[len(before)-1].strap); err != nil || s.lacks == "" {
		return err
	}
	return errors.New(s.lacks)
}

// read decodes a surveyed part: an activity with tormoder, and with muktihari
// what tormoder drops, refuses or cuts short.
func read(s surveyed) (*content, error) {
	side, sideErr := readMuktihari(s.data, false)
	if !s.recording(side.fileType) {
		return side.daily(s, sideErr)
	}
	c, err := s.tormoder()
	if err != nil {
		if all, allErr := readMuktihari(s.data, true); allErr == nil || all.messages() > c.messages() {
			c, err = all, allErr
		}
	}
	c.adopt(side)
	if c.messages() == 0 && err != nil {
		return nil, fmt.Errorf("%s: %w", err.Error(), readiness.ErrInvalid)
	}
	c.broken(s, err)
	return c, nil
}

var (
	errMany  = errors.New("more samples than tormoder is given")
	errOdd   = errors.New("fields of types that tormoder takes for others")
	errShort = errors.New("times that count on from messages which tormoder passes over")
	errLost  = errors.New("fewer records than there are in the file")
)

func (s surveyed) tormoder() (*content, error) {
	switch {
	case s.many:
		return newContent(), errMany
	case s.odd:
		return newContent(), errOdd
	case s.short:
		return newContent(), errShort
	}
	c, err := readTormoder(s.data)
	if err == nil && len(c.records) < s.counts[typedef.MesgNumRecord] {
		err = errLost
	}
	return c, err
}

// daily is the content of a file that is no activity: what it says about days
// and nights.
func (c *content) daily(s surveyed, err error) (*content, error) {
	if c.wellness.silent() {
		return nil, fmt.Errorf("file type %s: no heart rate, sleep, HRV or body mass in it: %w", fileTypeName(c.fileType), readiness.ErrIgnored)
	}
	c.broken(s, err)
	return c, nil
}

// broken warns that only a beginning could be read.
func (c *content) broken(s surveyed, err error) {
	if s.lacks != "" {
		c.warn(s.lacks)
	}
	if s.broken != "" {
		c.warn("the file breaks off: " + s.broken + "; what came before is kept")
	} else if err != nil {
		c.warn(fmt.Sprintf("decoding stopped: %v; what came before is kept", err))
	}
}

func activity(t typedef.File) bool {
	return t == typedef.FileActivity || t == typedef.FileActivitySummary
}

// recording reports a part that is about an activity: by its type, or by what
// is in it: a session stands in nothing else but plans, whatever a recorder calls
// the file. Records alone count where the type is none that the profile names.
func (s surveyed) recording(t typedef.File) bool {
	if activity(t) {
		return true
	}
	return !plan(t) && s.counts[typedef.MesgNumSession] > 0 || !known(t) && s.counts[typedef.MesgNumRecord] > 0
}

func plan(t typedef.File) bool { return t == typedef.FileWorkout || t == typedef.FileCourse }

// known reports whether the profile names the file type.
func known(t typedef.File) bool {
	for _, k := range typedef.ListFile() {
		if k == t && k < typedef.FileMfgRangeMin {
			return true
		}
	}
	return false
}

func fileTypeName(t typedef.File) string {
	if known(t) {
		return t.String()
	}
	switch t {
	case 44:
		return "metrics"
	case 49:
		return "sleep"
	case 68:
		return "hrv_status"
	case typedef.FileInvalid:
		return "unset"
	}
	return fmt.Sprintf("%d (unknown)", byte(t))
}
