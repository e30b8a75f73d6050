package ingest

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"afterrun/readiness"
)

// wide writes a text in UTF-16.
func wide(t *testing.T, order unicode.Endianness, mark unicode.BOMPolicy, text string) string {
	t.Helper()
	w, err := unicode.UTF16(order, mark).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestCharacterSets: one run with one title, whatever set its file is written in
// and whether the file says so.
func TestCharacterSets(t *testing.T) {
	const utf16 = `<?xml version="1.0" encoding="UTF-16"?>`
	for name, plain := range map[string]string{
		"a.gpx": strings.Replace(aGPX, "<trk>", "<trk><name>Café</name>", 1),
		"a.tcx": strings.Replace(aTCX, "<Lap>", "<Notes>Café</Notes><Lap>", 1),
	} {
		latin := strings.Replace(plain, "é", "\xe9", 1)
		for set, doc := range map[string]string{
			"UTF-8":                   plain,
			"with its mark":           "\xEF\xBB\xBF" + plain,
			"Latin 1":                 `<?xml version="1.0" encoding="ISO-8859-1"?>` + latin,
			"Latin 1 as UTF-8":        `<?xml version="1.0" encoding="utf-8"?>` + latin,
			"Latin 1 as UTF8":         `<?xml version="1.0" encoding="utf8"?>` + latin,
			"Latin 1, nothing said":   latin,
			"Latin 1 as ANSI":         `<?xml version="1.0" encoding="ANSI"?>` + latin,
			"UTF-8 as UTF_8":          `<?xml version="1.0" encoding="UTF_8"?>` + plain,
			"UTF-8 as nothing":        `<?xml version="1.0" encoding=""?>` + plain,
			"XML 1.1":                 `<?xml version="1.1" encoding="ISO-8859-1"?>` + latin,
			"UTF-8 as UTF-16":         utf16 + plain,
			"UTF-16LE":                wide(t, unicode.LittleEndian, unicode.UseBOM, utf16+plain),
			"UTF-16BE":                wide(t, unicode.BigEndian, unicode.UseBOM, utf16+plain),
			"UTF-16LE without a mark": wide(t, unicode.LittleEndian, unicode.IgnoreBOM, utf16+plain),
			"UTF-16BE without a mark": wide(t, unicode.BigEndian, unicode.IgnoreBOM, utf16+plain),
		} {
			p, err := Parse(name, []byte(doc))
			if err != nil || len(p.Events) != 1 || p.Events[0].Run.Title != "Café" {
				t.Errorf("%s in %s: %+v, %v", name, set, p, err)
			}
			for n := 8; n < len(doc)-1; n++ {
				if _, err := Parse(name, []byte(doc[:n])); !errors.Is(err, readiness.ErrIncomplete) {
					t.Fatalf("%s in %s, %d bytes: %v, want incomplete", name, set, n, err)
				}
			}
		}
	}
}

// TestOtherSetsThatAreNotWellFormed: they are mended, refused and cut like UTF-8.
func TestOtherSetsThatAreNotWellFormed(t *testing.T) {
	titled := func(title string) string { return strings.Replace(aGPX, "<trk>", "<trk><name>"+title+"</name>", 1) }
	open := strings.TrimSuffix(titled("Café"), "</trkseg></trk></gpx>")
	utf16 := func(doc string) string { return wide(t, unicode.LittleEndian, unicode.UseBOM, doc) }
	for name, c := range map[string]struct {
		doc    string
		events int
		err    error
	}{
		"UTF-16, a bare &":        {utf16(titled("Tom & Ann")), 1, nil},
		"UTF-16, broken":          {utf16(titled("5 < 6")), 0, readiness.ErrInvalid},
		"UTF-16, cut":             {utf16(open), 1, nil},
		"UTF-16, cut in a letter": {strings.TrimSuffix(utf16(open+"x"), "\x00"), 1, nil},
		"Latin 1, cut":            {strings.Replace(open, "é", "\xe9", 1), 1, nil},
	} {
		if p, err := Salvage("a.gpx", []byte(c.doc)); !errors.Is(err, c.err) || len(p.Events) != c.events {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}
