package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"

	"afterrun/readiness"
)

// byteOrderMark begins texts of Windows; it says nothing.
const byteOrderMark = "\xEF\xBB\xBF"

// narrow turns XML in UTF-16, with its byte order mark or without, into UTF-8. The
// last byte of one that is cut within a character is left out.
func narrow(data []byte) ([]byte, error) {
	order := unicode.BigEndian
	switch {
	case startsWith(data, "\xFF\xFE<\x00", "<\x00?\x00"):
		order = unicode.LittleEndian
	case !startsWith(data, "\xFE\xFF\x00<", "\x00<\x00?"):
		return data, nil
	}
	plain, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data[:len(data)&^1])
	if err != nil {
		return nil, fmt.Errorf("read UTF-16: %w: %w", err, readiness.ErrInvalid)
	}
	return plain, nil
}

var version11 = regexp.MustCompile(`^\s*<\?xml\s+version\s*=\s*["\']1\.1`)

// asXML10 takes a declaration of XML 1.1, which the decoder does not know, for one
// of 1.0: watch files use nothing of what differs.
func asXML10(data []byte) []byte {
	at := version11.FindIndex(data)
	if at == nil {
		return data
	}
	data = bytes.Clone(data)
	data[at[1]-1] = '0'
	return data
}

func startsWith(data []byte, marks ...string) bool {
	return slices.ContainsFunc(marks, func(m string) bool { return bytes.HasPrefix(data, []byte(m)) })
}

var declaration = regexp.MustCompile(`(?i)^\s*<\?xml[^>]*\sencoding\s*=\s*["\']([^"\']*)`)

// inUTF8 turns an XML document in the character set that it declares into UTF-8.
// Bytes that cannot be what is declared are Western, as of exporters that say
// nothing or always UTF-8; so are those of a set that nobody knows ("ANSI"): only
// titles hold more than ASCII.
func inUTF8(data []byte) ([]byte, error) {
	label := "utf-8"
	if m := declaration.FindSubmatch(data[:min(len(data), 512)]); m != nil {
		label = strings.ToLower(string(m[1]))
	}
	if strings.HasPrefix(label, "utf-16") { // some exporters declare it over UTF-8; the real one is narrow by now
		return data, nil
	}
	set, name := charset.Lookup(label)
	if set == nil || name == "utf-8" {
		if utf8.Valid(wholeRunes(data)) {
			return data, nil
		}
		set, _ = charset.Lookup("windows-1252")
	}
	return set.NewDecoder().Bytes(data)
}

// wholeRunes leaves out a character that is cut by the end.
func wholeRunes(b []byte) []byte {
	for n := len(b) - 1; n >= max(0, len(b)-utf8.UTFMax); n-- {
		if utf8.RuneStart(b[n]) && !utf8.FullRune(b[n:]) {
			return b[:n]
		}
	}
	return b
}
