package gpx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"afterrun/readiness"
)

// Bounds on what a document may hold. A point every second for three days is
// fewer than maxPoints; real files nest ten deep.
const (
	maxPoints = 300_000
	maxTracks = 10_000
	maxDepth  = 64
	maxText   = 1 << 10
)

// document walks a GPX file: root, tracks and segments; the points of a
// segment are handed to gpxgo (see points.go).
type document struct {
	in      *xml.Decoder
	size    int64
	depth   int
	creator string
	kind    string // of all tracks that say none
	tracks  []*track
	points  int
	fault   error // what stopped the decoder, in case gpxgo rewords it
}

// track collects the columns of one <trk>.
type track struct {
	name, kind string
	activity   string // what stands for the kind in some apps' extensions
	points     int    // points seen
	untimed    int    // of them without a time
	badTimes   int    // with a time that cannot be read or true
	badTime    string
	placeless  int
	segments   []int
	times      []time.Time

	hr, speed, distance, cadence, altitude, lat, lon, power []float64
}

// open prepares a decoder; whatever character set is declared, it is UTF-8.
func open(data []byte) *document {
	d := &document{in: xml.NewDecoder(bytes.NewReader(data)), size: int64(len(data))}
	d.in.Entity = xml.HTMLEntity
	d.in.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return d
}

// classify gives a parser's error its meaning: the end of the input before the
// end of the document means that the rest is still arriving.
func (d *document) classify(err error) error {
	if errors.Is(err, readiness.ErrInvalid) {
		return err
	}
	if d.fault != nil {
		err = d.fault
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || d.cut(err) {
		return fmt.Errorf("the document is not closed: %w", readiness.ErrIncomplete)
	}
	return fmt.Errorf("%w: %w", err, readiness.ErrInvalid)
}

// cut reports whether a syntax error comes from the end of the input: within
// markup, or within a character.
func (d *document) cut(err error) bool {
	var s *xml.SyntaxError
	if !errors.As(err, &s) {
		return false
	}
	return strings.Contains(s.Msg, "unexpected EOF") || (strings.Contains(s.Msg, "UTF-8") && d.in.InputOffset() >= d.size-utf8.UTFMax)
}

// token returns the next token. It refuses entities and deep nesting.
func (d *document) token() (xml.Token, error) {
	t, err := d.in.Token()
	if err != nil {
		d.fault = err
		return nil, err
	}
	switch e := t.(type) {
	case xml.Directive:
		if bytes.Contains(e, []byte("ENTITY")) {
			return nil, fmt.Errorf("a document type (DTD) with entities is not accepted: %w", readiness.ErrInvalid)
		}
	case xml.StartElement:
		d.depth++
	case xml.EndElement:
		d.depth--
	}
	if d.depth > maxDepth {
		return nil, fmt.Errorf("elements nested more than %d deep: %w", maxDepth, readiness.ErrInvalid)
	}
	return t, nil
}

// read walks the document up to the end of its root.
func (d *document) read() error {
	root, err := d.root()
	if err != nil {
		return err
	}
	for _, a := range root.Attr {
		if a.Name.Local == "creator" {
			d.creator = clip(a.Value)
		}
	}
	return d.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "metadata":
			return d.activity(&d.kind)
		case "trk":
			return d.track()
		}
		return d.skip()
	})
}

// activity consumes the current element and keeps the text of an <activity> in
// it: OsmAnd and Locus write there, and not into <type>, what was done.
func (d *document) activity(to *string) error {
	return d.children(func(e xml.StartElement) (err error) {
		if e.Name.Local != "activity" {
			return d.activity(to)
		}
		*to, err = d.text()
		return err
	})
}

// root returns the root element, which must be <gpx>.
func (d *document) root() (xml.StartElement, error) {
	for {
		t, err := d.token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != "gpx" {
				return e, fmt.Errorf("the root element is <%s>, not <gpx>: %w", clip(e.Name.Local), readiness.ErrInvalid)
			}
			return e, nil
		}
	}
}

// children calls f for each child element of the current one, up to its end.
// f must consume the child with its end.
func (d *document) children(f func(xml.StartElement) error) error {
	for {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if err := f(e); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip consumes the current element.
func (d *document) skip() error {
	return d.children(func(xml.StartElement) error { return d.skip() })
}

// text consumes the current element and returns its text.
func (d *document) text() (string, error) {
	var b strings.Builder
	for depth := d.depth; ; {
		t, err := d.token()
		if err != nil {
			return "", err
		}
		if c, ok := t.(xml.CharData); ok && b.Len() < maxText {
			b.Write(c)
		}
		if d.depth < depth {
			return clip(strings.TrimSpace(b.String())), nil
		}
	}
}

// clip bounds a text from outside.
func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

// track consumes a <trk>.
func (d *document) track() error {
	if len(d.tracks) >= maxTracks {
		return fmt.Errorf("more than %d tracks: %w", maxTracks, readiness.ErrInvalid)
	}
	t := &track{}
	d.tracks = append(d.tracks, t)
	return d.children(func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "name":
			t.name, err = d.text()
		case "type":
			t.kind, err = d.text()
		case "extensions":
			err = d.activity(&t.activity)
		case "trkseg":
			err = d.segment(t)
		default:
			err = d.skip()
		}
		return err
	})
}
