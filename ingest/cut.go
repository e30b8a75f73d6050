package ingest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"afterrun/readiness"
)

// ofTracks reads a GPX or TCX document of any character set. One that is not
// well-formed is mended where it has one meaning only; with last, nothing more of
// it will arrive, and one that is cut is closed behind its last whole point: that
// is how a phone leaves it whose battery ran out.
func ofTracks(decode func([]byte) ([]readiness.Run, error), data []byte, last bool) ([]readiness.Run, error) {
	var notes []string
	size := len(data)
	data, err := inUTF8(data)
	if err != nil {
		return nil, err
	}
	runs, err := decode(data)
	if errors.Is(err, readiness.ErrInvalid) {
		again, plain, fault := decodeMended(decode, data)
		if !errors.Is(fault, readiness.ErrInvalid) {
			data, runs, err = plain, again, fault
			notes = append(notes, "the document is not well-formed: an & or a control character stands in a text as it is")
		}
	}
	if last && errors.Is(err, readiness.ErrIncomplete) {
		end, tail := wholePoints(data)
		if again, fault := decode(slices.Concat(data[:end], tail)); fault == nil {
			runs, err = again, nil
			notes = append(notes, fmt.Sprintf("the document is cut after %d bytes; what came before is kept", size))
		}
	}
	if err != nil {
		return nil, err
	}
	runs[0].Warnings = append(runs[0].Warnings, notes...)
	return runs, nil
}

func decodeMended(decode func([]byte) ([]readiness.Run, error), data []byte) (runs []readiness.Run, plain []byte, err error) {
	plain = mended(data)
	if bytes.Equal(plain, data) {
		return nil, nil, fmt.Errorf("nothing to mend: %w", readiness.ErrInvalid)
	}
	runs, err = decode(plain)
	return runs, plain, err
}

var entity = regexp.MustCompile(`^&(?:#?[0-9A-Za-z]{1,32});`)

// mended writes every & that begins no entity as one, and leaves out control
// characters, which XML has none of.
func mended(data []byte) []byte {
	var out bytes.Buffer
	for i, b := range data {
		switch {
		case b == '&' && !entity.Match(data[i:min(len(data), i+40)]):
			out.WriteString("&amp;")
		case b >= ' ' || b == '\t' || b == '\n' || b == '\r':
			out.WriteByte(b)
		}
	}
	return out.Bytes()
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
