package ingest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"

	"afterrun/readiness"
)

// ofTracks reads a GPX or TCX document; with last, nothing more of it will
// arrive, and one that is cut is closed behind its last whole point: that is how
// a phone leaves it whose battery ran out.
func ofTracks(decode func([]byte) ([]readiness.Run, error), data []byte, last bool) ([]readiness.Run, error) {
	runs, err := decode(data)
	if !last || !errors.Is(err, readiness.ErrIncomplete) {
		return runs, err
	}
	end, tail := wholePoints(data)
	if end == 0 {
		return nil, err
	}
	runs, fault := decode(slices.Concat(data[:end], tail))
	if fault != nil {
		return nil, err
	}
	runs[0].Warnings = append(runs[0].Warnings, fmt.Sprintf("the document is cut after %d bytes; what came before is kept", len(data)))
	return runs, nil
}

// wholePoints returns the offset behind the last element of a cut document that
// is worth keeping, 0 for none, and the end tags of those that are open there.
func wholePoints(data []byte) (end int64, tail []byte) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var open []string
	for {
		t, err := d.RawToken()
		if err != nil {
			return end, tail
		}
		switch e := t.(type) {
		case xml.StartElement:
			open = append(open, raw(e.Name))
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != raw(e.Name) {
				return end, tail
			}
			open = open[:len(open)-1]
			if keepable(e.Name.Local) {
				end, tail = d.InputOffset(), endTags(open)
			}
		}
	}
}

func keepable(name string) bool { return name == "trkpt" || name == "Trackpoint" || name == "Lap" }

func endTags(open []string) []byte {
	var b []byte
	for _, name := range slices.Backward(open) {
		b = fmt.Appendf(b, "</%s>", name)
	}
	return b
}

// raw is a name as it is written.
func raw(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}
