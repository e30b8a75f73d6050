// Package fit reads the FIT files of sports watches into readiness.Run. It
// exists because no single decoder delivers what Afterrun needs: activities
// are decoded by github.com/tormoder/fit; the athlete's limits, which tormoder
// drops, and the activities that tormoder refuses are decoded from the same
// bytes by github.com/muktihari/fit. The file's length, checksum and structure
// are checked here, because one decoder's checksum test is wrong for files
// without a header checksum and neither bounds its memory.
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
// run per session of every activity in it. What had to be left out is listed
// in the Warnings of the first run concerned.
//
// Errors wrap readiness.ErrIncomplete (the file is shorter than its header
// says: still arriving), readiness.ErrIgnored (a valid file that holds no
// samples of an activity) or readiness.ErrInvalid. Decode never panics and its
// memory is bounded: see MaxSize and maxMessages.
func Decode(data []byte) (runs []readiness.Run, err error) {
	defer func() {
		if p := recover(); p != nil {
			runs, err = nil, fmt.Errorf("parse fit: decoder stopped (%v): %w", p, readiness.ErrInvalid)
		}
	}()
	if len(data) > MaxSize {
		return nil, fmt.Errorf("parse fit: %d bytes, more than %d: %w", len(data), MaxSize, readiness.ErrInvalid)
	}
	parts, rest, err := split(data)
	if err != nil {
		return nil, fmt.Errorf("parse fit: %w", err)
	}
	runs, err = decodeParts(parts, rest)
	if err != nil {
		return nil, fmt.Errorf("parse fit: %w", err)
	}
	return runs, nil
}

// decodeParts reads every part of a chain. A fault of the first part is the
// file's fault; a fault of a later one is a warning, as long as any part holds
// a run.
func decodeParts(parts []part, rest string) ([]readiness.Run, error) {
	var runs []readiness.Run
	var warnings []string
	var first error
	for i, p := range parts {
		got, err := decodePart(p)
		switch {
		case i == 0 && errors.Is(err, readiness.ErrInvalid):
			return nil, err
		case i == 0:
			first = err
		case err != nil:
			warnings = append(warnings, fmt.Sprintf("part %d of the file: %v", i+1, err))
		}
		runs = append(runs, got...)
	}
	if rest != "" {
		warnings = append(warnings, rest)
	}
	if len(runs) == 0 {
		return nil, first
	}
	runs[0].Warnings = append(runs[0].Warnings, warnings...)
	return runs, nil
}

// decodePart reads one FIT file of the chain.
func decodePart(p part) ([]readiness.Run, error) {
	s, err := survey(p)
	if err != nil {
		return nil, err
	}
	if !s.fileID {
		return nil, s.noFileID()
	}
	c, err := read(s)
	if err != nil {
		return nil, err
	}
	return c.runs()
}

// read decodes a surveyed part with tormoder, and with muktihari what tormoder
// drops, refuses or cuts short.
func read(s surveyed) (*content, error) {
	c, err := readTormoder(s.data)
	side, sideErr := readMuktihari(s.data, err != nil)
	if !activity(side.fileType) && (known(side.fileType) || len(side.records) == 0) {
		return nil, fmt.Errorf("file type %s, not an activity: %w", fileTypeName(side.fileType), readiness.ErrIgnored)
	}
	if err != nil && (sideErr == nil || len(side.records) > len(c.records)) {
		c, err = side, sideErr
	}
	c.adopt(side)
	if len(c.records) == 0 && err != nil {
		return nil, fmt.Errorf("%s: %w", err.Error(), readiness.ErrInvalid)
	}
	if s.broken != "" {
		c.warn("the file breaks off: " + s.broken + "; what came before is kept")
	} else if err != nil {
		c.warn(fmt.Sprintf("decoding stopped: %v; what came before is kept", err))
	}
	return c, nil
}

func activity(t typedef.File) bool { return t == typedef.FileActivity }

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
